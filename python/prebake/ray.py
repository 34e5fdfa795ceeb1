"""Builds a dataset on a Ray cluster: a share of the rows is a task, which is run again where it, or its node, was lost.

    import prebake.ray

    dataset = prebake.ray.build("/shared/pictures", "/shared/data", spec="/shared/augment.json")

Each node needs this package and its command, and has to see `input` and `out` by the same names: in a shared folder, or by URLs.
"""

import contextlib
import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ray
import ray.exceptions
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from ._command import CommandError, PathLike, call, file_of, is_url, show, watched
from ._loaders import Dataset, open

# Another run has the share: most often the command of a node that was lost to the cluster, and goes on.
LOCKED = 11
LOCKED_PAUSE_SECONDS, LOCKED_PATIENCE_SECONDS = 2.0, 600.0
# How often progress is told by a share, and looked at by us.
PROGRESS_SECONDS = 1.0
# What cancelled commands may take to end.
CANCEL_SECONDS = 10.0
# Options that name folders and files which the nodes have to find.
PATH_OPTIONS = ("plan", "split_from", "statistics_from")


@dataclass(frozen=True)
class Progress:
    """How far a build is: `rows` made of `rows_total`, and `shares_done` of `shares`.

    `rows_total` is `None` as long as it is not known, which is until all shares have begun or one is done.
    """

    rows: int
    rows_total: int | None
    shares_done: int
    shares: int

    def __str__(self) -> str:
        """The line that is shown."""
        of = "" if self.rows_total is None else f" of {self.rows_total}"
        return f"build: {self.rows}{of} rows, {self.shares_done} of {self.shares} shares done"


def build(
    input: PathLike,
    out: PathLike,
    spec: PathLike | Mapping[str, Any] | None = None,
    *,
    workers: int | None = None,
    num_cpus: int | None = None,
    max_retries: int = 3,
    ray_remote_args: Mapping[str, Any] | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    **options: Any,
) -> Dataset | None:
    """Builds the dataset of the pictures in `input` in `out`, as `spec` says, on the cluster, and opens it; bytes are those of one machine.

    `spec` and other options are those of `prebake.build`; `spec` may be left out where `plan="plan.json"` names a frozen one. Relative
    paths are those of this program. What was finished before stays: the same call goes on where another one was stopped.

    The rows are built in `workers` shares by as many tasks, each with `num_cpus` threads. By default a task takes all CPUs of the smallest
    node that has any, and there are as many tasks as run at once. A task runs again, up to `max_retries` times (-1: without end), if its
    node or its process is lost, a signal ends the command, or another run has its share for ten minutes; never if the command fails by
    itself. `ray_remote_args` go to `options` of the tasks: `{"resources": {"fast_disk": 1}}`. A last task commits.

    `on_progress` is called once a second; without it a line shows the progress in terminals and notebooks. Connects as `ray.init()` does
    if this program is not connected. Returns `None` if `out` is a URL, since only folders can be opened.

    Raises `CommandError` if the command fails, with the share and the node before what it said; Ray's own errors if a task was lost too
    often; `TypeError` for `threads`, `worker` and `claim`, which this decides. Then, and on Ctrl-C, all other tasks are cancelled.
    """
    if not ray.is_initialized():
        ray.init()
    num_cpus, workers = _division(num_cpus, workers)
    arguments = [_everywhere(input)]
    options = _command_options(_everywhere(out), spec, num_cpus, options)
    retried = {"max_retries": max_retries, "retry_exceptions": [_LostError], "scheduling_strategy": "SPREAD", **(ray_remote_args or {})}
    tell = on_progress or (_show if watched() and not options.get("quiet") else None)
    board = _board() if tell else None

    def start(name: str, *task: Any) -> Any:
        return ray.remote(_run).options(num_cpus=num_cpus, name=f"prebake: {name}", **retried).remote(name, *task)

    shares = [
        start(f"share {number} of {workers}", "build", arguments, {**options, "worker": f"{number}/{workers}"}, board)
        for number in range(1, workers + 1)
    ]
    _wait(shares, tell, board)
    _result(start("commit", "commit", [options["out"]], {}))
    return None if is_url(out) else open(out)


class _LostError(CommandError):
    """A command that another run may bring to its end."""


class _Board:
    """Where shares tell how many rows they have made, of how many."""

    def __init__(self) -> None:
        self.shares: dict[str, tuple[int, int]] = {}

    def tell(self, share: str, rows: int, total: int) -> None:
        self.shares[share] = rows, total

    def read(self) -> dict[str, tuple[int, int]]:
        return self.shares


