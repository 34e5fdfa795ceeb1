"""Builds a dataset on a Spark cluster: `spark-submit build.py PICTURES SPEC OUT SHARES`. What it does is in ../spark.md."""

import subprocess
import sys
import time

from pyspark.sql import SparkSession


def prebake(*words: str) -> tuple[int, str]:
    """Runs the command on an executor; gives its exit code and what it said. What another run may mend is raised: Spark runs it again."""
    while True:
        done = subprocess.run(["prebake", *words, "--quiet"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
        if done.returncode != 11:
            break
        # Another attempt at this share is at work, or its command outlived its executor. It goes on where that one ends.
        time.sleep(5)
    if done.returncode < 0 or done.returncode > 128:
        raise RuntimeError(f"prebake {words}: ended by a signal ({done.returncode}): {done.stderr}")
    return done.returncode, done.stderr


def main() -> None:
    """Builds all shares, a partition and a task each, then commits in another task."""
    pictures, spec, out, shares = *sys.argv[1:4], int(sys.argv[4])
    context = SparkSession.builder.appName(f"prebake {out}").getOrCreate().sparkContext
    build = ["build", pictures, "--spec", spec, "--out", out, "--threads", context.getConf().get("spark.task.cpus", "1")]
    numbers = context.parallelize(range(1, shares + 1), shares)
    ended = numbers.map(lambda number: prebake(*build, "--worker", f"{number}/{shares}")).collect()
    if all(code in {0, 3} for code, _ in ended):
        ended = context.parallelize([out], 1).map(lambda out: prebake("commit", out)).collect()
    # Shares that fail alike say the same.
    if said := {f"prebake ended with {code}: {text}" for code, text in ended if code not in {0, 3}}:
        sys.exit("\n".join(sorted(said)))


if __name__ == "__main__":
    main()
