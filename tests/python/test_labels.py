"""Labels, masks, boxes and sides, against what Keras, torchvision and NumPy make of the same pictures."""

import json
import subprocess

import keras
import numpy as np
import pytest
from PIL import Image

from conftest import ROOT

IMAGE_FOLDER = json.loads((ROOT / "fixtures/labels/image_folder.json").read_text(encoding="utf-8"))
ODD_NAMES = IMAGE_FOLDER["odd_names"]["names"]
SIDE = 8


def lay(folder, names):
    """Pictures of one colour each, differing among themselves; other files are empty, and what ends with `/` is a folder."""
    for i, name in enumerate(names):
        path = folder / name
        (path if name.endswith("/") else path.parent).mkdir(parents=True, exist_ok=True)
        if path.suffix.lower() in Image.registered_extensions():
            Image.new("RGB", (SIDE, SIDE), (i, 255 - i, 2 * i)).save(path)
        elif not name.endswith("/"):
            path.touch()
    return folder


class Built:
    """A finished dataset, read by `json.load` and `np.load` alone."""

    def __init__(self, out):
        self.out = out
        self.manifest = json.loads((out / "dataset.json").read_text(encoding="utf-8"))
        self.samples = [json.loads(line) for line in (out / "samples.jsonl").read_text(encoding="utf-8").splitlines()]

    def array(self, name, split="train"):
        shards = self.manifest["splits"][split]["shards"]
        return np.concatenate([np.load(self.out / shard["arrays"][name]["path"]) for shard in shards])

    def by_path(self, name):
        """What the rows of an array hold, by their pictures."""
        rows = zip(self.array("sources"), self.array(name), strict=True)
        return {self.samples[source]["path"]: row.tolist() for source, row in rows}

    def classes(self, name="classes.txt"):
        return (self.out / name).read_text(encoding="utf-8").removesuffix("\n").split("\n")

    def label_map(self):
        return json.loads((self.out / "label_map.json").read_text(encoding="utf-8"))


@pytest.fixture
def build(prebake, tmp_path):
    def run(pictures, labels, **more):
        out, spec = tmp_path / "out", tmp_path / "spec.json"
        spec.write_text(json.dumps({"version": 1, "batch_size": 4, "labels": labels, "pipeline": [], **more}))
        subprocess.run([prebake, "build", pictures, "--spec", spec, "--out", out, "--quiet", "--force"], check=True)
        return Built(out)

    return run


@pytest.mark.parametrize("kind, mode", [("class", "int"), ("one_hot", "categorical")])
def test_folders_are_labelled_as_by_image_dataset_from_directory(build, tmp_path, kind, mode):
    kept = [name for name in ODD_NAMES if name.lower().endswith((".bmp", ".gif", ".jpeg", ".jpg", ".png"))]
    pictures = lay(tmp_path / "pictures", [*kept, "10/0.gif", "empty/", ".cache/9.png"])
    data = keras.utils.image_dataset_from_directory(
        pictures, label_mode=mode, image_size=(SIDE, SIDE), shuffle=False, verbose=False
    )
    theirs = np.concatenate([labels for _, labels in data])
    paths = [path.removeprefix(f"{pictures}/") for path in data.file_paths]
    built = build(pictures, {"from": "directory", "kind": kind})
    assert built.classes() == data.class_names
    assert built.label_map() == {name: i for i, name in enumerate(data.class_names)}
    assert built.by_path("labels") == dict(zip(paths, theirs.tolist(), strict=True))
    numbers = theirs.argmax(1) if kind == "one_hot" else theirs
    assert {sample["path"]: sample["label"] for sample in built.samples} == dict(zip(paths, numbers.tolist(), strict=True))
    counts = np.bincount(numbers, minlength=len(data.class_names)).tolist()
    assert built.manifest["class_counts"] == counts and counts[data.class_names.index("empty")] == 0


