"""What tests of engines share: a command whose calls are counted, nodes that are lost with all their processes, a recipe that is run."""

import contextlib
import os
import shlex
import shutil
import signal
import subprocess
from pathlib import Path

from _common import PATIENCE, ROOT, processes, wait_until


def parents():
    """The process that started each process."""
    found = {}
    for place in Path("/proc").glob("[0-9]*"):
        # It may have ended since.
        with contextlib.suppress(OSError):
            found[int(place.name)] = int((place / "stat").read_text().rpartition(")")[2].split()[1])
    return found


def below(root):
    """A process and all that descend from it."""
    found, members = parents(), {root}
    while grown := {pid for pid, parent in found.items() if parent in members} - members:
        members |= grown
    return members


def kill(*pids):
    """Kills processes at once, those that ended already left out."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


class Calls:
    """A `prebake` that notes each of its calls, for engines to find on their path."""

    def __init__(self, tally):
        self.notes, self.command = tally.root / "calls", tally.root / "bin" / "prebake"
        self.command.parent.mkdir()
        self.command.write_text(
            f'#!/bin/sh\necho "$*" >> {shlex.quote(str(self.notes))}\nexec {shlex.quote(tally.arguments.binary)} "$@"\n'
        )
        self.command.chmod(0o755)

    def since(self):
        """The calls since this was asked last."""
        calls = self.notes.read_text().splitlines() if self.notes.exists() else []
        self.notes.unlink(missing_ok=True)
        return calls


class Engine:
    """An engine of several processes, each with a log of its own, that runs a recipe of docs/clusters. Leaves no process behind."""

    def __init__(self, tally, recipe, shares):
        self.tally, self.recipe, self.shares = tally, ROOT / "docs" / "clusters" / recipe, shares
        self.calls, self.out, self.running = Calls(tally), tally.root / "out", {}
        self.environment = {**os.environ, "PATH": os.pathsep.join([str(self.calls.command.parent), os.environ["PATH"]])}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in self.running.values():
            kill(*below(process.pid))
            process.wait()

    def start(self, name, *words):
        """Starts a process of the engine, or one that asks it for something."""
        with self.log(name).open("wb") as log:
            self.running[name] = subprocess.Popen(words, cwd=self.tally.root, env=self.environment, stdout=log, stderr=subprocess.STDOUT)
        return self.running[name]

    def log(self, name):
        return self.tally.root / f"{name}.log"

    def building_on(self, name):
        """The shares that a node builds."""
        return below(self.running[name].pid) & set(processes(self.out))

    def begin(self, *command, spec=None):
        """Starts the recipe by a command, and waits until a fifth of the shards are there, or until it ends."""
        recipe = self.start("recipe", *command, self.recipe, self.tally.input, spec or self.tally.spec, self.out, str(self.shares))
        wait_until(lambda: recipe.poll() is not None or self.tally.shards(self.out)[0] > self.tally.epochs / 5, "a fifth of the shards")
        return recipe

    def end(self, recipe, what):
        """Waits for the recipe, which has to make the dataset. Gives the calls of the command."""
        code = recipe.wait(PATIENCE)
        self.tally.check(code == 0, f"{what}: ended with {code}: {self.log('recipe').read_text()[-2000:]}")
        self.tally.check_same(self.out, what)
        shutil.rmtree(self.out, ignore_errors=True)
        return self.calls.since()

    def lose_node(self, name, *command):
        """A build in which a node is killed, with all its processes."""
        recipe = self.begin(*command)
        at_work = wait_until(lambda: self.building_on(name), f"a share on {name}")
        kill(*below(self.running.pop(name).pid))
        calls = self.end(recipe, f"{name} killed")
        # More where the share was locked until the killed command was gone altogether.
        self.tally.check(len(calls) >= self.shares + len(at_work) + 1, f"{name} killed: {calls}")

    def refuse(self, *command):
        """A wrong spec, which is told and not tried again."""
        wrong = self.tally.root / "wrong.json"
        wrong.write_text('{"version": 1, "epoch": 3}')
        code = self.begin(*command, spec=wrong).wait(PATIENCE)
        said, calls = self.log("recipe").read_text(), self.calls.since()
        self.tally.check(
            code == 1 and "prebake ended with 2" in said and "epoch: unknown field" in said, f"a wrong spec: {code}: {said[-2000:]}"
        )
        self.tally.check(0 < len(calls) == len(set(calls)) <= self.shares, f"a wrong spec: tried again: {calls}")
