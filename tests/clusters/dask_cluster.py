#!/usr/bin/env python3
"""The recipe of docs/clusters/dask on a real Dask cluster: a scheduler, and two nodes with a nanny and a worker each.

In the middle of a build a worker's process is killed, so that its command goes on as an orphan while the nanny starts another worker;
then a node with all its processes. The bytes must be those of a single run. A wrong spec is told and not tried again.

`python3 tests/clusters/dask_cluster.py --binary PATH` installs Dask in an environment below the target folder.
"""

import json
import sys

from _common import Build, enter_venv, processes, wait_until
from _engine import Engine, kill, parents

PACKAGES = ["distributed==2026.8.0"]
DASK = [sys.executable, "-m", "dask"]


class Dask(Engine):
    def __init__(self, tally):
        super().__init__(tally, "dask/build.py", shares=5)
        file = tally.root / "scheduler.json"
        self.start("scheduler", *DASK, "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", file)
        wait_until(file.exists, "the scheduler")
        self.environment["DASK_SCHEDULER_ADDRESS"] = json.loads(file.read_text())["address"]
        for name in ("first", "second"):
            options = ["--nthreads", "1", "--no-dashboard", "--local-directory", tally.root / name]
            self.start(name, *DASK, "worker", self.environment["DASK_SCHEDULER_ADDRESS"], *options)

    def lose_worker(self, name, *command):
        recipe = self.begin(*command)
        orphan = wait_until(lambda: self.building_on(name), f"a share on {name}").pop()
        kill(parents()[orphan])
        self.tally.check(orphan in processes(self.out), "a worker killed: its command ended with it")
        calls = self.end(recipe, "a worker killed")
        self.tally.check(len(calls) > self.shares + 1, f"a worker killed: its share was not tried again: {calls}")


def main():
    enter_venv("dask", *PACKAGES)
    tally = Build(__doc__)
    with Dask(tally) as dask:
        dask.lose_worker("first", sys.executable)
        dask.refuse(sys.executable)
        dask.lose_node("second", sys.executable)
    tally.end()


if __name__ == "__main__":
    main()