def test_where_image_dataset_from_directory_differs_it_is_as_the_page_says(build, tmp_path):
    pictures = lay(tmp_path / "pictures", [*IMAGE_FOLDER["hidden"]["names"], "cover.png"])
    data = keras.utils.image_dataset_from_directory(pictures, shuffle=False, verbose=False)
    theirs = {path.removeprefix(f"{pictures}/") for path in data.file_paths}
    (pictures / "cover.png").unlink()
    ours = set(build(pictures, {"from": "directory"}).by_path("labels"))
    assert theirs - ours == {"10/.1.png", "10/.thumbnails/1.png"}
    assert {path.split(".")[-1] for path in ours - theirs} == {"webp", "tiff", "ppm", "tif"}


WORDS = ["b", "a", "c", "b", "a", "B", "é", "10", "2", "10", "2", "10", "日本", "a b", " c", "c "]


@pytest.fixture
def named(tmp_path):
    """Pictures with labels in their names, several of which are equally frequent."""
    return lay(tmp_path / "pictures", [f"{word}_{i}.png" for i, word in enumerate(WORDS)])


def word(path):
    return path.split("_")[0]


def test_file_names_are_numbered_as_by_string_lookup(build, named):
    built = build(named, {"from": "filename", "order": "frequency", "oov": "first"})
    lookup = keras.layers.StringLookup(mask_token=None)
    lookup.adapt([word(sample["path"]) for sample in built.samples])
    assert built.classes() == lookup.get_vocabulary()
    labels = built.by_path("labels")
    assert list(labels.values()) == lookup([word(path) for path in labels]).numpy().tolist()
    assert len(labels) == len(WORDS) and 0 not in labels.values()


@pytest.mark.parametrize("oov", ["none", "first"])
@pytest.mark.parametrize("order", ["name", "frequency"])
def test_string_lookup_reads_our_classes(build, named, order, oov):
    built = build(named, {"from": "filename", "order": order, "oov": oov})
    lookup = keras.layers.StringLookup(vocabulary=str(built.out / "classes.txt"), num_oov_indices=0, mask_token=None)
    labels = built.by_path("labels")
    assert list(labels.values()) == lookup([word(path) for path in labels]).numpy().tolist()


@pytest.mark.parametrize("case", ["odd_names", "empty_class"])
def test_folders_are_labelled_as_by_image_folder(build, tmp_path, case):
    theirs = IMAGE_FOLDER[case]
    built = build(lay(tmp_path / "pictures", theirs["names"]), {"from": "directory"})
    assert built.classes() == theirs["classes"]
    assert built.label_map() == theirs["class_to_idx"]
    assert built.by_path("labels") == theirs["targets"]


def test_where_image_folder_differs_it_is_as_the_page_says(build, tmp_path, prebake):
    plain = IMAGE_FOLDER["odd_names"]
    assert IMAGE_FOLDER["empty_class"]["refused"] == "Found no valid file for the classes empty"
    # What is hidden is a class, and a picture, of theirs; a GIF is no picture of theirs.
    hidden, gif, beside = (IMAGE_FOLDER[case] for case in ["hidden", "gif", "file_beside_classes"])
    assert {".cache"} == set(hidden["classes"]) - set(plain["classes"])
    assert len(hidden["targets"]) == len(plain["targets"]) + 3 and gif["targets"] == plain["targets"]
    built = build(lay(tmp_path / "hidden", hidden["names"]), {"from": "directory"})
    assert built.classes() == plain["classes"] and built.by_path("labels") == plain["targets"]
    # Names are sorted as whole ways here, folder by folder there.
    built = build(tmp_path / "hidden", {"from": "directory"}, shuffle="none")
    assert list(built.by_path("labels")) == sorted(plain["targets"]) != list(plain["targets"])
    built = build(lay(tmp_path / "gif", gif["names"]), {"from": "directory"})
    assert built.by_path("labels") == {**plain["targets"], "apple/0.gif": plain["class_to_idx"]["apple"]}
    # A picture beside the class folders is passed over there, and refused here.
    assert beside["targets"] == plain["targets"]
    command = [prebake, "build", lay(tmp_path / "beside", beside["names"]), "--spec", tmp_path / "spec.json"]
    refused = subprocess.run([*command, "--out", tmp_path / "no"], capture_output=True, text=True, check=False)
    assert refused.returncode == 2 and "cover.png: is in no class folder" in refused.stderr


