#!/usr/bin/env python3
"""Runs the scripts of tests/torture, tests/storage and tests/clusters, some beside each other, and prints what each said.

    python3 tests/scripts.py --binary target/release/prebake [--long]

Most of what they do is to wait: for leases and retries, and for servers and nodes that are killed and come again. Each can also be run
alone. The exit code is 1 if any failed. Not among them is clusters/spark_cluster, which needs Java, and hundreds of megabytes from PyPI.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

TESTS = Path(__file__).parent
# What is in one lane runs one after another; the lanes take about as long as each other.
LANES = (
    ("storage/storage", "clusters/parallel", "torture/kill", "torture/race", "torture/pictures", "torture/soak", "torture/space"),
    ("clusters/kubernetes", "torture/claims", "clusters/slurm", "clusters/aws_batch", "clusters/hq", "torture/damage", "torture/faults"),
)
# A node of Ray or Dask that hears nothing of the others for some seconds takes them for lost, so it has the machine for itself.
ALONE = ("clusters/dask_cluster", "clusters/ray_cluster", "clusters/property")
# Seconds that a script may take in its short form, which is some ten times what it takes.
LIMIT = 1200


def run(script, options, limit):
    """Runs a script, and prints what it said in one piece. Gives whether it passed."""
    began = time.monotonic()
    command = [sys.executable, TESTS / f"{script}.py", *options]
    # A file, since a daemon that is left behind would keep a pipe open.
    with tempfile.TemporaryFile("w+", errors="replace") as said:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT)
        try:
            passed = process.wait(limit) == 0
        except subprocess.TimeoutExpired:
            process.terminate()
            passed = False
            said.write(f"ended, since it took more than {limit} s\n")
            said.flush()
        said.seek(0)
        print(f"+ tests/{script}.py ({time.monotonic() - began:.0f} s)", said.read(), sep="\n", end="", flush=True)
    return passed


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", required=True, help="the prebake to run")
    parser.add_argument("--long", action="store_true", help="the long forms, which take hours")
    asked = parser.parse_args()
    options = ["--binary", asked.binary, *(["--long"] if asked.long else [])]
    passed = {}

    def run_all(scripts):
        for script in scripts:
            passed[script] = run(script, options, None if asked.long else LIMIT)

    with ThreadPoolExecutor() as pool:
        list(pool.map(run_all, LANES))
    run_all(ALONE)
    failed = [script for script in passed if not passed[script]]
    if failed:
        sys.exit(f"FAILED: {', '.join(failed)}")


if __name__ == "__main__":
    main()
