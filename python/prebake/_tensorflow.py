"""A split as a `tf.data.Dataset` that reads the files itself: no Python runs while it does."""

from typing import Any

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

    It shows all epochs, one after the other, once; `.repeat()` cycles, and `steps_per_epoch=len(split)` tells Keras where an epoch ends.
    With `epoch` it shows that one alone. `x`, `y` and `sample_weight` say what a batch holds, see `Columns`; `boxes`, `box_labels` and
    `key_points` of a ragged layout are `tf.RaggedTensor`s of `(rows, boxes of each, *shape)`. `shuffle` is a seed that draws another order
    of the batches of each epoch. `drop_remainder` leaves short batches out, so that shapes are fixed. Two files of an array are read at
    once, by up to `num_parallel_calls` threads.
    """
    columns, size = Columns(split, x, y, sample_weight), split.batch_size
    shards, runs = _runs(split, range(split.epochs) if epoch is None else range(epoch, epoch + 1), shuffle, drop_remainder)
    ragged = any(split.arrays[name].first_axis != "rows" for name in columns.names)
    offsets = [name for name, info in split.arrays.items() if ragged and info.first_axis == "offsets"]
    files = {name: _Files(split, name, shards) for name in {*columns.names, *offsets}}

    def batches_of(run: tf.Tensor) -> tf.data.Dataset:
        shard, start, rows = run[0], run[1], run[2]
        bounds = [files[name].load(shard, start, rows + 1) for name in offsets]

        def batches(name: str) -> tf.data.Dataset:
            if split.arrays[name].first_axis == "rows":
                return files[name].stream(shard, start, rows).batch(size, drop_remainder).map(files[name].decode)
            return _ragged(files[name], shard, bounds[0], size, drop_remainder)

        return tf.data.Dataset.zip({name: batches(name) for name in columns.names})

    # A block is longer than any run, so that runs come one after the other although two are read.
    longest = max((-(-rows // size) for _, _, rows in runs), default=1)
    read = tf.data.Dataset.from_tensor_slices(tf.reshape(tf.constant(runs, tf.int64), (-1, 3))).interleave(
        batches_of, cycle_length=2, block_length=longest, num_parallel_calls=num_parallel_calls, deterministic=True
    )
    count = sum(-(-rows // size) for _, _, rows in runs)
    parts = read.map(lambda batch: columns.fill(batch.__getitem__))
    return parts.apply(tf.data.experimental.assert_cardinality(count)).prefetch(tf.data.AUTOTUNE)


def _runs(split: Split, epochs: range, shuffle: int | None, drop_remainder: bool) -> tuple[list[Any], list[tuple[int, int, int]]]:
    """The shards that are read, and what of them in one go: the number of a shard, the first row, and how many rows.

    That is whole shards, or single batches where their order is drawn.
    """
    shards: list[Any] = []
    runs: list[tuple[int, int, int]] = []
    for epoch in epochs:
        first = len(shards)
        shards += split.shards(epoch)
        if shuffle is None:
            runs += [(first + index, 0, shard["rows"]) for index, shard in enumerate(split.shards(epoch))]
        else:
            numbers = {id(shard): first + index for index, shard in enumerate(split.shards(epoch))}
            places = (split.locate(epoch, index) for index in split.order(epoch, shuffle))
            runs += [(numbers[id(shard)], start, stop - start) for shard, start, stop in places]
    if drop_remainder:
        runs = [(shard, start, rows - rows % split.batch_size) for shard, start, rows in runs]
    return shards, [run for run in runs if run[2] > 0]


class _Files:
    """The files of an array, and how a graph reads items of one: what lies before them is a header, what lies behind a footer."""

    def __init__(self, split: Split, name: str, shards: list[Any]) -> None:
        self.info = split.arrays[name]
        folder, listed = split.dataset.path.absolute(), [shard["arrays"][name] for shard in shards]
        self.paths = tf.constant([str(folder / file["path"]) for file in listed], tf.string)
        self.bytes = tf.constant([file["bytes"] for file in listed], tf.int64)

    def stream(self, shard: tf.Tensor, start: tf.Tensor, count: tf.Tensor, items: tf.Tensor | int = 1) -> tf.data.Dataset:
        """So many items of a shard from `start` on, in records of `items`, as bytes."""
        head = HEADER_BYTES + start * self.info.item_bytes
        foot = self.bytes[shard] - head - count * self.info.item_bytes
        return tf.data.FixedLengthRecordDataset(self.paths[shard], items * self.info.item_bytes, head, foot)

    def load(self, shard: tf.Tensor, start: tf.Tensor, count: tf.Tensor) -> tf.Tensor:
        """So many items of a shard at once. A record has a byte at least, and there may be no box."""
        content = tf.cond(count > 0, lambda: self.stream(shard, start, count, count).get_single_element(), lambda: tf.constant(b""))
        return self._items(content)

    def decode(self, records: tf.Tensor) -> tf.Tensor:
        """Records of an item each, `(rows,)`, as the items."""
        return tf.ensure_shape(self._items(records), (records.shape[0], *self.info.shape))

    def _items(self, content: tf.Tensor) -> tf.Tensor:
        return tf.reshape(tf.io.decode_raw(content, tf.as_dtype(self.info.dtype)), (-1, *self.info.shape))


def _ragged(files: _Files, shard: tf.Tensor, bounds: tf.Tensor, size: int, drop_remainder: bool) -> tf.data.Dataset:
    """Batches of what belongs to boxes, or of the offsets; `bounds` says where the boxes of each row of the run begin in the shard."""
    rows = tf.size(bounds, tf.int64) - 1
    items = None if files.info.first_axis == "offsets" else files.load(shard, bounds[0], bounds[-1] - bounds[0])

    def cut(batch: tf.Tensor) -> tf.Tensor | tf.RaggedTensor:
        here = bounds[batch * size : tf.minimum(batch * size + size, rows) + 1]
        here = tf.ensure_shape(here, (size + 1 if drop_remainder else None,))
        if items is None:
            return here - here[0]
        found = items[here[0] - bounds[0] : here[-1] - bounds[0]]
        return tf.RaggedTensor.from_row_splits(found, here - here[0], validate=False)

    return tf.data.Dataset.range((rows + size - 1) // size).map(cut)