COLORS, SIZES = ["red", "blue", "red", "green", "red", "blue", "red"], [1.5, -2, 0.25, 3, 8, 0, 1e-3]
HEADS = [{"name": "color", "column": "color", "kind": "one_hot"}, {"name": "size", "column": "size", "kind": "regression"}]


@pytest.fixture
def table(tmp_path):
    """Pictures and their `metadata.csv`, as Hugging Face has it."""
    names = [f"{'sub/' * (i % 2)}{i}.png" for i in range(len(COLORS))]
    pictures = lay(tmp_path / "pictures", names)
    lines = [f"{name},{color},{size}" for name, color, size in zip(names, COLORS, SIZES, strict=True)]
    (pictures / "metadata.csv").write_text("\n".join(["file_name,color,size", *lines, ""]))
    return pictures


def test_several_heads_of_a_table_train(build, table, prebaked):
    built = build(table, {"from": "table", "path": "metadata.csv", "heads": HEADS})
    colors, sizes = built.array("labels-color"), built.array("labels-size")
    assert (colors.shape, sizes.shape) == ((7, 3), (7,)) and colors.dtype == sizes.dtype == np.float32
    pictures = [int(built.samples[source]["path"].split("/")[-1].split(".")[0]) for source in built.array("sources")]
    classes = np.array(built.classes("classes-color.txt"))
    assert classes[colors.argmax(1)].tolist() == [COLORS[picture] for picture in pictures]
    assert sizes.tolist() == np.array(SIZES, np.float32)[pictures].tolist()

    inputs = keras.Input((SIDE, SIDE, 3))
    means = keras.layers.GlobalAveragePooling2D()(keras.layers.Rescaling(1 / 255)(inputs))
    outputs = {"color": keras.layers.Dense(3, "softmax", name="color")(means), "size": keras.layers.Dense(1, name="size")(means)}
    model = keras.Model(inputs, outputs)
    model.compile("adam", {"color": "categorical_crossentropy", "size": "mse"})
    by_arrays = model.fit(built.array("images"), {"color": colors, "size": sizes}, epochs=1, verbose=0)
    by_loader = model.fit(prebaked(built.out, y={"color": "labels-color", "size": "labels-size"}), shuffle=False, verbose=0)
    for history in by_arrays.history, by_loader.history:
        assert np.isfinite(history["loss"]).all() and set(history) == {"loss", "color_loss", "size_loss"}


def test_several_labels_are_marked_as_by_string_lookup(build, tmp_path):
    tags = ["red|big", "big", "", "round|red|big", "é"]
    pictures = lay(tmp_path / "pictures", [f"{i}.png" for i in range(len(tags))])
    rows = [json.dumps({"file_name": f"{i}.png", "tags": tag}) for i, tag in enumerate(tags)]
    (pictures / "metadata.jsonl").write_text("\n".join(rows), encoding="utf-8")
    built = build(pictures, {"from": "table", "path": "metadata.jsonl", "column": "tags", "kind": "multi_label"})
    vocabulary = str(built.out / "classes.txt")
    lookup = keras.layers.StringLookup(vocabulary=vocabulary, num_oov_indices=0, mask_token=None, output_mode="multi_hot")
    words = {f"{i}.png": tag.split("|") if tag else [] for i, tag in enumerate(tags)}
    expected = {path: lookup(np.array(own, object)).numpy().tolist() if own else [0] * 4 for path, own in words.items()}
    assert built.by_path("labels") == expected


