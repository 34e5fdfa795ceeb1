"""What the real readers make of exports: the same pictures and labels as the .npy files hold."""

import csv
import io
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

# Read when the library is imported: no network at test time.
os.environ["HF_HUB_OFFLINE"] = "1"

import datasets
import keras
import numpy as np
import pyarrow.parquet
import pytest
import tensorflow as tf
import webdataset
import zarr
from PIL import Image

ROOT = Path(__file__).parents[2]
EPOCHS = 2
HEADS = {
    "from": "table",
    "path": "labels.csv",
    "heads": [{"name": "kind", "column": "kind"}, {"name": "shape", "column": "shape", "kind": "one_hot"}],
}


def run(*command, cwd=None):
    subprocess.run([str(part) for part in command], check=True, cwd=cwd, stdout=subprocess.DEVNULL)


def draw(folder):
    """Ten pictures with masks, and no box to three boxes with a key point each."""
    random = np.random.default_rng(7)
    images, annotations = [], []
    (folder / "masks").mkdir(parents=True)
    for at in range(10):
        (folder / "ab"[at % 2]).mkdir(exist_ok=True)
        name = f"{'ab'[at % 2]}/{at}.png"
        Image.fromarray(random.integers(0, 256, (24, 32, 3), np.uint8)).save(folder / name)
        Image.fromarray(random.integers(0, 5, (24, 32), np.uint8)).save(folder / f"masks/{at}.png")
        images.append({"id": at, "file_name": name, "width": 32, "height": 24})
        for box in range(at % 4):
            corner = [3 + 2 * at, 2 + 4 * box]
            annotation = {"id": len(annotations), "image_id": at, "category_id": 1 + box % 2, "iscrowd": 0}
            annotations.append({**annotation, "bbox": [*corner, 8, 6], "keypoints": [*corner, 2]})
    categories = [{"id": id, "name": name, "keypoints": ["corner"], "skeleton": []} for id, name in ((1, "cup"), (2, "owl"))]
    (folder / "coco.json").write_text(json.dumps({"images": images, "annotations": annotations, "categories": categories}))


@pytest.fixture(scope="session")
def build(prebake, tmp_path_factory):
    """Builds from the drawn pictures with some sections of the spec; gives the dataset's folder."""
    place = tmp_path_factory.mktemp("export")
    draw(place / "pictures")
    for folder in "ab":
        shutil.copytree(place / "pictures" / folder, place / "plain" / folder)
    lines = [f"{'ab'[at % 2]}/{at}.png,{'ab'[at % 2]},{['round', 'square'][at // 5]}" for at in range(10)]
    (place / "plain/labels.csv").write_text("\n".join(["file_name,kind,shape", *lines]))

    def of(name, **sections):
        spec = {"version": 1, "epochs": EPOCHS, "batch_size": 4, "pipeline": [{"op": "horizontal_flip", "p": 0.5}], **sections}
        (place / f"{name}.json").write_text(json.dumps(spec))
        out = place / name
        if not out.exists():
            # Only targets know that masks are no pictures.
            paths = [place / ("pictures" if "targets" in sections else "plain"), "--spec", place / f"{name}.json", "--out", out]
            run(prebake, "build", *paths, "--batches-per-shard", "1", "--quiet")
        return out

    return of


def targets(layout):
    boxes = {"path": "coco.json", "unmatched": "background", "layout": layout}
    return {"masks": {"path": "masks/NAME.png"}, "boxes": boxes}


@pytest.fixture(params=["padded", "ragged"])
def layout(request):
    return request.param


@pytest.fixture
def full(build, layout):
    return build(layout, labels={"from": "directory"}, targets=targets(layout))


@pytest.fixture
def export(prebake, tmp_path):
    def to(out, container, *more):
        run(prebake, "export", out, tmp_path / container, "--to", container, "--quiet", *more)
        return tmp_path / container

    return to


def rows(out, split="train"):
    """What the .npy files hold, by epoch and row."""
    sources = [json.loads(line)["path"] for line in (out / "samples.jsonl").read_text().splitlines()]
    found, epochs = {}, {}
    for shard in json.loads((out / "dataset.json").read_text())["splits"][split]["shards"]:
        arrays = {name: np.load(out / file["path"]) for name, file in shard["arrays"].items()}
        offsets = arrays.get("box_offsets")
        for at in range(shard["rows"]):
            objects = {"boxes", "box_labels", "key_points"} & set(arrays)
            row = {name: arrays[name][at] for name in set(arrays) - objects - {"box_offsets"}}
            for name in objects:
                if offsets is None:
                    row[name] = arrays[name][at, : row["box_counts"]]
                else:
                    row[name] = arrays[name][offsets[at] : offsets[at + 1]]
            row["source"] = sources[row["sources"]]
            place = epochs.setdefault(shard["epoch"], 0)
            found[shard["epoch"], place] = row
            epochs[shard["epoch"]] += 1
    return found