def _run(name: str, command: str, arguments: list[str], options: dict[str, Any], board: Any = None) -> dict[str, Any] | CommandError:
    """Runs a command on the node that this is called on. A failure that is final is returned: what is raised, Ray runs again."""
    spec, told, deadline = options.pop("spec", None), 0.0, time.monotonic() + LOCKED_PATIENCE_SECONDS

    def on_progress(event: Mapping[str, Any]) -> None:
        nonlocal told
        if board is not None and time.monotonic() - told >= PROGRESS_SECONDS:
            told = time.monotonic()
            board.tell.remote(name, event["rows"], event["rows_total"])

    while True:
        try:
            with contextlib.nullcontext() if spec is None else file_of(spec) as file:
                return call(command, arguments, {**options, "spec": file}, on_progress)
        except CommandError as error:
            code, message = error.exit_code, f"{name}, on {ray.util.get_node_ip_address()}: {error.message}"
        if code != LOCKED or time.monotonic() >= deadline:
            break
        print(f"prebake: note: {message}; tried again in {LOCKED_PAUSE_SECONDS:.0f} s", file=sys.stderr, flush=True)
        time.sleep(LOCKED_PAUSE_SECONDS)
    # Below 0 is a signal, as `subprocess` has it; above 128, as the command and shells do.
    if code == LOCKED or code < 0 or code > 128:
        raise _LostError(code, message)
    return CommandError(code, message)


def _wait(shares: list[Any], tell: Callable[[Progress], None] | None, board: Any) -> None:
    """Waits for all shares; cancels those that are left if one fails."""
    left, total = shares, None
    try:
        while left:
            done, left = ray.wait(left, timeout=PROGRESS_SECONDS)
            for share in done:
                total = _result(share)["rows"]
            if tell:
                tell(_progress(board, total, len(shares) - len(left), len(shares)))
    except BaseException:
        for share in left:
            ray.cancel(share)
        if left:
            ray.wait(left, num_returns=len(left), timeout=CANCEL_SECONDS)
        raise
    finally:
        if tell is _show:
            print(file=sys.stderr, flush=True)


def _progress(board: Any, total: int | None, done: int, workers: int) -> Progress:
    if total is not None and done == workers:
        return Progress(total, total, done, workers)
    told: dict[str, tuple[int, int]] = {}
    # Its node is that of this program, so it is as good as never lost; a build does not end for a line of progress.
    with contextlib.suppress(ray.exceptions.RayActorError):
        told = ray.get(board.read.remote())
    if total is None and len(told) == workers:
        total = sum(of for _, of in told.values())
    return Progress(sum(rows for rows, _ in told.values()), total, done, workers)


def _show(progress: Progress) -> None:
    show(str(progress))


def _result(share: Any) -> dict[str, Any]:
    try:
        result = ray.get(share)
    except ray.exceptions.RayTaskError as error:
        if not isinstance(error.cause, CommandError):
            raise
        result = error.cause
    if isinstance(result, CommandError):
        raise CommandError(result.exit_code, result.message)
    return result


def _board() -> Any:
    here = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=True)
    return ray.remote(_Board).options(num_cpus=0, max_restarts=-1, scheduling_strategy=here).remote()


def _command_options(out: str, spec: PathLike | Mapping[str, Any] | None, threads: int, options: Mapping[str, Any]) -> dict[str, Any]:
    """Those of `prebake build` for every share, with paths as all nodes know them."""
    for name in ("claim", "threads", "worker"):
        if name in options:
            raise TypeError(f"{name}: not an option of prebake.ray.build (workers and num_cpus divide the rows)")
    named = {name: _everywhere(value) for name, value in options.items() if name in PATH_OPTIONS}
    if spec is not None and not isinstance(spec, Mapping):
        spec = _everywhere(spec)
    return {**options, **named, "out": out, "spec": spec, "threads": threads}


def _division(num_cpus: int | None, workers: int | None) -> tuple[int, int]:
    """The CPUs of a task, and how many tasks there are."""
    nodes = [int(node["Resources"].get("CPU", 0)) for node in ray.nodes() if node["Alive"]]
    if num_cpus is None:
        num_cpus = min((cpus for cpus in nodes if cpus), default=1)
    if num_cpus < 1:
        raise ValueError(f"num_cpus: {num_cpus}, and a task needs 1 at least")
    if workers is None:
        workers = max(1, sum(cpus // num_cpus for cpus in nodes))
    if workers < 1:
        raise ValueError(f"workers: {workers}, and there has to be 1 at least")
    return num_cpus, workers


def _everywhere(path: PathLike) -> str:
    """The path for a task, which has a working folder of its own. A URL stays as it is."""
    return os.fspath(path) if is_url(path) else str(Path(path).absolute())
