"""What the real NumPy and Keras make of a dataset: no line of prebake is needed to read it."""

import io
import json
import subprocess
from pathlib import Path

import keras
import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
SPECS = ["scipy", "tf_image", "keras_sequence"]


@pytest.fixture(scope="session")
def build(prebake, tmp_path_factory):
    def run(pictures, spec, *more):
        out = tmp_path_factory.mktemp("out") / "dataset"
        command = [prebake, "build", ROOT / "fixtures" / pictures, "--spec", ROOT / f"fixtures/specs/{spec}.json", "--out", out]
        subprocess.run([*command, "--epochs", "2", "--batch-size", "5", *more], check=True)
        return out

    return run


def shards(out):
    return json.loads((out / "dataset.json").read_text())["splits"]["train"]["shards"]


@pytest.mark.parametrize("spec", SPECS)
def test_every_file_is_what_np_save_writes(build, spec):
    out = build("by_name", spec)
    for shard in shards(out):
        for name, file in shard["arrays"].items():
            array = np.load(out / file["path"], mmap_mode="r")
            assert len(array) == shard["rows"]
            again = io.BytesIO()
            np.save(again, np.asarray(array))
            assert again.getvalue() == (out / file["path"]).read_bytes(), (spec, name)


@pytest.mark.parametrize("spec", SPECS)
def test_labels_are_those_of_string_lookup(build, spec):
    out = build("by_name", spec)
    samples = [json.loads(line) for line in (out / "samples.jsonl").read_text().splitlines()]
    words = [sample["path"].split("_")[0] for sample in samples]
    lookup = keras.layers.StringLookup(mask_token=None)
    lookup.adapt(words)
    assert [sample["label"] for sample in samples] == lookup(words).numpy().tolist()
    assert (out / "classes.txt").read_text().splitlines() == lookup.get_vocabulary()


def test_classes_are_those_of_image_dataset_from_directory(build):
    out = build("by_folder", "default")
    classes = (out / "classes.txt").read_text().splitlines()
    data = keras.utils.image_dataset_from_directory(ROOT / "fixtures/by_folder", verbose=False)
    assert classes == data.class_names


@pytest.mark.parametrize("workers", [0, 2])
def test_the_printed_keras_loader_feeds_each_epoch_in_turn(build, prebaked, workers):
    out = build("by_folder", "default")
    data, seen = prebaked(out, workers=workers), []
    read = data._read

    def logged(batch):
        images, labels = read(batch)
        seen.append((data.epoch, batch, images))
        return images, labels

    data._read = logged
    assert [len(data[i][1]) for i in range(len(data))] == [5, 5, 5, 5]
    model = keras.Sequential([keras.layers.Rescaling(1 / 255), keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(4)])
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    history = model.fit(data, epochs=2, shuffle=False, verbose=0)
    assert np.isfinite(history.history["loss"]).all()
    for epoch in range(2):
        batches = {batch: images for of, batch, images in seen if of == epoch}
        stored = [np.load(out / s["arrays"]["images"]["path"]) for s in shards(out) if s["epoch"] == epoch]
        assert (np.concatenate([batches[batch] for batch in range(4)]) == np.concatenate(stored)).all()
    assert {epoch for epoch, *_ in seen} == {0, 1}
