import json
import signal
import subprocess
import types
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# What runs in the background of a shell ignores it, and so would a command that a test interrupts.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def prebake():
    """The command as tests/all.py builds it: for tests, and with Parquet."""
    metadata = json.loads(subprocess.check_output(["cargo", "metadata", "--format-version=1", "--no-deps"], cwd=ROOT))
    return Path(metadata["target_directory"]) / "debug" / "prebake"


@pytest.fixture(scope="session")
def printed(prebake):
    """The module that `prebake loader --framework keras` prints."""
    text = subprocess.run([prebake, "loader", "--framework", "keras"], check=True, capture_output=True, text=True).stdout
    module = types.ModuleType("printed")
    exec(compile(text, "printed.py", "exec"), module.__dict__)
    return module


@pytest.fixture(scope="session")
def prebaked(printed):
    """A side of a dataset as that module's `keras.utils.PyDataset`."""

    def of(out, split="train", **options):
        return printed.keras_sequence(printed.open(out)[split], **options)

    return of
