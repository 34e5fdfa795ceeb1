"""Workers that claim: some are killed, one sleeps past its lease, others come; the bytes are those of one run.

First eight workers of one or two threads, of which three are killed at random and one is paused until the others are done; then every row of the property:
1, 2, 3 and 7 workers of 1 and 2 threads, undisturbed and with kills, where a new worker takes the place of each that was killed; last, workers that are all
process 1, as in containers, and must not write each other's temporary files. All give one hash. Runs with only the standard library: `python3 tests/torture/claims.py --binary PATH`.
"""

import contextlib
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import time
from pathlib import Path

from common import TIMEOUT, Tally, differences, tree, write_pictures, write_spec

LEASE = 1
SEEDS = {False: 2, True: 20}
KILLED = 3
WORKERS, THREADS = (1, 2, 3, 7), (1, 2)


def owners(out):
    """Who holds a lease in a folder, alive or not."""
    found = set()
    # A walk does not mind folders that go meanwhile.
    for folder, _, names in os.walk(out / ".prebake" / "leases"):
        for name in names:
            # It was given back, or is being written.
            with contextlib.suppress(OSError, ValueError):
                found.add(json.loads(Path(folder, name).read_text())["owner"])
    return found


def hash_of(files):
    """One hash of a whole tree."""
    return hashlib.blake2b(json.dumps(files, sort_keys=True).encode(), digest_size=16).hexdigest()


class Fleet:
    """Workers that claim in one folder."""

    def __init__(self, tally, pictures, spec, draw):
        self.tally, self.pictures, self.spec, self.draw = tally, pictures, spec, draw
        self.out = tally.root / "out"
        self.workers, self.killed = [], 0
        shutil.rmtree(self.out, ignore_errors=True)

    def start(self, threads):
        command = self.tally.command(
            "build", self.pictures, "--spec", self.spec, "--batches-per-shard", 1, "--out", self.out, "--claim", "--lease", LEASE, "--threads", threads
        )
        self.workers.append(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))

    def running(self):
        return [worker for worker in self.workers if worker.poll() is None]

    def holders(self):
        """The workers that hold a lease now."""
        processes = {int(owner.split("-")[-2]) for owner in owners(self.out)}
        return [worker for worker in self.running() if worker.pid in processes]

    def wait_for_holders(self, others=()):
        """Some workers besides `others` that hold a lease; none if all ended before."""
        while any(worker not in others for worker in self.running()):
            if holders := [worker for worker in self.holders() if worker not in others]:
                return holders
            time.sleep(0.002)
        return []

    def kill(self, others=()):
        """Kills a worker that holds a lease, with what it does half done; says whether there was one."""
        chosen = self.wait_for_holders(others)
        if not chosen:
            return False
        one = self.draw.choice(chosen)
        one.kill()
        self.killed += one.wait(TIMEOUT) == -signal.SIGKILL
        self.workers.remove(one)
        return True

    def pause(self):
        """Stops a worker that holds a lease; nothing if there is none."""
        holders = self.wait_for_holders()
        if not holders:
            return None
        one = self.draw.choice(holders)
        one.send_signal(signal.SIGSTOP)
        return one

    def end(self, workers, what):
        """Waits for workers, which must all find that everything is there."""
        for worker in workers:
            said = worker.communicate(timeout=TIMEOUT)
            self.tally.check(worker.returncode == 0 and "prebake commit" in said[0], f"{what}: exit {worker.returncode}: {said}")

    def commit(self, expected, what):
        for _ in range(2):
            result = self.tally.run("commit", self.out)
            self.tally.check(result.returncode == 0, f"{what}: commit: exit {result.returncode}: {result.stderr}")
        there = tree(self.out)
        self.tally.check(there == expected, f"{what}: differs: {differences(there, expected)}")
        return hash_of(there)


