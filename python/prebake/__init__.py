"""Loads datasets of prebake into NumPy, Keras, TensorFlow, torch, JAX and DALI, and builds them.

    dataset = prebake.open("data")
    for batch in dataset["train"].batches(epoch=0):
        batch["images"], batch["labels"]  # memory-mapped, read-only
    model.fit(dataset["train"].keras(), epochs=10, shuffle=False)

Reading needs NumPy alone; `build`, `plan` and `preview` call the `prebake` command.
"""

from importlib.metadata import version

from ._command import CommandError, build, plan, preview
from ._dataset import ArrayInfo, DatasetError
from ._loaders import Dataset, Split, open

__all__ = ["ArrayInfo", "CommandError", "Dataset", "DatasetError", "Split", "build", "open", "plan", "preview"]
__version__ = version("prebake")
