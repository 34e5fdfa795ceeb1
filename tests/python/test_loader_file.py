"""The printed loader: `_dataset.py`, then a framework's file without its line `from ._dataset import ...`, where there is no package."""

import ast
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import prebake
import pytest
from package_datasets import made

SOURCES = Path(prebake.__file__).parent
FRAMEWORKS = ["keras", "tensorflow", "torch", "grain", "dali"]


def loader(*frameworks):
    """What `prebake loader` prints, as the package has it."""
    texts = [(SOURCES / f"_{name}.py").read_text() for name in ("dataset", *frameworks)]
    lines = "\n\n".join(texts).splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith("from ._dataset import"))


# Each reads epoch 1 in its framework; `expected` has its rows as NumPy has them.
USES = {
    "keras": """
data = loader.keras_sequence(split, epoch=1)
read = [data[i] for i in range(len(data))]
assert isinstance(data, __import__("keras").utils.PyDataset)
""",
    "tensorflow": "read = [(x.numpy(), y.numpy()) for x, y in loader.tf_dataset(split, epoch=1)]",
    "torch": """
from torch.utils.data import DataLoader
read = [(x.numpy(), y.numpy()) for x, y in DataLoader(loader.torch_dataset(split, epoch=1), batch_size=None, num_workers=1)]
""",
    "grain": """
source = loader.grain_source(split, epoch=1, batches=True)
read = [(source[i]["images"], source[i]["labels"]) for i in range(len(source))]
""",
    "dali": """
files = loader.dali_files(split, epoch=1)
read = [(np.load(x), np.load(y)) for x, y in zip(files["images"], files["labels"])]
""",
}

SCRIPT = """
import sys
import numpy as np
try:
    import prebake
except ModuleNotFoundError:
    pass
else:
    raise AssertionError("the package is there")
import loader
split = loader.open(sys.argv[1])["train"]
expected = [(batch["images"], batch["labels"]) for batch in split.batches(1)]
{use}
assert len(read) == len(expected) == 3
for (images, labels), (x, y) in zip(read, expected):
    assert np.array_equal(images, x) and np.array_equal(labels, y)
"""


# The frameworks stay and the package goes: what is asked first says that there is none.
HIDDEN = """
import importlib.util, runpy, sys

class Hide:
    def find_spec(name, *_):
        if name == "prebake":
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Hide)
if __name__ == "__main__":
    sys.argv = sys.argv[1:]
    runpy.run_path(sys.argv[0], run_name="__main__")
"""


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_the_printed_file_loads_where_there_is_no_package(framework, tmp_path):
    if framework in ("keras", "tensorflow", "torch") and importlib.util.find_spec(framework) is None:
        pytest.skip(f"{framework} is not installed")
    (tmp_path / "loader.py").write_text(loader(framework))
    (tmp_path / "use.py").write_text(SCRIPT.format(use=USES[framework]))
    (tmp_path / "hidden.py").write_text(HIDDEN)
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "KERAS_BACKEND": "tensorflow"}
    command = [sys.executable, tmp_path / "hidden.py", tmp_path / "use.py", made("plain")]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]


def test_all_in_one_file_is_a_module_too_and_no_name_is_taken_twice():
    names = {}
    for name in ("dataset", *FRAMEWORKS):
        tree = ast.parse((SOURCES / f"_{name}.py").read_text())
        for node in tree.body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                assert names.setdefault(node.name, name) == name, node.name
    whole = ast.parse(loader(*FRAMEWORKS))
    taken = [node for node in ast.walk(whole) if isinstance(node, ast.ImportFrom)]
    assert not [node.module for node in taken if node.level or node.module == "__future__"]
    compile(whole, "loader.py", "exec")


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_framework_takes_all_it_needs_by_one_line(framework):
    text = (SOURCES / f"_{framework}.py").read_text()
    lines = [line for line in text.splitlines() if "from ." in line]
    assert len(lines) == 1
    assert lines[0].startswith("from ._dataset import ")
    # Directly below its imports, and on one line: what is dropped is that line.
    assert "(" not in lines[0]


def test_the_core_imports_numpy_and_the_standard_library_alone():
    code = "import sys, importlib.util as u; s = u.spec_from_file_location('core', sys.argv[1]); m = u.module_from_spec(s); "
    code += "sys.modules['core'] = m; s.loader.exec_module(m); "
    code += "print(*{n.split('.')[0] for n in sys.modules} - set(sys.stdlib_module_names))"
    done = subprocess.run([sys.executable, "-S", "-c", code, SOURCES / "_dataset.py"], capture_output=True, text=True, check=False)
    known = subprocess.run([sys.executable, "-c", code, SOURCES / "_dataset.py"], capture_output=True, text=True, check=True).stdout.split()
    assert "No module named 'numpy'" in done.stderr
    assert set(known) >= {"numpy", "core"}
    assert not {"keras", "tensorflow", "torch", "jax", "prebake"} & set(known)
