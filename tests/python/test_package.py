"""The dataset as the package opens it: what it refuses, what batches hold, what many readers and rebuilds do to it."""

import base64
import io
import json
import multiprocessing
import pickle
import resource
import shutil
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import prebake
import pytest
from package_datasets import KINDS, lay, made, spec, stored
from PIL import Image

UNSIGNED = 1 << 32


@pytest.fixture
def copy(tmp_path):
    """A dataset that a test may change."""

    def run(kind="plain"):
        return shutil.copytree(made(kind), tmp_path / kind)

    return run


def test_the_module_under_test_is_the_installed_one():
    assert Path(prebake.__file__).is_relative_to(sys.prefix)
    assert prebake.__version__ == prebake.open(made("plain")).manifest["created_by"].removeprefix("prebake ")


def test_a_dataset_says_what_it_holds():
    dataset = prebake.open(made("plain"), verify=True)
    assert dataset.splits == ("train", "val")
    assert dataset.class_names == ["cat", "owl", "pug"]
    assert dataset.label_map == {"cat": 0, "owl": 1, "pug": 2}
    assert dataset.spec["epochs"] == 3
    unlabelled = prebake.open(made("unlabelled"))
    assert (unlabelled.class_names, unlabelled.label_map) == ([], {})
    assert dataset.arrays["images"] == prebake.ArrayInfo(np.dtype("uint8"), (12, 12, 3))
    train, val = dataset["train"], dataset["val"]
    assert (train.epochs, val.epochs, train.batch_size) == (3, 1, 8)
    assert train.rows_per_epoch + val.rows_per_epoch == 30
    assert "3 epochs" in repr(train)
    assert "3 x" in repr(dataset)


@pytest.mark.parametrize("kind", KINDS)
def test_batches_are_the_rows_of_the_files_in_their_order(kind):
    train = prebake.open(made(kind))["train"]
    for epoch in range(train.epochs):
        batches = list(train.batches(epoch))
        assert len(batches) == len(train)
        for name, info in train.arrays.items():
            if info.first_axis == "offsets":
                continue
            wanted = np.concatenate(stored(made(kind), name, epoch))
            read = np.concatenate([batch[name] for batch in batches])
            assert read.dtype == wanted.dtype == info.dtype
            assert np.array_equal(read, wanted), name
            assert np.array_equal(train.load(epoch, [name])[name], wanted), name


@pytest.mark.parametrize("kind", KINDS)
def test_batches_are_views_that_cannot_be_written(kind):
    for batch in prebake.open(made(kind))["train"].batches(0):
        for name, values in batch.items():
            with pytest.raises(ValueError, match="read-only"):
                values[...] = 0
            owner = values
            while isinstance(owner, np.ndarray) and owner.base is not None:
                owner = owner.base
            # All but the offsets, which begin at 0 in each batch, are the file itself.
            assert type(owner).__name__ == "mmap" or name == "box_offsets"


