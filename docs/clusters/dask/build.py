"""Builds a dataset on a Dask cluster: `python build.py PICTURES SPEC OUT SHARES`. What it does is in ../dask.md."""

import subprocess
import sys
import time

from dask.distributed import Client, as_completed


def prebake(*words: str) -> tuple[int, str]:
    """Runs the command on a worker; gives its exit code and what it said. What another run may mend is raised: Dask runs it again."""
    while True:
        done = subprocess.run(["prebake", *words, "--quiet"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
        if done.returncode != 11:
            break
        # The command of a worker that was killed still builds this share. It goes on where that one ends.
        time.sleep(5)
    if done.returncode < 0 or done.returncode > 128:
        raise RuntimeError(f"prebake {words}: ended by a signal ({done.returncode}): {done.stderr}")
    return done.returncode, done.stderr


def main() -> None:
    """Builds all shares, then commits. Any worker may do either."""
    pictures, spec, out, shares = *sys.argv[1:4], int(sys.argv[4])
    build = ["build", pictures, "--spec", spec, "--out", out]
    with Client() as client:
        futures = client.map(
            lambda number: prebake(*build, "--worker", f"{number}/{shares}"),
            range(1, shares + 1),
            key=f"prebake-{out}",
            retries=3,
            pure=False,
        )
        for done, (_, (code, said)) in enumerate(as_completed(futures, with_results=True), 1):
            if code not in {0, 3}:
                client.cancel(futures)
                sys.exit(f"prebake ended with {code}: {said}")
            print(f"{done} of {shares} shares", flush=True)
        code, said = client.submit(prebake, "commit", out, retries=3, pure=False).result()
        if code:
            sys.exit(f"prebake ended with {code}: {said}")


if __name__ == "__main__":
    main()
