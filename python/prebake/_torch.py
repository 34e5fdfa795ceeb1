"""A split as datasets of torch: batches ready made, for `DataLoader(..., batch_size=None)`."""

import os
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
import torch.distributed
import torch.utils.data

from ._dataset import Columns, DatasetError, Names, Split


class _Epochs:
    """What both kinds of dataset share: the arrays, and the epoch, which workers that stay alive see change."""

    def __init__(self, split: Split, columns: Columns, epoch: int, shuffle: int | None) -> None:
        self.split, self.columns, self.shuffle = split, columns, shuffle
        self._epoch = torch.tensor(epoch, dtype=torch.int64).share_memory_()
        self._drawn = (epoch, split.order(epoch, shuffle))

    @property
    def epoch(self) -> int:
        """The epoch that is shown."""
        return int(self._epoch)

    def set_epoch(self, epoch: int) -> None:
        """Shows another epoch from the next iteration on; call it before each one, as with torch's `DistributedSampler`."""
        self._epoch.fill_(epoch)

    def _order(self) -> list[int]:
        epoch = self.epoch
        if self._drawn[0] != epoch:
            self._drawn = epoch, self.split.order(epoch, self.shuffle)
        return self._drawn[1]

    def _read(self, index: int) -> tuple[Any, ...]:
        batch = self.split.batch(self.epoch, index, self.columns.names)
        # Copies: the reading is done here, in the worker, and a tensor over a map that cannot be written would end the process when it is.
        return self.columns.fill(lambda name: torch.from_numpy(np.array(batch[name])))


class TorchBatches(_Epochs, torch.utils.data.Dataset[Any]):
    """A map-style dataset whose items are batches: `(x, y)`, `(x, y, sample_weight)` or `(x,)`, each a tensor `(rows, *shape)`.

    All ranks see the same length; a sampler divides it (`DistributedSampler(dataset, shuffle=False)`), as torch does with map-style
    datasets.
    """

    def __len__(self) -> int:
        return len(self.split)

    def __getitem__(self, index: int) -> tuple[Any, ...]:
        return self._read(self._order()[index])


class TorchStream(_Epochs, torch.utils.data.IterableDataset[Any]):
    """An iterable dataset of batches, divided among ranks and among the workers of each.

    Batch k of an epoch goes to rank k modulo the number of ranks, so that together they read in the stored order. All ranks see the
    same number of batches. What is left over when they do not divide is made up from the epoch's first batches (`remainder="repeat"`,
    as `DistributedSampler` does), or left out (`remainder="drop"`). The length is that of a rank.
    """

    def __init__(self, split: Split, columns: Columns, epoch: int, shuffle: int | None, rank: int, world_size: int, remainder: str) -> None:
        """See `torch_dataset`. Raises `DatasetError` for an unknown `remainder`, a rank that is none, or if a rank would have no batch."""
        super().__init__(split, columns, epoch, shuffle)
        if remainder not in ("repeat", "drop"):
            raise DatasetError(f"remainder: {remainder!r} is not known (take 'repeat' or 'drop')")
        if not 0 <= rank < world_size:
            raise DatasetError(f"rank: {rank} of {world_size} ranks is none (they count from 0)")
        self.rank, self.world_size, self.remainder = rank, world_size, remainder
        if len(self) == 0:
            raise DatasetError(f"remainder: {len(split)} batches leave none for {world_size} ranks (take 'repeat', or smaller batches)")

    def __len__(self) -> int:
        count = len(self.split)
        return -(-count // self.world_size) if self.remainder == "repeat" else count // self.world_size

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        order = self._order()
        mine = [order[place % len(order)] for place in range(self.rank, len(self) * self.world_size, self.world_size)]
        worker = torch.utils.data.get_worker_info()
        # A DataLoader asks its workers in turn, so this keeps the order.
        return map(self._read, mine if worker is None else mine[worker.id :: worker.num_workers])


def torch_dataset(
    split: Split,
    *,
    x: str = "images",
    y: Names | None = None,
    sample_weight: bool = True,
    epoch: int = 0,
    shuffle: int | None = None,
    iterable: bool = False,
    rank: int | None = None,
    world_size: int | None = None,
    remainder: str = "repeat",
) -> TorchBatches | TorchStream:
    """A dataset of batches for `DataLoader(dataset, batch_size=None)`: map-style, or with `iterable` one that is divided among ranks.

    `x`, `y` and `sample_weight` say what a batch holds, see `Columns`. `epoch` is shown until `set_epoch` is called. `shuffle` is a
    seed that draws another order of the batches of each epoch. `rank` and `world_size` are, if not given, those of `torch.distributed`
    where it runs, else those of the environment (`RANK`, `WORLD_SIZE`, as torchrun sets them), else 0 of 1; they and `remainder` are of
    the iterable dataset alone, see `TorchStream`.
    """
    columns = Columns(split, x, y, sample_weight)
    if not iterable:
        return TorchBatches(split, columns, epoch, shuffle)
    found = _rank_and_world_size()
    rank, world_size = found[0] if rank is None else rank, found[1] if world_size is None else world_size
    return TorchStream(split, columns, epoch, shuffle, rank, world_size, remainder)


def _rank_and_world_size() -> tuple[int, int]:
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        return torch.distributed.get_rank(), torch.distributed.get_world_size()
    return int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))
