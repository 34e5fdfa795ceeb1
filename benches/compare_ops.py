"""Measures each op beside the tools that people use instead, on one thread, and prints a Markdown table.

    python3 benches/compare_ops.py PHOTOS --peers OPS_PEERS.py --python PEERS_VENV/bin/python

OPS_PEERS.py is called as `OPS_PEERS.py PHOTOS OUT.json`, and writes a JSON object that has for each of its names the pictures of 256x256
a second that the best of the tools makes, or an error's text. It runs before and after ours, on the same core; the better of its two
figures counts, and the median of ours (`cargo bench --bench rows -- op`).
"""

import argparse
import json
import os
import re
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]

# What our ops are called there, if it is not the same. `None`: our example has a size that nobody else is measured at.
THEIRS = {
    "center_crop": None,
    "random_crop": None,
    "resize": None,
    "center_crop_128": "random_crop_128",
    "shear": "affine",
    "shift": "affine",
    "zoom": "affine",
}
# These only copy or invert, which memory limits: as fast is enough.
COPIES = ("horizontal_flip", "vertical_flip", "center_crop_128", "random_crop_128", "invert")
# What `benches/rows.rs` adds to the names of steps that do as much as the others do.
EQUAL = "_as_theirs"
MICROSECONDS = {"ns": 1e-3, "µs": 1, "ms": 1e3, "s": 1e6}


def peers(arguments):
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.json"
        subprocess.run([arguments.python, arguments.peers, arguments.photos, out], check=True, stdout=subprocess.DEVNULL)
        return json.loads(out.read_text())


def medians(tree):
    """Pictures a second by the medians in divan's tree, of the benches whose group begins with `op`."""
    rates, group = {}, ""
    for line in tree.splitlines():
        if head := re.match(r"[├╰]─ (\w+)", line):
            group = head[1]
        case = re.match(r"[│ ]  [├╰]─ (\w+) ", line)
        if case and group.startswith("op"):
            number, unit = line.split("│")[-4].split()
            rates[case[1]] = 1e6 / (float(number) * MICROSECONDS[unit])
    return rates


def ours():
    command = ["cargo", "bench", "--bench", "rows", "--", "op", "--color", "never"]
    return medians(subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("photos", type=Path)
    parser.add_argument("--peers", type=Path, required=True)
    parser.add_argument("--python", default="python3", help="an interpreter that has what the peers need")
    arguments = parser.parse_args()
    subprocess.run(["cargo", "bench", "--bench", "rows", "--no-run"], cwd=ROOT, check=True, capture_output=True)
    os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])
    before, rates, after = peers(arguments), ours(), peers(arguments)
    print("| op | prebake | the best other | ratio | goal | held |\n|---|---|---|---|---|---|")
    for name, rate in rates.items():
        # Where our example does another amount of work, the step that does theirs stands for it.
        if f"{name}{EQUAL}" in rates:
            continue
        name = name.removesuffix(EQUAL)
        other = THEIRS.get(name, name)
        found = [figure for figure in (before.get(other), after.get(other)) if isinstance(figure, (int, float))]
        if not found:
            continue
        ratio, goal = rate / max(found), 1 if name in COPIES else 1.5
        held = "yes" if ratio >= goal else "no"
        print(f"| {name} | {rate:,.0f} | {max(found):,.0f} | {ratio:.2f}x | {goal}x | {held} |")


if __name__ == "__main__":
    main()
