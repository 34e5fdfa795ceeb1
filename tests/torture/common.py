"""What the torture scripts share: pictures and specs that they write themselves, datasets read as a loader reads them."""

import argparse
import ast
import hashlib
import json
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

SPEC = {
    "version": 1,
    "seed": 7,
    "epochs": 3,
    "batch_size": 8,
    "split": {"val": 0.2},
    "pipeline": [
        {"op": "resize", "width": 24, "height": 24},
        {"op": "rotate", "degrees": [-20, 20], "p": 0.5},
        {"op": "brightness", "delta": [-0.1, 0.1]},
    ],
}
TIMEOUT = 120


class Tally:
    """Counts what held and what did not, and tells at the end."""

    def __init__(self, name):
        parser = argparse.ArgumentParser(description=name)
        parser.add_argument("--binary", required=True, type=lambda path: str(Path(path).resolve()), help="the prebake to run")
        parser.add_argument("--long", action="store_true", help="the long form")
        self.arguments = parser.parse_args()
        # What runs in the background of a shell ignores it, and so would a prebake that is to be ended by it.
        if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        self.passed = self.failed = 0
        self.folder = tempfile.TemporaryDirectory(prefix="prebake-torture-")
        self.root = Path(self.folder.name)

    def check(self, holds, what):
        if holds:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAILED: {what}", flush=True)
        return holds

    def skip(self, what, why):
        print(f"skipped: {what}: {why}", flush=True)

    def end(self):
        self.folder.cleanup()
        print(f"{self.passed} passed, {self.failed} failed")
        sys.exit(1 if self.failed or not self.passed else 0)

    def command(self, *arguments):
        return [self.arguments.binary, *map(str, arguments)]

    def run(self, *arguments, **options):
        """Runs prebake to its end; a hang is an exception."""
        return subprocess.run(self.command(*arguments), capture_output=True, timeout=TIMEOUT, text=True, **options)


def write_pictures(folder, count, side, classes=3):
    """Writes `count` pictures of noise, some in each class, the same ones every time."""
    for number in range(count):
        file = folder / f"class-{number % classes}" / f"{number:07}.ppm"
        file.parent.mkdir(parents=True, exist_ok=True)
        body = hashlib.shake_128(str(number).encode()).digest(side * side * 3)
        file.write_bytes(f"P6\n{side} {side}\n255\n".encode() + body)


def write_spec(file, **changes):
    spec = {**SPEC, **changes}
    file.write_text(json.dumps({field: value for field, value in spec.items() if value is not None}))
    return file


def tree(root):
    """Every file below `root` with the hash of its bytes, and every folder."""
    if not root.exists():
        return {}
    return {
        str(path.relative_to(root)): hashlib.blake2b(path.read_bytes()).hexdigest() if path.is_file() else "folder"
        for path in sorted(root.rglob("*"))
    }


def differences(there, expected):
    names = [name for name in sorted({*there, *expected}) if there.get(name) != expected.get(name)]
    return ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")


def what_is_wrong(root, known, updates=False):
    """What a loader would read wrong: nothing if there is no dataset.json; else every listed file must have the length that its
    header says, and the bytes that it has in one of `known`, the whole datasets by the content of their dataset.json. Where a
    dataset `updates`, there is always one, and the files beside its arrays may be the next one's already."""
    manifest = root / "dataset.json"
    try:
        text = manifest.read_bytes()
    except FileNotFoundError:
        return "there is no dataset.json" if updates else None
    expected = known.get(hashlib.blake2b(text).hexdigest())
    if expected is None:
        return "dataset.json is none that a whole run writes"
    for split in json.loads(text)["splits"].values():
        for shard in split["shards"]:
            for listed in shard["arrays"].values():
                file = root / listed["path"]
                if not file.is_file():
                    return f"{listed['path']} is listed and missing"
                problem = load(file.read_bytes(), shard["rows"])
                if problem:
                    return f"{listed['path']}: {problem}"
    settled = {name: hashed for name, hashed in expected.items() if not updates or name.endswith(".npy")}
    return next((f"{name} differs" for name, hashed in settled.items() if tree_entry(root / name) != hashed), None)


def tree_entry(path):
    if path.is_dir():
        return "folder"
    return hashlib.blake2b(path.read_bytes()).hexdigest() if path.is_file() else None


def load(content, rows):
    """What `np.load` would find wrong with an array of `rows` rows."""
    if content[:8] != b"\x93NUMPY\x01\x00":
        return "no .npy file of version 1.0"
    end = 10 + int.from_bytes(content[8:10], "little")
    header = ast.literal_eval(content[10:end].decode())
    count = 1
    for side in header["shape"]:
        count *= side
    width = int(header["descr"].lstrip("<>|=")[1:])
    if len(content) - end != count * width:
        return f"{len(content) - end} bytes of values, {count * width} expected"
    return None if header["shape"][0] == rows else f"{header['shape'][0]} rows, {rows} expected"


def manifest_key(root):
    return hashlib.blake2b((root / "dataset.json").read_bytes()).hexdigest()
