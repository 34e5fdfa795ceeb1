"""What the checks share: pictures in a folder and in a bucket, what a local build makes of them, and prebake run on URLs."""

import hashlib
import itertools
import os
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(1, str(Path(__file__).parents[1] / "torture"))
from common import TIMEOUT, differences, write_pictures, write_spec  # noqa: E402
from servers import SECRET  # noqa: E402

NAMED = ("AWS_", "AZURE_", "AZURITE_", "GOOGLE_")
PROXIES = ("http_proxy", "https_proxy", "all_proxy")
# One line of prebake is an error or a note; what a library would rather show is neither.
RAW = ("Debug", "RetryError", "<?xml", "panicked", "stack backtrace")
# One block in three epochs, so that each of three workers has something to do.
PICTURES, SIDE = 24, 40
FIELDS = {"epochs": 3, "split": None, "batch_size": 8}
WORK = ".prebake/"


def files(folder):
    """The files below a local folder, by their paths, but for what a build works with."""
    found = {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
    return {name: content for name, content in found.items() if not name.startswith(WORK)}


def hashes(found):
    return {name: hashlib.blake2b(content).hexdigest() for name, content in found.items()}


class Case:
    """A server with one bucket, which has the pictures below `pictures/`."""

    def __init__(self, tally, server, bucket):
        self.tally, self.server, self.bucket, self.long = tally, server, bucket, tally.arguments.long
        self.numbers = itertools.count(1)
        self.pictures = tally.root / "pictures"
        if not self.pictures.exists():
            write_pictures(self.pictures, PICTURES, SIDE)
        self.spec = write_spec(tally.root / "spec.json", **FIELDS)
        self.bucket.fill("pictures/", files(self.pictures))
        self.input = self.url("pictures")
        self.expected = self.local(self.pictures)

    def url(self, prefix):
        return f"s3://{self.bucket.name}/{prefix}"

    def fresh(self):
        """A prefix that nothing is below."""
        return f"out-{next(self.numbers)}"

    def folder(self):
        return self.tally.root / f"local-{next(self.numbers)}"

    def build(self, source, out, *more, spec=None):
        return ["build", source, "--spec", spec or self.spec, "--batches-per-shard", 1, "--out", out, *more]

    def local(self, source, *more, spec=None):
        """What a build on local disks makes, by the hashes of its files."""
        out = self.folder()
        result = self.tally.run(*self.build(source, out, *more, spec=spec))
        assert result.returncode == 0, result.stderr
        return hashes(files(out))

    def environment(self, proxy=None, **changes):
        """Our own environment without credentials of anyone else, and with the server's; what changes to None is not there."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(NAMED) and name.lower() not in PROXIES}
        # What gets nowhere says so before a test does.
        merged = {**kept, "PREBAKE_RETRY_SECONDS": "20", **self.server.variables(*([proxy.address] if proxy else [])), **changes}
        return {name: value for name, value in merged.items() if value is not None}

    def run(self, *arguments, proxy=None, timeout=TIMEOUT, **changes):
        """Runs prebake to its end; a hang is a result with the code None."""
        command = self.tally.command(*arguments)
        try:
            return subprocess.run(
                command, capture_output=True, text=True, timeout=timeout, cwd=self.tally.root, env=self.environment(proxy, **changes)
            )
        except subprocess.TimeoutExpired:
            return subprocess.CompletedProcess(command, None, "", f"still running after {timeout} s")

    def start(self, *arguments, proxy=None):
        streams = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
        return subprocess.Popen(self.tally.command(*arguments), text=True, cwd=self.tally.root, env=self.environment(proxy), **streams)

    def at_once(self, *commands, proxy=None, pause=0.0):
        """Runs commands beside each other; gives how each ended."""
        running = []
        for command in commands:
            running.append(self.start(*command, proxy=proxy))
            time.sleep(pause)
        said = [process.communicate(timeout=TIMEOUT)[1] for process in running]
        return [(process.returncode, text) for process, text in zip(running, said, strict=True)]

    def tree(self, prefix):
        """The dataset below a prefix, by the hashes of its objects, but for what a build works with."""
        found = self.bucket.read(f"{prefix}/")
        return hashes({name: content for name, content in found.items() if not name.startswith(WORK)})

    def check(self, holds, what):
        return self.tally.check(holds, what)

    def same(self, there, what, expected=None):
        expected = expected or self.expected
        return self.check(there == expected, f"{what}: differs: {differences(there, expected)}")

    def done(self, result, what):
        return self.check(result.returncode == 0, f"{what}: exit {result.returncode}: {result.stderr}")

    def right(self, result, prefix, what, expected=None):
        """The run ended well, its dataset is the local one, and it left no upload open."""
        held = self.done(result, what) and self.same(self.tree(prefix), what, expected)
        left = [key for key in self.bucket.unfinished() if key.startswith(f"{prefix}/")]
        return self.check(not left, f"{what}: uploads left open: {left}") and held

    def nothing_half(self, prefix, what, expected=None):
        """No dataset is seen, and every object that is has all of its bytes. Says how many there are."""
        expected, there = expected or self.expected, self.tree(prefix)
        self.check("dataset.json" not in there, f"{what}: there is a dataset.json")
        wrong = [name for name, hashed in there.items() if expected.get(name) != hashed]
        self.check(not wrong, f"{what}: objects that no whole run writes: {wrong}")
        return len(there)

    def refused(self, result, codes, words, what, most=1):
        """One line (or `most`) that says all of `words`, in our own words, with one of the codes, and without the secret."""
        lines = result.stderr.splitlines()
        fits = result.returncode in codes and 1 <= len(lines) <= most and all(word in result.stderr for word in words)
        raw = [word for word in (*RAW, SECRET) if word in result.stderr]
        return self.check(fits and not raw, f"{what}: exit {result.returncode} (of {codes}, {words}, without {raw}): {result.stderr}")
