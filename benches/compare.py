"""Measures prebake beside the tools that people use instead, and prints a Markdown table.

    python3 benches/compare.py PHOTOS --peers PEERS.py --python PEERS_VENV/bin/python [--cifar DIR] [--only WORD]

PHOTOS is a folder of photos whose names begin with a label and `_`. PEERS.py runs one peer a call: `PEERS.py PEER DIR OUT --epochs N
--size S`, and prints a JSON line with `img_per_s`. Everything runs on the same two cores, in turn, several times over; a figure is the
median of the runs, a ratio the median of the ratios of neighbouring runs. Output goes to memory (/dev/shm).
"""

import argparse
import json
import mmap
import multiprocessing
import os
import platform
import shutil
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
HUGE_PAGE = 2 << 20
HOLD = 8  # seconds


class Run:
    """What one process took."""

    def __init__(self, rate, cpu, peak, report):
        self.rate, self.cpu, self.peak, self.report = rate, cpu, peak, report


def hold(size):
    """Touches so many bytes of memory and keeps them for some seconds."""
    with mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as pages:
        pages.madvise(mmap.MADV_HUGEPAGE)
        for start in range(0, size, HUGE_PAGE):
            pages[start] = 1
        time.sleep(HOLD)


class Bench:
    def __init__(self, arguments, work):
        self.arguments, self.work = arguments, work
        self.cores = sorted(os.sched_getaffinity(0))[:2]
        self.gigabytes = 3

    def warm(self, runs=1):
        """Takes the memory that the output will lie in from the host of a virtual machine, where the first touch of a page is
        dear: else that, and who runs when, would be measured. Some hosts have free memory back every two seconds, a
        part at a time: held until they have the rest, this is not theirs again before the run is over."""
        # By a process of its own, whose memory does not count among that of the next one.
        holder = multiprocessing.Process(target=hold, args=(runs * self.gigabytes << 30,))
        holder.start()
        holder.join()

    def process(self, command, rate):
        """Runs a command that prints JSON; measures its CPU seconds, children included, and its peak memory."""
        self.warm()
        with tempfile.TemporaryFile("w+") as out:
            return self.ended(self.started(command, out), command, out, rate)

    def started(self, command, out):
        return subprocess.Popen([str(part) for part in command], stdout=out, stderr=subprocess.DEVNULL)

    def ended(self, child, command, out, rate):
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode != 0:
            raise SystemExit(f"failed: {' '.join(map(str, command))}")
        out.seek(0)
        report = json.loads(out.read().strip().splitlines()[-1])
        return Run(report[rate], usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, report)

    def build(self, pictures, spec, *more, out="prebake"):
        """The command, for an OUT that is not there."""
        out = self.work / out
        shutil.rmtree(out, ignore_errors=True)
        return [self.arguments.prebake, "build", pictures, "--spec", spec, "--out", out, "--quiet", "--json", *more]

    def prebake(self, pictures, spec, *more):
        return self.process(self.build(pictures, spec, *more), "rows_per_second")

    def both(self, pictures, spec, *more):
        """Two at once, each on a processor of its own and to a folder of its own: what the machine gives two that share nothing."""
        outs = ("prebake", "another")
        commands = [["taskset", "-c", str(core), *self.build(pictures, spec, *more, out=out)] for core, out in zip(self.cores, outs)]
        self.warm(runs=2)
        with tempfile.TemporaryFile("w+") as one, tempfile.TemporaryFile("w+") as other:
            begun = [(self.started(command, out), command, out) for command, out in zip(commands, (one, other))]
            runs = [self.ended(*each, "rows_per_second") for each in begun]
        shutil.rmtree(self.work / "another")
        return Run(sum(run.rate for run in runs), sum(run.cpu for run in runs), max(run.peak for run in runs), None)

    def decoder(self, photos):
        """What the measured prebake decodes JPEG with: the manifest of a dataset of one photo says so."""
        one, out = self.work / "one", self.work / "of_one"
        one.mkdir()
        (one / "a_photo.jpg").symlink_to(min(photos.iterdir()).resolve())
        command = [self.arguments.prebake, "build", one, "--spec", self.spec("one"), "--out", out, "--quiet"]
        subprocess.run(command, check=True, capture_output=True)
        return json.loads((out / "dataset.json").read_text())["decoders"]["jpeg"]

    def peer(self, name, pictures, epochs, size=256):
        out = self.work / "peer"
        shutil.rmtree(out, ignore_errors=True)
        command = [self.arguments.python, self.arguments.peers, name, pictures, out, "--epochs", epochs, "--size", size]
        return self.process(command, "img_per_s")

    def spec(self, name, size=256, dtype="uint8", **more):
        """Rotate, zoom and shift, each for half of the rows, edges held: the peers' job."""
        half = {"p": 0.5, "fill_mode": "nearest"}
        pipeline = [
            {"op": "resize", "width": size, "height": size, "antialias": False},
            {"op": "rotate", "degrees": [-20, 20], **half},
            {"op": "zoom", "scale": [0.8, 1.2], **half},
            {"op": "shift", "x": [-0.1, 0.1], "y": [-0.1, 0.1], **half},
        ]
        path = self.work / f"{name}.json"
        path.write_text(json.dumps({"version": 1, "pipeline": pipeline, "output": {"dtype": dtype}, **more}))
        return path

    def interleaved(self, *makers):
        """Each maker's runs, taken in turn."""
        rounds = [[make() for make in makers] for _ in range(self.arguments.runs)]
        return list(zip(*rounds))

    def row(self, what, ours, theirs, goal, unit="rows/s", value=lambda run: run.rate, less=False):
        a, b = ([value(run) for run in runs] for runs in (ours, theirs))
        ratio = statistics.median(x / y for x, y in zip(a, b))
        held = ratio <= goal if less else ratio >= goal
        goal = f"{'at most ' if less else ''}{goal}x"
        figures = f"{statistics.median(a):,.4g} | {statistics.median(b):,.4g} {unit} | {ratio:.2f}x | {goal}"
        self.say(f"| {what} | {figures} | {'yes' if held else 'no'} |")

    def say(self, line):
        print(line, flush=True)


