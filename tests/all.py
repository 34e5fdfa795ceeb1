"""Runs every test: the Rust ones, then the Python ones in a virtual environment of their own."""

import json
import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).parents[1]


def run(*command):
    print("+", *command, flush=True)
    subprocess.run(command, cwd=ROOT, check=True, env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""})


def main():
    run("cargo", "test", "--locked")
    metadata = json.loads(subprocess.check_output(["cargo", "metadata", "--format-version=1", "--no-deps"], cwd=ROOT))
    home = Path(metadata["target_directory"]) / "venv"
    if not (home / "bin" / "python").exists():
        venv.create(home, with_pip=True)
    python = str(home / "bin" / "python")
    run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", "tests/python/requirements.txt")
    # What is skipped is told with its reason: without a browser, the tests of the page.
    run(python, "-m", "pytest", "-q", "-rs", "tests/python")


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as error:
        sys.exit(error.returncode)
