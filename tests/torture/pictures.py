"""Pictures that are broken in every way that a fixed rule can think of: valid ones of each format, cut, flipped, spliced and filled.

With `--on-error skip` and with `substitute`: nothing panics or hangs, memory stays within bounds, every picture that is left out is
listed with its size and a reason, and the rows of all others are those of a build that never saw the broken ones. Fixed numbers draw
what is broken, so that two runs try the same.
"""

import json
import random
import shutil
from pathlib import Path

from common import Tally

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
MEMORY = 64 << 20
# What a run may take besides the prepared pictures that it keeps.
BESIDE = 200 << 20
# Above what any of the pictures takes that is not broken.
OF_A_PICTURE = 16 << 20
SPEC = {
    "version": 1,
    "seed": 5,
    "epochs": 2,
    "batch_size": 16,
    "pipeline": [
        {"op": "resize", "width": 32, "height": 32},
        {"op": "rotate", "degrees": [-20, 20]},
        {"op": "brightness", "delta": [-0.2, 0.2]},
    ],
}
DEEP = {**SPEC, "input": {"channels": 1, "depth": "uint16"}, "labels": {"from": "directory"}}
DEEP["pipeline"] = SPEC["pipeline"][:2]


def cut(draw, picture, _):
    return picture[: draw.randrange(len(picture))]


def flip(draw, picture, _):
    broken = bytearray(picture)
    for _ in range(draw.choice([1, 1, 2, 8, 64])):
        # Half of them where headers are.
        at = draw.randrange(min(len(broken), 600)) if draw.random() < 0.5 else draw.randrange(len(broken))
        broken[at] ^= 1 << draw.randrange(8)
    return bytes(broken)


def splice(draw, picture, other):
    return picture[: draw.randrange(len(picture))] + other[draw.randrange(len(other)) :]


def fill(draw, picture, _):
    at, length = draw.randrange(len(picture)), draw.choice([1, 4, 16, 256])
    return picture[:at] + bytes([draw.choice([0, 255, draw.randrange(256)])]) * length + picture[at + length :]


def repeat(draw, picture, _):
    start = draw.randrange(len(picture))
    end = draw.randrange(start, len(picture)) + 1
    return picture[:end] + picture[start:end] * draw.choice([1, 3]) + picture[end:]


BREAK = [cut, flip, flip, splice, fill, repeat]


