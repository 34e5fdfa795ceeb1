"""How fast batches come: precomputed ones from a warm page cache, and the usual ways to read and augment pictures. Prints Markdown.

    python benches/loaders.py PHOTOS [--prebake BIN] [--work /dev/shm] [--json FILE] [--short]

PHOTOS is a folder of JPEG photos whose names begin with a label and `_`. The Python that runs this needs prebake (`pip install .`),
tensorflow-cpu, scipy and pillow; torch and torchvision are measured where they are installed. All run in this process in turn, several
times over; a figure is the median of the rounds, a ratio the median of the ratios of a round. CPU seconds count threads and workers, and
hardly see who else uses the machine. Every batch of ours is copied once more, into memory that stays the same, so that each byte is
read: a map that nobody reads costs nothing.
"""

import argparse
import itertools
import json
import os
import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path

os.environ["KERAS_BACKEND"] = "tensorflow"

import numpy as np
import prebake
from generators import GENERATORS, each, torch_loader
from report import machine, table

try:
    import torch.utils.data
except ImportError:
    torch = None

COPY, TORCH = "a copy within memory", "torch `DataLoader` over JPEG files, two workers"
ROOT = Path(__file__).parents[1]


class Ours:
    """The loaders of a dataset: each gives the batches of all its epochs, and, where there is one, touches every byte by a copy."""

    def __init__(self, out):
        self.out, self.split = out, prebake.open(out)["train"]
        self.rows = self.split.epochs * self.split.rows_per_epoch
        self.place = np.empty((self.split.batch_size, *self.split.arrays["images"].shape), np.uint8)

    def loaders(self):
        """By name: the loader, and the framework that it is for."""
        found = {
            "`batches()` of NumPy": (self.numpy, "NumPy"),
            "`keras()`": (self.keras, "Keras"),
            "`tf_dataset()`": (self.tf_dataset, "tf.data"),
        }
        if torch:
            # Without workers is what docs/python/torch.md says to take where files are cached.
            found["`torch()`, no workers"] = (lambda: self.torch(0), "torch")
            found["`torch()`, two workers"] = (lambda: self.torch(2), "torch with workers")
        return found

    def numpy(self):
        for epoch in range(self.split.epochs):
            for batch in self.split.batches(epoch):
                yield batch["images"]

    def keras(self):
        data = self.split.keras()
        for _ in range(self.split.epochs):
            data.on_epoch_begin()
            for batch in each(data):
                yield batch[0]
            data.on_epoch_end()

    def tf_dataset(self):
        # A view of the tensor, not a copy of it.
        return (images.numpy() for images, _ in self.split.tf_dataset())

    def torch(self, workers):
        data = self.split.torch()
        loader = torch.utils.data.DataLoader(data, batch_size=None, num_workers=workers, persistent_workers=workers > 0)
        for epoch in range(self.split.epochs):
            data.set_epoch(epoch)
            for batch in loader:
                yield batch[0].numpy()

    def rates(self, loader):
        """What `rates` says, and a check that all rows came, each with its bytes."""
        # Opened anew: an earlier loader would have mapped its files.
        self.split, rows = prebake.open(self.out)["train"], 0

        def touched():
            nonlocal rows
            for images in loader():
                np.copyto(self.place[: len(images)], images)
                rows += len(images)
                yield images

        found = rates(touched())
        if rows != self.rows:
            raise SystemExit(f"{self.out}: {rows} of {self.rows} rows came (is the loader's order of epochs right?)")
        return found


