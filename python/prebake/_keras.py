"""A split as a `keras.utils.PyDataset`, for Keras 3 on TensorFlow, JAX and torch."""

import sys
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import keras
import numpy as np

from ._dataset import Columns, Names, Split


class KerasBatches(keras.utils.PyDataset):
    """The batches of a split for `fit`, `evaluate` and `predict`; each epoch of `fit` shows the next precomputed epoch.

    A batch is `(x, y)` or `(x, y, sample_weight)`, or `(x,)` without labels, each array `(rows, *shape)` with the type that the dataset
    has. Pass `shuffle=False` to `fit`: rows are shuffled already, and Keras would shuffle the batches once more.
    """

    def __init__(self, split: Split, columns: Columns, *, epoch: int, shuffle: int | None, workers: int) -> None:
        """See `keras_sequence`."""
        # Keras's own workers are not used: on JAX and torch, what they read ahead to build a model is shown again in later epochs.
        super().__init__(workers=0)
        self.split, self.columns, self.shuffle, self.threads = split, columns, shuffle, workers
        self._pool = ThreadPoolExecutor(workers) if workers else None
        self._within_epoch = False
        self._begin(epoch)

    def _begin(self, epoch: int) -> None:
        self.epoch = epoch
        self._order = self.split.order(epoch, self.shuffle)
        self._coming: dict[int, Future[tuple[Any, ...]]] = {}

    def __reduce__(self) -> tuple[Any, ...]:
        options = {"epoch": self.epoch, "shuffle": self.shuffle, "workers": self.threads}
        return _again, (self.split, self.columns, options)

    def __len__(self) -> int:
        return len(self.split)

    def __getitem__(self, index: int) -> tuple[Any, ...]:
        found = self._coming.pop(index, None)
        # As many are read ahead as there are threads, and no more where batches are asked for in another order.
        for later in range(index + 1, min(index + 1 + self.threads, len(self))):
            if self._pool and later not in self._coming and len(self._coming) < self.threads:
                self._coming[later] = self._pool.submit(self._read, self._order[later])
        return found.result() if found else self._read(self._order[index])

    def _read(self, batch: int) -> tuple[Any, ...]:
        views = self.split.batch(self.epoch, batch, self.columns.names)
        # Copies: the disk is read here, in the thread, and a model may write into what it gets.
        return self.columns.fill(lambda name: np.array(views[name]))

    def on_epoch_begin(self) -> None:
        """Keras says that an epoch begins, or that it looks at a batch to build a model."""
        self._within_epoch = True

    def on_epoch_end(self) -> None:
        """Moves on to the next epoch, if one was shown.

        Keras calls this from its `reset` too, where none was: before the first epoch, and after it looked at a batch.
        """
        if self._within_epoch and sys._getframe(2).f_code.co_name != "reset":
            self._begin(self.epoch + 1)
        self._within_epoch = False


def keras_sequence(
    split: Split,
    *,
    x: str = "images",
    y: Names | None = None,
    sample_weight: bool = True,
    epoch: int = 0,
    shuffle: int | None = None,
    workers: int = 1,
) -> KerasBatches:
    """A `keras.utils.PyDataset` of the batches of `split`.

    `x`, `y` and `sample_weight` say what a batch holds, see `Columns`: `y` is `labels` by default, for several heads a dictionary by their
    names. `epoch` is the one to begin with: the `initial_epoch` of a `fit` that goes on. `shuffle` is a seed that draws another order of
    the batches of each epoch. `workers` threads read ahead, none if it is 0. They copy files, which threads do as well as processes.
    """
    return KerasBatches(split, Columns(split, x, y, sample_weight), epoch=epoch, shuffle=shuffle, workers=workers)


def _again(split: Split, columns: Columns, options: dict[str, Any]) -> KerasBatches:
    return KerasBatches(split, columns, **options)
