"""Disks that are full, become full, can only be read, or allow no larger files: nothing half-written, one line that says so, and the same
command goes on later.

Needs root for file systems of its own; says what it skips without. `python3 tests/torture/space.py --binary PATH`.
"""

import json
import os
import resource
import shutil
import subprocess
import threading
import time

from common import TIMEOUT, Tally, differences, manifest_key, tree, what_is_wrong, write_pictures, write_spec

SMALL = 8 << 20


class Space:
    def __init__(self, tally):
        self.tally = tally
        self.pictures, self.disk = tally.root / "pictures", tally.root / "disk"
        self.out = self.disk / "out"
        self.disk.mkdir()
        write_pictures(self.pictures, 120, 40)
        self.spec = write_spec(tally.root / "spec.json", epochs=12)
        whole = tally.root / "whole"
        result = tally.run(*self.build(whole))
        assert result.returncode == 0, result.stderr
        self.expected, self.known = tree(whole), {manifest_key(whole): tree(whole)}

    def build(self, out, *more):
        return ["build", self.pictures, "--spec", self.spec, "--batches-per-shard", 1, "--out", out, *more]

    def is_right(self, what):
        there = tree(self.out)
        self.tally.check(there == self.expected, f"{what}: differs: {differences(there, self.expected)}")

    def is_no_lie(self, what):
        wrong = what_is_wrong(self.out, self.known)
        self.tally.check(wrong is None, f"{what}: {wrong}")

    def says(self, what, result, code, words):
        lines = result.stderr.splitlines()
        fits = result.returncode == code and len(lines) == 1 and words in lines[0]
        self.tally.check(fits, f"{what}: exit {result.returncode}: {result.stderr}")

    def goes_on(self, what):
        result = self.tally.run(*self.build(self.out))
        self.tally.check(result.returncode == 0, f"{what}: then exit {result.returncode}: {result.stderr}")
        self.is_right(what)


class Mounted:
    """A tmpfs of so many bytes, as long as the block lasts."""

    def __init__(self, folder, size):
        self.folder, self.size = folder, size

    def __enter__(self):
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={self.size}", "tmpfs", self.folder], check=True)

    def __exit__(self, *_):
        subprocess.run(["umount", "-l", self.folder], check=True)

def may_mount(space):
    try:
        with Mounted(space.disk, 1 << 20):
            return None
    except (subprocess.CalledProcessError, FileNotFoundError) as error:
        return str(error)


def the_need_is_exact(space):
    plan = space.tally.run("plan", *space.build(space.out)[1:], "--json")
    needed = json.loads(plan.stdout)["needed_bytes"]
    block = os.statvfs(space.tally.root).f_frsize
    for size, fits in ((needed, True), (needed - block, False)):
        with Mounted(space.disk, size):
            what = f"a disk of {size} bytes, {needed} needed"
            plan = space.tally.run("plan", *space.build(space.out)[1:])
            space.tally.check(("more needed" in plan.stderr) != fits, f"{what}: plan says {plan.stderr}")
            result = space.tally.run(*space.build(space.out))
            if fits:
                space.tally.check(result.returncode == 0, f"{what}: exit {result.returncode}: {result.stderr}")
                space.is_right(what)
            else:
                space.says(what, result, 28, f"{block / 1024:.2f} KiB more needed")
                space.tally.check(not space.out.exists(), f"{what}: something was written")


