#!/usr/bin/env python3
"""`prebake.ray.build` on a real Ray cluster: a head without CPUs, and two nodes.

In the middle of a build a node is killed with all that runs on it, or the process of a task alone; a share is another run's for a while;
or the program stops, and begins again. The bytes must be those of a single run each time. An error of the command is told with its share
and not tried again. With `--long` also each number of workers, of each number of CPUs.

`python3 tests/clusters/ray_cluster.py --binary PATH` installs Ray in an environment below the target folder.
"""

import json
import os
import shutil
import signal
import site
import subprocess
import sys
import sysconfig
from pathlib import Path

from _common import ROOT, Build, enter_venv, processes, wait_until
from _engine import Calls, below, kill, parents

PACKAGES = ["ray==2.60.0", "numpy==2.4.6"]
# What Ray must be told before it is imported.
SETTINGS = {
    # Servers on loopback alone: else Ray takes the address by which the machine reaches others, and goes there even if it is told of
    # 127.0.0.1. This is Ray's own way for systems that ask their user about each server.
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
    "RAY_USAGE_STATS_ENABLED": "0",
    # A node that was killed is missed after three seconds, not after fifteen.
    "RAY_health_check_period_ms": "500",
    # Else what others compute on this machine comes first, and a build hardly gets on.
    "RAY_worker_niceness": "0",
}
# The least that Ray takes.
NODE = {"object_store_memory": 80 * 1024**2, "include_dashboard": False}
COUNTS = [(2, 1), (3, 2)]
# A build of some ten seconds, so that a share is at work where progress is told once a second.
EPOCHS = 240
ALL_COUNTS = [(workers, num_cpus) for workers in (1, 2, 3, 7) for num_cpus in (1, 2)]


class StopError(Exception):
    """What stops the program in the middle."""


class Cluster:
    """A cluster to which this program is connected, of nodes that claim so many CPUs; calls of the command are counted."""

    def __init__(self, tally, num_cpus=2):
        self.tally, self.calls, self.num_cpus = tally, Calls(tally), num_cpus
        os.environ.update({"PREBAKE": str(self.calls.command), **SETTINGS})
        import ray
        from ray.cluster_utils import Cluster as RayCluster

        self.ray, self.cluster = ray, RayCluster(initialize_head=True, head_node_args={"num_cpus": 0, **NODE})
        self.nodes, self.killed = [self.cluster.add_node(num_cpus=num_cpus, **NODE) for _ in range(2)], []
        assert self.cluster.address.startswith("127.0.0.1:"), f"{self.cluster.address} is not loopback"
        ray.init(address=self.cluster.address, log_to_driver=False, logging_level="ERROR")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.ray.shutdown()
        self.cluster.shutdown()

    def kill_node(self):
        """Kills a node that builds, with all its processes; gives those of the shares that were at work on it. None if no node builds."""
        for node in self.nodes:
            lost = below(node.all_processes["raylet"][0].process.pid)
            shares = lost & set(processes("build", self.tally.out))
            if shares:
                kill(*lost)
                self.nodes.remove(node)
                self.killed.append(node)
                return shares
        return set()

    def replace_nodes(self):
        """Another node takes the place of each that was killed."""
        while self.killed:
            self.cluster.remove_node(self.killed.pop(), allow_graceful=False)
            self.nodes.append(self.cluster.add_node(num_cpus=self.num_cpus, **NODE))

    def lose_node(self):
        """Kills a node and puts another in its place; gives how many shares were at work on it."""
        shares = self.kill_node()
        self.replace_nodes()
        return len(shares)


class Once:
    """Takes progress, and does something once, when a fifth of the rows are made."""

    def __init__(self, do, rows):
        self.do, self.at, self.result, self.last = do, rows / 5, None, None

    def __call__(self, progress):
        if not self.result and progress.rows >= self.at:
            self.result = self.do()
        self.last = progress


