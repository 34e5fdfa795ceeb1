"""The files of a split, as NVIDIA DALI's NumPy reader takes them."""

from ._dataset import Columns, Names, Split


def dali_files(
    split: Split, *, x: str = "images", y: Names | None = None, sample_weight: bool = True, epoch: int = 0
) -> dict[str, list[str]]:
    """Paths of the files of an epoch, in its order, by the names of the arrays: `fn.readers.numpy(files=...)` takes each list.

    A file is a sample to DALI: a shard, `(rows, *shape)`. `--batches-per-shard 1` makes each file a batch. `x`, `y` and `sample_weight`
    say which arrays are listed, see `Columns`.
    """
    names = Columns(split, x, y, sample_weight).names
    return {name: [str(split.dataset.path.absolute() / shard["arrays"][name]["path"]) for shard in split.shards(epoch)] for name in names}
