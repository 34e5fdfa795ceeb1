#!/usr/bin/env python3
"""Measures what planning, a worker's start and the commit take when there are millions of pictures; prints Markdown tables.

    python3 benches/scale.py --binary target/release/prebake [--long] [--only WORD] [--bucket]

The pictures are there, but cost next to nothing: folders of classes are links, a hundred of them to one folder, and prebake follows
links. So every path, every plan and every hash is a real one. No row is made: shards are files of the right length without content, with
receipts, since `commit` and `status` look at lengths only. `--bucket` does the same in Ceph's gateway (tests/storage), with every request
counted. Peaks are of one process (`ru_maxrss`); below some 20 MiB they are the script's own. `--long` goes to 10,000,000 pictures and 100,000
shards, and takes some 12 GB of disk below `--scratch` and an hour.
"""

import argparse
import json
import math
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import time
import zlib
from pathlib import Path

from report import machine, table

CLASSES, WAYS = 1000, 100  # prebake enters a folder by a hundred ways at most
CONTENTS = 500
BATCH = 100
ROW = 8
SPEC = {
    "version": 1,
    "seed": 1,
    "batch_size": BATCH,
    "pipeline": [{"op": "random_resized_crop", "width": ROW, "height": ROW}],
    "output": {"dtype": "uint8"},
    "labels": {"from": "directory"},
}
SHORT, LONG = [10_000, 100_000], [10_000, 100_000, 1_000_000, 3_000_000, 10_000_000]
COMMITS_SHORT, COMMITS_LONG = [(10_000, 1), (10_000, 10)], [(100_000, 1), (1_000_000, 1), (100_000, 100), (10_000_000, 1)]
BUCKETS_SHORT, BUCKETS_LONG = [(10_000, 1)], [(100_000, 1), (1_000_000, 1)]
MIB = 1 << 20


