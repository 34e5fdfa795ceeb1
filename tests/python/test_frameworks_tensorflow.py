"""`Split.tf_dataset` in the real tf.data: no Python while it reads, and the rows of the files in their order."""

import shutil

import numpy as np
import prebake
import pytest
from package_datasets import KINDS, lay, made, spec

tf = pytest.importorskip("tensorflow")


@pytest.mark.parametrize("kind", KINDS)
def test_batches_of_all_epochs_come_in_their_order(kind):
    train = prebake.open(made(kind))["train"]
    names = tuple(train.arrays)
    read = list(train.tf_dataset(y=names, sample_weight=False))
    assert len(read) == 3 * len(train)
    for number, (images, found) in enumerate(read):
        batch = train.batch(*divmod(number, len(train)))
        assert np.array_equal(images, batch["images"])
        for name, values in zip(names, found, strict=True):
            if isinstance(values, tf.RaggedTensor):
                assert np.array_equal(values.flat_values, batch[name])
                assert np.array_equal(values.row_splits, batch["box_offsets"])
            else:
                assert values.dtype == train.arrays[name].dtype
                assert np.array_equal(values, batch[name])


def test_no_python_runs_while_it_reads():
    graph = prebake.open(made("ragged"))["train"].tf_dataset(y=("boxes", "labels"))
    nodes = graph._as_serialized_graph().numpy()
    assert b"FixedLengthRecordDataset" in nodes
    assert b"PyFunc" not in nodes


def test_one_epoch_with_a_seed_has_the_order_of_the_seed():
    train = prebake.open(made("stable"))["train"]
    data = train.tf_dataset(epoch=4, shuffle=7, y="sources")
    assert data.cardinality() == len(train)
    found = [sources.numpy().tolist() for _, sources in data]
    assert found == [batch["sources"].tolist() for batch in train.batches(4, shuffle=7)]
    again = [sources.numpy().tolist() for _, sources in train.tf_dataset(epoch=4, shuffle=7, y="sources", num_parallel_calls=1)]
    assert again == found


def test_fixed_shapes_leave_short_batches_out():
    train = prebake.open(made("ragged"))["train"]
    data = train.tf_dataset(drop_remainder=True)
    assert data.element_spec[0].shape == (8, 12, 12, 3)
    assert [len(labels) for _, labels, _ in data] == [8] * 6
    boxes = train.tf_dataset(drop_remainder=True, y="boxes")
    assert boxes.element_spec[1].shape == (8, None, 4)
    assert all(tuple(found.shape) == (8, None, 4) for _, found, _ in boxes)


def test_keras_trains_on_it_with_weights_and_heads():
    keras = pytest.importorskip("keras")
    train = prebake.open(made("heads"))["train"]
    data = train.tf_dataset()
    assert sorted(data.element_spec[1]) == ["color", "size"]
    inputs = keras.Input((12, 12, 3))
    pooled = keras.layers.GlobalAveragePooling2D()(keras.layers.Rescaling(1 / 255)(inputs))
    model = keras.Model(inputs, {"color": keras.layers.Dense(2, name="color")(pooled), "size": keras.layers.Dense(1, name="size")(pooled)})
    model.compile("sgd", loss={"color": keras.losses.CategoricalCrossentropy(from_logits=True), "size": "mse"})
    history = model.fit(data.repeat(), epochs=5, steps_per_epoch=len(train), verbose=0)
    assert np.isfinite(history.history["loss"]).all()
    assert len(history.history["loss"]) == 5


def test_a_file_that_is_gone_or_has_another_length_is_an_error(tmp_path):
    lay(tmp_path / "pictures", {"cat": 20})
    train = prebake.build(tmp_path / "pictures", tmp_path / "out", spec=spec(), quiet=True)["train"]
    data, file = train.tf_dataset(), tmp_path / "out/train/epoch-001/images-00000-of-00001.npy"
    shutil.copy(file, tmp_path / "kept")
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(tf.errors.InvalidArgumentError, match="images-00000-of-00001"):
        list(data)
    file.unlink()
    with pytest.raises(tf.errors.NotFoundError, match="images-00000-of-00001"):
        list(data)
    shutil.copy(tmp_path / "kept", file)
    assert len(list(data)) == 3 * len(train)
