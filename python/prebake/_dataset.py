"""Reads a dataset of prebake with NumPy alone: batches as memory-mapped views, epoch by epoch.

One source for the module and for the printed file. `prebake loader --framework NAME` prints this file and then `_NAME.py` without its
one line `from ._dataset import ...`. So this file imports nothing of the package, a framework's file takes all it needs by that line,
neither has a `from __future__` line, and no name at the top of one stands at the top of another.
"""

import bisect
import functools
import hashlib
import itertools
import json
import mmap
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

FORMAT, VERSION = "prebake", 1
HEADER_BYTES = 128
# Files that a dataset keeps mapped at once: each takes a descriptor, and some systems give a process 256.
OPEN_FILES = 64

Array = np.ndarray[Any, np.dtype[Any]]
Batch = dict[str, Array]
# The name of an array, or several: what `y` takes.
Names = str | Sequence[str] | Mapping[str, str]


class DatasetError(Exception):
    """A dataset that cannot be read. The message reads `thing: problem (remedy)`."""


@dataclass(frozen=True)
class ArrayInfo:
    """What an array of a dataset holds.

    `shape` is that of a row. `first_axis` says what the first axis of a file counts: `rows`; `boxes`, those of all its rows end to end
    (`shape` is then that of a box); or `offsets`, rows and one more.
    """

    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    first_axis: str = "rows"

    @property
    def item_bytes(self) -> int:
        """Bytes of a step along the first axis."""
        return self.dtype.itemsize * int(np.prod(self.shape, dtype=np.int64))


