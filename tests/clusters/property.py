#!/usr/bin/env python3
"""The property as one table: whoever builds a dataset, wherever it is, and whoever of them is killed, it is that of one plain local run.

    python3 tests/clusters/property.py --binary target/release/prebake [--long] [--table]

{1, 2, 3, 7} workers x {1, 2} threads x {a local folder, S3} x {Slurm, Ray, --claim} x {undisturbed, with kills}, on a real Slurm, a real
Ray and Ceph's gateway, one of each for all cells; the engines are at work beside each other. A cell is the hash of the whole tree: relative
paths and bytes. With kills, SIGKILL ends every second worker once the first shards are there and long before all are. `--long` takes
all 96 cells; the short form 18, of each engine and place two with kills and one without. `--table` prints them as Markdown. Needs what
slurm.py, ray_cluster.py and tests/storage need. The last line is `N passed, N failed`; the exit code is 1 if any failed.
"""

import argparse
import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import traceback
from collections import namedtuple
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Thread

import ray_cluster
import slurm
from _common import PATIENCE, ROOT, Build, enter_venv, processes, tree, wait_until
from _engine import below, kill, parents

sys.path.append(str(ROOT / "tests" / "storage"))

from case import NAMED, PROXIES, hashes
from servers import Ceph, Missing

from claims import hash_of, owners

WORKERS, THREADS = (1, 2, 3, 7), (1, 2)
ENGINES, PLACES, KILLS = ("Slurm", "Ray", "claim"), ("folder", "S3"), (False, True)
# What all workers of the widest cell have together.
CPUS = max(WORKERS) * max(THREADS)
# A share of seven has eight shards, so whoever kills before eight are there cuts all shares short.
EPOCHS = 56
LEASE = 2
# How often a cell is begun whose kill comes too late.
TRIES = 3
Cell = namedtuple("Cell", "engine place kills workers threads")
# The short form: of each engine every shape of one and three workers with kills, half of them in each place, and one cell in each without.
SHORT = {"folder": [(True, 1, 1), (True, 3, 2), (False, 3, 1)], "S3": [(True, 1, 2), (True, 3, 1), (False, 3, 2)]}
# Set when no other cell is to be begun.
ENDED = Event()


class Folder:
    """Input and outputs on the local disk."""

    def __init__(self, build):
        self.root, self.input = build.root / "out", build.input

    def out(self, name):
        return self.root / name

    def receipts(self, name):
        """How many shards are finished."""
        return sum(1 for _ in self.out(name).glob(".prebake/receipts/*"))

    def owners(self, name):
        """Who holds a lease, alive or not."""
        return owners(self.out(name))

    def tree(self, name):
        return tree(self.out(name))

    def clear(self, name):
        shutil.rmtree(self.out(name), ignore_errors=True)


class Objects:
    """Input and outputs in one bucket."""

    def __init__(self, build, bucket):
        self.bucket, self.input = bucket, f"s3://{bucket.name}/pictures"
        bucket.fill("pictures/", {str(file.relative_to(build.input)): file.read_bytes() for file in build.input.glob("*/*")})

    def out(self, name):
        return f"s3://{self.bucket.name}/{name}"

    def receipts(self, name):
        return len(self.bucket.listed(f"{name}/.prebake/receipts/"))

    def owners(self, name):
        """Who holds a lease, alive or not."""
        return {json.loads(lease)["owner"] for lease in self.bucket.read(f"{name}/.prebake/leases/").values()}

    def tree(self, name):
        """As of a folder: objects have no folders, so there are those that their keys go through."""
        found = hashes(self.bucket.read(f"{name}/"))
        parts = [key.split("/") for key in found]
        return {**found, **{"/".join(part[:end]): "folder" for part in parts for end in range(1, len(part))}}

    def clear(self, name):
        self.bucket.clear(f"{name}/")


class Engine:
    """What starts workers: `start(place, name, workers, threads)`; `end(killed)`, which waits and commits; `stop()`, if it fails."""

    def __init__(self, build):
        self.build, self.out = build, None

    def at_work(self):
        return processes("build", self.out)

    def kill(self):
        """Kills every second worker that is at work; gives their processes."""
        killed = self.at_work()[::2]
        kill(*killed)
        return killed

    def cut_short(self, killed, done, workers):
        """Whether those who were killed, when so many shards were there, had more to do: too few for any share to be whole."""
        return done < EPOCHS // workers


