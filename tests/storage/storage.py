#!/usr/bin/env python3
"""prebake on storage: pictures in buckets, datasets in buckets, by servers that are real and networks that are not well.

Needs the servers of README.md; makes a virtual environment below target/ for those from PyPI. `--only NAME` runs one group or check.
`python3 tests/storage/storage.py --binary PATH [--long]`.
"""

import argparse
import sys
import time
import traceback
from pathlib import Path

sys.path.insert(1, str(Path(__file__).parents[1] / "torture"))

import elsewhere  # noqa: E402
import equal  # noqa: E402
import injected  # noqa: E402
import inputs  # noqa: E402
import refused  # noqa: E402
import together  # noqa: E402
from case import Case  # noqa: E402
from common import Tally  # noqa: E402
from servers import Ceph, Missing  # noqa: E402

GROUPS = (equal, inputs, refused, injected, together, elsewhere)


def chosen():
    """The checks that were asked for, by the name of a group or of their own; all by default."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--only", action="append", default=[])
    asked, sys.argv[1:] = parser.parse_known_args()
    return [check for group in GROUPS for check in group.ALL if not asked.only or {group.__name__, check.__name__} & set(asked.only)]


def run(tally, checks):
    with Ceph(tally.root / "ceph") as server:
        case = Case(tally, server, server.bucket("prebake-tests"))
        for check in checks:
            started, failed = time.monotonic(), tally.failed
            try:
                check(case)
            except Missing as error:
                tally.check(False, str(error))
            except Exception:
                # A check that breaks off has not held, and the others are still to be made.
                tally.check(False, f"{check.__name__}: {traceback.format_exc()}")
            print(
                f"{check.__module__}.{check.__name__}: {'FAILED' if tally.failed > failed else 'ok'}, {time.monotonic() - started:.1f} s",
                flush=True,
            )
        # A URL that is taken for a path would make folders of its own, and a dataset below them.
        taken = [place.name for place in tally.root.iterdir() if place.name.endswith(":")]
        tally.check(not taken, f"URLs were taken for paths: {taken}")


def main():
    checks = chosen()
    tally = Tally(__doc__)
    try:
        run(tally, checks)
    except Missing as error:
        tally.check(False, str(error))
    tally.end()


if __name__ == "__main__":
    main()