def picture(file):
    return np.asarray(Image.open(io.BytesIO(file)))


def same_objects(row, boxes, box_labels, key_points):
    assert np.array_equal(np.asarray(boxes, np.float32).reshape(-1, 4), row["boxes"])
    assert np.array_equal(np.asarray(box_labels, np.int64), row["box_labels"])
    assert np.array_equal(np.asarray(key_points, np.float32).reshape(-1, 1, 3), row["key_points"])


def test_webdataset_reads_every_row(full, export):
    dest, expected = export(full, "webdataset"), rows(full)
    files = sorted(str(file) for file in dest.glob("*.tar"))
    assert len(files) == 3 * EPOCHS
    seen = []
    for sample in webdataset.WebDataset(files, shardshuffle=False):
        key = tuple(int(part) for part in sample["__key__"].split("-"))
        row, known = expected[key], json.loads(sample["json"])
        assert np.array_equal(picture(sample["png"]), row["images"])
        assert np.array_equal(picture(sample["mask.png"]), row["masks"])
        assert int(sample["cls"]) == known["label"] == row["labels"]
        assert (known["epoch"], known["row"], known["source"]) == (*key, row["source"])
        same_objects(row, known["boxes"], known["box_labels"], known["key_points"])
        seen.append(key)
    assert seen == sorted(expected)


def test_webdataset_has_values_of_floats_and_labels_of_every_head(build, export):
    out = build("floats", labels=HEADS, output={"dtype": "float16", "layout": "NCHW"})
    files = sorted(str(file) for file in export(out, "webdataset").glob("*.tar"))
    expected = rows(out)
    samples = list(webdataset.WebDataset(files, shardshuffle=False).decode())
    assert len(samples) == len(expected)
    for sample in samples:
        row = expected[tuple(int(part) for part in sample["__key__"].split("-"))]
        assert sample["npy"].dtype == np.float16 and np.array_equal(sample["npy"], row["images"])
        assert sample["kind.cls"] == row["labels-kind"]
        assert sample["json"]["label_shape"] == row["labels-shape"].tolist()


def test_tfrecord_reads_every_row(full, export):
    dest, expected = export(full, "tfrecord"), rows(full)
    text, number = tf.io.FixedLenFeature([], tf.string), tf.io.FixedLenFeature([], tf.int64)
    some = {name: tf.io.RaggedFeature(tf.float32) for name in ("boxes", "key_points")}
    names = ["epoch", "row", "label", "image/height", "image/width", "image/channels"]
    features = {**dict.fromkeys(names, number), **some, "box_labels": tf.io.RaggedFeature(tf.int64)}
    features |= dict.fromkeys(["image/encoded", "image/format", "mask/encoded", "source"], text)
    seen = []
    for record in tf.data.TFRecordDataset(sorted(str(file) for file in dest.glob("*.tfrecord"))):
        example = {name: value.numpy() for name, value in tf.io.parse_single_example(record, features).items()}
        key = int(example["epoch"]), int(example["row"])
        row = expected[key]
        assert np.array_equal(tf.io.decode_png(example["image/encoded"]), row["images"])
        assert np.array_equal(picture(example["mask/encoded"]), row["masks"])
        assert row["images"].shape == tuple(example[f"image/{side}"] for side in ("height", "width", "channels"))
        assert example["label"] == row["labels"] and example["source"].decode() == row["source"]
        same_objects(row, example["boxes"], example["box_labels"], example["key_points"])
        # The bytes are those of protobuf's own writer.
        assert tf.train.Example.FromString(record.numpy()).SerializeToString(deterministic=True) == record.numpy()
        seen.append(key)
    assert seen == sorted(expected)