def test_killed_node(tally, cluster, prebake, workers, num_cpus):
    once = Once(cluster.lose_node, tally.rows)
    prebake.ray.build(tally.input, tally.out, tally.spec, workers=workers, num_cpus=num_cpus, on_progress=once)
    what = f"{workers} workers of {num_cpus} CPUs, a node killed"
    calls = cluster.calls.since()
    tally.check(once.result, f"{what}: no share was at work on it")
    # More where the share was locked until the killed command was gone altogether.
    tally.check(len(calls) >= workers + (once.result or 0) + 1, f"{what}: {calls}")
    tally.check(str(once.last) == f"build: {tally.rows} of {tally.rows} rows, {workers} of {workers} shares done", f"{what}: {once.last}")
    tally.check_same(tally.out, what)
    shutil.rmtree(tally.out)


def test_killed_task(tally, cluster, prebake):
    """A task's process is killed, as by Ray itself where memory runs out; Ray ends what it leaves behind, the command."""
    left = []

    def kill_task():
        left.extend(processes(tally.out)[:1])
        kill(parents()[left[0]])
        return True

    prebake.ray.build(tally.input, tally.out, tally.spec, workers=2, num_cpus=1, on_progress=Once(kill_task, tally.rows))
    tally.check(len(cluster.calls.since()) >= 4, "a task killed: its share was not tried again")
    tally.check(left and not processes(tally.out), "a task killed: a command is left behind")
    tally.check_same(tally.out, "a task killed")
    shutil.rmtree(tally.out)


def test_share_of_another(tally, cluster, prebake):
    """A command that the cluster does not know has one of the shares, as where a lost node goes on; for a while it is paused."""
    words = tally.command("build", tally.input, "--spec", tally.spec, "--out", tally.out, "--worker", "1/2", "--threads", 1, "--quiet")
    other = subprocess.Popen(words, stdout=subprocess.DEVNULL)
    wait_until(lambda: tally.shards(tally.out)[0], "the first shard of another")
    other.send_signal(signal.SIGSTOP)
    calls = []

    def go_on_after_tries(_):
        calls.extend(cluster.calls.since())
        if sum("--worker 1/2" in call for call in calls) == 3:
            other.send_signal(signal.SIGCONT)

    prebake.ray.build(tally.input, tally.out, tally.spec, workers=2, num_cpus=1, on_progress=go_on_after_tries)
    tally.check(other.wait() == 0, "a share of another: it failed")
    tally.check_same(tally.out, "a share of another")
    shutil.rmtree(tally.out)


def test_stopped(tally, cluster, prebake):
    def stop():
        raise StopError

    os.chdir(tally.root)
    arguments = {"input": tally.input.name, "out": "out", "spec": tally.spec.name, "workers": 4, "num_cpus": 1}
    try:
        prebake.ray.build(**arguments, on_progress=Once(stop, tally.rows))
        tally.check(False, "stopped: nothing was raised")
    except StopError:
        wait_until(lambda: not processes(tally.out), "the end of all commands")
    before, _ = tally.shards("out")
    tally.check(before, "stopped: no shard was kept")
    first = []
    prebake.ray.build(**arguments, on_progress=first.append)
    tally.check(str(first[-1]) == f"build: {tally.rows} of {tally.rows} rows, 4 of 4 shares done", f"stopped: {first[-1]}")
    tally.check_same("out", "stopped, and begun again by relative paths")
    cluster.calls.since()
    # There already.
    prebake.ray.build(**arguments)
    tally.check_same("out", "built again")
    shutil.rmtree("out")


def failure(prebake, *arguments, **options):
    try:
        prebake.ray.build(*arguments, **options)
    except prebake.CommandError as error:
        return error
    return None


def test_arguments(tally, prebake):
    for wrong, error in (
        ({"threads": 2}, TypeError),
        ({"worker": "1/2"}, TypeError),
        ({"num_cpus": 0}, ValueError),
        ({"workers": 0}, ValueError),
    ):
        try:
            prebake.ray.build(tally.input, tally.out, tally.spec, **wrong)
            tally.check(False, f"{wrong}: nothing was raised")
        except error as raised:
            tally.check(next(iter(wrong)) in str(raised), f"{wrong}: {raised}")
    told = prebake.ray._command_options("s3://bucket/data", "gs://bucket/augment.json", 2, {"plan": "plan.json", "on_error": "skip"})
    expected = {"plan": str(Path("plan.json").absolute()), "on_error": "skip", "out": "s3://bucket/data", "threads": 2}
    tally.check(told == {**expected, "spec": "gs://bucket/augment.json"}, f"options: {told}")


