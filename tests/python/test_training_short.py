"""The measurements of Python code, in their short forms: they end, print what they promise, and compare like with like."""

import hashlib
import importlib.util
import json
import os
import re
import subprocess
import sys

import numpy as np
import prebake
import pytest
from conftest import ROOT
from package_datasets import lay, spec

for framework in ("tensorflow", "scipy"):
    pytest.importorskip(framework, reason=f"{framework} is not installed")

PRECOMPUTED = "precomputed, 2 epochs"
GENERATOR = "on the fly, ImageDataGenerator"
ALBUMENTATIONS = ["on the fly, Albumentations"] if importlib.util.find_spec("albumentations") else []
TORCH = importlib.util.find_spec("torch") is not None


def run(script, *arguments):
    """What a script of `benches` prints, and what it keeps as JSON."""
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}
    command = [sys.executable, ROOT / "benches" / script, *arguments, "--short"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def tables(text):
    """The cells of each table's lines by their first cell, without the head."""
    found = []
    for block in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        lines = [[cell.strip() for cell in line.strip("|\n").split("|")] for line in block.splitlines()]
        assert len({len(line) for line in lines}) == 1, block
        found.append({name: cells for name, *cells in lines[2:]})
    return found


def number(cell):
    return float(cell.rstrip("x%").replace(",", ""))


@pytest.fixture(scope="module")
def training(tmp_path_factory):
    place = tmp_path_factory.mktemp("training")
    lay(place / "pictures", {"cat": 23, "owl": 20})
    printed = run("training.py", "--data", place / "pictures", "--json", place / "runs.json")
    return printed, json.loads((place / "runs.json").read_text())["runs"], place


def test_each_arm_is_trained_for_each_seed_and_told(training):
    printed, runs, _ = training
    arms = [GENERATOR, *ALBUMENTATIONS, PRECOMPUTED]
    assert sorted((run["arm"], run["seed"]) for run in runs) == sorted((arm, seed) for arm in arms for seed in (0, 1))
    # Not in the same order for both seeds: a machine that slows down would slow the same arm.
    assert [run["arm"] for run in runs if run["seed"] == 0] != [run["arm"] for run in runs if run["seed"] == 1]
    figures, ratios = tables(printed)
    assert list(figures) == list(ratios) == arms
    for arm, (accuracy, *_) in figures.items():
        of_arm = [run["accuracy"] for run in runs if run["arm"] == arm]
        assert accuracy == f"{np.mean(of_arm):.3f} ({min(of_arm):.3f} to {max(of_arm):.3f})"
    assert ratios[GENERATOR] == ["1.00x", "1.00x"]
    for run in runs:
        assert len(run["seconds"]) == len(run["waited"]) == len(run["cpu"]) == 3
        assert all(0 < waited < seconds for waited, seconds in zip(run["waited"], run["seconds"], strict=True))
        assert (run["bytes"] > 0) == (run["build"] > 0) == (run["arm"] == PRECOMPUTED)


def test_the_arms_see_the_same_pictures_in_every_epoch(training):
    _, runs, place = training
    # Divided here as there, and read from the list of pictures, not from what was trained on.
    prebake.build(place / "pictures", place / "divided", spec=spec(), split="val=0.2", quiet=True)
    lines = [json.loads(line) for line in (place / "divided/samples.jsonl").read_text().splitlines()]
    train = np.array([(i, line["label"]) for i, line in enumerate(lines) if line["split"] == "train"], "<i8")
    assert 0 < len(train) < len(lines) == 43
    wanted = hashlib.sha256(train.tobytes()).hexdigest()[:16]
    for run in runs:
        assert run["shown"] == [wanted] * 3, run["arm"]
    assert len({run["val"] for run in runs}) == 1


def test_the_arms_of_a_seed_begin_with_the_same_weights(training):
    _, runs, _ = training
    of_seeds = [{run["weights"] for run in runs if run["seed"] == seed} for seed in (0, 1)]
    assert len(of_seeds[0]) == len(of_seeds[1]) == 1 and of_seeds[0] != of_seeds[1]


def test_each_loader_is_measured_beside_each_generator(tmp_path):
    printed = run("loaders.py", ROOT / "fixtures/by_name", "--json", tmp_path / "rounds.json")
    (rates,) = json.loads((tmp_path / "rounds.json").read_text())["rounds"]
    ours, theirs = tables(printed)
    assert list(ours)[1:4] == ["`batches()` of NumPy", "`keras()`", "`tf_dataset()`"]
    assert len(ours) == (6 if TORCH else 4) and len(theirs) == (6 if TORCH else 5)
    assert sorted({**ours, **theirs}) == sorted(rates)
    for name, (a_second, _, share, *_) in ours.items():
        assert number(a_second) == round(rates[name][0]) > 0
        assert share == f"{rates[name][0] / rates['a copy within memory'][0]:.0%}"
    for name, (a_second, _, peer, ratio, _) in theirs.items():
        assert number(a_second) == round(rates[name][0]) > 0
        assert number(ratio) == round(rates[peer][0] / rates[name][0])