def resolved(path):
    """A path that is the same from any folder: links are made to it."""
    return Path(path).resolve()


def repeated(pictures, times, to):
    """A folder that holds every picture several times, by links."""
    to.mkdir()
    for file in sorted(path for path in pictures.rglob("*") if path.is_file()):
        label, _, rest = file.name.rpartition("_")
        for i in range(times):
            (to / (f"{label}_{i}{rest}" if label else f"{file.parent.name}_{i}_{rest}")).symlink_to(file)
    return to


def ten_epochs(bench, photos):
    spec = bench.spec("ten")
    ours, albu_once, cv2_once, albu, decode, write = bench.interleaved(
        lambda: bench.prebake(photos, spec, "--epochs", 10),
        lambda: bench.peer("albu_once", photos, 10),
        lambda: bench.peer("cv2_once", photos, 10),
        lambda: bench.peer("albu", photos, 10),
        lambda: bench.peer("decode_only", photos, 1),
        lambda: bench.peer("write_only", photos, 10),
    )
    bench.row("10 epochs, against Albumentations, decoded once", ours, albu_once, 4.5)
    bench.row("10 epochs, against one OpenCV warp, decoded once", ours, cv2_once, 2.5)
    bench.row("10 epochs, against Albumentations, decoded in each epoch", ours, albu, 12)
    limit = [Run(0, d.report["seconds"] * 2 + w.report["seconds"], 0, {}) for d, w in zip(decode, write)]
    bench.row("10 epochs, against decoding and writing alone", ours, limit, 1.6, "CPU s", lambda run: run.cpu, less=True)


def one_epoch(bench, photos):
    spec = bench.spec("one")
    ours, decode = bench.interleaved(
        lambda: bench.prebake(photos, spec, "--epochs", 1), lambda: bench.peer("decode_only", photos, 1)
    )
    bench.row("1 epoch, against decoding alone", ours, decode, 0.85)


def cifar(bench, _):
    if not bench.arguments.cifar:
        return
    spec, pictures = bench.spec("cifar", 32), bench.arguments.cifar
    ours, theirs = bench.interleaved(
        lambda: bench.prebake(pictures, spec, "--epochs", 10), lambda: bench.peer("cv2_once", pictures, 10, 32)
    )
    bench.row("CIFAR, 32x32, 10 epochs, against one OpenCV warp", ours, theirs, 3)
    many = repeated(pictures, 8, bench.work / "many")
    command = [bench.arguments.prebake, "plan", many, "--spec", spec, "--labels", "filename:_", "--json"]
    (runs,) = bench.interleaved(lambda: bench.process(command, "seconds"))
    seconds = statistics.median(run.rate for run in runs)
    count = runs[0].report["pictures"]
    bench.say(f"| scan and plan {count:,} pictures | {seconds:.2f} s | 1 s | | at most 1 s | {'yes' if seconds < 1 else 'no'} |")


