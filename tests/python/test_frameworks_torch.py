"""`Split.torch` in the real torch: workers, ranks, pinned memory, epochs."""

import itertools
import os
import pickle
import subprocess
import sys

import numpy as np
import prebake
import pytest
from package_datasets import KINDS, made

torch = pytest.importorskip("torch", reason="torch is not installed (tests/python/torch_cpu.py)", exc_type=ImportError)
DataLoader = torch.utils.data.DataLoader


def sources(batches):
    return [batch[1].tolist() for batch in batches]


def stored(train, epoch, order=None):
    return [train.batch(epoch, index)["sources"].tolist() for index in order or range(len(train))]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("iterable", [False, True])
def test_batches_are_tensors_of_the_rows(kind, iterable):
    train = prebake.open(made(kind))["train"]
    names = tuple(train.arrays)
    data = train.torch(iterable=iterable, y=names, sample_weight=False)
    assert len(data) == len(train)
    for index, (images, found) in enumerate(DataLoader(data, batch_size=None)):
        batch = train.batch(0, index)
        assert np.array_equal(images.numpy(), batch["images"])
        for name, values in zip(names, found, strict=True):
            assert values.numpy().dtype == train.arrays[name].dtype
            assert np.array_equal(values.numpy(), batch[name])


@pytest.mark.parametrize("iterable", [False, True])
@pytest.mark.parametrize("workers", [0, 1, 2])
@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_workers_that_stay_alive_keep_the_order_and_see_the_epoch(iterable, workers, method):
    train = prebake.open(made("stable"))["train"]
    data = train.torch(iterable=iterable, y="sources", shuffle=3)
    alive = {"persistent_workers": True, "multiprocessing_context": method} if workers else {}
    loader = DataLoader(data, batch_size=None, num_workers=workers, **alive)
    assert len(loader) == len(train)
    for epoch in (0, 1, 4):
        data.set_epoch(epoch)
        assert data.epoch == epoch
        assert sources(loader) == stored(train, epoch, train.order(epoch, 3))


def test_labels_weights_and_heads_come_along_and_tensors_may_be_written():
    train = prebake.open(made("heads"))["train"]
    images, y, weights = train.torch()[0]
    assert sorted(y) == ["color", "size"]
    assert y["color"].dtype == torch.float32
    assert weights.shape == (8,)
    images += 1
    assert not torch.equal(images, train.torch()[0][0])
    soft = prebake.open(made("soft"))["train"].torch()[0][1]
    assert torch.allclose(soft.sum(1), torch.ones(8))
    assert len(prebake.open(made("unlabelled"))["train"].torch()[0]) == 1


def test_pinned_memory_and_a_sampler_of_torch_work():
    train = prebake.open(made("plain"))["train"]
    data = train.torch(y="sources")
    assert sources(DataLoader(data, batch_size=None, pin_memory=torch.cuda.is_available())) == stored(train, 0)
    shares = [torch.utils.data.DistributedSampler(data, num_replicas=2, rank=rank, shuffle=False) for rank in range(2)]
    found = [sources(DataLoader(data, batch_size=None, sampler=share)) for share in shares]
    first = stored(train, 0)
    assert found == [[first[0], first[2]], [first[1], first[0]]]
    assert data[1][0].equal(pickle.loads(pickle.dumps(data))[1][0])


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("ranks", [1, 2, 5, 16])
def test_all_ranks_have_as_many_batches_and_together_all(ranks, workers):
    train = prebake.open(made("stable"))["train"]
    whole = stored(train, 0)
    shares = {}
    for remainder in ("repeat", "drop"):
        data = [train.torch(iterable=True, y="sources", rank=rank, world_size=ranks, remainder=remainder) for rank in range(ranks)]
        shares[remainder] = [sources(DataLoader(share, batch_size=None, num_workers=workers)) for share in data]
        assert {len(share) for share in shares[remainder]} == {len(data[0])}
        shown = [batch for batch in itertools.chain(*itertools.zip_longest(*shares[remainder])) if batch is not None]
        # Step by step, the ranks read what one rank would: cut at the end, or with the first batches once more.
        assert shown == (whole + whole)[: len(data[0]) * ranks]
    assert len(shares["repeat"][0]) == -(-len(train) // ranks)
    assert len(shares["drop"][0]) == len(train) // ranks


def test_more_ranks_than_batches_begin_again_or_are_refused():
    train = prebake.open(made("plain"))["train"]
    data = train.torch(iterable=True, y="sources", rank=7, world_size=8)
    assert sources(data) == [stored(train, 0)[7 % 3]]
    with pytest.raises(prebake.DatasetError, match="leave none for 8 ranks"):
        train.torch(iterable=True, rank=7, world_size=8, remainder="drop")
    with pytest.raises(prebake.DatasetError, match="'wrap' is not known"):
        train.torch(iterable=True, remainder="wrap")
    with pytest.raises(prebake.DatasetError, match="2 of 2 ranks is none"):
        train.torch(iterable=True, rank=2, world_size=2)


def test_ranks_are_those_of_the_environment(monkeypatch):
    train = prebake.open(made("plain"))["train"]
    monkeypatch.setenv("RANK", "1")
    monkeypatch.setenv("WORLD_SIZE", "2")
    data = train.torch(iterable=True)
    assert (data.rank, data.world_size, len(data)) == (1, 2, 2)
    assert len(train.torch()) == 3


RANK = """
import sys, json, torch.distributed, prebake
torch.distributed.init_process_group("gloo", init_method=f"file://{sys.argv[2]}", rank=int(sys.argv[3]), world_size=2)
data = prebake.open(sys.argv[1])["train"].torch(iterable=True, y="sources")
loader = torch.utils.data.DataLoader(data, batch_size=None, num_workers=2)
print(json.dumps([batch[1].tolist() for batch in loader]))
torch.distributed.destroy_process_group()
"""


def test_ranks_are_those_of_torch_distributed(tmp_path):
    (tmp_path / "rank.py").write_text(RANK)
    out, environment = made("stable"), {**os.environ, "RANK": "9", "WORLD_SIZE": "10"}
    command = [sys.executable, tmp_path / "rank.py", out, tmp_path / "meeting"]
    ranks = [subprocess.Popen([*command, str(rank)], stdout=subprocess.PIPE, text=True, env=environment) for rank in range(2)]
    found = [eval(rank.communicate(timeout=120)[0]) for rank in ranks]
    whole = stored(prebake.open(out)["train"], 0)
    assert len(whole) == 16
    assert found == [whole[0::2], whole[1::2]]