def break_all(into, good, count, draw):
    """Writes all `good` ones and `count` broken ones into two folders of classes."""
    for at, (name, picture) in enumerate(good):
        (into / "ab"[at % 2]).mkdir(parents=True, exist_ok=True)
        (into / "ab"[at % 2] / f"good_{at:04}{Path(name).suffix}").write_bytes(picture)
    for at in range(count):
        name, picture = good[at % len(good)]
        broken = draw.choice(BREAK)(draw, picture, draw.choice(good)[1])
        (into / "ab"[at // 2 % 2] / f"bad_{at:04}{Path(name).suffix}").write_bytes(broken)


def lines(file):
    return [json.loads(line) for line in file.read_text().splitlines()]


def rows(out):
    """The bytes of every row, by picture and epoch."""
    paths = [sample["path"] for sample in lines(out / "samples.jsonl")]
    found = {}
    for shard in json.loads((out / "dataset.json").read_text())["splits"]["train"]["shards"]:
        images, sources = ((out / shard["arrays"][name]["path"]).read_bytes()[128:] for name in ["images", "sources"])
        size = len(images) // shard["rows"]
        for row in range(shard["rows"]):
            source = int.from_bytes(sources[8 * row : 8 * row + 8], "little")
            found[paths[source], shard["epoch"]] = images[size * row : size * (row + 1)]
    return found


class Broken:
    def __init__(self, tally, kind, spec, good, count):
        self.tally, self.kind, self.root = tally, kind, tally.root / kind
        self.input = self.root / "in"
        break_all(self.input, good, count, random.Random(f"prebake {kind}"))
        self.files = {str(file.relative_to(self.input)): file.stat().st_size for file in self.input.glob("*/*")}
        self.spec = self.root / "spec.json"
        self.spec.write_text(json.dumps(spec))

    def check(self, holds, what):
        return self.tally.check(holds, f"{self.kind}: {what}")

    def build(self, name, *more, folder=None):
        out = self.root / name
        common = ["--json", "--memory", str(MEMORY), "--max-picture-memory", str(OF_A_PICTURE)]
        result = self.tally.run("build", folder or self.input, "--spec", self.spec, "--out", out, *common, *more)
        for word in ["panicked", "internal error", "RUST_BACKTRACE"]:
            self.check(word not in result.stderr, f"{name}: {word}: {result.stderr[-300:]}")
        return out, result

    def left_out(self):
        out, result = self.build("skip", "--on-error", "skip")
        if not self.check(result.returncode == 3, f"skip: exit code {result.returncode}: {result.stderr[-300:]}"):
            return None
        told = json.loads(result.stdout)
        peak = told["peak_memory_bytes"]
        self.check(peak <= MEMORY + BESIDE, f"skip: {peak >> 20} MiB of memory")
        errors = lines(out / "errors.jsonl")
        listed = {error["path"] for error in errors}
        written = {sample["path"] for sample in lines(out / "samples.jsonl")}
        self.check(listed | written == set(self.files) and not listed & written, "skip: not every picture is listed once")
        self.check(all(error["bytes"] == self.files[error["path"]] for error in errors), "skip: a size is wrong")
        self.check(all(error["problem"].strip() for error in errors), "skip: a reason is missing")
        self.check(not any("good_" in path for path in listed), f"skip: a good picture is left out: {listed}")
        counts = {"read": len(self.files), "in_rows": len(written), "skipped": len(listed), "substituted": 0, "held_out": 0}
        self.check(told["accounted"] == counts, f"skip: {told['accounted']}, not {counts}")
        self.check(len(listed) > len(self.files) // 4, f"skip: only {len(listed)} are broken")
        print(f"{self.kind}: {len(self.files)} pictures, {len(listed)} cannot be used, peak {peak >> 20} MiB", flush=True)
        return out, listed

    def unharmed(self, out, listed):
        """The rows of a build that never saw the broken ones."""
        only = self.root / "only"
        for path in set(self.files) - listed:
            (only / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(self.input / path, only / path)
        clean, result = self.build("clean", folder=only)
        if not self.check(result.returncode == 0, f"clean: exit code {result.returncode}: {result.stderr[-300:]}"):
            return None
        expected = rows(clean)
        self.check(rows(out) == expected, "skip: rows of good pictures are not what they are alone")
        return expected

    def threads(self, out):
        one, _ = self.build("one", "--on-error", "skip", "--threads", "1")
        same = (one / "dataset.json").read_bytes() == (out / "dataset.json").read_bytes()
        self.check(same, "skip: one thread makes another dataset")

    def substituted(self, listed, expected):
        out, result = self.build("substitute", "--on-error", "substitute")
        if not self.check(result.returncode == 3, f"substitute: exit code {result.returncode}: {result.stderr[-300:]}"):
            return
        peak = json.loads(result.stdout)["peak_memory_bytes"]
        self.check(peak <= MEMORY + BESIDE, f"substitute: {peak >> 20} MiB of memory")
        samples = {sample["path"]: sample for sample in lines(out / "samples.jsonl")}
        errors = {error["path"]: error.get("substitute") for error in lines(out / "errors.jsonl")}
        self.check(set(errors) == listed and set(samples) == set(self.files), "substitute: a picture is missing")
        for path, substitute in errors.items():
            here, there = samples[path], samples.get(substitute)
            alike = there and all(here[key] == there[key] for key in ["label", "xxh3_128", "width", "height"])
            if not (alike and here["substitute"] == substitute and substitute not in errors):
                self.check(False, f"substitute: {path}: {substitute} does not fit")
        made = rows(out)
        self.check({key: row for key, row in made.items() if key[0] not in errors} == expected, "substitute: good rows differ")
        self.check({key for key in made if key[0] in errors} == {(path, epoch) for path in errors for epoch in range(2)},
                   "substitute: rows are missing")
        own = sum(made[path, 0] != made[other, 0] for path, other in errors.items())
        self.check(own > len(errors) * 0.9, "substitute: rows do not draw for themselves")
        found = self.tally.run("verify", out)
        self.check(found.returncode == 0, f"substitute: verify: {found.stderr[-300:]}")

    def failing(self):
        _, result = self.build("fail")
        named = any(path in result.stderr for path in self.files)
        self.check(result.returncode == 1 and named, f"fail: exit code {result.returncode}: {result.stderr[-300:]}")

    def run(self):
        found = self.left_out()
        expected = found and self.unharmed(*found)
        if expected:
            self.threads(found[0])
            self.substituted(found[1], expected)
        self.failing()
        shutil.rmtree(self.root)


def deep():
    """A gray picture of 16 bits as each format that holds one."""
    names = ["scans/one.png"]
    header = str({"descr": "<u2", "fortran_order": False, "shape": (20, 30)}).ljust(117) + "\n"
    samples = b"".join((at * 97 % 65536).to_bytes(2, "little") for at in range(600))
    npy = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode() + samples
    # Of TIFF: one strip of 20 rows.
    tags = [(256, 30), (257, 20), (258, 16), (259, 1), (262, 1), (273, 122), (277, 1), (278, 20), (279, 1200)]
    entries = b"".join(tag.to_bytes(2, "little") + b"\x04\0\x01\0\0\0" + value.to_bytes(4, "little") for tag, value in tags)
    tiff = b"II*\0\x08\0\0\0" + len(tags).to_bytes(2, "little") + entries + bytes(4) + samples
    pgm = b"P5 30 20 65535\n" + b"".join((at * 89 % 65536).to_bytes(2, "big") for at in range(600))
    read = [(name, (FIXTURES / "deep" / name).read_bytes()) for name in names]
    return [*read, ("a.npy", npy), ("a.tif", tiff), ("a.pgm", pgm)]


def main():
    tally = Tally("pictures")
    ordinary = [(file.name, file.read_bytes()) for file in sorted((FIXTURES / "by_folder").glob("*/*"))]
    count = 1000 if tally.arguments.long else 150
    Broken(tally, "ordinary", SPEC, ordinary, count).run()
    Broken(tally, "deep", DEEP, deep(), count // 3).run()
    tally.end()


if __name__ == "__main__":
    main()
