"""Trains a small convolutional network on augmented pictures, made on the fly and made before, and prints Markdown tables.

    python benches/training.py --data CIFAR [--prebake BIN] [--json FILE] [--short]

CIFAR is a folder of class folders of small pictures of one size. The Python that runs this needs prebake (`pip install .`),
tensorflow-cpu, scipy, pillow and, for one of the arms, albumentations. What is augmented is said once, in the arguments of an
`ImageDataGenerator`, and `prebake import` makes the spec of them. Every arm takes the same pictures, divided by `prebake build --split`,
the same number of steps, and for each seed the same initial weights. The order of the arms is another one for each seed.
"""

import argparse
import hashlib
import importlib.util
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "tensorflow")

import keras
import numpy as np
import prebake
from arms import Albumentations, Generator, Precomputed
from prebake._command import find
from report import machine, table

AUGMENT = {
    "rotation_range": 15,
    "width_shift_range": 0.1,
    "height_shift_range": 0.1,
    "zoom_range": [0.9, 1.1],
    "fill_mode": "nearest",
    "horizontal_flip": True,
}
# Batches that are prepared while the model works, as by the `prefetch` of tf.data.
AHEAD = 2


def network(shape, classes, widths):
    """Convolutions of these widths, each halving the picture."""
    stack = [keras.Input(shape), keras.layers.Rescaling(1 / 127.5, offset=-1)]
    for width in widths:
        stack.append(keras.layers.Conv2D(width, 3, padding="same", use_bias=False))
        stack += [keras.layers.BatchNormalization(), keras.layers.ReLU(), keras.layers.MaxPooling2D(padding="same")]
    return keras.Sequential([*stack, keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(classes)])


def compiled(arguments, dataset):
    steps = arguments.epochs * len(dataset["train"])
    model = network(dataset["train"].arrays["images"].shape, len(dataset.class_names), arguments.widths)
    optimizer = keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(2e-3, steps))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer, loss, metrics=["accuracy"])
    return model


def read_ahead(data):
    """The batches of an epoch; a thread prepares the next ones meanwhile, as Keras lets tf.data do in `fit`."""
    with ThreadPoolExecutor(1) as pool:
        coming = deque()
        for index in range(len(data)):
            coming.append(pool.submit(data.__getitem__, index))
            if len(coming) > AHEAD:
                yield coming.popleft().result()
        while coming:
            yield coming.popleft().result()


def train(model, data, epochs):
    """Trains, and gives for each epoch its seconds, the seconds in which the model waited for a batch, and the CPU seconds.

    Also what was shown in each epoch: a digest of the pictures' numbers and labels, in the order of the numbers.
    """
    measured = {"seconds": [], "waited": [], "cpu": [], "shown": []}
    for _ in range(epochs):
        shown, waited = [], 0.0
        data.on_epoch_begin()
        begin, cpu = time.perf_counter(), time.process_time()
        feed = read_ahead(data)
        for _ in range(len(data)):
            asked = time.perf_counter()
            images, (labels, pictures) = next(feed)
            waited += time.perf_counter() - asked
            model.train_on_batch(images, labels)
            shown.append(np.stack([pictures, labels], axis=1))
        measured["seconds"].append(time.perf_counter() - begin)
        measured["cpu"].append(time.process_time() - cpu)
        measured["waited"].append(waited)
        rows = np.concatenate(shown)
        measured["shown"].append(digest(rows[np.lexsort(rows.T[::-1])].astype("<i8")))
        data.on_epoch_end()
    return measured


def digest(*arrays):
    state = hashlib.sha256()
    for array in arrays:
        state.update(np.ascontiguousarray(array).tobytes())
    return state.hexdigest()[:16]


def alone(data):
    """Rows a second when nothing is trained: a trainer that takes more than these waits."""
    begin, rows = time.perf_counter(), 0
    for index in range(len(data)):
        rows += len(data[index][0])
    return rows / (time.perf_counter() - begin)


