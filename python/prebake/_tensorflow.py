"""A split as a `tf.data.Dataset` that reads the files itself: no Python runs while it does."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import tensorflow as tf

from ._dataset import HEADER_BYTES, Columns, Names, Split


def tf_dataset(
    split: Split,
    *,
    x: str = "images",
    y: Names | None = None,
    sample_weight: bool = True,
    epoch: int | None = None,
    shuffle: int | None = None,
    drop_remainder: bool = False,
    num_parallel_calls: int = tf.data.AUTOTUNE,
) -> tf.data.Dataset:
    """A `tf.data.Dataset` of batches `(x, y)`, `(x, y, sample_weight)` or `(x,)`, prefetched, always in the same order.

    It shows all epochs, one after the other, once; `.repeat()` cycles, and `steps_per_epoch=len(split)` tells Keras where an epoch
    ends. With `epoch` it shows that one alone. `x`, `y` and `sample_weight` say what a batch holds, see `Columns`; `boxes`,
    `box_labels` and `key_points` of a ragged layout are `tf.RaggedTensor`s of `(rows, boxes of each, *shape)`. `shuffle` is a seed that
    draws another order of the batches of each epoch. `drop_remainder` leaves short batches out, so that shapes are fixed.
    `num_parallel_calls` batches are read at once.
    """
    columns = Columns(split, x, y, sample_weight)
    size = split.batch_size if drop_remainder else None
    places, shards = _places(split, range(split.epochs) if epoch is None else [epoch], shuffle, size)
    ragged = any(split.arrays[name].first_axis != "rows" for name in columns.names)
    offsets = [name for name, info in split.arrays.items() if ragged and info.first_axis == "offsets"]
    files = {name: _File(split, name, shards) for name in {*columns.names, *offsets}}

    def read(place: tf.Tensor) -> tuple[Any, ...]:
        shard, start, rows = place[0], place[1], place[2]
        # Where the boxes of each row begin in the shard.
        bounds: Any = files[offsets[0]].read(shard, start, rows + 1, size and size + 1) if offsets else None

        def part(name: str) -> Any:
            axis = split.arrays[name].first_axis
            if axis == "rows":
                return files[name].read(shard, start, rows, size)
            if axis == "offsets":
                return bounds - bounds[0]
            boxes = files[name].read(shard, bounds[0], bounds[-1] - bounds[0], None)
            return tf.RaggedTensor.from_row_splits(boxes, bounds - bounds[0], validate=False)

        return columns.fill(part)

    batches = tf.data.Dataset.from_tensor_slices(places)
    return batches.map(read, num_parallel_calls=num_parallel_calls, deterministic=True).prefetch(tf.data.AUTOTUNE)


def _places(split: Split, epochs: Iterable[int], shuffle: int | None, size: int | None) -> tuple[np.ndarray[Any, Any], list[Any]]:
    """For each batch the number of its shard, its first row and its rows, `(batches, 3)`; and the shards."""
    places: list[tuple[int, int, int]] = []
    shards: list[Any] = []
    numbers: dict[int, int] = {}
    for epoch in epochs:
        for index in split.order(epoch, shuffle):
            shard, start, stop = split.locate(epoch, index)
            if size is not None and stop - start < size:
                continue
            if id(shard) not in numbers:
                numbers[id(shard)] = len(shards)
                shards.append(shard)
            places.append((numbers[id(shard)], start, stop - start))
    return np.array(places, np.int64).reshape(-1, 3), shards


class _File:
    """The files of an array, and how a graph reads items of them."""

    def __init__(self, split: Split, name: str, shards: list[Any]) -> None:
        self.info = split.arrays[name]
        folder, listed = split.dataset.path.absolute(), [shard["arrays"][name] for shard in shards]
        self.paths = tf.constant([str(folder / file["path"]) for file in listed], tf.string)
        self.bytes = tf.constant([file["bytes"] for file in listed], tf.int64)

    def read(self, shard: tf.Tensor, start: tf.Tensor, count: tf.Tensor, size: int | None) -> tf.Tensor:
        """So many items from `start` on, as one record: its header is what lies before, its footer what lies behind."""

        def record() -> tf.Tensor:
            head, length = HEADER_BYTES + start * self.info.item_bytes, count * self.info.item_bytes
            foot = self.bytes[shard] - head - length
            records = tf.data.FixedLengthRecordDataset(self.paths[shard], length, head, foot, buffer_size=length)
            return records.get_single_element()

        # A record has a byte at least, and a batch may have no box.
        content = tf.cond(count > 0, record, lambda: tf.constant(b""))
        items = tf.reshape(tf.io.decode_raw(content, tf.as_dtype(self.info.dtype)), (-1, *self.info.shape))
        return tf.ensure_shape(items, (size, *self.info.shape))