def png(width, height, level):
    """A gray picture of one level, some hundred bytes long."""

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    rows = (b"\0" + bytes([level]) * width) * height
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def pictures(root, count):
    """A folder that shows `count` pictures, in a thousand classes; a hundredth of them are files."""
    contents = [png(400 + number % 200, 300 + number % 150, number % 256) for number in range(CONTENTS)]
    (root / "input").mkdir(parents=True)
    for real in range(CLASSES // WAYS):
        folder = root / f"real-{real}"
        folder.mkdir()
        for number in range(count // CLASSES):
            (folder / f"picture_{real}{number:08}.png").write_bytes(contents[(real * 37 + number) % CONTENTS])
    for number in range(CLASSES):
        (root / "input" / f"n{number:08}").symlink_to(f"../real-{number // WAYS}")
    return root / "input"


class Took:
    """Seconds and peak memory of a process, and what it said."""

    def __init__(self, seconds, peak, said):
        self.seconds, self.peak, self.said = seconds, peak, said

    def __str__(self):
        return f"{self.seconds:.1f} s, {self.peak / MIB:,.0f} MiB"

    def each(self, count, floor):
        """Bytes of memory above `floor`, for each of `count`."""
        return f"{max(self.peak - floor, 0) / count:,.0f} B"


class Bench:
    def __init__(self, arguments, work):
        self.binary, self.work, self.long = arguments.binary.resolve(), work, arguments.long
        self.floor = self.run("--version").peak
        self.made = {}

    def run(self, *arguments, environment=None):
        command = [self.binary, *arguments]
        command = [str(part) for part in command]
        with tempfile.TemporaryFile("w+") as said:
            start = time.monotonic()
            child = subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT, env={**os.environ, **(environment or {})})
            _, status, usage = os.wait4(child.pid, 0)
            seconds = time.monotonic() - start
            child.returncode = os.waitstatus_to_exitcode(status)
            said.seek(0)
            text = said.read()
        if child.returncode != 0:
            raise SystemExit(f"failed: {' '.join(command)}: exit {child.returncode}: {text[:2000]}")
        return Took(seconds, usage.ru_maxrss * 1024, text)

    def frozen(self, count, epochs=1):
        """A folder with pictures and their frozen plan; what freezing took. Made once."""
        root = self.work / f"{count}-{epochs}"
        if root not in self.made:
            folder = pictures(root, count)
            (root / "spec.json").write_text(json.dumps({**SPEC, "epochs": epochs}))
            more = ["--spec", root / "spec.json", "--batches-per-shard", 1, "--out", root / "plan.json"]
            self.made[root] = self.run("plan", folder, *more)
        return root, root / "input", self.made[root]

    def worker(self, count, epochs):
        """A folder for the dataset, and the command of a worker whose share is empty, so that only its start is measured."""
        root, folder, _ = self.frozen(count, epochs)
        out = root / "out"
        shutil.rmtree(out, ignore_errors=True)
        return out, ["build", folder, "--plan", root / "plan.json", "--worker", f"1/{10**12}", "--quiet"]


def with_etags(plan, out):
    """The plan as it would be of a bucket: each picture with an ETag."""
    with plan.open() as lines, out.open("w") as changed:
        for line in lines:
            changed.write(re.sub(r'("xxh3_128":"([0-9a-f]{32})".*)\}(,?)$', r'\1,"etag":"\\"\2\\""}\3', line))


def planning(bench):
    """Freezing a plan, and planning from it, which is what each worker does first."""
    rows = []
    for count in LONG if bench.long else SHORT:
        root, folder, freeze = bench.frozen(count)
        plan = root / "plan.json"
        worker = bench.run("plan", folder, "--plan", plan)
        with_etags(plan, root / "etags.json")
        nowhere = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_REGION": "us-east-1"}
        remote = bench.run("plan", "s3://nowhere/pictures", "--plan", root / "etags.json", environment=nowhere)
        (root / "etags.json").unlink()
        size = plan.stat().st_size
        rows.append([
            f"{count:,}", str(freeze), f"{size / MIB:,.0f} MiB ({size / count:.0f} B each)",
            f"{worker}, {worker.each(count, bench.floor)} each", f"{remote}, {remote.each(count, bench.floor)} each",
        ])  # fmt: skip
        print(" | ".join(rows[-1]), file=sys.stderr, flush=True)
    print("Planning\n")
    table(["pictures", "freeze (list, read all, plan)", "plan.json", "a worker's planning", "the same, INPUT in a bucket"], rows)


class Shards:
    """The shards of the plan that a worker noted in `out`."""

    def __init__(self, out):
        self.out = out
        draft = json.loads((out / ".prebake" / "draft.json").read_text())
        self.split, self.hash = draft["splits"]["train"], draft["plan_hash"]
        self.each = {
            name: int(re.sub(r"\D", "", array["dtype"])) * math.prod(array["shape"]) for name, array in draft["arrays"].items()
        }

    def all(self):
        for epoch in range(self.split["epochs"]):
            for index in range(self.split["shards_per_epoch"]):
                rows = min(BATCH, self.split["rows_per_epoch"] - index * BATCH)
                yield epoch, index, rows

    def files(self, epoch, index, rows):
        stem = f"{index:05}-of-{self.split['shards_per_epoch']:05}"
        return {
            name: {
                "path": f"train/epoch-{epoch:03}/{name}-{stem}.npy",
                "bytes": 128 + rows * each,
                "xxh3_128": f"{epoch * 1_000_003 + index:032x}",
            }
            for name, each in sorted(self.each.items())
        }

    def make(self):
        """Writes those that are missing; gives how many there are."""
        count = 0
        for epoch, index, rows in self.all():
            count += 1
            receipt = self.out / ".prebake" / "receipts" / f"train-{epoch:06}-{index:06}"
            if receipt.exists():
                continue
            files = self.files(epoch, index, rows)
            (self.out / f"train/epoch-{epoch:03}").mkdir(parents=True, exist_ok=True)
            for file in files.values():
                with open(self.out / file["path"], "wb") as made:
                    made.truncate(file["bytes"])
            said = json.dumps({"epoch": epoch, "index": index, "rows": rows, "arrays": files}, separators=(",", ":"))
            receipt.write_text(f"{self.hash}\n{said}")
        return count


def committing(bench):
    """A worker's start without receipts and with all, status and commit, in a folder."""
    rows = []
    for count, epochs in COMMITS_LONG if bench.long else COMMITS_SHORT:
        out, build = bench.worker(count, epochs)
        first = bench.run(*build, "--out", out)
        shards = Shards(out).make()
        again = bench.run(*build, "--out", out)
        status = bench.run("status", out)
        commit = bench.run("commit", out, "--quiet")
        twice = bench.run("commit", out, "--quiet")
        sizes = [(out / name).stat().st_size / MIB for name in ("samples.jsonl", "dataset.json")]
        rows.append([
            f"{shards:,} of {count:,} pictures", str(first), str(again), str(status), str(commit), str(twice),
            f"{sizes[0]:,.0f} MiB", f"{sizes[1]:,.0f} MiB",
        ])  # fmt: skip
        print(" | ".join(rows[-1]), file=sys.stderr, flush=True)
    print("Workers and commit in a folder\n")
    head = ["shards", "start of the first worker", "of one when all receipts are there", "`status`", "`commit`", "`commit` again"]
    table([*head, "samples.jsonl", "dataset.json"], rows)


def in_bucket(bench):
    """The same in a bucket, by requests."""
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "storage"))
    from proxy import Proxy
    from servers import Ceph

    rows = []
    for count, epochs in BUCKETS_LONG if bench.long else BUCKETS_SHORT:
        out, build = bench.worker(count, epochs)
        with Ceph(bench.work / f"ceph-{count}-{epochs}") as server, Proxy(server.address) as proxy:
            bucket, environment = server.bucket("scale"), server.variables(proxy.address)
            url = "s3://scale/out"

            def counted(*arguments):
                proxy.reset()
                took = bench.run(*arguments, environment=environment)
                return f"{took}; {requests(proxy.lines)}"

            bench.run(*build, "--out", out)
            shards = Shards(out)
            first = counted(*build, "--out", url)
            upload(bucket, shards, out)
            again, status = counted(*build, "--out", url), counted("status", url)
            commit, twice = counted("commit", url, "--quiet"), counted("commit", url, "--quiet")
            shards = f"{len(list(shards.all())):,} of {count:,} pictures"
        rows.append([shards, first, again, status, commit, twice])
        print(" | ".join(rows[-1]), file=sys.stderr, flush=True)
    print("Workers and commit in a bucket\n")
    table(["shards", "start of the first worker", "of one when all receipts are there", "`status`", "`commit`", "`commit` again"], rows)