def cpu_seconds():
    """Of this process, and of the workers that ended."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + ended.ru_utime + ended.ru_stime


def rates(batches):
    """Images a second and images a CPU second, after the first batch, for which a source is set up."""
    next(batches)
    rows, begin, cpu = 0, time.perf_counter(), cpu_seconds()
    for images in batches:
        rows += len(images)
    return rows / (time.perf_counter() - begin), rows / (cpu_seconds() - cpu)


def copies(size, row_bytes):
    """Rows that memory copies, of arrays much larger than the caches: what no loader that copies once can pass."""
    source, place = np.ones(size, np.uint8), np.ones(size, np.uint8)

    def pieces():
        for start in range(0, size, row_bytes):
            np.copyto(place[start : start + row_bytes], source[start : start + row_bytes])
            yield (start,)

    return rates(pieces())


def class_folders(photos, to, count):
    """So many links to the photos, each of which may come several times, in a folder for each class."""
    files = sorted(path for path in photos.iterdir() if path.suffix.lower() in (".jpg", ".jpeg"))
    if not files:
        raise SystemExit(f"{photos}: no JPEG files (name a folder of photos)")
    for number, file in zip(range(count), itertools.cycle(files), strict=False):
        folder = to / file.name.partition("_")[0]
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{file.stem}_{number}.jpg").symlink_to(file.resolve())


def dataset(arguments, pictures, out):
    """Rows of `fixtures/specs/scipy.json` as bytes, in as many epochs as fill the wanted gigabytes."""
    spec = json.loads((ROOT / "fixtures/specs/scipy.json").read_text())
    for step in spec["pipeline"]:
        step.update({"width": arguments.side, "height": arguments.side} if step["op"] == "resize" else {})
    spec |= {"labels": {"from": "directory"}, "output": {"dtype": "uint8"}, "batch_size": arguments.batch_size}
    epochs = max(1, round(arguments.gigabytes * 1e9 / (arguments.pictures * arguments.side**2 * 3)))
    prebake.build(pictures, out, spec=spec, epochs=epochs, quiet=True)
    return Ours(out)


def measure(arguments, ours, pictures):
    """For each round a dictionary of what `rates` says of each source, by its name."""
    generators = {name: make for name, (make, _) in GENERATORS.items()}
    if torch:
        generators[TORCH] = torch_loader
    rounds = []
    for number in range(arguments.rounds):
        found = {COPY: copies(ours.rows * ours.place[0].nbytes, ours.place[0].nbytes)}
        found |= {name: ours.rates(loader) for name, (loader, _) in ours.loaders().items()}
        for name, make in generators.items():
            # Each batch becomes an array, as a model would have it.
            found[name] = rates(np.asarray(images) for images, _ in make(pictures, arguments.batch_size, arguments.side))
        rounds.append(found)
        print(f"round {number + 1}: {', '.join(f'{name} {rate:,.0f}' for name, (rate, _) in found.items())}", file=sys.stderr, flush=True)
    return rounds


def report(ours, rounds):
    row_bytes, loaders = ours.place[0].nbytes, ours.loaders()

    def median(name, by=None, per=0):
        """Of the rates of a source, or of their ratios to another one's in the same round; `per` 0 is a second, 1 a CPU second."""
        return statistics.median(found[name][per] / (found[by][per] if by else 1) for found in rounds)

    size = f"{ours.rows:,} rows of {ours.place.shape[1]}x{ours.place.shape[2]}x3 uint8 ({ours.rows * row_bytes / 1e9:.2f} GB)"
    print(f"{machine()}; {size}, batches of {ours.split.batch_size}, {len(rounds)} rounds\n", flush=True)
    rows = []
    for name in (COPY, *loaders):
        figures = [f"{median(name):,.0f}", f"{median(name) * row_bytes / 1e9:.2f}", f"{median(name, COPY):.0%}"]
        rows.append([name, *figures, f"{median(name, per=1):,.0f}", f"{median(name, COPY, 1):.0%}"])
    table(["precomputed", "images/s", "GB/s", "of the copy's", "images/CPU s", "of the copy's"], rows)
    frameworks = {name: framework for name, (_, framework) in GENERATORS.items()} | {TORCH: "torch"}
    kin = {framework: name for name, (_, framework) in loaders.items()}
    rows = []
    for name in (name for name in rounds[0] if name in frameworks):
        peer = kin[frameworks[name]]
        ratios = [f"{median(peer, name, per):,.0f}x" for per in (0, 1)]
        rows.append([name, f"{median(name):,.0f}", f"{median(name, per=1):,.0f}", peer, *ratios])
    table(["on the fly", "images/s", "images/CPU s", "ours for it", "ratio", "ratio in CPU s"], rows)


def parsed():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("photos", type=Path, help="a folder of JPEG photos, LABEL_REST.jpg")
    parser.add_argument("--prebake", help="the command, if it is not the one that is installed")
    parser.add_argument("--gigabytes", type=float, default=1.5, help="of the dataset")
    parser.add_argument("--pictures", type=int, default=1024, help="that the generators read: photos, repeated if there are fewer")
    parser.add_argument("--side", type=int, default=256)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--work", type=Path, help="where the dataset is made, and removed: /dev/shm for memory")
    parser.add_argument("--json", type=Path, help="keeps the rates of each round")
    parser.add_argument("--short", action="store_true", help="one round of little: does it run?")
    arguments = parser.parse_args()
    if arguments.short:
        arguments.gigabytes, arguments.pictures, arguments.side, arguments.batch_size, arguments.rounds = 0.001, 16, 64, 4, 1
    if arguments.prebake:
        os.environ["PREBAKE"] = arguments.prebake
    return arguments


def main():
    arguments = parsed()
    with tempfile.TemporaryDirectory(dir=arguments.work) as work:
        pictures = Path(work, "pictures")
        class_folders(arguments.photos, pictures, arguments.pictures)
        ours = dataset(arguments, pictures, Path(work, "dataset"))
        rounds = measure(arguments, ours, pictures)
        if arguments.json:
            arguments.json.write_text(json.dumps({"machine": machine(), "rows": ours.rows, "rounds": rounds}, indent=1))
        report(ours, rounds)


if __name__ == "__main__":
    main()
