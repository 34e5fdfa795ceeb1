#!/usr/bin/env python3
"""The recipe of docs/clusters/parallel, run by GNU parallel: here, and on two machines that are reached by ssh, of which one dies.

    python3 tests/clusters/parallel.py --binary target/release/prebake [--long]

The ssh is a script that runs what it is asked for in an environment of its own. Needs Debian's parallel. The last line is
`N passed, N failed`; the exit code is 1 if any failed.
"""

import csv
import os
import shutil
import subprocess
import sys

from _common import PATIENCE, ROOT, Build, processes, tree, wait_until

RECIPE = ROOT / "docs" / "clusters" / "parallel" / "build.sh"
SHARES = 8
# Another machine: it has nothing of our environment but PATH, and answers no more once it is dead.
SSH = """#!/bin/bash
host=$1
shift 2
[ ! -e "$(dirname "$0")/$host-is-dead" ] || exit 255
exec env -i PATH="$PATH" HOME="$HOME" SHELL=/bin/bash ON="$host" bash -c "$*"
"""


class Recipe:
    """A run of the recipe into a folder of its own, with `options` for `prebake build` and `variables` for the recipe."""

    def __init__(self, build, name, *options, **variables):
        self.build, self.name, self.place = build, name, build.root / name
        self.out, self.joblog = self.place / "data", self.place / "joblog"
        programs = self.place / "programs"
        programs.mkdir(parents=True)
        (programs / "prebake").symlink_to(build.arguments.binary)
        set_here = {"INPUT": build.input, "SPEC": build.spec, "OUT": self.out, "SHARES": SHARES, "JOBS": 4, "JOBLOG": self.joblog}
        environment = {name: str(value) for name, value in {**set_here, **variables}.items()}
        path = f"{programs}:{os.environ['PATH']}"
        self.process = subprocess.Popen(
            [RECIPE, *options],
            cwd=self.place,
            env={**os.environ, "PATH": path, **environment},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    def check(self, holds, what):
        return self.build.check(holds, f"{self.name}: {what}")

    def wait_until_begun(self):
        wait_until(lambda: self.build.shards(self.out)[0] >= SHARES, f"{self.name}: {SHARES} shards")

    def ended(self):
        """Its exit code, what it said, and of each share how its last run ended."""
        said = self.process.communicate(timeout=PATIENCE)[1]
        with self.joblog.open() as log:
            rows = list(csv.DictReader(log, delimiter="\t"))
        return self.process.returncode, said, {row["Command"].split()[1]: row for row in rows}

    def check_whole(self, expected=None):
        code, said, shares = self.ended()
        self.check(code == 0, f"exit {code}: {said}")
        ended = {share: (row["Exitval"], row["Signal"]) for share, row in shares.items()}
        self.check(ended == {str(share + 1): ("0", "0") for share in range(SHARES)}, f"shares end with {ended}")
        self.build.check_same(self.out, self.name, expected)
        shutil.rmtree(self.place)
        return shares


def killed(build, name="killed"):
    """The process of a share is killed; the share is made again, from where it was."""
    recipe = Recipe(build, name)
    recipe.wait_until_begun()
    find = lambda: processes(f"{recipe.out}", "--worker") if recipe.process.poll() is None else []
    for process in wait_until(find, "a share at work")[:1]:
        os.kill(process, 9)
    recipe.check_whole()


def lost_machine(build):
    """One of two machines dies with its shares; the other makes them."""
    place = build.root / "machines"
    place.mkdir()
    ssh, nodes = place / "ssh", place / "nodes"
    ssh.write_text(SSH)
    ssh.chmod(0o755)
    nodes.write_text("2/node-1\n2/node-2\n")
    recipe = Recipe(build, "lost", NODES=nodes, PARALLEL_SSH=ssh)
    recipe.wait_until_begun()
    theirs = wait_until(lambda: processes(f"{recipe.out}", "ON=node-2"), "shares on node-2")
    (place / "node-2-is-dead").touch()
    for process in theirs:
        os.kill(process, 9)
    shares = recipe.check_whole()
    hosts = [row["Host"] for row in shares.values()]
    build.check(hosts.count("node-1") >= len(theirs) > 0, f"lost: {theirs} died on node-2, but the shares ended on {hosts}")


def wrong_spec(build):
    """A share that fails however often leaves no dataset; the log names the code."""
    spec = build.root / "wrong.json"
    spec.write_text('{"version": 1, "pipeline": [{"op": "nothing"}]}')
    recipe = Recipe(build, "wrong", SPEC=spec)
    code, said, shares = recipe.ended()
    recipe.check(code not in (0, 3) and "nothing" in said, f"exit {code}: {said}")
    recipe.check({row["Exitval"] for row in shares.values()} == {"2"} and len(shares) < SHARES, f"shares end as {shares}")
    recipe.check(not recipe.out.exists(), f"leaves {list(tree(recipe.out))}")


def left_out(build):
    """Pictures that are left out are no failure."""
    pictures, skip = ROOT / "fixtures" / "broken", ["--on-error", "skip", "--max-errors", "90%"]
    Recipe(build, "left out, in a folder with blanks", *skip, INPUT=pictures).check_whole(build.single(pictures, *skip))


def main():
    if not shutil.which("parallel"):
        sys.exit("needs Debian's parallel")
    build = Build(__doc__)
    killed(build)
    lost_machine(build)
    wrong_spec(build)
    left_out(build)
    for round in range(10 if build.arguments.long else 0):
        killed(build, f"killed-{round}")
    build.end()


if __name__ == "__main__":
    main()
