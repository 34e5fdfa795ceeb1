"""A failure, or `kill -9`, at the n-th write, fsync, rename, open, mkdir and unlink of a build, n = 1 until none is left to fail.

The system calls fail by `strace -e inject`. Whatever fails: the exit code is not 0 unless the dataset is right, nothing hangs or panics, no
file is renamed after its fsync failed, and the next run makes the very bytes of a run without failures. Only those n are tried at
which a thread touches the output folder. Without the right to trace, it says so and ends well.
"""

import re
import shutil
import subprocess

from common import TIMEOUT, Tally, differences, manifest_key, tree, what_is_wrong, write_pictures, write_spec

CALLS = {
    "write": "write,writev,pwrite64",
    "fsync": "fsync,fdatasync",
    "rename": "rename,renameat,renameat2",
    "open": "open,openat",
    "mkdir": "mkdir,mkdirat",
    "unlink": "unlink,unlinkat,rmdir",
}
ERRORS = ["error=EIO", "error=ENOSPC", "signal=SIGKILL"]
# Only in the long form: what a quota, a file system that turns read-only and a limit of the size of files say.
MORE = ["error=EDQUOT", "error=EROFS", "error=EFBIG"]
# How many n of each call and error are tried in the short form.
FEW = 3
LINE = re.compile(r"^(\d+) +(\w+)\((.*)$")
# What it says of no room is one line that says how much is missing.
NO_SPACE = re.compile(r"\Aprebake: error: [^\n]* more needed[^\n]*\n\Z")


class Faults:
    def __init__(self, tally, name, command, expected, known, before=None):
        self.tally, self.name, self.command, self.expected, self.known, self.before = tally, name, command, expected, known, before
        self.out, self.trace = tally.root / "out", tally.root / "trace"

    def begin(self):
        shutil.rmtree(self.out, ignore_errors=True)
        if self.before:
            shutil.copytree(self.before, self.out)

    def traced(self, *options):
        strace = ["strace", "-f", "-y", "-s", "300", "-o", self.trace, *options]
        return subprocess.run([*strace, *self.tally.command(*self.command)], capture_output=True, timeout=TIMEOUT, text=True)

    def numbers(self, call):
        """Which n is, in any thread, a call that touches the output folder: strace counts each thread's own."""
        self.begin()
        result = self.traced("-e", f"trace={CALLS[call]}", "-e", "signal=none")
        assert result.returncode == 0, result.stderr
        # strace counts the calls of each name by themselves, in each thread.
        count, found = {}, set()
        for line in self.trace.read_text().splitlines():
            match = LINE.match(line)
            if match:
                key = match.group(1), match.group(2)
                count[key] = count.get(key, 0) + 1
                if str(self.out) in line:
                    found.add(count[key])
        return sorted(found)

    def fail(self, call, how, number):
        self.begin()
        at = f"{self.name}: {call} {number} with {how}"
        try:
            # Only calls that are traced can fail.
            traced = ",".join({CALLS["fsync"], CALLS["rename"], CALLS[call]})
            result = self.traced("-e", f"trace={traced}", "-e", f"inject={CALLS[call]}:{how}:when={number}")
        except subprocess.TimeoutExpired:
            self.tally.check(False, f"{at}: hangs")
            return
        wrong = what_is_wrong(self.out, self.known)
        self.tally.check(wrong is None, f"{at}: {wrong}")
        there = tree(self.out)
        right = result.returncode != 0 or there == self.expected
        self.tally.check(right, f"{at}: exit 0, but differs: {differences(there, self.expected)}")
        self.tally.check("panicked" not in result.stderr, f"{at}: {result.stderr}")
        # What a removal wants is no room for more.
        if result.returncode == 28 and call != "unlink" and str(self.out) in result.stderr:
            self.tally.check(NO_SPACE.match(result.stderr), f"{at}: {result.stderr}")
        self.tally.check(not self.renamed_after_a_failed_fsync(), f"{at}: renamed although fsync failed")
        again = self.tally.run(*self.command)
        there = tree(self.out)
        right = again.returncode == 0 and there == self.expected
        self.tally.check(right, f"{at} (exit {result.returncode}: {result.stderr}): the next run: exit {again.returncode}, {again.stderr}, "
                                f"differs: {differences(there, self.expected)}")

    def renamed_after_a_failed_fsync(self):
        failed = set()
        for line in self.trace.read_text().splitlines():
            if "sync(" in line and "INJECTED" in line:
                failed.update(re.findall(r"<([^>]*)>", line))
            if "rename" in line and any(f'"{path}"' in line for path in failed):
                return True
        return False

    def tell(self, few):
        for place, call in enumerate(CALLS):
            numbers = self.numbers(call)
            for turn, how in enumerate(ERRORS if few else ERRORS + MORE):
                some = numbers
                if few:
                    # Another part of the run for each call and error.
                    some = sorted({numbers[(place * 7 + turn * 5 + k * 13) * 17 % len(numbers)] for k in range(few)})
                for number in some:
                    self.fail(call, how, number)


def may_trace(tally):
    if not shutil.which("strace"):
        return "there is no strace"
    tried = subprocess.run(["strace", "-f", "-e", "inject=none:error=EIO", "-o", tally.root / "tried", "true"], capture_output=True, text=True)
    return tried.stderr if tried.returncode else None


def main():
    tally = Tally(__doc__)
    refused = may_trace(tally)
    if refused:
        tally.skip("failures of system calls", refused)
        tally.check(True, "")
        tally.end()
    pictures, out = tally.root / "pictures", tally.root / "out"
    write_pictures(pictures, 20, 30)
    spec, other = write_spec(tally.root / "spec.json", epochs=2), write_spec(tally.root / "other.json", seed=8, split={"test": 0.3})
    build = ["build", pictures, "--spec", spec, "--batches-per-shard", 1, "--threads", 1, "--out"]
    whole, before, unfinished = (tally.root / name for name in ("whole", "before", "unfinished"))
    runs = [[*build, whole], ["build", pictures, "--spec", other, "--out", before], [*build, unfinished, "--worker", "1/1"]]
    for command in runs:
        result = tally.run(*command)
        assert result.returncode == 0, result.stderr
    expected = tree(whole)
    known = {manifest_key(root): tree(root) for root in (whole, before)}
    few = None if tally.arguments.long else FEW
    Faults(tally, "build", [*build, out], expected, known).tell(few)
    Faults(tally, "commit", ["commit", out], expected, known, unfinished).tell(few and 2)
    Faults(tally, "force", [*build, out, "--force"], expected, known, before).tell(few and 2)
    tally.end()


if __name__ == "__main__":
    main()
