"""Rows normalised by statistics, against Keras's own ImageDataGenerator and tf.image on the same levels."""

import json
import subprocess

import numpy as np
import pytest
from keras.src.legacy.preprocessing.image import ImageDataGenerator

from conftest import ROOT

SCALE = 1 / 255


@pytest.fixture
def rows(prebake, tmp_path):
    def run(output, side=16, name="rows"):
        spec, out = tmp_path / f"{name}.json", tmp_path / name
        steps = [{"op": "resize", "width": side, "height": side}]
        spec.write_text(json.dumps({"version": 1, "shuffle": "none", "batch_size": 64, "pipeline": steps, "output": output}))
        command = [prebake, "build", ROOT / "fixtures/by_folder", "--spec", spec, "--out", out, "--quiet"]
        subprocess.run(command, check=True)
        manifest = json.loads((out / "dataset.json").read_text())
        shards = manifest["splits"]["train"]["shards"]
        return np.concatenate([np.load(out / shard["arrays"]["images"]["path"]) for shard in shards]), manifest

    return run


def keras(levels, **arguments):
    """What Keras makes of the levels, picture by picture, in double precision."""
    generator = ImageDataGenerator(dtype="float64", **arguments)
    generator.fit(levels)
    return np.stack([generator.standardize(picture.astype("float64")) for picture in levels]), generator


def error(ours, theirs):
    """The greatest difference, against the greatest value where that is above 1."""
    assert ours.shape == theirs.shape and ours.dtype == np.float32
    return np.abs(ours - theirs).max() / max(1, np.abs(theirs).max())


@pytest.mark.parametrize("color", ["rgb", "gray"])
@pytest.mark.parametrize(
    "ours, theirs",
    [
        ({"samplewise": {"scale": "none"}}, {"samplewise_center": True}),
        ({"samplewise": {}}, {"samplewise_center": True, "samplewise_std_normalization": True}),
        ({"featurewise": {"scale": "none"}}, {"featurewise_center": True}),
        ({"featurewise": {}}, {"featurewise_center": True, "featurewise_std_normalization": True}),
        (
            {"samplewise": {}, "featurewise": {}},
            {
                "samplewise_center": True,
                "samplewise_std_normalization": True,
                "featurewise_center": True,
                "featurewise_std_normalization": True,
            },
        ),
    ],
    ids=lambda rule: "-".join(rule),
)
@pytest.mark.parametrize("rescale", [1, SCALE], ids=["levels", "rescaled"])
def test_rows_are_those_of_image_data_generator(rows, ours, theirs, rescale, color):
    levels, _ = rows({"color": color}, name="levels")
    made, manifest = rows({"dtype": "float32", "color": color, "rescale": rescale, **ours})
    expected, generator = keras(levels, rescale=rescale, **theirs)
    assert error(made, expected) < 1e-6
    if generator.mean is not None:
        np.testing.assert_allclose(manifest["statistics"]["mean"], generator.mean.ravel(), rtol=1e-12)
    if generator.std is not None:
        np.testing.assert_allclose(manifest["statistics"]["std"], generator.std.ravel(), rtol=1e-12)


@pytest.mark.parametrize("epsilon", [1e-6, 0.1])
@pytest.mark.parametrize("color, side", [("rgb", 16), ("rgb", 2), ("gray", 4)], ids=["fewer pictures than values", "more", "gray"])
def test_rows_are_whitened_as_by_image_data_generator(rows, tmp_path, color, side, epsilon):
    levels, _ = rows({"color": color}, side, name="levels")
    made, _ = rows({"dtype": "float32", "color": color, "rescale": SCALE, "zca": {"epsilon": epsilon}}, side)
    expected, generator = keras(levels, rescale=SCALE, zca_whitening=True, zca_epsilon=epsilon)
    matrix = np.load(tmp_path / "rows/whitening.npy")
    assert error(matrix, generator.zca_whitening_matrix) < 1e-6
    assert error(made, expected) < 2e-5


@pytest.mark.parametrize("color", ["rgb", "gray"])
@pytest.mark.parametrize("rescale", [1, SCALE], ids=["levels", "rescaled"])
def test_rows_are_those_of_per_image_standardization(rows, rescale, color):
    levels, _ = rows({"color": color}, name="levels")
    made, _ = rows({"dtype": "float32", "color": color, "rescale": rescale, "samplewise": {"scale": "tf_image"}})
    values = levels.astype("float64") * rescale
    each = {"axis": (1, 2, 3), "keepdims": True}
    floor = 1 / np.sqrt(levels[0].size)
    expected = (values - values.mean(**each)) / np.maximum(values.std(**each), floor)
    assert error(made, expected) < 1e-6
    tf = pytest.importorskip("tensorflow")
    theirs = tf.image.per_image_standardization((levels * np.float32(rescale)).astype("float32")).numpy()
    assert error(made, theirs) < 5e-6


@pytest.mark.parametrize(
    "rule, formula",
    [
        ({"epsilon": 1e-4}, lambda x: (x - x.mean()) / (x.std() + 1e-4)),
        ({"epsilon": 1e-4, "per": "channel"}, lambda x: (x - x.mean((0, 1))) / (x.std((0, 1)) + 1e-4)),
        ({"center": "min", "scale": "range", "epsilon": 1e-4}, lambda x: (x - x.min()) / (x.max() - x.min() + 1e-4)),
        (
            {"center": "min", "scale": "range", "epsilon": 1e-4, "per": "channel"},
            lambda x: (x - x.min((0, 1))) / (x.max((0, 1)) - x.min((0, 1)) + 1e-4),
        ),
    ],
    ids=["image", "image_per_channel", "min_max", "min_max_per_channel"],
)
def test_rows_follow_the_rules_of_albumentations(rows, rule, formula):
    levels, _ = rows({}, name="levels")
    made, _ = rows({"dtype": "float32", "samplewise": rule})
    expected = np.stack([formula(picture.astype("float64")) for picture in levels])
    assert error(made, expected) < 1e-6
