"""Each page of docs/python, and the README's part on loading, run as they stand: the blocks of a page in one process, in their order."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys

import pytest
from conftest import ROOT
from package_datasets import lay, made

PAGES = sorted((ROOT / "docs/python").glob("*.md"))
FRAMEWORKS = {"keras": ["keras", "tensorflow"], "tensorflow": ["tensorflow"], "torch": ["torch"], "jax": ["jax", "grain"]}


def run(text, place):
    """Runs the Python blocks where `data`, `boxes`, `target/dataset` are datasets, and `pictures` are pictures."""
    shutil.copytree(made("plain"), place / "data")
    shutil.copytree(made("plain"), place / "target/dataset")
    shutil.copytree(made("ragged"), place / "boxes")
    lay(place / "pictures", {"cat": 6, "owl": 5})
    blocks = re.findall(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    assert blocks
    (place / "page.py").write_text("\n".join(blocks))
    environment = {**os.environ, "KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}
    done = subprocess.run([sys.executable, "page.py"], cwd=place, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_each_page_runs(page, tmp_path):
    for framework in FRAMEWORKS.get(page.stem, []):
        if importlib.util.find_spec(framework) is None:
            pytest.skip(f"{framework} is not installed")
    run(page.read_text(), tmp_path)


def test_the_readme_loads_what_it_says(tmp_path):
    text = (ROOT / "README.md").read_text()
    run(text[text.index("## Load it") :].split("\n## ")[0], tmp_path)


def test_only_what_needs_a_gpu_is_not_run():
    skipped = {page.stem: len(re.findall(r"^```python (?!\n)", page.read_text(), re.MULTILINE)) for page in PAGES}
    assert {name: count for name, count in skipped.items() if count} == {"dali": 1}
