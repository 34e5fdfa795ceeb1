"""A split as a random-access source, for Grain's `DataLoader` and `MapDataset`, and for JAX without Grain."""

from typing import Any

import numpy as np

from ._dataset import Columns, Names, Split


class GrainSource:
    """Records by number, as `grain.sources.RandomAccessDataSource` wants them: rows, or batches ready made.

    A record is a dictionary of arrays by their names in the dataset: of `shape` for a row, of `(rows, *shape)` for a batch. Threads and
    processes may read.
    """

    def __init__(self, split: Split, names: tuple[str, ...], epochs: range, batches: bool) -> None:
        """See `grain_source`."""
        self.split, self.names, self.epochs, self.batches = split, names, epochs, batches
        self._per_epoch = len(split) if batches else split.rows_per_epoch

    def __repr__(self) -> str:
        # Grain keeps this in its checkpoints, and compares it when it goes on from one.
        return f"{type(self).__name__}({self.split!r}, {self.names}, {self.epochs}, batches={self.batches})"

    def __len__(self) -> int:
        return len(self.epochs) * self._per_epoch

    def __getitem__(self, record_key: int) -> dict[str, Any]:
        if not 0 <= record_key < len(self):
            raise IndexError(f"record {record_key}: there are {len(self)}")
        epoch, index = divmod(int(record_key), self._per_epoch)
        read = self.split.batch if self.batches else self.split.row
        return {name: np.array(value) for name, value in read(self.epochs[epoch], index, self.names).items()}


def grain_source(
    split: Split, *, x: str = "images", y: Names | None = None, sample_weight: bool = True, epoch: int | None = None, batches: bool = False
) -> GrainSource:
    """A random-access source over the rows of all epochs, one after the other, or of one `epoch`.

    With `batches`, records are the split's batches instead of its rows, which is many times as fast. `x`, `y` and `sample_weight` say
    which arrays a record holds, see `Columns`. Read in order (`grain.samplers.IndexSampler` with `shuffle=False`), since rows are
    shuffled already.
    """
    epochs = range(split.epochs) if epoch is None else range(epoch, epoch + 1)
    return GrainSource(split, Columns(split, x, y, sample_weight).names, epochs, batches)