class Slurm(Engine):
    """The recipes of docs/clusters/slurm: an array that requeues what was killed, and a commit that depends on it."""

    def __init__(self, build, cluster):
        super().__init__(build)
        self.cluster = cluster

    def start(self, place, name, workers, threads):
        self.out = place.out(name)
        variables = {"INPUT": place.input, "SPEC": self.build.spec, "OUT": self.out}
        self.array = self.cluster.submit("build.sbatch", f"--cpus-per-task={threads}", f"--array=0-{workers - 1}", **variables)
        self.commit = self.cluster.submit("commit.sbatch", f"--dependency=afterok:{self.array}", **variables)

    def end(self, killed):
        for job in (self.array, self.commit):
            states = wait_until(lambda job=job: self.cluster.ended(job), f"job {job}")
            assert states == {"COMPLETED"}, f"job {job} ended as {states}: {self.logs()}"
        restarts = sum(int(task["Restarts"]) for task in self.cluster.jobs(self.array))
        assert restarts == len(killed), f"{len(killed)} tasks killed, {restarts} started again"

    def stop(self):
        # Its own jobs alone: those of the other place are at work beside them.
        self.cluster.asks("scancel", self.array, self.commit)
        for job in (self.array, self.commit):
            wait_until(lambda job=job: self.cluster.ended(job), f"job {job}")

    def logs(self):
        return "".join(log.read_text()[-500:] for log in self.cluster.root.glob(f"prebake-*{self.array}*.log"))


class Ray(Engine):
    """`prebake.ray.build`. With one thread the processes of tasks are killed, as where memory runs out; with two, a node with all on it."""

    def __init__(self, build, cluster):
        super().__init__(build)
        self.cluster = cluster

    def start(self, place, name, workers, threads):
        import prebake.ray

        self.out, self.workers, self.threads = place.out(name), workers, threads
        self.build.out = self.out
        self.cluster.calls.since()
        # A thread that the end of the program does not wait for: a build that hangs is a cell that failed.
        options = {"workers": workers, "num_cpus": threads, "quiet": True}
        arguments = (prebake.ray.build, place.input, self.out, self.build.spec)
        self.running = Thread(target=self.run, args=arguments, kwargs=options, daemon=True)
        self.running.start()

    def run(self, function, *arguments, **options):
        self.error = None
        try:
            function(*arguments, **options)
        except Exception as error:
            # For `end`, which is called by another thread.
            self.error = error

    def kill(self):
        if self.threads > 1:
            return list(self.cluster.kill_node())
        commands = self.at_work()[::2]
        for command in commands:
            kill(*below(parents()[command]))
        return commands

    def end(self, killed):
        self.cluster.replace_nodes()
        self.running.join(PATIENCE)
        assert not self.running.is_alive(), f"not within {PATIENCE} s"
        if self.error:
            raise self.error
        calls = self.cluster.calls.since()
        # More where a share was locked until a killed command was gone altogether.
        again = len(calls) - self.workers - 1
        assert again >= len(killed) if killed else again == 0, f"{len(killed)} commands killed, {calls}"

    def stop(self):
        self.cluster.replace_nodes()
        kill(*self.at_work())
        # Its tasks are tried again, to the end.
        self.running.join(PATIENCE)


class Claim(Engine):
    """Processes that claim, and nothing that starts them again: the others take over, and a new one comes if nobody is left."""

    def __init__(self, build):
        super().__init__(build)
        self.workers = []

    def start(self, place, name, workers, threads):
        self.place, self.name, self.out = place, name, place.out(name)
        options = ["--claim", "--lease", LEASE, "--threads", threads, "--quiet"]
        self.command = self.build.command("build", place.input, "--spec", self.build.spec, "--out", self.out, *options)
        self.workers = []
        for _ in range(workers):
            self.add()

    def add(self):
        self.workers.append(subprocess.Popen(self.command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True))

    def at_work(self):
        """The workers that hold a lease."""
        holders = {int(owner.split("-")[-2]) for owner in self.place.owners(self.name)}
        return [worker.pid for worker in self.workers if worker.pid in holders]

    def stopped(self):
        """Every second worker that holds a lease, which it cannot give back any more; nobody if one just has."""
        found = self.at_work()[::2]
        for process in found:
            os.kill(process, signal.SIGSTOP)
        if set(found) <= set(self.at_work()):
            return found
        for process in found:
            os.kill(process, signal.SIGCONT)
        return []

    def kill(self):
        killed = wait_until(self.stopped, f"{self.name}: workers with leases", pause=0.01)
        kill(*killed)
        if len(killed) == len(self.workers):
            self.add()
        return killed

    def cut_short(self, killed, done, workers):
        """Whoever was killed held a lease, and so was in the middle of a block."""
        return done < EPOCHS

    def end(self, killed):
        for worker in self.workers:
            said = worker.communicate(timeout=PATIENCE)[1]
            expected = -signal.SIGKILL if worker.pid in killed else 0
            assert worker.returncode == expected, f"a worker ended with {worker.returncode}: {said}"
        result = self.build.run("commit", self.out)
        assert result.returncode == 0, f"commit: {result.stderr}"

    def stop(self):
        for worker in self.workers:
            worker.kill()
            worker.communicate()


def interrupt(engine, place, name, workers):
    """Kills once the first shards are there; gives who was killed, and whether that was before any share can be whole."""
    wait_until(lambda: place.receipts(name), f"{name}: the first shard", pause=0.01)
    killed = engine.kill()
    return killed, killed and engine.cut_short(killed, place.receipts(name), workers)