class Dataset:
    """A finished dataset: its splits by name, and what `dataset.json` says.

    `splits` are the names of the splits, `train` first; `class_names` those of the classes of the first head, class k the k-th;
    `arrays` what each array holds; `spec` the spec with every default filled in; `manifest` all of `dataset.json`.

    Threads may share it. It pickles as its path, and opens again where it is unpickled, so it may be sent to worker processes.
    """

    def __init__(self, path: str | os.PathLike[str], *, verify: bool = False) -> None:
        """Opens the dataset in the folder `path`. Checks that every file is there and has its length; with `verify` also all hashes.

        Raises `DatasetError` if the folder holds no finished dataset, or one of a version that is not known, or if a file is missing,
        cut or, with `verify`, changed.
        """
        self._read(Path(path))
        self._check_lengths()
        if verify:
            self._check_hashes()

    def _read(self, path: Path) -> None:
        self.path = path
        try:
            signature = _signature(path)
            text = (path / "dataset.json").read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            raise DatasetError(_why_no_dataset(path)) from None
        try:
            manifest = json.loads(text)
            form, version = manifest["format"], manifest["version"]
        except (ValueError, KeyError, TypeError):
            raise DatasetError(f"{path}/dataset.json: not a manifest of prebake (build the dataset again)") from None
        if form != FORMAT:
            raise DatasetError(f"{path}/dataset.json: its format is {form!r}, not {FORMAT!r} (another program's folder)")
        if version != VERSION:
            raise DatasetError(f"{path}/dataset.json: version {version}, and this reads {VERSION} (take the prebake that built it)")
        self.manifest: dict[str, Any] = manifest
        self.spec: dict[str, Any] = manifest["spec"]
        self.splits: tuple[str, ...] = tuple(manifest["splits"])
        self.class_names: list[str] = manifest.get("class_names", [])
        self.arrays = {
            name: ArrayInfo(np.dtype(array["dtype"]), tuple(array["shape"]), array.get("first_axis", "rows"))
            for name, array in manifest["arrays"].items()
        }
        self._digest = hashlib.blake2b(text).hexdigest()
        self._now: tuple[Any, dict[str, str] | None] = (signature, None)
        # Bounded, safe in threads, and without a lock that a fork could leave locked for ever.
        self._mapped = functools.lru_cache(OPEN_FILES)(self._map)

    def __reduce__(self) -> tuple[Any, ...]:
        return _reopen, (type(self), self.path.absolute(), self._digest)

    def __repr__(self) -> str:
        splits = ", ".join(f"{name}: {split['epochs']} x {split['rows_per_epoch']} rows" for name, split in self.manifest["splits"].items())
        return f"{type(self).__name__}({str(self.path)!r}, {splits})"

    def __getitem__(self, split: str) -> "Split":
        """The split of this name: `train`, and `val` and `test` where there are any."""
        return Split(self, split)

    @functools.cached_property
    def label_map(self) -> dict[str, Any]:
        """What `label_map.json` says: the number of each class. Empty if there are none."""
        file = self.path / "label_map.json"
        return json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}

    def changed(self) -> bool:
        """Whether `dataset.json` is another one now than when this was opened: the dataset was rebuilt, grew, or is gone.

        Batches that were handed out stay as they are. What is still listed with the same hash is read as before; all else is refused.
        """
        return self._listed_now() is not None

    def map(self, name: str, file: Mapping[str, Any]) -> Array:
        """All of a file that the manifest lists for the array `name`, as a read-only memory-mapped array.

        Raises `DatasetError` if it is missing, has another length or header, or was rebuilt since the dataset was opened.
        """
        return self._mapped(name, file["path"], file["bytes"], file["xxh3_128"])

    def _map(self, name: str, path: str, size: int, digest: str) -> Array:
        info, found, mapped = self.arrays[name], None, None
        try:
            with (self.path / path).open("rb") as file:
                found = os.fstat(file.fileno()).st_size
                if found == size:
                    mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except FileNotFoundError:
            pass
        # After the file was opened: if the manifest is still the same, so was the file.
        listed = self._listed_now()
        if listed is not None and listed.get(path) != digest:
            raise DatasetError(f"{self.path / path}: the dataset was rebuilt since it was opened (open it again)")
        if mapped is None:
            raise DatasetError(f"{self.path / path}: {_wrong_length(found, size)}")
        shape = (size - HEADER_BYTES) // info.item_bytes, *info.shape
        if mapped[:HEADER_BYTES] != _header(info.dtype, shape):
            raise DatasetError(f"{self.path / path}: its header is not that of {info.dtype} {shape} (see `prebake verify`)")
        return np.ndarray(shape, info.dtype, mapped, HEADER_BYTES)

    def _listed_now(self) -> dict[str, str] | None:
        """Hashes of the files that `dataset.json` lists by now; `None` while it is the one that was opened."""
        signature = _signature(self.path)
        if signature != self._now[0]:
            try:
                text = (self.path / "dataset.json").read_bytes()
            except FileNotFoundError:
                text = b'{"splits": {}}'
            same = hashlib.blake2b(text).hexdigest() == self._digest
            self._now = signature, None if same else {file["path"]: file["xxh3_128"] for file in _files(json.loads(text))}
        return self._now[1]

    def _check_lengths(self) -> None:
        # A listing of each folder, not a look-up of each path: 210,000 files take 0.7 s.
        lengths: dict[str, dict[str, int]] = {}
        for file in _files(self.manifest):
            folder, _, name = file["path"].rpartition("/")
            if folder not in lengths:
                # Where there is no such folder, nothing is in it.
                entries = os.scandir(self.path / folder) if (self.path / folder).is_dir() else ()
                lengths[folder] = {entry.name: entry.stat().st_size for entry in entries}
            if (found := lengths[folder].get(name)) != file["bytes"]:
                raise DatasetError(f"{self.path / file['path']}: {_wrong_length(found, file['bytes'])}")

    def _check_hashes(self) -> None:
        try:
            import xxhash
        except ImportError:
            raise DatasetError(
                f"xxhash: not installed, so no hash can be checked (pip install xxhash, or prebake verify {self.path})"
            ) from None
        for listed in itertools.chain(_files(self.manifest), self.manifest["files"]):
            state = xxhash.xxh3_128()
            with (self.path / listed["path"]).open("rb") as file:
                while piece := file.read(1 << 20):
                    state.update(piece)
            if state.hexdigest() != listed["xxh3_128"]:
                raise DatasetError(
                    f"{self.path / listed['path']}: its content is not what dataset.json says (prebake repair makes it again)"
                )