@pytest.mark.parametrize("kind", ["class", "one_hot"])
def test_class_weights_are_balanced_as_by_scikit_learn(build, table, kind):
    """Its `compute_class_weight("balanced", ...)`: n / (k * count), for k classes that n training rows have."""
    classes = ["violet", "red", "green", "blue"]
    head = {"name": "color", "column": "color", "kind": kind, "classes": classes}
    built = build(table, {"from": "table", "path": "metadata.csv", "heads": [head, HEADS[1]]}, split={"val": 2})
    labels = built.array("labels-color")
    counts = labels.sum(0).astype(int) if kind == "one_hot" else np.bincount(labels, minlength=4)
    told = built.manifest["heads"]["labels-color"]
    assert told["class_names"] == classes and told["train_counts"] == counts.tolist()
    assert counts.sum() == 5 and counts[0] == 0
    expected = [5 / ((counts > 0).sum() * count) if count else 0 for count in counts]
    np.testing.assert_allclose(told["class_weights"], expected, rtol=1e-15)


def shapes(folder, count=5):
    """Pictures with a rectangle each, but the first, their masks of class 1, and the same as COCO boxes."""
    (folder / "masks").mkdir(parents=True)
    images, annotations = [], []
    for i in range(count):
        picture, mask = np.full((16, 16, 3), i, np.uint8), np.zeros((16, 16), np.uint8)
        for k in range(i):
            x, y, width, height = 2 * k, 3, 2, 4 + k
            picture[y : y + height, x : x + width], mask[y : y + height, x : x + width] = 255, 1
            annotations.append({"id": 10 * i + k, "image_id": i, "category_id": 7, "bbox": [x, y, width, height], "iscrowd": 0})
        Image.fromarray(picture).save(folder / f"{i}.png")
        Image.fromarray(mask).save(folder / f"masks/{i}.png")
        images.append({"id": i, "file_name": f"{i}.png", "width": 16, "height": 16})
    coco = {"images": images, "annotations": annotations, "categories": [{"id": 7, "name": "bar"}]}
    (folder / "coco.json").write_text(json.dumps(coco))
    return folder


SHIFT = {"op": "shift", "x": [0.25, 0.25], "fill_mode": "constant"}


def test_masks_train_with_the_class_that_keras_ignores(build, tmp_path, prebaked):
    masks = {"masks": {"path": "masks/NAME.png"}}
    built = build(shapes(tmp_path / "pictures"), {"from": "none"}, targets=masks, pipeline=[SHIFT])
    masks = built.array("masks")
    assert masks.shape == (5, 16, 16) and masks.dtype == np.uint8
    # A quarter of each row came from beyond the border.
    assert (masks[:, :, :4] == 255).all() and set(np.unique(masks[:, :, 4:])) == {0, 1}
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=255)
    model = keras.Sequential([keras.Input((16, 16, 3)), keras.layers.Rescaling(1 / 255), keras.layers.Conv2D(2, 3, padding="same")])
    model.compile("adam", loss)
    history = model.fit(prebaked(built.out, y="masks"), epochs=1, shuffle=False, verbose=0)
    assert np.isfinite(history.history["loss"]).all()
    # What is ignored plays no part: the loss is the mean of the rest.
    logits = model.predict(built.array("images"), verbose=0)
    one = keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction="none")
    known = masks != 255
    np.testing.assert_allclose(loss(masks, logits), one(masks[known], logits[known]).numpy().mean(), rtol=1e-5)


def test_boxes_are_rows_of_one_length(build, tmp_path):
    targets = {"masks": {"path": "masks/NAME.png"}, "boxes": {"path": "coco.json", "unmatched": "background", "most": 6}}
    built = build(shapes(tmp_path / "pictures"), {"from": "none"}, targets=targets, shuffle="none")
    edges, labels, counts = (built.array(name) for name in ["boxes", "box_labels", "box_counts"])
    assert edges.shape == (5, 6, 4) and edges.dtype == np.float32
    assert labels.shape == (5, 6) and labels.dtype == counts.dtype == np.int64
    assert counts.tolist() == [0, 1, 2, 3, 4]
    empty = np.arange(6) >= counts[:, None]
    assert (labels == np.where(empty, -1, 0)).all() and (edges[empty] == 0).all()
    assert edges[~empty].tolist() == [[2 * k, 3, 2 * k + 2, 7 + k] for i in range(5) for k in range(i)]


