"""Runs every test: the Rust ones, then the Python ones in a virtual environment of their own, where the wheel is installed."""

import json
import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).parents[1]
PIP = ["-m", "pip", "--quiet", "--disable-pip-version-check"]
# Tables in Parquet are read and written by tests, too.
FEATURES = ["--features", "parquet"]


def run(*command, **environment):
    print("+", *command, flush=True)
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}
    subprocess.run(command, cwd=ROOT, check=True, env={**os.environ, **quiet, **environment})


def main():
    run("cargo", "test", "--locked", *FEATURES)
    metadata = json.loads(subprocess.check_output(["cargo", "metadata", "--format-version=1", "--no-deps"], cwd=ROOT))
    target = metadata["target_directory"]
    home = Path(target) / "venv-wheel"
    if not (home / "bin" / "python").exists():
        venv.create(home, with_pip=True)
    python = str(home / "bin" / "python")
    run(python, *PIP, "install", "-r", "tests/python/requirements.txt")
    run(python, "tests/python/torch_cpu.py")
    # The command of the wheel is the one that the tests above were of: nothing is compiled twice.
    wheel = {"CARGO_TARGET_DIR": target, "MATURIN_PEP517_ARGS": " ".join(["--profile", "dev", *FEATURES])}
    run(python, *PIP, "install", "--force-reinstall", "--no-deps", ".", **wheel)
    # What is skipped is told with its reason: without a browser, the tests of the page.
    # JAX has threads of its own, beside which no test should fork; so it has a process of its own too.
    alone = "tests/python/test_frameworks_jax.py"
    # Most of the others wait, for interpreters that begin and for commands; the tests of a file share what is dear to make.
    run(python, "-m", "pytest", "-q", "-rs", "-n", "2", "--dist", "loadfile", "tests/python", f"--ignore={alone}")
    run(python, "-m", "pytest", "-q", "-rs", alone)


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as error:
        sys.exit(error.returncode)
