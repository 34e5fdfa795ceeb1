#!/usr/bin/env python3
"""The recipe of docs/clusters/hyperqueue and the page's lines of Python, on a server and a worker of HyperQueue.

    python3 tests/clusters/hq.py --binary target/release/prebake [--long]

Some shares are killed, a spec is wrong, pictures are left out. Server and worker come with the package hyperqueue, in a virtual environment
below the target folder. It has no `hq`: the test reads the lines with #HQ in its place. The last line is `N passed, N failed`; the exit
code is 1 if any failed.
"""

import argparse
import os
import re
import shlex
import shutil

from _common import ROOT, Build, enter_venv, kill, processes, wait_until

enter_venv("hyperqueue", "hyperqueue==0.27.0")
# No bar of progress.
os.environ["TQDM_DISABLE"] = "1"

import hyperqueue  # noqa: E402
from hyperqueue.cluster import LocalCluster, WorkerConfig  # noqa: E402
from hyperqueue.ffi.protocol import ResourceRequest  # noqa: E402

RECIPE = ROOT / "docs" / "clusters" / "hyperqueue" / "share.sh"
PAGE = RECIPE.parent.with_suffix(".md")
# Cores that the worker claims to have.
CORES = 32


def directives():
    """What the lines with #HQ ask for."""
    parser = argparse.ArgumentParser()
    for name in ("--name", "--array", "--stdout"):
        parser.add_argument(name, required=True)
    for name in ("--cpus", "--crash-limit"):
        parser.add_argument(name, type=int, required=True)
    lines = re.findall(r"^#HQ (.*)$", RECIPE.read_text(), re.M)
    return parser.parse_args([word for line in lines for word in shlex.split(line)])


class Queue:
    """A server and a worker, and what jobs find in their environment."""

    def __init__(self, build, cluster):
        self.build, self.client = build, cluster.client()
        self.place = build.root / "queue"
        programs = self.place / "programs"
        programs.mkdir(parents=True)
        (programs / "prebake").symlink_to(build.arguments.binary)
        self.path = f"{programs}:{os.environ['PATH']}"

    def array(self, out, *options, told=lambda jobs: None, **variables):
        """Runs the recipe as `hq submit` would, and says which tasks failed, and why. `told` is called now and then."""
        asked = directives()
        first, last = map(int, asked.array.split("-"))
        set_here = {"INPUT": self.build.input, "SPEC": self.build.spec, "OUT": out, **variables}
        environment = {"PATH": self.path, **{name: str(value) for name, value in set_here.items()}}
        job = hyperqueue.Job(default_workdir=self.place, max_fails=None, default_env=environment, name=asked.name)
        # The package counts tasks from 0, and the array from 1.
        for _ in range(first):
            job.program(["true"])
        resources = ResourceRequest(cpus=asked.cpus)
        for _ in range(first, last + 1):
            job.program([str(RECIPE), *options], resources=resources, crash_limit=asked.crash_limit)
        submitted = self.client.submit(job)
        self.client.connection.wait_for_jobs([submitted.id], told)
        return {task: failed.error for task, failed in self.client.get_failed_tasks(submitted).items()}

    def check_whole(self, out, name, expected=None):
        result = self.build.run("commit", out)
        self.build.check(result.returncode in (0, 3), f"{name}: commit: {result.stderr}")
        self.build.check_same(out, name, expected)
        shutil.rmtree(out, ignore_errors=True)


def check_numbers(build):
    """The numbers that stand twice in the recipe agree."""
    asked, text = directives(), RECIPE.read_text()
    build.check(asked.array == f"1-{re.search(r'--worker auto/([0-9]+) ', text)[1]}", "another number of shares than of tasks")
    build.check(f"--threads {asked.cpus} " in text, "another number of threads than of cores")


def killed(build, queue, name="killed", kills=3):
    """Shares are killed; the script makes them again."""
    out, struck = build.root / name, set()

    def strike(_):
        # All at once: the package tells of progress about once a second, and in two of them all may be done.
        if not struck:
            wait_until(lambda: build.shards(out)[0] > 0, f"{name}: the first shard", pause=0.05)
            while len(struck) < kills and build.shards(out)[0] < build.epochs:
                struck.update(process for process in processes(out, "--worker")[:1] if kill(process))

    failed = queue.array(out, told=strike)
    build.check(not failed and len(struck) == kills, f"{name}: {failed}; only {struck} killed")
    queue.check_whole(out, name)


def wrong_spec(build, queue):
    """What would fail again is not tried again, and the commit is refused."""
    spec, out = build.root / "wrong.json", build.root / "wrong"
    spec.write_text('{"version": 1, "pipeline": [{"op": "nothing"}]}')
    failed = queue.array(out, SPEC=spec)
    build.check(set(failed.values()) == {"Program terminated with exit code 2."}, f"wrong: {failed}")
    build.check(build.run("commit", out).returncode == 10, "wrong: the commit is not refused")


def left_out(build, queue):
    """Pictures that are left out are no failure."""
    pictures, skip, out = ROOT / "fixtures" / "broken", ["--on-error", "skip"], build.root / "left-out"
    failed = queue.array(out, *skip, INPUT=pictures)
    build.check(not failed, f"left out: {failed}")
    queue.check_whole(out, "left out", build.single(pictures, *skip))


def from_python(build, queue):
    """The page's lines: shares and commit in one job; where a share fails, the commit is not run."""
    lines = re.search(r"```python\n(.*?)```", PAGE.read_text(), re.S)[1]
    for name, spec, makes in (("python", build.spec, True), ("python-wrong", build.root / "wrong.json", False)):
        out = build.root / name
        places = {"/shared/pictures": build.input, "/shared/augment.json": spec, "/shared/data": out, "prebake": build.arguments.binary}
        code = re.sub("|".join(f'(?<="){place}(?=")' for place in places), lambda found, places=places: str(places[found[0]]), lines)
        try:
            exec(code, {"hyperqueue": hyperqueue, "client": queue.client})
        except hyperqueue.client.FailedJobsException as error:
            build.check(not makes, f"{name}: {error}")
        build.check((out / "dataset.json").exists() == makes, f"{name}: dataset.json: {not makes}")
        if makes:
            build.check_same(out, name)


def main():
    build = Build(__doc__)
    check_numbers(build)
    os.chdir(build.root)
    with LocalCluster(str(build.root), WorkerConfig(cores=CORES)) as cluster:
        queue = Queue(build, cluster)
        killed(build, queue)
        wrong_spec(build, queue)
        left_out(build, queue)
        from_python(build, queue)
        for round in range(5 if build.arguments.long else 0):
            killed(build, queue, f"round-{round}", kills=round + 1)
    build.end()


if __name__ == "__main__":
    main()