@pytest.mark.parametrize("more, seen", [({}, [0, 1, 2, 3, 4]), ({"min_area": 1000}, [0] * 5)])
def test_boxes_end_to_end_are_sliced_by_offsets(build, tmp_path, more, seen):
    boxes = {"path": "coco.json", "unmatched": "background", "layout": "ragged", **more}
    targets = {"masks": {"path": "masks/NAME.png"}, "boxes": boxes}
    built = build(shapes(tmp_path / "pictures"), {"from": "none"}, targets=targets, shuffle="none")
    (shard,) = built.manifest["splits"]["train"]["shards"]
    files = {name: built.out / listed["path"] for name, listed in shard["arrays"].items()}
    # Also where there is no box at all, the file can be mapped, and is what NumPy writes.
    arrays = {name: np.load(file, mmap_mode="r") for name, file in files.items()}
    for name, file in files.items():
        np.save(tmp_path / "same.npy", np.array(arrays[name]))
        assert (tmp_path / "same.npy").read_bytes() == file.read_bytes(), name
    edges, labels, offsets = (arrays[name] for name in ["boxes", "box_labels", "box_offsets"])
    assert edges.shape == (sum(seen), 4) and labels.shape == (sum(seen),) and offsets.dtype == np.int64
    assert offsets.tolist() == [0, *np.cumsum(seen)]
    rows = [edges[offsets[i] : offsets[i + 1]].tolist() for i in range(5)]
    assert rows == [[[2 * k, 3, 2 * k + 2, 7 + k] for k in range(count)] for count in seen]


def test_the_printed_loader_reads_another_side(build, named, prebaked):
    built = build(named, {"from": "filename"}, epochs=2, split={"val": 5}, pipeline=[{"op": "horizontal_flip", "p": 0.5}])
    data = prebaked(built.out, "val")
    batches = [data[i] for i in range(len(data))]
    assert [len(labels) for _, labels in batches] == [4, 1]
    assert (np.concatenate([images for images, _ in batches]) == built.array("images", "val")).all()
    sources, labels = built.array("sources", "val"), np.concatenate([labels for _, labels in batches])
    assert {built.samples[source]["split"] for source in sources} == {"val"}
    assert labels.tolist() == [built.samples[source]["label"] for source in sources]

    model = keras.Sequential([keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(len(built.classes()))])
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    weights = dict(enumerate(built.manifest["heads"]["labels"]["class_weights"]))
    fit = {"validation_data": data, "class_weight": weights, "epochs": 2, "shuffle": False, "verbose": 0}
    history = model.fit(prebaked(built.out), **fit)
    assert np.isfinite(history.history["val_loss"]).all() and len(history.history["val_loss"]) == 2


def test_keras_trains_on_balanced_and_mixed_rows(build, tmp_path, prebaked):
    names = [f"common/{i}.png" for i in range(9)] + [f"rare/{i}.png" for i in range(3)]
    made = build(
        lay(tmp_path / "pictures", names),
        {"from": "directory"},
        epochs=2,
        balance={"counts": {"rare": 5}, "sample_weight": "balanced"},
        mixing=[{"op": "cutmix", "p": 0.5}],
    )
    labels, weights = made.array("labels"), made.array("sample_weight")
    assert labels.dtype == np.float32 and labels.shape == (28, 2) and np.allclose(labels.sum(axis=1), 1)
    assert np.allclose(weights, labels @ [14 / 18, 14 / 10])
    # Fourteen rows an epoch: a third of them from the rare class's three pictures.
    assert [np.isin(made.array("sources")[at : at + 14], range(9, 12)).sum() for at in (0, 14)] == [5, 5]
    rows = prebaked(made.out)
    batches = [rows[at] for at in range(len(rows))]
    assert np.array_equal(np.concatenate([weight for *_, weight in batches]), weights[:14])
    net = keras.Sequential([keras.layers.Rescaling(1 / 255), keras.layers.Flatten(), keras.layers.Dense(2, activation="softmax")])
    net.compile("adam", "categorical_crossentropy")
    assert np.isfinite(net.fit(rows, epochs=2, shuffle=False, verbose=0).history["loss"]).all()