def test_the_last_batch_is_short_and_epochs_cycle():
    train = prebake.open(made("plain"))["train"]
    assert [len(batch["labels"]) for batch in train.batches(0)] == [8] * (train.rows_per_epoch // 8) + [train.rows_per_epoch % 8]
    first, again, other = (np.concatenate([batch["images"] for batch in train.batches(epoch)]) for epoch in (1, 4, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    with pytest.raises(IndexError, match="ends before 3"):
        train.batch(0, 3)
    with pytest.raises(IndexError):
        train.batch(0, -1)


def test_batches_of_a_stable_layout_are_short_at_the_ends_of_blocks():
    train = prebake.open(made("stable"))["train"]
    for epoch in range(train.epochs):
        rows = [len(batch["labels"]) for batch in train.batches(epoch)]
        assert sum(rows) == 1500
        assert len(rows) == len(train) > 15
        assert sum(row < 100 for row in rows) == 2


@pytest.mark.parametrize(("kind", "rows"), [("one_class", 9), ("one_image", 1), ("half", 9)])
def test_the_smallest_datasets_are_read(kind, rows):
    train = prebake.open(made(kind))["train"]
    assert train.rows_per_epoch == rows
    assert len(train) == -(-rows // 8)
    assert len(train.batch(0, len(train) - 1)["images"]) == (rows - 1) % 8 + 1


def test_ragged_boxes_are_cut_for_each_batch_and_row():
    train = prebake.open(made("ragged"))["train"]
    empty, full = 0, 0
    for epoch in range(3):
        boxes, offsets, before = stored(made("ragged"), "boxes", epoch), stored(made("ragged"), "box_offsets", epoch), 0
        # One batch a shard, so batch k is the k-th file.
        for index, batch in enumerate(train.batches(epoch)):
            assert np.array_equal(batch["boxes"], boxes[index])
            assert np.array_equal(batch["box_offsets"], offsets[index])
            for row in range(len(batch["labels"])):
                found = train.row(epoch, before + row)
                assert np.array_equal(found["boxes"], boxes[index][offsets[index][row] : offsets[index][row + 1]])
                assert found["images"].shape == (12, 12, 3)
                assert "box_offsets" not in found
                empty, full = empty + (len(found["boxes"]) == 0), full + (len(found["boxes"]) > 1)
            before += len(batch["labels"])
        whole = train.load(epoch)
        assert np.array_equal(np.diff(whole["box_offsets"]), np.concatenate([np.diff(piece) for piece in offsets]))
        assert whole["box_offsets"][0] == 0
        assert whole["box_offsets"][-1] == len(whole["boxes"])
    assert empty
    assert full


def test_several_batches_of_a_ragged_shard_begin_at_zero_each(tmp_path):
    lay(tmp_path / "pictures", KINDS["ragged"][0])
    train = prebake.build(tmp_path / "pictures", tmp_path / "out", spec=spec(**KINDS["ragged"][1]), quiet=True)["train"]
    [boxes], [offsets] = stored(tmp_path / "out", "boxes", 0), stored(tmp_path / "out", "box_offsets", 0)
    for index, batch in enumerate(train.batches(0)):
        start, stop = offsets[8 * index], offsets[min(8 * index + 8, 19)]
        assert np.array_equal(batch["boxes"], boxes[start:stop])
        assert batch["box_offsets"][0] == 0
        assert batch["box_offsets"][-1] == stop - start


def test_a_seed_draws_the_order_of_batches_and_the_epoch_with_it():
    train = prebake.open(made("stable"))["train"]
    assert train.order(0) == list(range(len(train)))
    order = train.order(0, 7)
    assert sorted(order) == train.order(0)
    assert order == train.order(0, 7)
    assert len({tuple(train.order(epoch, seed)) for epoch in (0, 3) for seed in (7, 8, UNSIGNED + 7)}) == 6
    shown = [batch["sources"].tolist() for batch in train.batches(0, shuffle=7, arrays=["sources"])]
    assert shown == [train.batch(0, index)["sources"].tolist() for index in order]
    # Another machine or version of NumPy must draw the same.
    assert train.order(2, 5) == [0, 14, 7, 15, 6, 9, 10, 11, 12, 1, 3, 4, 8, 13, 2, 5]
    with pytest.raises(TypeError, match="seed"):
        train.order(0, True)


def test_what_is_no_dataset_is_refused_with_the_reason(tmp_path, copy):
    for path, reason in [(tmp_path / "nowhere", "no such folder"), (tmp_path, r"no dataset\.json")]:
        with pytest.raises(prebake.DatasetError, match=reason):
            prebake.open(path)
    (tmp_path / "half" / ".prebake").mkdir(parents=True)
    with pytest.raises(prebake.DatasetError, match="not finished"):
        prebake.open(tmp_path / "half")
    out = copy()
    manifest = json.loads((out / "dataset.json").read_text())
    for change, reason in [({"version": 2}, "version 2, and this reads 1"), ({"format": "zarr"}, "'zarr'")]:
        (out / "dataset.json").write_text(json.dumps(manifest | change))
        with pytest.raises(prebake.DatasetError, match=reason):
            prebake.open(out)
    for text in ["{", "[]", "{}"]:
        (out / "dataset.json").write_text(text)
        with pytest.raises(prebake.DatasetError, match="not a manifest"):
            prebake.open(out)


def test_files_that_are_missing_or_cut_are_named(copy):
    out = copy()
    file = out / "train/epoch-001/images-00001-of-00003.npy"
    content = file.read_bytes()
    file.write_bytes(content[:-1])
    with pytest.raises(prebake.DatasetError, match=rf"{file}: has {len(content) - 1} bytes instead of {len(content)} \(prebake repair"):
        prebake.open(out)
    file.unlink()
    with pytest.raises(prebake.DatasetError, match=rf"{file}: missing \(prebake repair"):
        prebake.open(out)
    shutil.rmtree(out / "train/epoch-001")
    with pytest.raises(prebake.DatasetError, match="missing"):
        prebake.open(out)


def test_a_changed_byte_is_found_by_its_hash_and_a_changed_header_when_it_is_read(copy, monkeypatch):
    out = copy()
    file = out / "train/epoch-000/labels-00000-of-00003.npy"
    content = file.read_bytes()
    file.write_bytes(content[:-1] + b"\x01")
    prebake.open(out)
    with pytest.raises(prebake.DatasetError, match=r"labels-00000-of-00003\.npy: its content is not"):
        prebake.open(out, verify=True)
    file.write_bytes(content.replace(b"<i8", b"<f8"))
    with pytest.raises(prebake.DatasetError, match=r"labels-00000-of-00003\.npy: its header"):
        prebake.open(out)["train"].batch(0, 0)
    monkeypatch.setitem(sys.modules, "xxhash", None)
    with pytest.raises(prebake.DatasetError, match=r"pip install xxhash, or prebake verify"):
        prebake.open(out, verify=True)


def test_names_that_are_not_there_are_refused_with_those_that_are():
    dataset = prebake.open(made("plain"))
    with pytest.raises(prebake.DatasetError, match=r"test: no such split \(there are train, val\)"):
        dataset["test"]
    with pytest.raises(prebake.DatasetError, match=r"masks: no such array \(there are images, labels, sources\)"):
        dataset["train"].batch(0, 0, ["masks"])


def descriptors(folder):
    """How many files below a folder this process has open."""
    return sum(str(entry.resolve()).startswith(str(folder)) for entry in Path("/proc/self/fd").iterdir())


@pytest.mark.skipif(sys.platform != "linux", reason="descriptors are counted in /proc")
def test_few_files_are_kept_open_however_many_are_read(tmp_path):
    lay(tmp_path / "pictures", {"cat": 80})
    options = {"batch_size": 1, "batches_per_shard": 1, "quiet": True, "epochs": 1}
    train = prebake.build(tmp_path / "pictures", tmp_path / "out", spec=spec(), **options)["train"]
    assert sum(int(batch["images"][0, 0, 0, 0]) for batch in train.batches(0)) > 0
    assert 0 < descriptors(tmp_path / "out") <= 64


def checksum(split):
    return [int(batch["images"].sum(dtype=np.int64)) for epoch in range(3) for batch in split.batches(epoch)]


def test_many_threads_read_at_once():
    train = prebake.open(made("stable"))["train"]
    wanted, found = checksum(train), []
    threads = [threading.Thread(target=lambda: found.append(checksum(train))) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [wanted] * 16


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_many_processes_read_at_once(method):
    train = prebake.open(made("stable"))["train"]
    wanted = checksum(train)
    with multiprocessing.get_context(method).Pool(3) as pool:
        assert pool.map(checksum, [train] * 6) == [wanted] * 6


def test_a_pickled_dataset_opens_again_and_one_that_was_rebuilt_does_not(copy):
    out = copy()
    dataset = prebake.open(out)
    sent = pickle.dumps(dataset["train"])
    assert len(sent) < 1000
    again = pickle.loads(sent)
    assert type(again) is prebake.Split
    assert np.array_equal(again.batch(1, 1)["images"], dataset["train"].batch(1, 1)["images"])
    (out / "dataset.json").write_text((out / "dataset.json").read_text() + " ")
    with pytest.raises(prebake.DatasetError, match="rebuilt since it was opened"):
        pickle.loads(sent)


def test_a_dataset_that_is_rebuilt_while_it_is_open_is_told_apart(tmp_path):
    lay(tmp_path / "pictures", {"cat": 20})
    options = {"batches_per_shard": 1, "quiet": True}
    dataset = prebake.build(tmp_path / "pictures", tmp_path / "out", spec=spec(), **options)
    held = dataset["train"].batch(0, 0)["images"]
    before = held.copy()
    assert not dataset.changed()
    rebuilt = prebake.build(tmp_path / "pictures", tmp_path / "out", spec=spec(), seed=9, force=True, **options)
    assert dataset.changed()
    assert not rebuilt.changed()
    # What was mapped stays what it was; what was not is another dataset's by now.
    assert np.array_equal(held, before)
    assert not np.array_equal(rebuilt["train"].batch(0, 0)["images"], before)
    with pytest.raises(prebake.DatasetError, match=r"rebuilt since it was opened \(open it again\)"):
        dataset["train"].batch(1, 0)
    shutil.rmtree(tmp_path / "out")
    assert rebuilt.changed()
    with pytest.raises(prebake.DatasetError, match="rebuilt since it was opened"):
        rebuilt["train"].batch(2, 0)


def test_a_dataset_that_grows_while_it_is_open_is_read_on(tmp_path):
    lay(tmp_path / "pictures", {"cat": 20})
    dataset = prebake.build(tmp_path / "pictures", tmp_path / "out", spec=spec(), quiet=True)
    grown = prebake.build(tmp_path / "pictures", tmp_path / "out", spec=spec(), append_epochs=2, quiet=True)
    assert dataset.changed()
    assert (dataset["train"].epochs, grown["train"].epochs) == (3, 5)
    for epoch in range(3):
        assert np.array_equal(dataset["train"].load(epoch)["images"], grown["train"].load(epoch)["images"])
    (tmp_path / "out/train/epoch-000/labels-00000-of-00001.npy").unlink()
    with pytest.raises(prebake.DatasetError, match=r"missing \(prebake repair"):
        prebake.open(tmp_path / "out")


@pytest.fixture
def roomy():
    """A folder for very many files: in memory where that can be, and gone at once."""
    with tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as folder:
        yield Path(folder)


def test_the_index_of_seventy_thousand_shards_is_opened_in_seconds(roomy):
    """Ten epochs of 7,000 shards of three arrays: 4.5 TB, if they were of 64 MiB."""
    out, manifest = roomy / "large", json.loads((made("plain") / "dataset.json").read_text())
    names = {"images": 12 * 12 * 3, "labels": 8, "sources": 8}
    shards = []
    for epoch in range(10):
        (out / f"train/epoch-{epoch:03}").mkdir(parents=True)
        for index in range(7000):
            files = {}
            for name, row in names.items():
                path = f"train/epoch-{epoch:03}/{name}-{index:05}-of-07000.npy"
                # Holes: they take no room.
                with (out / path).open("wb") as file:
                    file.truncate(128 + 8 * row)
                files[name] = {"path": path, "bytes": 128 + 8 * row, "xxh3_128": "0" * 32}
            shards.append({"epoch": epoch, "index": index, "rows": 8, "arrays": files})
    train = {"epochs": 10, "rows_per_epoch": 56000, "rows_per_shard": 8, "shards_per_epoch": 7000, "shards": shards}
    (out / "dataset.json").write_text(json.dumps(manifest | {"splits": {"train": train}}))

    began = time.process_time()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    split = prebake.open(out)["train"]
    seconds, kibibytes = time.process_time() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    print(f"70,000 shards: {seconds:.2f} s, {kibibytes // 1024} MiB")
    assert seconds < 20
    assert (len(split), split.epochs) == (7000, 10)
    shard, start, stop = split.locate(9, 6999)
    assert (shard["epoch"], shard["index"], start, stop) == (9, 6999, 0, 8)
    (out / "train/epoch-007/labels-04321-of-07000.npy").unlink()
    with pytest.raises(prebake.DatasetError, match="labels-04321-of-07000"):
        prebake.open(out)


@pytest.mark.parametrize("kind", ["plain", "floats", "half", "heads", "unlabelled", "ragged"])
def test_a_notebook_shows_tables_and_pictures(kind):
    dataset = prebake.open(made(kind))
    text = dataset._repr_html_()
    assert "<td>train</td><td>3</td>" in text
    assert "<td>images</td>" in text
    sheet = Image.open(io.BytesIO(base64.b64decode(text.split("base64,")[1].split('"')[0])))
    images = dataset["train"].batch(0, 0)["images"]
    assert sheet.size == (12 * len(images), 12)
    if images.dtype == np.uint8:
        assert np.array_equal(np.asarray(sheet), np.concatenate(list(images), axis=1))
    else:
        assert np.asarray(sheet).min() == 0
        assert np.asarray(sheet).max() >= 254