def a_disk_becomes_full(space):
    """Somebody else fills the disk while the build runs, at several moments; then makes room again."""
    takes, stopped = duration(space), 0
    for turn in range(10 if space.tally.arguments.long else 3):
        with Mounted(space.disk, SMALL):
            what = f"a disk that becomes full, turn {turn}"
            running = subprocess.Popen(space.tally.command(*space.build(space.out)), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
            wait_for(lambda: any(space.out.glob("train/epoch-000/images-*.npy")), running)
            time.sleep(takes * (turn * 0.6180339887 % 1) * 0.5)
            fill(space.disk / "others")
            stderr = running.communicate(timeout=TIMEOUT)[1]
            result = subprocess.CompletedProcess([], running.returncode, "", stderr)
            if result.returncode != 0:
                stopped += 1
                space.says(what, result, 28, "more needed")
            left = [path for path in space.out.rglob("*.tmp")]
            space.tally.check(not left, f"{what}: temporary files are left: {left}")
            space.is_no_lie(what)
            again = space.tally.run(*space.build(space.out))
            if result.returncode != 0:
                space.says(f"{what}, still full", again, 28, "more needed")
            (space.disk / "others").unlink()
            space.goes_on(what)
    space.tally.check(stopped, "the disk became full only when all was done")


def duration(space):
    started = time.monotonic()
    space.tally.run(*space.build(space.tally.root / "timed"))
    return time.monotonic() - started


def wait_for(condition, running):
    while not condition() and running.poll() is None:
        time.sleep(0.001)


def fill(file):
    with open(file, "wb", buffering=0) as others:
        try:
            while True:
                others.write(bytes(1 << 16))
        except OSError:
            pass
        try:
            while True:
                others.write(bytes(1))
        except OSError:
            pass


def a_disk_becomes_read_only(space):
    """From the middle on, a mount that can only be read lies over the folder of the training rows."""
    what, out = "a disk that can only be read from the middle on", space.tally.root / "read-only"
    command = space.build(out, "--epochs", 40, "--threads", 1)
    running = subprocess.Popen(space.tally.command(*command), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    wait_for(lambda: (out / "train/epoch-002").is_dir(), running)
    aside = space.tally.root / "aside"
    aside.mkdir()
    subprocess.run(["mount", "--bind", out / "train", aside], check=True)
    # Where nobody writes yet, the system allows it.
    subprocess.run(["mount", "-o", "remount,ro,bind", aside], check=True)
    subprocess.run(["mount", "--bind", aside, out / "train"], check=True)
    subprocess.run(["umount", "-l", aside], check=True)
    try:
        stderr = running.communicate(timeout=TIMEOUT)[1]
    finally:
        subprocess.run(["umount", "-l", out / "train"], check=True)
    space.says(what, subprocess.CompletedProcess([], running.returncode, "", stderr), 1, "read-only file system")
    space.tally.check(not (out / "dataset.json").exists(), f"{what}: there is a dataset.json")
    for again in (command, ["verify", out]):
        result = space.tally.run(*again)
        space.tally.check(result.returncode == 0, f"{what}: then {again[0]}: exit {result.returncode}: {result.stderr}")


def a_folder_becomes_read_only(space):
    """`chattr +i`, where the file system has it; a folder's rights do not stop root."""
    what, out = "a folder that can only be read from the middle on", space.tally.root / "immutable"
    command = space.build(out, "--epochs", 40, "--threads", 1)
    running = subprocess.Popen(space.tally.command(*command), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    wait_for(lambda: (out / "train/epoch-002").is_dir(), running)
    changed = subprocess.run(["chattr", "+i", out / ".prebake/receipts"], capture_output=True, text=True)
    stderr = running.communicate(timeout=TIMEOUT)[1]
    if changed.returncode:
        space.tally.skip(what, changed.stderr.strip())
        return
    subprocess.run(["chattr", "-i", out / ".prebake/receipts"], check=True)
    space.says(what, subprocess.CompletedProcess([], running.returncode, "", stderr), 1, "cannot write")
    for again in (command, ["verify", out]):
        result = space.tally.run(*again)
        space.tally.check(result.returncode == 0, f"{what}: then {again[0]}: exit {result.returncode}: {result.stderr}")


def two_builds_at_once(space):
    shutil.rmtree(space.out, ignore_errors=True)
    results = []
    runs = [threading.Thread(target=lambda: results.append(space.tally.run(*space.build(space.out)))) for _ in range(2)]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    codes = sorted(result.returncode for result in results)
    # One that comes late finds the dataset there.
    space.tally.check(codes in ([0, 11], [0, 0]), f"two builds at once: exit {codes}: {[result.stderr for result in results]}")
    space.is_right("two builds at once")


def another_file_system_for_temporaries(space):
    with Mounted(space.disk, SMALL):
        result = space.tally.run(*space.build(space.out), env={**os.environ, "TMPDIR": "/proc"})
        space.tally.check(result.returncode == 0, f"OUT on another file system than TMPDIR: {result.stderr}")
        space.is_right("OUT on another file system than TMPDIR")


def files_may_not_be_large(space):
    shutil.rmtree(space.out, ignore_errors=True)
    limit = 8000
    limited = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    result = space.tally.run(*space.build(space.out), preexec_fn=limited)
    space.says("files above `ulimit -f`", result, 1, "ulimit -f")
    space.is_no_lie("files above `ulimit -f`")
    space.goes_on("files above `ulimit -f`")


def standard_output_is_full(space):
    for command in (["ops"], ["schema"], ["verify", space.out], ["status", space.out], ["stats", space.pictures], space.build(space.out)):
        with open("/dev/full", "w") as full:
            result = subprocess.run(space.tally.command(*command), stdout=full, stderr=subprocess.PIPE, text=True, timeout=TIMEOUT)
        says = "standard output: cannot write: no space left on device" in result.stderr
        space.tally.check(result.returncode == 28 and says, f"{command[0]} > /dev/full: exit {result.returncode}: {result.stderr}")


def main():
    tally = Tally(__doc__)
    space = Space(tally)
    two_builds_at_once(space)
    files_may_not_be_large(space)
    standard_output_is_full(space)
    a_folder_becomes_read_only(space)
    shutil.rmtree(space.out)
    refused = may_mount(space)
    for story in (the_need_is_exact, a_disk_becomes_full, a_disk_becomes_read_only, another_file_system_for_temporaries):
        if refused:
            tally.skip(story.__name__.replace("_", " "), refused)
        else:
            story(space)
    tally.end()


if __name__ == "__main__":
    main()