def floats(bench, photos):
    (eight, half) = (bench.spec("eight"), bench.spec("float", dtype="float32"))
    bench.gigabytes = 9
    floats, levels = bench.interleaved(
        lambda: bench.prebake(photos, half, "--epochs", 10), lambda: bench.prebake(photos, eight, "--epochs", 10)
    )
    bench.gigabytes = 3
    bench.row("float32, against our own uint8", floats, levels, 0.45)


def threads(bench, photos):
    spec, ten = bench.spec("threads"), ("--epochs", 10, "--threads")
    two, one, both = bench.interleaved(
        lambda: bench.prebake(photos, spec, *ten, 2),
        lambda: bench.prebake(photos, spec, *ten, 1),
        lambda: bench.both(photos, spec, *ten, 1),
    )
    bench.row("2 threads, against 1", two, one, 1.9)
    # No program does better on a machine than two that share nothing.
    bench.row("the limit of that: 2 runs of 1 thread at once", both, one, 1.9)


def memory(bench, photos):
    spec = bench.spec("memory")
    for size, epochs in (("16MiB", 3), ("64MiB", 3), ("2GiB", 3), ("2GiB", 30)):
        run = bench.prebake(photos, spec, "--epochs", epochs, "--memory", size)
        allowed = int(size[:-3]) * (1024 if size.endswith("GiB") else 1) + 200
        held = "yes" if run.peak <= allowed else "no"
        bench.say(f"| peak memory, --memory {size}, {epochs} epochs | {run.peak:.0f} MiB | {allowed} MiB | | at most that | {held} |")


def large_photos(bench, photos):
    """Twelve pictures of 4000x3000 to 224x224."""
    folder = bench.work / "large"
    folder.mkdir()
    files = sorted(photos.iterdir())[:12]
    script = "import sys; from PIL import Image\nfor a, b in zip(sys.argv[1::2], sys.argv[2::2]): Image.open(a).convert('RGB').resize((4000, 3000), 3).save(b, quality=90)"
    pairs = [str(part) for i, file in enumerate(files) for part in (file, folder / f"a_{i}.jpg")]
    subprocess.run([bench.arguments.python, "-c", script, *pairs], check=True)
    for epochs in (1, 10):
        for scaled in (False, True):
            spec = bench.spec("large", 224, input={"scaled_decode": scaled})
            if subprocess.run([bench.arguments.prebake, "plan", folder, "--spec", spec], capture_output=True).returncode != 0:
                continue  # Built without the feature `turbojpeg`.
            ours, theirs = bench.interleaved(
                lambda: bench.prebake(folder, spec, "--epochs", epochs), lambda: bench.peer("cv2_once", folder, epochs, 224)
            )
            what = "scaled decode" if scaled else "decoded whole"
            bench.row(f"4000x3000 to 224x224, {epochs} epochs, {what}, against one OpenCV warp", ours, theirs, 1)


PARTS = (ten_epochs, one_epoch, cifar, floats, threads, memory, large_photos)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("photos", type=resolved)
    parser.add_argument("--peers", type=resolved, required=True)
    parser.add_argument("--python", default="python3", help="an interpreter that has what the peers need")
    parser.add_argument("--cifar", type=resolved, help="a folder of 32x32 pictures, a folder for each class")
    parser.add_argument("--prebake", type=resolved, default=ROOT / "target/release/prebake")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--times", type=int, default=3, help="how often each photo is repeated")
    parser.add_argument("--only", help="parts whose name holds this word: " + ", ".join(part.__name__ for part in PARTS))
    arguments = parser.parse_args()
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:2])
    model = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), platform.machine())
    version = subprocess.check_output([arguments.prebake, "--version"], text=True).strip()
    with tempfile.TemporaryDirectory(dir="/dev/shm") as work:
        bench = Bench(arguments, Path(work))
        photos = repeated(arguments.photos, arguments.times, Path(work) / "photos")
        bench.say(f"{version} ({bench.decoder(photos)}) on two cores of {model}, medians of {arguments.runs} interleaved runs\n")
        bench.say("| what | prebake | the other | ratio | goal | held |\n|---|---|---|---|---|---|")
        for part in PARTS:
            if not arguments.only or arguments.only in part.__name__:
                part(bench, photos)


if __name__ == "__main__":
    main()
