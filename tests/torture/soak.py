"""Many rows in many blocks: memory and descriptors stay as they are.

A million rows of 32x32 (short: 30,000), of pictures that it writes itself. The mean of the memory that the process holds in the last
quarter of the rows must be within 5 % of that in the first, and so must the number of its open files.
"""

import json
import os
import subprocess
import time

from common import Tally, write_pictures, write_spec

# Pictures, epochs: a block takes 1024 pictures.
SIZES = {False: (5_000, 6), True: (20_000, 50)}
TOLERANCE = 0.05
PAUSE = {False: 0.01, True: 0.25}


def resident(process):
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
    write_pictures(tally.root / "pictures", pictures, 8)
    steps = [{"op": "resize", "width": 32, "height": 32}, {"op": "rotate", "degrees": [-20, 20]}, {"op": "horizontal_flip"}]
    spec = write_spec(tally.root / "spec.json", epochs=epochs, batch_size=32, split={"val": 0.05}, pipeline=steps)
    out = tally.root / "out"
    command = tally.command("build", tally.root / "pictures", "--spec", spec, "--out", out, "--batches-per-shard", 8, "--memory", "16MiB", "--json")
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    samples, began = [], None
    while process.poll() is None:
        if began is None and (out / ".prebake/receipts").is_dir():
            began = time.monotonic()
        if began is not None:
            samples.append((rows_there(out), resident(process)))
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
    for at, what in ((0, "memory"), (1, "open files")):
        means = [sum(held[at] for held in quarter) / len(quarter) for quarter in (first, last)]
        change = means[1] / means[0] - 1
        print(f"{what}: {means[0]:.0f} in the first quarter, {means[1]:.0f} in the last ({change:+.1%}), of {len(known)} samples")
        tally.check(abs(change) <= TOLERANCE, f"{what} changed by {change:+.1%}")
    print(f"{report['rows']} rows in {report['seconds']:.1f} s")
    tally.end()


if __name__ == "__main__":
    main()
