"""Many rows in many blocks: memory and descriptors stay as they are.

A million rows of 32x32 (short: 30,000), of pictures that it writes itself, a thousand to a block. The mean of the memory that the process holds in the last
quarter of the rows must not be more than 5 % above that in the first. That memory falls is told and no failure: once all rows are made, and only the disk
is waited for, blocks are given back, and of a short run that is a good part. The number of files that it has open swings from one look to the next, with
the pictures and shards at hand; of the last quarter half of the looks must find no more of them than the most of the first, which a file of each shard, or
of thirty, that is left open does not hold.
"""

import json
import os
import statistics
import subprocess
import time

from common import Tally, write_pictures, write_spec

# Pictures, epochs.
SIZES = {False: (5_300, 6), True: (20_000, 50)}
FILES = 3
TOLERANCE = 0.05
PAUSE = {False: 0.01, True: 0.25}


def many_names(folder, count):
    """So many pictures that are names of a few files: large ones, of which a gigabyte, a block, is soon together."""
    write_pictures(folder, FILES, 600, FILES)
    for number in range(FILES, count):
        kept = number % FILES
        os.link(folder / f"class-{kept}" / f"{kept:07}.ppm", folder / f"class-{kept}" / f"{number:07}.ppm")


def held_by(process):
    """Bytes that a process holds, and how many files it has open; nothing if it is gone."""
    try:
        status = open(f"/proc/{process.pid}/status").read()
        files = len(os.listdir(f"/proc/{process.pid}/fd"))
    except OSError:
        return None
    held = [line.split() for line in status.splitlines() if line.startswith("VmRSS:")]
    return (int(held[0][1]) * 1024, files) if held else None


def rows_there(out):
    return sum(1 for _ in out.glob(".prebake/receipts/*"))


def main():
    tally = Tally(__doc__)
    pictures, epochs = SIZES[tally.arguments.long]
    many_names(tally.root / "pictures", pictures)
    steps = [{"op": "random_crop", "width": 32, "height": 32}, {"op": "brightness", "delta": [-0.1, 0.1]}]
    spec = write_spec(tally.root / "spec.json", epochs=epochs, batch_size=32, split=None, pipeline=steps)
    out = tally.root / "out"
    command = tally.command("build", tally.root / "pictures", "--spec", spec, "--out", out, "--batches-per-shard", 8, "--memory", "16MiB", "--json")
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    samples, began = [], None
    while process.poll() is None:
        if began is None and (out / ".prebake/receipts").is_dir():
            began = time.monotonic()
        if began is not None:
            samples.append((rows_there(out), held_by(process)))
        time.sleep(PAUSE[tally.arguments.long])
    stdout, stderr = process.communicate()
    if not tally.check(process.returncode == 0, f"exit {process.returncode}: {stderr}"):
        tally.end()
    report = json.loads(stdout)
    shards = report["shards"]
    # The commit removes receipts; what was sampled then is of no quarter.
    known = [(there, held) for there, held in samples if held]
    most = max(range(len(known)), key=lambda at: known[at][0])
    known = known[: most + 1]
    quarters = [[held for there, held in known if low * shards <= 4 * there < (low + 1) * shards] for low in range(4)]
    # Before the first shards there is no block yet, and memory only grows.
    first, last = quarters[0][len(quarters[0]) // 2 :], quarters[3]
    if not tally.check(first and last, f"too few samples: {[len(quarter) for quarter in quarters]}"):
        tally.end()
    held = [sum(memory for memory, _ in quarter) / len(quarter) for quarter in (first, last)]
    change = held[1] / held[0] - 1
    print(f"memory: {held[0] / 2**20:.1f} MiB in the first quarter, {held[1] / 2**20:.1f} in the last ({change:+.1%}), {len(known)} samples")
    tally.check(change <= TOLERANCE, f"memory grew by {change:+.1%}")
    highest, middle = max(files for _, files in quarters[0]), statistics.median(files for _, files in last)
    print(f"open files: {highest} at most in the first quarter, {middle:g} in half of the looks of the last")
    tally.check(middle <= highest, f"open files grew from {highest} at most to {middle:g} in most looks")
    print(f"{report['rows']} rows in {report['seconds']:.1f} s")
    tally.end()


if __name__ == "__main__":
    main()
