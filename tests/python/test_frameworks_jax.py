"""`Split.grain` in the real Grain and JAX, and the files that DALI's reader would take."""

import numpy as np
import prebake
import pytest
from package_datasets import KINDS, made, stored


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("batches", [False, True])
def test_records_are_those_of_the_epochs_in_turn(kind, batches):
    train = prebake.open(made(kind))["train"]
    source = train.grain(batches=batches)
    per_epoch = len(train) if batches else train.rows_per_epoch
    assert len(source) == 3 * per_epoch
    assert len(train.grain(epoch=7, batches=batches)) == per_epoch
    for record in range(0, len(source), 1 if len(source) < 100 else 97):
        wanted = (train.batch if batches else train.row)(*divmod(record, per_epoch))
        for name, values in source[record].items():
            assert np.array_equal(values, wanted[name])
            assert values.flags.writeable
    with pytest.raises(IndexError):
        source[len(source)]


@pytest.mark.parametrize("workers", [0, 2])
def test_grain_loads_rows_and_batches_them(workers):
    grain = pytest.importorskip("grain")
    # Grain's worker processes ask for flags of the command line, which a test has none of.
    pytest.importorskip("absl.flags").FLAGS.mark_as_parsed()
    train = prebake.open(made("plain"))["train"]
    source = train.grain(epoch=1)
    sampler = grain.samplers.IndexSampler(len(source), shuffle=False, num_epochs=1, seed=0)
    loader = grain.DataLoader(data_source=source, sampler=sampler, operations=[grain.transforms.Batch(5)], worker_count=workers)
    labels = np.concatenate([batch["labels"] for batch in loader])
    assert sorted(labels) == sorted(train.load(1)["labels"])
    if workers == 0:
        assert np.array_equal(labels, train.load(1)["labels"])


def test_grain_loads_batches_ready_made():
    grain = pytest.importorskip("grain")
    train = prebake.open(made("ragged"))["train"]
    data = grain.MapDataset.source(train.grain(batches=True, y=("boxes", "box_offsets"))).to_iter_dataset()
    found = list(data)
    assert len(found) == 3 * len(train)
    for number, batch in enumerate(found):
        wanted = train.batch(*divmod(number, len(train)))
        assert sorted(batch) == ["box_offsets", "boxes", "images", "sample_weight"]
        assert all(np.array_equal(batch[name], wanted[name]) for name in batch)


def test_jax_takes_batches_as_they_are():
    jnp = pytest.importorskip("jax.numpy")
    train = prebake.open(made("floats"))["train"]
    for batch in train.batches(2):
        images = jnp.asarray(batch["images"])
        assert images.shape == (len(batch["labels"]), 3, 12, 12)
        assert np.array_equal(images, batch["images"])


def test_the_files_for_dali_are_those_of_the_epoch_in_its_order():
    train = prebake.open(made("stable"))["train"]
    files = train.dali_files(epoch=4, y=("labels", "sources"))
    assert list(files) == ["images", "labels", "sources"]
    for name, paths in files.items():
        read = np.concatenate([np.load(path) for path in paths])
        assert np.array_equal(read, np.concatenate(stored(made("stable"), name, 1)))
