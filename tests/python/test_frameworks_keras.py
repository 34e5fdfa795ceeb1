"""`Split.keras` in the real Keras 3, on each backend that is installed, each in a process of its own."""

import importlib.util
import os
import subprocess
import sys

import pytest
from package_datasets import made

# What the process begins with.
PRELUDE = """
import pickle
import sys
import keras
import numpy as np
import prebake


def wanted(split, epoch, name):
    return np.concatenate([batch[name] for batch in split.batches(epoch)])

def network(split, outputs):
    inputs = keras.Input(split.arrays["images"].shape)
    pooled = keras.layers.GlobalAveragePooling2D()(keras.layers.Rescaling(1 / 255)(inputs))
    return keras.Model(inputs, {name: keras.layers.Dense(size, name=name)(pooled) for name, size in outputs.items()})

def main(out):
"""

FIT = """
    train = prebake.open(out)["train"]
    for workers in (0, 1, 3):
        data = train.keras(workers=workers, epoch=1)
        assert [len(data[i][1]) for i in range(len(data))] == [8, 8, 4]
        # Its output is the mean level of each row.
        class Counting(keras.Model):
            def __init__(self):
                super().__init__()
                self.scale = self.add_weight(shape=(), initializer="ones")
            def call(self, x):
                return keras.ops.mean(keras.ops.cast(x, "float32"), axis=(1, 2, 3)) * self.scale
        model = Counting()
        # The loss of an epoch is the mean of its levels, so it says which epoch it was.
        model.compile(keras.optimizers.SGD(0.0), loss=lambda y, p: p)
        seen = model.fit(data, epochs=4, shuffle=False, verbose=0).history["loss"]
        means = [wanted(train, epoch, "images").mean(axis=(1, 2, 3)).mean() for epoch in (1, 2, 3, 4)]
        assert abs(means[0] - means[1]) > 0.05 and abs(means[0] - means[2]) > 0.05
        assert np.allclose(seen, means, atol=0.01), (workers, seen, means)
        # With validation after each epoch, and as a prediction.
        val = prebake.open(out)["val"].keras(workers=workers)
        history = model.fit(data, epochs=2, shuffle=False, verbose=0, validation_data=val)
        level = wanted(val.split, 0, "images").mean()
        assert np.allclose(history.history["val_loss"], level, atol=0.01)
        assert len(model.predict(val, verbose=0)) == val.split.rows_per_epoch
"""

SHUFFLE = """
    train = prebake.open(out)["train"]
    data = train.keras(shuffle=5, y=("labels", "sources"))
    for epoch in range(5):
        read = [data[i][1][1].tolist() for i in range(len(data))]
        assert read == [train.batch(epoch, i)["sources"].tolist() for i in train.order(epoch, 5)]
        # Keras says that an epoch ended before the first one began, and may say it twice.
        data.on_epoch_end()
        data.on_epoch_begin()
        data.on_epoch_end()
        data.on_epoch_end()
        assert data.epoch == epoch + 1
    # As `fit` with its default `shuffle=True` asks for them.
    for i in (2, 0, 1):
        assert data[i][1][1].tolist() == train.batch(5, train.order(5, 5)[i])["sources"].tolist()
    again = pickle.loads(pickle.dumps(data))
    assert again.epoch == 5 and np.array_equal(again[1][0], data[1][0])
    # What a model does to its batch is no matter of the next one.
    images = data[0][0]
    images += 1
    assert not np.array_equal(images, data[0][0])
"""

HEADS = """
    train = prebake.open(out)["train"]
    data = train.keras()
    x, y, weights = data[0]
    assert sorted(y) == ["color", "size"]
    assert y["color"].shape == (8, 2) and weights.shape == (8,) and len(set(wanted(train, 0, "sample_weight").tolist())) == 2
    model = network(train, {"color": 2, "size": 1})
    model.compile("sgd", loss={"color": keras.losses.CategoricalCrossentropy(from_logits=True), "size": "mse"})
    assert np.isfinite(model.fit(data, epochs=2, shuffle=False, verbose=0).history["loss"]).all()
    pair = train.keras(y=("labels-color", "labels-size"), sample_weight=False)[2]
    assert len(pair) == 2 and [part.shape[0] for part in pair[1]] == [3, 3]
    renamed = train.keras(y={"a": "labels-size"})[0][1]
    assert list(renamed) == ["a"]
"""

MASKS = """
    train = prebake.open(out)["train"]
    data = train.keras(y="masks")
    assert data[0][1].shape == (8, 12, 12) and data[0][1].dtype == np.uint8
    model = keras.Sequential([keras.Input((12, 12, 3)), keras.layers.Rescaling(1 / 255), keras.layers.Conv2D(3, 1)])
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=255))
    assert np.isfinite(model.fit(data, epochs=2, shuffle=False, verbose=0).history["loss"]).all()
"""

SOFT = """
    train = prebake.open(out)["train"]
    data = train.keras()
    assert data[0][1].dtype == np.float32 and np.allclose(data[0][1].sum(axis=1), 1)
    assert ((data[0][1] > 0) & (data[0][1] < 1)).any()
    model = network(train, {"labels": 2})
    model.compile("sgd", keras.losses.CategoricalCrossentropy(from_logits=True))
    assert np.isfinite(model.fit(train.keras(y={"labels": "labels"}), epochs=3, shuffle=False, verbose=0).history["loss"]).all()
"""

UNLABELLED = """
    train = prebake.open(out)["train"]
    model = network(train, {"y": 1})
    assert len(train.keras()[0]) == 1
    assert model.predict(train.keras(), verbose=0)["y"].shape == (9, 1)
"""


@pytest.mark.parametrize(
    ("kind", "body"),
    [("plain", FIT), ("plain", SHUFFLE), ("heads", HEADS), ("masks", MASKS), ("soft", SOFT), ("unlabelled", UNLABELLED)],
    ids=["fit", "shuffle", "heads", "masks", "soft", "unlabelled"],
)
@pytest.mark.parametrize("backend", ["tensorflow", "jax", "torch"])
def test_keras_is_fed_the_epochs_in_turn(backend, kind, body, tmp_path):
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed")
    script = tmp_path / "script.py"
    script.write_text(PRELUDE + body + "\nif __name__ == '__main__':\n    main(sys.argv[1])\n")
    environment = {**os.environ, "KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}
    done = subprocess.run([sys.executable, script, made(kind)], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