class Split:
    """The epochs of a split, as batches.

    `epochs`, `rows_per_epoch` and `batch_size` are what the manifest says, `arrays` what each batch holds. The length is the number of
    batches of an epoch. Epochs cycle: with 10 of them, epoch 12 shows what epoch 2 does.
    """

    def __init__(self, dataset: Dataset, name: str) -> None:
        """The split `name` of `dataset`. Raises `DatasetError` if there is none."""
        if name not in dataset.manifest["splits"]:
            raise DatasetError(f"{name}: no such split (there are {', '.join(dataset.splits)})")
        split = dataset.manifest["splits"][name]
        self.dataset, self.name, self.arrays = dataset, name, dataset.arrays
        self.batch_size: int = dataset.manifest["batch_size"]
        self.epochs: int = split["epochs"]
        self.rows_per_epoch: int = split["rows_per_epoch"]
        self._shards: list[list[Any]] = [[] for _ in range(self.epochs)]
        for shard in split["shards"]:
            self._shards[shard["epoch"]].append(shard)
        # The first batch and the first row of each shard, and, last, how many there are.
        self._batches, self._rows = (
            [list(itertools.accumulate((-(-shard["rows"] // size) for shard in shards), initial=0)) for shards in self._shards]
            for size in (self.batch_size, 1)
        )

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r}, {self.epochs} epochs of {self.rows_per_epoch} rows, batches of {self.batch_size})"

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.dataset, self.name)

    def __len__(self) -> int:
        return self._batches[0][-1]

    def shards(self, epoch: int) -> Sequence[Mapping[str, Any]]:
        """The manifest's shards of an epoch, in the order in which it shows them."""
        return self._shards[epoch % self.epochs]

    def locate(self, epoch: int, index: int) -> tuple[Mapping[str, Any], int, int]:
        """Where batch `index` of an epoch lies: the manifest's shard, the first row in it, and the one after the last.

        Raises `IndexError` if the epoch has no such batch.
        """
        shard, batch = self._find(self._batches, epoch, index)
        start = batch * self.batch_size
        return shard, start, min(start + self.batch_size, shard["rows"])

    def _find(self, starts: list[list[int]], epoch: int, index: int) -> tuple[Mapping[str, Any], int]:
        """The shard that holds a batch or a row of an epoch, and which of the shard's it is."""
        first = starts[epoch % self.epochs]
        if not 0 <= index < first[-1]:
            raise IndexError(f"{index}: the epoch ends before {first[-1]} ({self})")
        place = bisect.bisect_right(first, index) - 1
        return self._shards[epoch % self.epochs][place], index - first[place]

    def order(self, epoch: int, shuffle: int | None = None) -> list[int]:
        """Numbers of an epoch's batches, in the order in which they are shown: as stored, or drawn from the seed `shuffle` and `epoch`.

        The epoch is not taken modulo the number of epochs here, so a second cycle has orders of its own. The draw is that of NumPy's
        `RandomState`, which is frozen: the order is the same on every machine and for every version.
        """
        if isinstance(shuffle, bool):
            raise TypeError(f"shuffle: takes a seed or None, not {shuffle}")
        count = self._batches[epoch % self.epochs][-1]
        if shuffle is None:
            return list(range(count))
        words = [word & 0xFFFFFFFF for number in (shuffle, epoch) for word in (number, number >> 32)]
        return [int(index) for index in np.random.RandomState(words).permutation(count)]

    def batch(self, epoch: int, index: int, arrays: Sequence[str] | None = None) -> Batch:
        """Batch `index` of an epoch: read-only views of `(rows, *shape)` by the names of the arrays, all or those of `arrays`.

        The last batch of an epoch, and of a block of a stable layout, can be short. Where boxes are ragged, those of the batch's rows
        stand end to end, and `box_offsets`, `(rows + 1,)`, begin at 0. Copy a view before you change it.
        """
        return self._cut(*self.locate(epoch, index), arrays)

    def batches(self, epoch: int, *, shuffle: int | None = None, arrays: Sequence[str] | None = None) -> Iterator[Batch]:
        """The batches of an epoch, as `batch` gives them, in the order that `order` says."""
        for index in self.order(epoch, shuffle):
            yield self.batch(epoch, index, arrays)

    def row(self, epoch: int, index: int, arrays: Sequence[str] | None = None) -> dict[str, Any]:
        """Row `index` of an epoch: a value or an array of `shape` for each array; where boxes are ragged, all of the row's, and no offsets.

        Raises `IndexError` if the epoch has no such row.
        """
        shard, start = self._find(self._rows, epoch, index)
        cut = self._cut(shard, start, start + 1, arrays)
        axes = {name: self.arrays[name].first_axis for name in cut}
        return {name: rows[0] if axes[name] == "rows" else rows for name, rows in cut.items() if axes[name] != "offsets"}

    def load(self, epoch: int, arrays: Sequence[str] | None = None) -> Batch:
        """All of an epoch as one batch in memory: writable arrays of `(rows_per_epoch, *shape)`."""
        pieces = [self._cut(shard, 0, shard["rows"], arrays) for shard in self.shards(epoch)]
        whole = {name: np.concatenate([piece[name] for piece in pieces]) for name in pieces[0]}
        for name in whole:
            if self.arrays[name].first_axis == "offsets":
                counts = np.concatenate([np.diff(piece[name]) for piece in pieces])
                whole[name] = np.concatenate([np.zeros(1, counts.dtype), np.cumsum(counts)])
        return whole

    def _cut(self, shard: Mapping[str, Any], start: int, stop: int, arrays: Sequence[str] | None) -> Batch:
        files, cut = shard["arrays"], {}
        offsets = np.zeros(0, np.int64)
        for name, info in self.arrays.items():
            if info.first_axis == "offsets":
                offsets = self.dataset.map(name, files[name])[start : stop + 1]
        for name in self.arrays if arrays is None else arrays:
            if name not in files:
                raise DatasetError(f"{name}: no such array (there are {', '.join(files)})")
            axis = self.arrays[name].first_axis
            if axis == "offsets":
                cut[name] = offsets - offsets[0]
                cut[name].flags.writeable = False
            else:
                rows = slice(start, stop) if axis == "rows" else slice(offsets[0], offsets[-1])
                cut[name] = self.dataset.map(name, files[name])[rows]
        return cut


class Columns:
    """Which arrays of a split feed a model: `x`, `y` and the weights of rows, as Keras's `(x, y, sample_weight)`.

    `y` is the name of an array, several in a sequence, or a mapping of output names to names. By default it is `labels`, or for several
    heads a mapping of each head's name to its array; nothing where there are no labels. Weights are taken if there are any.
    """

    def __init__(self, split: Split, x: str = "images", y: Names | None = None, sample_weight: bool = True) -> None:
        """Raises `DatasetError` if the split has no such array."""
        heads = list(split.dataset.manifest.get("heads", {}))
        if y is None and heads:
            y = heads[0] if heads == ["labels"] else {head.removeprefix("labels-"): head for head in heads}
        self.parts: tuple[Names, ...] = (x,) if y is None else (x, y)
        if y is not None and sample_weight and "sample_weight" in split.arrays:
            self.parts += ("sample_weight",)
        found: list[str] = []
        self.fill(found.append)
        # Each once, in the order of the parts.
        self.names = tuple(dict.fromkeys(found))
        for name in self.names:
            if name not in split.arrays:
                raise DatasetError(f"{name}: no such array (there are {', '.join(split.arrays)})")

    def fill(self, of: Callable[[str], Any]) -> tuple[Any, ...]:
        """The tuple of parts, with `of(name)` in the place of each name."""

        def part(names: Names) -> Any:
            if isinstance(names, str):
                return of(names)
            if isinstance(names, Mapping):
                return {key: of(name) for key, name in names.items()}
            return tuple(of(name) for name in names)

        return tuple(part(names) for names in self.parts)


def open(path: str | os.PathLike[str], *, verify: bool = False) -> Dataset:
    """Opens the dataset in the folder `path`; see `Dataset`."""
    return Dataset(path, verify=verify)


def _reopen(kind: type[Dataset], path: Path, digest: str) -> Dataset:
    dataset = kind.__new__(kind)
    dataset._read(path)
    if dataset._digest != digest:
        raise DatasetError(f"{path}: the dataset was rebuilt since it was opened (open it again)")
    return dataset


def _signature(path: Path) -> tuple[int, int, int] | None:
    """Tells one `dataset.json` from the next without reading it: each is a file of its own, renamed to its place."""
    try:
        found = (path / "dataset.json").stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


def _why_no_dataset(path: Path) -> str:
    if not path.is_dir():
        return f"{path}: no such folder (prebake build makes a dataset)"
    if (path / ".prebake").is_dir():
        return f"{path}: the build is not finished (run the same `prebake build` to go on, or ask `prebake status`)"
    return f"{path}: no dataset.json, so no finished dataset of prebake (prebake build makes one)"


def _wrong_length(found: int | None, wanted: int) -> str:
    problem = "missing" if found is None else f"has {found} bytes instead of {wanted}"
    return f"{problem} (prebake repair makes it again)"


def _files(manifest: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The files of all arrays."""
    for split in manifest["splits"].values():
        for shard in split["shards"]:
            yield from shard["arrays"].values()


def _header(dtype: np.dtype[Any], shape: tuple[int, ...]) -> bytes:
    """The first bytes of a file of ours, which are those that `np.save` writes."""
    text = f"{{'descr': '{dtype.str}', 'fortran_order': False, 'shape': {shape}, }}"
    return b"\x93NUMPY\x01\x00\x76\x00" + f"{text:<117}\n".encode()
