"""Commands of all kinds on one folder at once: whoever comes too late is told so, and when all have ended a whole dataset is there.

Four at a time, drawn by a seed: builds of three plans that replace each other, the plain build, an update, commit, repair, verify, status. Runs with
only the standard library: `python3 tests/torture/race.py --binary PATH`.
"""

import random
import shutil
import subprocess
import time

from common import TIMEOUT, Tally, differences, manifest_key, tree, what_is_wrong, write_pictures, write_spec

# Seconds, commands at once, and how long the next one waits at most.
SECONDS = {False: 10, True: 300}
AT_ONCE, PAUSE = 4, 0.02
# Done; refused, since another plan's dataset is there; nothing to look at, or another run at work. A build may replace what `verify` looks at (12).
FINE = {"build": (0, 2, 11), "commit": (0, 10, 11), "repair": (0, 10, 11, 12), "verify": (0, 10, 11, 12), "status": (0, 10, 12)}


def commands(pictures, specs, out):
    """What may be run, by equal chance."""
    build = lambda spec, *more: ["build", pictures, "--spec", spec, "--batches-per-shard", 1, "--threads", 1, "--out", out, *more]
    first, second, third, longer = specs
    yield from (build(spec, "--force") for spec in (first, second, third))
    yield build(first)
    yield build(longer, "--update")
    yield from (["commit", out], ["repair", out, "--input", pictures], ["verify", "--quick", out], ["status", out])


def main():
    tally = Tally(__doc__)
    pictures, out = tally.root / "pictures", tally.root / "out"
    write_pictures(pictures, 24, 40)
    fields = [{"epochs": 3}, {"seed": 8, "split": {"val": 0.25}}, {"seed": 9, "batch_size": 8}, {"epochs": 4}]
    specs = [write_spec(tally.root / f"spec{number}.json", **more) for number, more in enumerate(fields)]
    known = {}
    for number, spec in enumerate(specs):
        whole = tally.root / f"whole{number}"
        result = tally.run("build", pictures, "--spec", spec, "--batches-per-shard", 1, "--out", whole)
        assert result.returncode == 0, result.stderr
        known[manifest_key(whole)] = tree(whole)
    shutil.copytree(tally.root / "whole0", out)
    draw, all_commands = random.Random(5), list(commands(pictures, specs, out))
    deadline, seen = time.monotonic() + SECONDS[tally.arguments.long], set()
    while time.monotonic() < deadline:
        running = []
        for _ in range(AT_ONCE):
            command = draw.choice(all_commands)
            process = subprocess.Popen(tally.command(*command), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
            running.append((command, process))
            time.sleep(draw.random() * PAUSE)
        for command, process in running:
            said = process.communicate(timeout=TIMEOUT)[1]
            tally.check(process.returncode in FINE[command[0]], f"{command}: exit {process.returncode}: {said}")
        told = [command[:1] + command[3:4] + command[9:] for command, _ in running]
        wrong = what_is_wrong(out, known, True)
        if not tally.check(wrong is None, f"{told}: {wrong}"):
            break
        there = tree(out)
        key = manifest_key(out)
        tally.check(there == known[key], f"{told}: differs: {differences(there, known[key])}")
        seen.add(key)
    tally.check(len(seen) > 1, f"one dataset all the time: {seen}")
    tally.end()


if __name__ == "__main__":
    main()
