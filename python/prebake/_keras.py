"""A split as a `keras.utils.PyDataset`, for Keras 3 on TensorFlow, JAX and torch."""

from typing import Any

import keras
import numpy as np

from ._dataset import Columns, Names, Split


class KerasBatches(keras.utils.PyDataset):
    """The batches of a split for `fit`, `evaluate` and `predict`; each epoch of `fit` shows the next precomputed epoch.

    A batch is `(x, y)` or `(x, y, sample_weight)`, or `(x,)` without labels, each array `(rows, *shape)` with the type that the dataset
    has. Pass `shuffle=False` to `fit`: rows are shuffled already, and Keras would shuffle the batches once more. Threads and processes
    may read.
    """

    def __init__(self, split: Split, columns: Columns, *, epoch: int = 0, shuffle: int | None = None, **options: Any) -> None:
        """See `keras_sequence`."""
        super().__init__(**options)
        self.split, self.columns, self.shuffle = split, columns, shuffle
        self._within_epoch = False
        self._begin(epoch)

    def _begin(self, epoch: int) -> None:
        self.epoch = epoch
        self._order = self.split.order(epoch, self.shuffle)

    def __len__(self) -> int:
        return len(self.split)

    def __getitem__(self, index: int) -> tuple[Any, ...]:
        batch = self.split.batch(self.epoch, self._order[index], self.columns.names)
        # Copies: the reading is done here, in the worker, and models may write into what they get.
        return self.columns.fill(lambda name: np.array(batch[name]))

    def on_epoch_begin(self) -> None:
        """Keras calls this after its workers began to read, so the epoch must not change here."""
        self._within_epoch = True

    def on_epoch_end(self) -> None:
        """Moves on to the next epoch. Keras calls this once before the first epoch too, and then nothing happens."""
        if self._within_epoch:
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
    use_multiprocessing: bool = False,
    max_queue_size: int = 10,
) -> KerasBatches:
    """A `keras.utils.PyDataset` of the batches of `split`.

    `x`, `y` and `sample_weight` say what a batch holds, see `Columns`: `y` is `labels` by default, for several heads a dictionary by
    their names. `epoch` is the one to begin with: `initial_epoch` of a `fit` that goes on. `shuffle` is a seed that draws another order
    of the batches. `workers`, `use_multiprocessing` and `max_queue_size` are those of `keras.utils.PyDataset`.
    """
    columns = Columns(split, x, y, sample_weight)
    reading = {"workers": workers, "use_multiprocessing": use_multiprocessing, "max_queue_size": max_queue_size}
    return KerasBatches(split, columns, epoch=epoch, shuffle=shuffle, **reading)