def begin(engine, place, cell, name):
    """Starts a cell, and kills; gives who was killed. Begins again where a busy machine let the kill come too late to show anything."""
    for _ in range(TRIES):
        engine.start(place, name, cell.workers, cell.threads)
        killed, in_time = interrupt(engine, place, name, cell.workers) if cell.kills else ([], True)
        if in_time:
            return killed
        print(f"{name}: the kill came too late, and it is begun again", flush=True)
        engine.stop()
        place.clear(name)
    raise TimeoutError(f"{TRIES} kills came too late")


def build_cell(engine, place, cell):
    """Builds a cell. Gives the hash of its tree, how many were killed, and what went wrong, if anything."""
    name, hashed, killed = "-".join(map(str, cell)), None, []
    try:
        killed = begin(engine, place, cell, name)
        engine.end(killed)
        hashed, problem = hash_of(place.tree(name))[:8], None
    except Exception:
        # A cell that breaks off is one that failed, and the others are still to be built.
        problem = traceback.format_exc()
        engine.stop()
    place.clear(name)
    return hashed, len(killed), problem


def build_cells(engine, place, cells):
    """Some cells of one engine and place, one after another."""
    results = {}
    for cell in cells:
        if ENDED.is_set():
            break
        began = time.monotonic()
        hashed, killed, _ = results[cell] = build_cell(engine, place, cell)
        ended = f"{hashed or 'failed'}, {killed} killed, {time.monotonic() - began:.1f} s"
        print(f"{cell.engine}, {cell.place}, {cell.workers} x {cell.threads}: {ended}", flush=True)
    return results


def table(results):
    """The results as Markdown; `-` is a cell that was not asked for."""
    columns = list(itertools.product(WORKERS, THREADS))
    lines = ["| workers x threads | " + " | ".join(f"{workers} x {threads}" for workers, threads in columns) + " |"]
    lines.append("|---" * (len(columns) + 1) + "|")
    for row in itertools.product(ENGINES, PLACES, KILLS):
        engine, place, kills = row
        found = [results.get(Cell(*row, *column), ("-",))[0] or "failed" for column in columns]
        lines.append(f"| {engine}, {place}{', kills' if kills else ''} | " + " | ".join(found) + " |")
    return "\n".join(lines)


def chosen():
    """Whether the table is wanted; Tally reads the rest of the arguments."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--table", action="store_true")
    asked, sys.argv[1:] = parser.parse_known_args()
    return asked.table


def cells_of(engine, place, long):
    shapes = itertools.product(KILLS, WORKERS, THREADS)
    return [Cell(engine, place, *shape) for shape in (shapes if long else SHORT[place])]


def build_all(build):
    """Every cell, on one cluster of each kind. Engines are at work beside each other, and where that can be, places too."""
    for name in list(os.environ):
        # Nobody's own credentials are used.
        if name.startswith(NAMED) or name.lower() in PROXIES:
            del os.environ[name]
    with Ceph(build.root / "ceph") as ceph:
        os.environ.update(ceph.variables())
        places = dict(zip(PLACES, (Folder(build), Objects(build, ceph.bucket("property"))), strict=True))
        with slurm.Slurm(build.root / "slurm", build.arguments.binary, CPUS) as nodes, ray_cluster.Cluster(build, CPUS // 2) as ray:

            def cells(engine, place):
                return places[place], cells_of(engine, place, build.arguments.long)

            with ThreadPoolExecutor() as pool:
                beside = [pool.submit(build_cells, Slurm(build, nodes), *cells("Slurm", place)) for place in PLACES]
                beside += [pool.submit(build_cells, Claim(build), *cells("claim", place)) for place in PLACES]
                try:
                    # The program is connected to Ray once, and only its main thread can add nodes.
                    results = [build_cells(Ray(build, ray), *cells("Ray", place)) for place in PLACES]
                except BaseException:
                    # A signal: the others end with the cells that they are at.
                    ENDED.set()
                    raise
            return {cell: result for found in (*results, *(one.result() for one in beside)) for cell, result in found.items()}


def tell(results, expected):
    """One line: whether all are equal, and to what."""
    found = {hashed or "failed" for hashed, _, _ in results.values()}
    same = f"all {expected}" if found == {expected} else f"not all {expected}, but {', '.join(sorted(found))}"
    killed = sum(killed for _, killed, _ in results.values())
    print(f"{len(results)} runs, {killed} workers killed: {same}; a plain local build is {expected}")


def main():
    wants_table = chosen()
    slurm.require()
    build = Build(__doc__, epochs=EPOCHS, copies=1)
    ray_cluster.link_package(build.arguments.binary)
    expected = hash_of(build.expected)[:8]
    try:
        results = build_all(build)
    except Missing as error:
        print(error)
        sys.exit(1)
    for cell, (hashed, killed, problem) in results.items():
        build.check(hashed == expected, f"{cell}: {problem or f'{hashed}, not {expected}'}")
        build.check((killed > 0) == cell.kills, f"{cell}: {killed} killed")
    if wants_table:
        print(table(results))
    tell(results, expected)
    build.end()


if __name__ == "__main__":
    enter_venv("ray", *ray_cluster.PACKAGES)
    main()
