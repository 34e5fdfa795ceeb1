"""The dataset of the package: that of `_dataset.py`, and with it each framework's loader and a face in notebooks."""

import os
from typing import TYPE_CHECKING, Any

from . import _dataset

if TYPE_CHECKING:
    import tensorflow as tf

    from ._grain import GrainSource
    from ._keras import KerasBatches
    from ._torch import TorchBatches, TorchStream


class Split(_dataset.Split):
    """The epochs of a split, as batches for NumPy and as what each framework loads; a framework is imported when its method is called.

    `epochs`, `rows_per_epoch` and `batch_size` are what the manifest says, `arrays` what each batch holds. The length is the number of
    batches of an epoch. Epochs cycle: with 10 of them, epoch 12 shows what epoch 2 does.
    """

    def keras(self, **options: Any) -> "KerasBatches":
        """A `keras.utils.PyDataset`, each epoch of which is the next precomputed one; for `fit(..., shuffle=False)`.

        Options: `x="images"`, `y`, `sample_weight=True`, `epoch=0`, `shuffle=None`, `workers=1`; see
        `prebake._keras.keras_sequence`.
        """
        from ._keras import keras_sequence

        return keras_sequence(self, **options)

    def tf_dataset(self, **options: Any) -> "tf.data.Dataset":
        """A `tf.data.Dataset` that reads without Python, of all epochs in turn or of one.

        Options: `x="images"`, `y`, `sample_weight=True`, `epoch=None`, `shuffle=None`, `drop_remainder=False`,
        `num_parallel_calls=tf.data.AUTOTUNE`; see `prebake._tensorflow.tf_dataset`.
        """
        from ._tensorflow import tf_dataset

        return tf_dataset(self, **options)

    def torch(self, **options: Any) -> "TorchBatches | TorchStream":
        """A dataset of torch whose items are batches, for `DataLoader(..., batch_size=None)`; `set_epoch` says which epoch.

        Options: `x="images"`, `y`, `sample_weight=True`, `epoch=0`, `shuffle=None`, `iterable=False`, `rank`, `world_size`,
        `remainder="repeat"`; see `prebake._torch.torch_dataset`.
        """
        from ._torch import torch_dataset

        return torch_dataset(self, **options)

    def grain(self, **options: Any) -> "GrainSource":
        """A random-access source of rows, or with `batches=True` of batches, for Grain and for JAX.

        Options: `x="images"`, `y`, `sample_weight=True`, `epoch=None`, `batches=False`; see `prebake._grain.grain_source`.
        """
        from ._grain import grain_source

        return grain_source(self, **options)

    def dali_files(self, **options: Any) -> dict[str, list[str]]:
        """The files of an epoch by the names of the arrays, for DALI's `fn.readers.numpy`.

        Options: `x="images"`, `y`, `sample_weight=True`, `epoch=0`; see `prebake._dali.dali_files`.
        """
        from ._dali import dali_files

        return dali_files(self, **options)


class Dataset(_dataset.Dataset):
    """A finished dataset: its splits by name (`dataset["train"]`), and what `dataset.json` says.

    `splits` are the names of the splits, `train` first; `class_names` those of the classes of the first head, class k the k-th; `arrays`
    what each array holds; `spec` the spec with every default filled in; `manifest` all of `dataset.json`.

    Threads may share it. It pickles as its path, and opens again where it is unpickled, so it may be sent to worker processes.
    """

    def __getitem__(self, split: str) -> Split:
        """The split of this name: `train`, and `val` and `test` where there are any."""
        return Split(self, split)

    def _repr_html_(self) -> str:
        """Tables and some pictures, for a notebook."""
        from ._notebook import page

        return page(self)


def open(path: str | os.PathLike[str], *, verify: bool = False) -> Dataset:
    """Opens the dataset in the folder `path`, as fast as its files can be listed.

    Checks that every file is there and has its length; `verify=True` checks the hash of each too, and needs the package xxhash. Raises
    `DatasetError` if the folder holds no finished dataset, or if a file is not what `dataset.json` says.
    """
    return Dataset(path, verify=verify)
