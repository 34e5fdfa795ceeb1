#!/usr/bin/env python3
"""Damages a small dataset in every way there is: `verify` names the file each time, `repair` restores the very bytes.

    python3 tests/torture/damage.py --binary target/release/prebake [--long]

The short form takes every n-th bit and length, the long one (half an hour or more) every length, and bits closer together.
Needs nothing but Python's standard library. The last line is `N passed, N failed`; the exit code is 1 if any failed.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from itertools import combinations
from pathlib import Path

SPEC = {
    "version": 1,
    "seed": 9,
    "epochs": 2,
    "batch_size": 4,
    "pipeline": [
        {"op": "resize", "width": 6, "height": 5},
        {"op": "horizontal_flip"},
        {"op": "brightness", "factor": [0.7, 1.3]},
    ],
    "split": {"val": 0.25, "seed": 3},
}


def make_pictures(folder):
    """Fifteen tiny pictures of three classes, each another."""
    for number in range(15):
        path = folder / ["ash", "elm", "oak"][number % 3] / f"{number}.ppm"
        path.parent.mkdir(parents=True, exist_ok=True)
        pixels = bytes((17 * number + 5 * place + place * place) % 256 for place in range(9 * 8 * 3))
        path.write_bytes(b"P6\n9 8\n255\n" + pixels)


def tree(folder):
    """Every file below a folder, with its bytes."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def scalars(value, place=()):
    """The place of every value in some JSON that is no list and no object."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if children is None:
        yield place
    else:
        for key, child in children:
            yield from scalars(child, (*place, key))


def edited(value, place):
    """The JSON with another value of the same type at a place."""
    copy = json.loads(json.dumps(value))
    parent = copy
    for key in place[:-1]:
        parent = parent[key]
    there = parent[place[-1]]
    if isinstance(there, bool):
        parent[place[-1]] = not there
    elif isinstance(there, (int, float)):
        parent[place[-1]] = there + 1
    elif there is None:
        parent[place[-1]] = 1
    else:
        parent[place[-1]] = there[:-1] + ("x" if there[-1:] != "x" else "y")
    return copy


class Damages:
    """Damages one after the other, each mended before the next."""

    def __init__(self, binary, place, layout):
        self.binary, self.input, self.out = binary, place / "pictures", place / "out"
        self.passed, self.failures = 0, []
        make_pictures(self.input)
        self.spec = place / "spec.json"
        self.spec.write_text(json.dumps({**SPEC, "layout": layout}))
        self.build = ["build", str(self.input), "--spec", str(self.spec), "--out", str(self.out), "--batches-per-shard", "1"]
        self.run(*self.build, check=True)
        self.whole = tree(self.out)

    def run(self, *arguments, check=False):
        done = subprocess.run([self.binary, *arguments], capture_output=True, timeout=60)
        if check and done.returncode:
            sys.exit(done.stderr.decode(errors="replace"))
        return done.returncode, done.stderr.decode(errors="replace")

    def tell(self, what, problem):
        if problem:
            self.failures.append(what)
            print(f"FAILED {what}: {problem}")
        else:
            self.passed += 1

    def tried(self, what, damage, names):
        """Does damage; then `verify` names the files, and `repair` mends them."""
        damage()
        if tree(self.out) == self.whole:
            return
        code, said = self.run("verify", str(self.out))
        missing = [name for name in names if name not in said]
        self.tell(f"verify {what}", f"{code}, {said}" if code != 12 or missing else "")
        code, said = self.run("repair", str(self.out), "--input", str(self.input))
        mended = tree(self.out) == self.whole
        self.tell(f"repair {what}", "" if code == 0 and mended else f"{code}, {said}")
        if not mended:
            shutil.rmtree(self.out)
            for path, content in self.whole.items():
                (self.out / path).parent.mkdir(parents=True, exist_ok=True)
                (self.out / path).write_bytes(content)

    def write(self, path, content):
        return lambda: (self.out / path).write_bytes(content)

    def swap(self, one, other):
        def damage():
            self.write(one, self.whole[other])()
            self.write(other, self.whole[one])()

        return damage

    def bits(self, step):
        at = 0
        for path, content in self.whole.items():
            while at < 8 * len(content):
                flipped = bytearray(content)
                flipped[at // 8] ^= 1 << at % 8
                self.tried(f"{path} with bit {at} flipped", self.write(path, bytes(flipped)), [path])
                at += step
            at -= 8 * len(content)

    def lengths(self, step):
        at = 0
        for path, content in self.whole.items():
            while at < len(content):
                self.tried(f"{path} cut to {at} bytes", self.write(path, content[:at]), [path])
                at += step
            at -= len(content)
            self.tried(f"{path} with a byte more", self.write(path, content + b"\0"), [path])

    def files(self):
        for path, content in self.whole.items():
            file = self.out / path
            self.tried(f"{path} gone", file.unlink, [path])
            self.tried(f"{path} empty", self.write(path, b""), [path])
            self.tried(f"{path} full of zeros", self.write(path, bytes(len(content))), [path])
            self.tried(f"{path} a folder", lambda file=file: (file.unlink(), file.mkdir()), [path])
            self.tried(f"{path} a link", lambda file=file: (file.unlink(), file.symlink_to(os.devnull)), [path])
        shards = [path for path in self.whole if path.endswith(".npy")]
        for path in shards[:: max(1, len(shards) // 6)]:
            extra = f"{path[:-5]}{'0' if path[-5] != '0' else '1'}.npy"
            self.tried(f"{extra} extra", self.write(extra, self.whole[path]), [extra])

    def swaps(self, step):
        shards = [path for path in self.whole if path.endswith(".npy")]
        for one, other in list(combinations(shards, 2))[::step]:
            self.tried(f"{one} and {other} swapped", self.swap(one, other), [one, other])

    def kills(self, count):
        """Kills `repair` at spread times; what it leaves is damaged, unfinished or whole, and the next run ends it."""
        victims = [path for path in self.whole if path.endswith(".npy")]
        for number in range(count):
            for path in victims[number % 3 :: 3]:
                self.write(path, bytes(len(self.whole[path])))()
            repair = [self.binary, "repair", str(self.out), "--input", str(self.input)]
            process = subprocess.Popen(repair, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(0.0005 * (number + 1) * 60 / count)
            process.kill()
            process.wait()
            code, said = self.run("verify", str(self.out))
            goes_on = self.build if code == 10 and number % 2 else ["repair", str(self.out), "--input", str(self.input)]
            ended, also = self.run(*goes_on)
            good = code in (0, 10, 12) and ended == 0 and tree(self.out) == self.whole
            self.tell(f"repair killed, time {number} of {count}, then {goes_on[0]}", "" if good else f"{code}, {said}, {ended}, {also}")

    def edits(self, step):
        manifest = json.loads(self.whole["dataset.json"])
        for place in list(scalars(manifest))[::step]:
            content = (json.dumps(edited(manifest, place), indent=2, ensure_ascii=False) + "\n").encode()
            self.tried(f"dataset.json with another {'.'.join(map(str, place))}", self.write("dataset.json", content), ["dataset.json"])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", required=True)
    parser.add_argument("--long", action="store_true")
    given = parser.parse_args()
    # Every repair brings its files to the disk, which takes no time in memory.
    memory = Path("/dev/shm")
    memory = memory if os.access(memory, os.W_OK) else None
    # Steps that have no factor in common with the lengths of lines and rows; the second layout differs by names alone.
    steps = {"packed": (211, 1, 1, 1), "stable": (5003, 499, 5, 3)} if given.long else {"packed": (2503, 461, 37, 5), "stable": (9973, 1999, 97, 23)}
    passed, failed = 0, 0
    for layout, (bits, lengths, swaps, edits) in steps.items():
        with tempfile.TemporaryDirectory(dir=memory) as place:
            damages = Damages(os.path.abspath(given.binary), Path(place), layout)
            damages.edits(edits)
            damages.files()
            damages.kills(200 if given.long else 20)
            damages.swaps(swaps)
            damages.bits(bits)
            damages.lengths(lengths)
            passed, failed = passed + damages.passed, failed + len(damages.failures)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