def test_tfrecord_has_the_values_of_floats(build, export):
    out = build("raw", labels={"from": "directory", "kind": "one_hot"}, output={"dtype": "float32"})
    expected = rows(out)
    text, number = tf.io.FixedLenFeature([], tf.string), tf.io.FixedLenFeature([], tf.int64)
    features = {"image/raw": text, "image/dtype": text, "row": number, "epoch": number, "label": tf.io.FixedLenFeature([2], tf.float32)}
    records = list(tf.data.TFRecordDataset(sorted(str(file) for file in export(out, "tfrecord").glob("*.tfrecord"))))
    assert len(records) == len(expected)
    for record in records:
        example = tf.io.parse_single_example(record, features)
        row = expected[int(example["epoch"]), int(example["row"])]
        assert example["image/dtype"] == b"float32"
        assert np.array_equal(tf.reshape(tf.io.decode_raw(example["image/raw"], tf.float32), (24, 32, 3)), row["images"])
        assert np.array_equal(example["label"], row["labels"])


def test_zarr_reads_every_row(full, layout, export):
    train, expected = zarr.open_group(export(full, "zarr"), mode="r")["train"], rows(full)
    assert train.attrs["epochs"] == [0, 1] and train.attrs["class_names"] == ["a", "b"]
    assert train["images"].shape == (EPOCHS, 10, 24, 32, 3) and train["images"].chunks == (1, 4, 24, 32, 3)
    arrays = {name: array[...] for name, array in train.arrays()}
    assert arrays["labels"].shape == (EPOCHS, 10)
    for (epoch, at), row in expected.items():
        for name in ("images", "labels", "masks", "sources"):
            assert np.array_equal(arrays[name][epoch, at], row[name]), name
        if layout == "ragged":
            begin, end = arrays["box_offsets"][epoch, at : at + 2]
            same_objects(row, *(arrays[name][begin:end] for name in ("boxes", "box_labels", "key_points")))
        else:
            count = arrays["box_counts"][epoch, at]
            same_objects(row, *(arrays[name][epoch, at, :count] for name in ("boxes", "box_labels", "key_points")))


def test_zarr_cuts_what_is_chosen(build, export):
    out = build("stable", labels={"from": "directory"}, layout="stable", output={"dtype": "float16"})
    train, expected = zarr.open_group(export(out, "zarr", "--epochs", "1"), mode="r")["train"], {}
    manifest = json.loads((out / "dataset.json").read_text())
    shards = [shard for shard in manifest["splits"]["train"]["shards"] if shard["epoch"] == 1]
    expected = {name: np.concatenate([np.load(out / shard["arrays"][name]["path"]) for shard in shards]) for name in manifest["arrays"]}
    assert train.attrs["epochs"] == [1] and train["images"].dtype == np.float16
    for name, array in expected.items():
        assert np.array_equal(train[name][0], array), name


def test_pyarrow_reads_every_row(full, export):
    dest, expected = export(full, "parquet"), rows(full)
    seen = []
    for file in sorted(dest.glob("*.parquet")):
        for cells in pyarrow.parquet.read_table(file).to_pylist():
            row = expected[cells["epoch"], cells["row"]]
            assert np.array_equal(picture(cells["image"]["bytes"]), row["images"])
            assert np.array_equal(picture(cells["mask"]["bytes"]), row["masks"])
            assert cells["image"]["path"] == f"{cells['epoch']:03}-{cells['row']:08}.png"
            assert cells["label"] == row["labels"] and cells["source"] == row["source"]
            same_objects(row, cells["boxes"], cells["box_labels"], cells["key_points"])
            seen.append((cells["epoch"], cells["row"]))
    assert seen == sorted(expected)


def test_datasets_knows_pictures_and_classes(full, export, tmp_path):
    files = {"train": str(export(full, "parquet") / "train-*.parquet")}
    data, expected = datasets.load_dataset("parquet", data_files=files, cache_dir=str(tmp_path / "cache"))["train"], rows(full)
    assert data.features["label"].names == ["a", "b"]
    assert isinstance(data.features["image"], datasets.Image) and isinstance(data.features["mask"], datasets.Image)
    assert len(data) == len(expected)
    for cells in data:
        row = expected[cells["epoch"], cells["row"]]
        assert np.array_equal(np.asarray(cells["image"]), row["images"])
        assert np.array_equal(np.asarray(cells["mask"]), row["masks"])


