"""What the cluster tests share: an input that many workers can divide, the build that all must equal, an environment with packages.

Arguments, counting, temporary folder and hashes of trees are those of the torture scripts.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import venv
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "tests" / "torture"))

from common import Tally, differences, tree  # noqa: E402

__all__ = ["PATIENCE", "ROOT", "Build", "enter_venv", "kill", "processes", "tree", "wait_until"]
# Seconds that anything may take.
PATIENCE = 120


def enter_venv(name, *packages):
    """Goes on in a virtual environment below the target folder that holds the packages, given with their versions."""
    home = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).resolve() / f"venv-{name}"
    if Path(sys.prefix).resolve() == home:
        return
    python, note = home / "bin" / "python", home / "packages.txt"
    if not note.exists() or note.read_text().split() != list(packages):
        venv.create(home, with_pip=True)
        subprocess.run([python, "-m", "pip", "--quiet", "--disable-pip-version-check", "install", *packages], check=True)
        note.write_text("\n".join(packages))
    os.execv(python, [str(python), *sys.argv])


def wait_until(holds, what, pause=0.1):
    """What `holds` returns as soon as it is true, asked each `pause` seconds; too long is an exception."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found = holds()
        if found:
            return found
        time.sleep(pause)
    raise TimeoutError(f"{what}: not within {PATIENCE} s")


def processes(*wanted):
    """The numbers of the prebake processes that have all of `wanted` among their arguments and their `NAME=VALUE`s."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if (place / "comm").read_text() == "prebake\n":
                said = (place / "cmdline").read_bytes() + (place / "environ").read_bytes()
                if set(map(str, wanted)) <= set(map(os.fsdecode, said.split(b"\0"))):
                    found.append(int(place.name))
        except OSError:
            # It has ended.
            continue
    return found


def kill(process):
    """Kills a process, as for want of memory, and says whether it was still there."""
    try:
        os.kill(process, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def slow_spec(epochs):
    """The default spec, with rows that are small but take so long that whoever is to be killed is still at work."""
    spec = json.loads((ROOT / "fixtures" / "specs" / "default.json").read_text())
    resize, *steps = spec["pipeline"]
    slow = [{**resize, "width": 192, "height": 192}, {"op": "elastic_transform", "alpha": 40, "sigma": 6}]
    return {**spec, "epochs": epochs, "pipeline": [*slow, {**resize, "width": 32, "height": 32}, *steps]}


class Build(Tally):
    """A dataset that many may build, and what it must be: `input`, `spec` and `expected`, the tree of a single run.

    A share is a run of epochs of a block, so there are as many parts as `epochs`, each of `20 * copies` rows and one shard.
    """

    def __init__(self, name, epochs=96, copies=2):
        super().__init__(name)
        self.input, self.spec, self.epochs = self.root / "pictures", self.root / "augment.json", epochs
        for picture in sorted((ROOT / "fixtures" / "by_folder").glob("*/*")):
            for copy in range(copies):
                to = self.input / picture.parent.name / f"{copy}_{picture.name}"
                to.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(picture, to)
        self.spec.write_text(json.dumps(slow_spec(epochs)))
        self.expected = self.single(self.input)

    def single(self, pictures, *options):
        """The tree that one run without workers writes; it may leave pictures out if `options` say so."""
        out = self.root / "single"
        result = self.run("build", pictures, "--spec", self.spec, "--out", out, "--quiet", *options)
        assert result.returncode in (0, 3), result.stderr
        there = tree(out)
        shutil.rmtree(out)
        return there

    def check_same(self, out, what, expected=None):
        """Checks that `out` holds the very bytes of the single run, or those that are `expected`, and nothing else."""
        there, expected = tree(Path(out)), expected or self.expected
        return self.check(there == expected, f"{what}: differs: {differences(there, expected)}")

    def shards(self, out):
        """How many shards are there, of how many, as `prebake status` says; none before the first worker has begun."""
        result = self.run("status", out, "--json")
        said = json.loads(result.stdout) if result.returncode == 0 else {}
        return said.get("shards", 0), said.get("shards_total", 0)