def eight(tally, pictures, spec, expected, takes, seed):
    """Eight workers: three are killed, one is paused past its lease."""
    draw = random.Random(seed)
    fleet = Fleet(tally, pictures, spec, draw)
    for _ in range(8):
        fleet.start(draw.choice(THREADS))
    paused = fleet.pause()
    at = sorted(draw.random() * takes for _ in range(KILLED))
    began = time.monotonic()
    for seconds in at:
        time.sleep(max(0, began + seconds - time.monotonic()))
        fleet.kill([paused])
    what = f"eight workers, seed {seed}, killed after {[round(seconds, 2) for seconds in at]} s"
    fleet.end([worker for worker in fleet.workers if worker is not paused], what)
    if tally.check(paused is not None, f"{what}: nobody held a lease"):
        locked = tally.run("commit", fleet.out)
        tally.check(locked.returncode == 11, f"{what}: commit beside a paused worker: exit {locked.returncode}: {locked.stderr}")
        time.sleep(LEASE)
        paused.send_signal(signal.SIGCONT)
        fleet.end([paused], f"{what}: the paused one")
    print(f"{what}: {fleet.killed} killed, {'one' if paused else 'none'} paused: {fleet.commit(expected, what)}", flush=True)
    return fleet.killed


def row(tally, pictures, spec, expected, workers, threads, kills):
    """A row of the table: so many workers of so many threads."""
    fleet = Fleet(tally, pictures, spec, random.Random(workers * 10 + threads))
    for _ in range(workers):
        fleet.start(threads)
    if kills:
        for _ in range((workers + 1) // 2):
            if fleet.kill():
                fleet.start(threads)
    what = f"claim: {workers} x {threads} threads, {'with' if kills else 'no'} kills"
    fleet.end(fleet.workers, what)
    hashed = fleet.commit(expected, what)
    print(f"{what} ({fleet.killed}): {hashed}", flush=True)
    return fleet.killed


def containers(tally, pictures, spec, expected):
    """Workers with shares and workers that claim, begun at one moment, each of them the first process of a system of its own."""
    alone = ["unshare", "--pid", "--fork"]
    if shutil.which(alone[0]) is None or subprocess.run([*alone, "true"], capture_output=True).returncode != 0:
        tally.skip("workers in containers", "unshare is not there, or not allowed")
        return
    out = tally.root / "out"
    for parts in ([["--worker", f"{index}/4"] for index in (1, 2, 3, 4)], [["--claim", "--lease", LEASE]] * 4):
        shutil.rmtree(out, ignore_errors=True)
        command = lambda part: [*alone, *tally.command("build", pictures, "--spec", spec, "--batches-per-shard", 1, "--out", out, *part)]
        workers = [subprocess.Popen(command(part), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) for part in parts]
        for worker in workers:
            said = worker.communicate(timeout=TIMEOUT)[1]
            tally.check(worker.returncode == 0, f"containers, {parts[0]}: exit {worker.returncode}: {said}")
        result = tally.run("commit", out)
        tally.check(result.returncode == 0, f"containers, {parts[0]}: commit: {result.stderr}")
        there = tree(out)
        tally.check(there == expected, f"containers, {parts[0]}: differs: {differences(there, expected)}")
        print(f"containers, {parts[0][0]}: {hash_of(there)}", flush=True)


def main():
    tally = Tally(__doc__)
    pictures, whole = tally.root / "pictures", tally.root / "whole"
    write_pictures(pictures, 60, 40)
    spec = write_spec(tally.root / "spec.json", epochs=24)
    result = tally.run("build", pictures, "--spec", spec, "--batches-per-shard", 1, "--out", whole)
    assert result.returncode == 0, result.stderr
    expected = tree(whole)
    print(f"one run: {hash_of(expected)}", flush=True)
    began = time.monotonic()
    fleet = Fleet(tally, pictures, spec, random.Random(0))
    for _ in range(8):
        fleet.start(1)
    fleet.end(fleet.workers, "eight workers, undisturbed")
    takes = time.monotonic() - began
    fleet.commit(expected, "eight workers, undisturbed")
    killed = sum(eight(tally, pictures, spec, expected, takes, seed) for seed in range(SEEDS[tally.arguments.long]))
    tally.check(killed > 0, "nobody was killed among eight")
    for workers in WORKERS:
        for threads in THREADS:
            for kills in (False, True):
                killed = row(tally, pictures, spec, expected, workers, threads, kills)
                tally.check((killed > 0) == kills, f"{workers} x {threads}: {killed} killed")
    for _ in range(SEEDS[tally.arguments.long]):
        containers(tally, pictures, spec, expected)
    tally.end()


if __name__ == "__main__":
    main()