def test_keras_reads_a_folder(full, export):
    dest, expected = export(full, "folder"), rows(full)
    data = keras.utils.image_dataset_from_directory(
        dest / "train/epoch-001", image_size=(24, 32), batch_size=None, shuffle=False, verbose=False
    )
    assert data.class_names == ["a", "b"]
    # Keras sorts by class, then by name, which begins with the row.
    order = sorted((int(row["labels"]), at) for (epoch, at), row in expected.items() if epoch == 1)
    for (image, label), (class_, at) in zip(data, order, strict=True):
        assert label == class_ and np.array_equal(image, expected[1, at]["images"])
    lines = [json.loads(line) for line in (dest / "train/epoch-001.jsonl").read_text().splitlines()]
    assert [line["row"] for line in lines] == list(range(10))
    for line in lines:
        row = expected[1, line["row"]]
        assert np.array_equal(np.asarray(Image.open(dest / "train/epoch-001" / line["file"])), row["images"])
        assert np.array_equal(np.asarray(Image.open(dest / "masks/train/epoch-001" / line["file"])), row["masks"])
        same_objects(row, line["boxes"], line["box_labels"], line["key_points"])


def test_a_table_has_the_labels_of_several_heads(build, export):
    out = build("heads", labels=HEADS)
    dest, expected = export(out, "folder"), rows(out)
    with open(dest / "train/epoch-000/labels.csv", newline="") as file:
        lines = list(csv.DictReader(file))
    assert len(lines) == 10
    for at, line in enumerate(lines):
        row = expected[0, at]
        assert np.array_equal(np.asarray(Image.open(dest / "train/epoch-000" / line["file"])), row["images"])
        assert int(line["label_kind"]) == row["labels-kind"] and line["source"] == row["source"]
        assert [float(line["label_shape_0"]), float(line["label_shape_1"])] == row["labels-shape"].tolist()


def test_jpeg_is_near_and_quality_counts(build, export, tmp_path):
    steps = [{"op": "resize", "width": 24, "height": 24}, {"op": "gaussian_blur", "sigma": 3}]
    out = build("smooth", labels={"from": "directory"}, pipeline=steps)
    expected = rows(out)
    dest = export(out, "folder", "--image", "jpeg", "--quality", "98")
    for line in (dest / "train/epoch-000.jsonl").read_text().splitlines():
        line = json.loads(line)
        image = np.asarray(Image.open(dest / "train/epoch-000" / line["file"]), np.int16)
        assert np.abs(image - expected[0, line["row"]]["images"]).max() <= 12
    small = export(out, "webdataset", "--image", "jpeg", "--quality", "20")
    sizes = [len(row["jpg"]) for row in webdataset.WebDataset(sorted(map(str, small.glob("*.tar"))), shardshuffle=False)]
    files = sorted(dest.glob("train/*/*/*.jpg"))
    assert len(sizes) == len(files) and sum(sizes) < sum(file.stat().st_size for file in files)


def test_deep_rows_are_png_of_16_bits(prebake, export, tmp_path):
    (tmp_path / "deep").mkdir()
    values = np.random.default_rng(3).integers(0, 65536, (9, 7), np.uint16)
    Image.fromarray(values).save(tmp_path / "deep/one.png")
    spec = {"version": 1, "epochs": 1, "batch_size": 1, "labels": {"from": "none"}, "pipeline": []}
    (tmp_path / "deep.json").write_text(json.dumps({**spec, "input": {"channels": 1, "depth": "uint16"}}))
    run(prebake, "build", tmp_path / "deep", "--spec", tmp_path / "deep.json", "--out", tmp_path / "out", "--quiet")
    dest = export(tmp_path / "out", "folder")
    (file,) = dest.glob("train/epoch-000/*.png")
    assert np.array_equal(np.asarray(Image.open(file)), values)


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", (ROOT / "docs/export.md").read_text(), re.DOTALL)


@pytest.fixture(scope="module")
def documented(prebake, tmp_path_factory):
    """The folder in which the commands of the page were run."""
    place = tmp_path_factory.mktemp("documented")
    spec = ["--spec", ROOT / "fixtures/specs/default.json", "--out", place / "data", "--epochs", "2"]
    run(prebake, "build", ROOT / "fixtures/by_folder", *spec, "--quiet")
    (commands,) = blocks("sh")
    for command in commands.splitlines():
        run(prebake, *command.split()[1:], "--quiet", cwd=place)
    return place


@pytest.mark.parametrize("snippet", blocks("python"), ids=["webdataset", "tfrecord", "zarr", "parquet", "folder"])
def test_every_documented_snippet_runs(documented, snippet, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path)
    monkeypatch.chdir(documented)
    exec(snippet, {})
    assert "128, 128" in capsys.readouterr().out