def requests(lines):
    """How many of each kind: `LIST` is a page of a listing, `POST` a request that removes many or ends an upload in parts."""
    kinds = {}
    for line in lines:
        method, path = line.split(" ", 1)
        kind = "LIST" if method == "GET" and "list-type=2" in path else method
        kinds[kind] = kinds.get(kind, 0) + 1
    return ", ".join(f"{count:,} {kind}" for kind, count in sorted(kinds.items()))


def upload(bucket, shards, out):
    """Puts all shards and receipts into the bucket: those that are missing, with zeros for rows."""
    shards.make()

    def put(place):
        epoch, index, rows = place
        files = shards.files(epoch, index, rows)
        receipt = f".prebake/receipts/train-{epoch:06}-{index:06}"
        for path in [*(file["path"] for file in files.values()), receipt]:
            bucket.put(f"out/{path}", (out / path).read_bytes())

    bucket.each(put, shards.all())


PARTS = {"planning": planning, "committing": committing, "bucket": in_bucket}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", type=Path, required=True)
    parser.add_argument("--scratch", type=Path, help="where the folders of pictures are made, on a disk")
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--bucket", action="store_true", help="measure in Ceph's gateway, too, which must be installed")
    parser.add_argument("--only", choices=PARTS)
    arguments = parser.parse_args()
    chosen = [arguments.only] if arguments.only else ["planning", "committing", *(["bucket"] if arguments.bucket else [])]
    print(f"{machine()}\n", flush=True)
    with tempfile.TemporaryDirectory(dir=arguments.scratch) as work:
        bench = Bench(arguments, Path(work))
        for part in chosen:
            PARTS[part](bench)


if __name__ == "__main__":
    main()
