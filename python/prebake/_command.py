"""Calls of the `prebake` command: what it prints as JSON comes back, its progress is shown, and its errors are raised."""

import json
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from ._loaders import Dataset, open

PathLike = str | os.PathLike[str]
# Done, and done but pictures were left out or substituted, which the command warns of.
DONE = (0, 3)
# What a command may take to end after the terminal sent it the same signal as us.
PATIENCE_SECONDS = 2.0


class CommandError(Exception):
    """A command that failed. `exit_code` is one of those that the README lists, `message` what the command said."""

    def __init__(self, exit_code: int, message: str) -> None:
        super().__init__(message)
        self.exit_code, self.message = exit_code, message

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.exit_code, self.message)


def build(input: PathLike, out: PathLike, *, spec: PathLike | Mapping[str, Any], **options: Any) -> Dataset:
    """Builds the dataset of the pictures in `input` in the folder `out`, as `spec` says, and opens it.

    `spec` is a file, or what one would hold; then paths of reference pictures in it have to be absolute. Options are those of
    `prebake build`, with `_` for `-`: `epochs=5, split="val=0.1", on_error="skip", force=True`. Goes on where a build was stopped, and
    returns at once if there is nothing to do. Raises `CommandError` if the command fails. Ctrl-C stops it too, and keeps finished shards.
    `input` may be a URL; a dataset in a bucket cannot be opened, so `out` may not: `prebake.ray.build` and the command take one.
    """
    if is_url(out):
        raise ValueError(f"{out}: cannot be opened where it is (build it by `prebake build` or `prebake.ray.build`, and copy it)")
    with file_of(spec) as file:
        run("build", input, spec=file, out=out, **options)
    return open(out)


def is_url(path: PathLike) -> bool:
    """Whether it is a place that is no path of this machine, for a Python program."""
    return "://" in os.fspath(path)


def plan(input: PathLike, *, spec: PathLike | Mapping[str, Any], **options: Any) -> dict[str, Any]:
    """What `build` would write, without writing it: pictures, rows, shards, bytes, classes. Takes what `build` takes."""
    with file_of(spec) as file:
        return run("plan", input, spec=file, **options)


def preview(input: PathLike, output: PathLike, *, spec: PathLike | Mapping[str, Any], **options: Any) -> Path:
    """Draws a sheet of pictures beside their rows to `output`, `NAME.png` or `NAME.html`, and gives its path.

    Options are those of `prebake preview`: `rows=5, images=12, steps=True`.
    """
    with file_of(spec) as file:
        run("preview", input, spec=file, output=output, **options)
    return Path(output)


def run(command: str, *arguments: PathLike, **options: Any) -> dict[str, Any]:
    """Runs `prebake COMMAND --json` and gives the object that it prints.

    An option `long_name=value` becomes `--long-name value`; `True` becomes the option alone, `None` and `False` leave it out. Raises
    `CommandError` if it fails.
    """
    return call(command, arguments, options)


def call(
    command: str,
    arguments: Sequence[PathLike],
    options: Mapping[str, Any],
    on_progress: Callable[[Mapping[str, Any]], None] | None = None,
) -> dict[str, Any]:
    """Does what `run` does. `on_progress` takes each event of progress, in place of the line that is shown of it.

    An event has `rows` made, `rows_total`, `rows_per_second` and `seconds_left`, of the share where the command builds one.
    """
    words = [find(), command, *(os.fspath(argument) for argument in arguments), "--json", "--log-format", "json", *_words(options)]
    with tempfile.TemporaryFile() as result:
        process = subprocess.Popen(words, stdout=result, stderr=subprocess.PIPE, encoding="utf-8", errors="replace")
        try:
            assert process.stderr is not None
            said = _follow(process.stderr, on_progress)
            code = process.wait()
        except BaseException:
            _stop(process)
            raise
        if code not in DONE:
            raise CommandError(code, said or f"prebake {command}: ended with exit code {code}")
        result.seek(0)
        return json.load(result)


def find() -> str:
    """The path of the command: `PREBAKE` of the environment, else that of this Python's installation, else of `PATH`.

    Raises `CommandError` (exit code 127, as a shell's) if it is nowhere.
    """
    if named := os.environ.get("PREBAKE"):
        return named
    folders = [sysconfig.get_path("scripts"), sysconfig.get_path("scripts", f"{os.name}_user")]
    for path in [os.pathsep.join(folders), None]:
        if found := shutil.which("prebake", path=path):
            return found
    raise CommandError(127, "prebake: the command was not found (pip install prebake, or name its path in PREBAKE)")


def _words(options: Mapping[str, Any]) -> Iterator[str]:
    for name, value in options.items():
        if value is not None and value is not False:
            yield f"--{name.replace('_', '-')}"
            if value is not True:
                yield os.fspath(value) if isinstance(value, os.PathLike) else str(value)


@contextmanager
def file_of(spec: PathLike | Mapping[str, Any]) -> Iterator[PathLike]:
    if not isinstance(spec, Mapping):
        yield spec
        return
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "spec.json")
        file.write_text(json.dumps(spec), encoding="utf-8")
        yield file


def watched() -> bool:
    """Whether somebody looks at standard error, in a terminal or a notebook; a log would fill with copies of a line of progress."""
    return sys.stderr is not None and (sys.stderr.isatty() or type(sys.stderr).__module__.startswith("ipykernel"))


def show(message: str) -> None:
    """Writes a line of progress over the one before."""
    print(f"\r{message:<79}", end="", file=sys.stderr, flush=True)


def _follow(lines: IO[str], on_progress: Callable[[Mapping[str, Any]], None] | None) -> str:
    """Shows what the command says as it comes; gives its errors."""
    errors, live, behind = [], watched(), ""
    for line in lines:
        try:
            event = json.loads(line)
            level, message = event["level"], event["message"]
        except (ValueError, KeyError, TypeError):
            # Not of the log: wrong arguments, or a crash.
            errors.append(line.rstrip("\n"))
            continue
        if level == "error":
            errors.append(message)
        elif level != "info":
            print(f"{behind}prebake: {level}: {message}", file=sys.stderr, flush=True)
            behind = ""
        elif event.get("event") == "progress":
            if on_progress:
                on_progress(event)
            elif live:
                show(message)
                behind = "\n"
    if behind:
        print(file=sys.stderr, flush=True)
    return "\n".join(errors)


def _stop(process: "subprocess.Popen[str]") -> None:
    """Asks the command to stop, once: a second signal would end it at once, and a terminal has sent it one already."""
    try:
        process.wait(PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGINT if os.name == "posix" else signal.SIGTERM)
        process.wait()
