"""Finds and kills processes, for tests in which workers and nodes are lost."""

import contextlib
import os
import signal
import time
from pathlib import Path


def processes():
    """The parent and the words of each process."""
    found = {}
    for place in Path("/proc").glob("[0-9]*"):
        # It may have ended since.
        with contextlib.suppress(OSError):
            parent = int((place / "stat").read_text().rpartition(")")[2].split()[1])
            found[int(place.name)] = parent, (place / "cmdline").read_text().split("\0")
    return found


def below(root):
    """The words of a process and of all that descend from it, by their numbers."""
    found, members = processes(), {root}
    while grown := {pid for pid, (parent, _) in found.items() if parent in members} - members:
        members |= grown
    return {pid: found[pid][1] for pid in members if pid in found}


def parent(pid):
    """The number of the process that started another."""
    return processes()[pid][0]


def building(out):
    """The numbers of the commands that build a share in a folder; other tests may be running."""
    return [pid for pid, (_, words) in processes().items() if "--worker" in words and str(out) in words]


def kill(*pids):
    """Kills processes at once, those that ended already left out."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def wait_until(holds, seconds=60):
    """Waits until something holds, and says whether it does."""
    deadline = time.monotonic() + seconds
    while not (done := holds()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return done