def test_failures(tally, cluster, prebake):
    cluster.calls.since()
    error = failure(prebake, tally.input, tally.out, {"version": 1, "epoch": 3}, workers=3, num_cpus=1)
    calls = cluster.calls.since()
    tally.check(error is not None and error.exit_code == 2, f"a wrong spec: {error!r}")
    tally.check("epoch: unknown field" in str(error) and str(error).startswith("share "), f"a wrong spec: {error}")
    tally.check(len(calls) == len(set(calls)) <= 3, f"a wrong spec: tried again: {calls}")

    bad = tally.input / "bad.png"
    bad.write_bytes(b"")
    error = failure(prebake, tally.input, tally.out, tally.spec, workers=2)
    tally.check(error is not None and error.exit_code == 1 and "bad.png" in str(error), f"a bad picture: {error!r}")
    # With a spec that is no file, and code 3 of the shares.
    dataset = prebake.ray.build(tally.input, tally.out, json.loads(tally.spec.read_text()), workers=2, epochs=2, on_error="skip")
    tally.check([one["path"] for one in dataset.manifest["skipped"]] == ["bad.png"], "a bad picture that is left out")
    bad.unlink()
    shutil.rmtree(tally.out)


def test_lost_too_often(tally, cluster, prebake):
    """A command that a signal ends each time."""
    cluster.calls.since()
    script = cluster.calls.command
    text = script.read_text()
    script.write_text(text.replace("exec", "kill -TERM $$ #"))
    error = failure(prebake, tally.input, tally.out, tally.spec, workers=1, max_retries=2)
    script.write_text(text)
    tally.check(error is not None and error.exit_code == -15, f"lost too often: {error!r}")
    tally.check(len(cluster.calls.since()) == 3, "lost too often: not tried three times")


def test_recipe(tally, cluster):
    """docs/clusters/ray/build.py as a program of its own, which divides the work by what nodes there are."""
    cluster.calls.since()
    words = [sys.executable, ROOT / "docs/clusters/ray/build.py", tally.input, tally.spec, tally.out]
    done = subprocess.run(words, env={**os.environ, "RAY_ADDRESS": cluster.cluster.address}, capture_output=True, text=True, check=False)
    tally.check(done.returncode == 0 and str(tally.out) in done.stdout, f"the recipe: {done.stderr[-2000:]}")
    calls = [call for call in cluster.calls.since() if "--threads 2" in call]
    tally.check(sorted(call[call.index("--worker ") :][:12] for call in calls) == ["--worker 1/2", "--worker 2/2"], f"the recipe: {calls}")
    tally.check_same(tally.out, "the recipe")
    shutil.rmtree(tally.out)


def link_package(binary):
    """Makes `prebake` of this checkout importable in this environment, as an editable installation does, and compiles nothing."""
    place = Path(sysconfig.get_path("purelib"))
    version = subprocess.run([binary, "--version"], capture_output=True, text=True, check=True).stdout.split()[1]
    (place / "prebake.pth").write_text(f"{ROOT / 'python'}\n")
    (place / "prebake.dist-info").mkdir(exist_ok=True)
    (place / "prebake.dist-info" / "METADATA").write_text(f"Metadata-Version: 2.1\nName: prebake\nVersion: {version}\n")
    site.addsitedir(str(place))


def main():
    enter_venv("ray", *PACKAGES)
    tally = Build(__doc__, epochs=EPOCHS)
    tally.out = tally.root / "out"
    tally.rows = tally.epochs * sum(1 for _ in tally.input.glob("*/*"))
    link_package(tally.arguments.binary)
    with Cluster(tally) as cluster:
        import prebake.ray

        for workers, num_cpus in ALL_COUNTS if tally.arguments.long else COUNTS:
            test_killed_node(tally, cluster, prebake, workers, num_cpus)
        test_killed_task(tally, cluster, prebake)
        test_share_of_another(tally, cluster, prebake)
        test_stopped(tally, cluster, prebake)
        test_arguments(tally, prebake)
        test_failures(tally, cluster, prebake)
        test_lost_too_often(tally, cluster, prebake)
        test_recipe(tally, cluster)
    tally.end()


if __name__ == "__main__":
    main()