class Bench:
    """The runs: each an arm and a seed, with a dataset of its own, made from that seed."""

    def __init__(self, arguments, work):
        self.arguments, self.work, self.spec = arguments, work, work / "spec.json"
        generator = work / "generator.json"
        generator.write_text(json.dumps({**AUGMENT, "batch_size": arguments.batch_size, "class_mode": "sparse"}))
        subprocess.run([find(), "import", generator, "-o", self.spec], check=True, capture_output=True)
        spec = json.loads(self.spec.read_text())
        # Bytes, as they are stored on disk by those who mind their disks; the model scales them.
        self.spec.write_text(json.dumps({**spec, "output": {"dtype": "uint8"}, "labels": {"from": "directory"}}))

    def build(self, epochs, seed):
        """A dataset of so many epochs, the seconds that it took, and its bytes."""
        out, begin = self.work / f"epochs-{epochs}", time.perf_counter()
        shutil.rmtree(out, ignore_errors=True)
        dataset = prebake.build(self.arguments.data, out, spec=self.spec, epochs=epochs, seed=seed, split="val=0.2", quiet=True)
        seconds = time.perf_counter() - begin
        return dataset, seconds, sum(path.stat().st_size for path in (out / "train").rglob("*.npy"))

    def run(self, arm, seed):
        epochs = arm if isinstance(arm, int) else 1
        dataset, seconds, size = self.build(epochs, seed)
        if isinstance(arm, int):
            data, built, stored = Precomputed(dataset), seconds, size
        else:
            # Only the division into train and val is taken from the dataset.
            data, built, stored = arm(self.arguments.data, dataset, AUGMENT, seed), 0.0, 0
        keras.backend.clear_session()
        keras.utils.set_random_seed(seed)
        model = compiled(self.arguments, dataset)
        weights = digest(*model.get_weights())
        measured = train(model, data, self.arguments.epochs)
        val = dataset["val"].load(0, ["images", "labels"])
        accuracy = model.evaluate(val["images"], val["labels"], batch_size=256, verbose=0)[1]
        found = {"arm": title(arm), "seed": seed, "accuracy": accuracy, "build": built, "bytes": stored, "alone": alone(data)}
        found |= {"weights": weights, "val": digest(val["images"], val["labels"]), "parameters": model.count_params(), **measured}
        print(f"{found['arm']}, seed {seed}: {accuracy:.3f}, {sum(measured['seconds']):.1f} s", file=sys.stderr, flush=True)
        return found

    def all(self):
        arms = [Generator, *([Albumentations] if importlib.util.find_spec("albumentations") else []), *self.arguments.stored]
        found = []
        for seed in range(self.arguments.seeds):
            place = seed * 2 % len(arms)
            found += [self.run(arm, seed) for arm in (*arms[place:], *arms[:place])]
            self.keep(found)
        return [[run for run in found if run["arm"] == title(arm)] for arm in arms]

    def keep(self, found):
        if self.arguments.json:
            self.arguments.json.write_text(json.dumps({"machine": machine(), "augment": AUGMENT, "runs": found}, indent=1))


def title(arm):
    return f"precomputed, {arm} epoch{'s' if arm > 1 else ''}" if isinstance(arm, int) else arm.title


def mean(runs, value):
    return statistics.mean(value(run) for run in runs)


def timed(name):
    """The sum over the epochs of a run, but for the first one, in which TensorFlow compiles the steps."""
    return lambda run: sum(run[name][1:])


def epoch(run, name):
    """The median of the epochs, likewise."""
    return statistics.median(run[name][1:])


def report(arguments, arms):
    first = arms[0]
    size = f"{first[0]['parameters']:,} parameters, {arguments.epochs} epochs, batches of {arguments.batch_size}, {len(first)} seeds"
    print(f"{machine()}; Keras {keras.__version__} on {keras.backend.backend()}; {size}\n", flush=True)
    rows, ratios = [], []
    for runs in arms:
        accuracies = [run["accuracy"] for run in runs]
        seconds, cpu, waited = (mean(runs, timed(name)) for name in ("seconds", "cpu", "waited"))
        accuracy = f"{statistics.mean(accuracies):.3f} ({min(accuracies):.3f} to {max(accuracies):.3f})"
        stored = [f"{mean(runs, lambda run: run['build']):.2f}", f"{runs[0]['bytes'] / 1e6:.1f}"] if runs[0]["bytes"] else ["", ""]
        rates = [f"{statistics.median(run['alone'] for run in runs):,.0f}"]
        rows.append([runs[0]["arm"], accuracy, f"{seconds:.1f}", f"{cpu:.1f}", f"{waited / seconds:.1%}", *rates, *stored])
        # Neighbours in time, so that what else runs on the machine weighs on both.
        pairs = [
            [statistics.median(a[n][1:]) / statistics.median(b[n][1:]) for a, b in zip(first, runs, strict=True)]
            for n in ("seconds", "cpu")
        ]
        ratios.append([runs[0]["arm"], *(f"{statistics.median(values):.2f}x" for values in pairs)])
    table(["arm", "val accuracy", "training s", "CPU s", "waiting for data", "rows/s alone", "build s", "MB on disk"], rows)
    table(["arm", f"an epoch of {first[0]['arm']} by one of it", "the same in CPU seconds"], ratios)


def parsed():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="a folder of class folders of small pictures of one size")
    parser.add_argument("--prebake", help="the command, if it is not the one that is installed")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=30, help="that are trained, in every arm")
    parser.add_argument("--stored", type=int, nargs="+", default=[1, 10, 20], help="epochs that are precomputed, and cycled")
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--widths", type=int, nargs="+", default=[16, 32, 64, 128], help="of the convolutions")
    parser.add_argument("--work", type=Path, help="where the datasets are made, and removed")
    parser.add_argument("--json", type=Path, help="keeps all that was measured")
    parser.add_argument("--short", action="store_true", help="two seeds, three epochs, a tiny network: does it run?")
    arguments = parser.parse_args()
    if arguments.short:
        arguments.seeds, arguments.epochs, arguments.stored, arguments.batch_size, arguments.widths = 2, 3, [2], 8, [4, 8]
    if arguments.epochs < 2:
        parser.error(f"--epochs: {arguments.epochs} leaves none to time, since the first one is not (take 2 or more)")
    if arguments.prebake:
        os.environ["PREBAKE"] = arguments.prebake
    return arguments


def main():
    arguments = parsed()
    with tempfile.TemporaryDirectory(dir=arguments.work) as work:
        report(arguments, Bench(arguments, Path(work)).all())


if __name__ == "__main__":
    main()
