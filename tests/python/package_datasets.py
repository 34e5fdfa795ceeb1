"""Small datasets of every kind, made once by the command that is installed, for the tests of the Python package."""

import atexit
import functools
import json
import shutil
import tempfile
from pathlib import Path

import numpy as np
import prebake
from PIL import Image

PLACE = Path(tempfile.mkdtemp(prefix="prebake-package-"))
atexit.register(shutil.rmtree, PLACE, ignore_errors=True)

HEADS = [{"name": "color", "column": "color", "kind": "one_hot"}, {"name": "size", "column": "size", "kind": "regression"}]
TABLE = {"from": "table", "path": "metadata.csv", "heads": HEADS}
SOFT = {"mixing": [{"op": "mixup", "alpha": 0.4}]}
RAGGED = {"boxes": {"path": "coco.json", "unmatched": "background", "layout": "ragged"}}
PADDED = {"boxes": {"path": "coco.json", "unmatched": "background"}}
FLOATS = {"dtype": "float32", "layout": "NCHW", "rescale": 1 / 255, "mean": 0.5, "std": 0.25}
HALF = {"dtype": "float16"}

# What each dataset differs in from that of `spec`: pictures of each class, parts of the spec, options of the command.
KINDS = {
    "plain": ({"cat": 9, "owl": 10, "pug": 11}, {}, {"split": "val=0.2"}),
    "heads": ({"cat": 9, "owl": 10}, {"labels": TABLE, "balance": {"sample_weight": "balanced"}}, {}),
    "masks": ({"cat": 9, "owl": 2}, {"targets": {"masks": {"path": "masks/NAME.png"}}}, {}),
    "ragged": ({"cat": 9, "owl": 10}, {"targets": RAGGED, "balance": {"sample_weight": "balanced"}}, {}),
    "padded": ({"cat": 9, "owl": 10}, {"targets": PADDED}, {}),
    "soft": ({"cat": 9, "owl": 10}, SOFT, {}),
    "floats": ({"cat": 9, "owl": 10}, {"output": FLOATS}, {}),
    "half": ({"cat": 9}, {"output": HALF}, {}),
    "unlabelled": ({"cat": 9}, {"labels": {"from": "none"}}, {}),
    "one_class": ({"cat": 9}, {}, {}),
    "one_image": ({"cat": 1}, {}, {}),
    "stable": ({"cat": 800, "owl": 700}, {"batch_size": 100}, {"layout": "stable", "batches_per_shard": None, "shard_size": "100KiB"}),
}
SIDE = 12


def spec(**more):
    """A spec of three epochs in batches of eight, with `more` laid over it."""
    pipeline = [{"op": "resize", "width": SIDE, "height": SIDE}, {"op": "shift", "x": [-0.2, 0.2]}]
    return {"version": 1, "epochs": 3, "batch_size": 8, "labels": {"from": "directory"}, "pipeline": pipeline, **more}


@functools.cache
def made(kind):
    """The folder of a dataset of `KINDS`; it is not to be changed."""
    classes, more, options = KINDS[kind]
    lay(PLACE / f"{kind}-pictures", classes, masks=kind == "masks")
    out = PLACE / kind
    prebake.build(PLACE / f"{kind}-pictures", out, spec=spec(**more), **{"batches_per_shard": 1, "quiet": True, **options})
    return out


def lay(folder, classes, masks=False):
    """Pictures of the classes, each differing from the others; a table, boxes and, if wanted, masks beside them."""
    table, images, annotations = ["file_name,color,size"], [], []
    for label, count in classes.items():
        (folder / label).mkdir(parents=True)
        for i in range(count):
            name, number = f"{label}/{i:04}", len(images)
            levels = np.random.RandomState(number).randint(0, 256, (SIDE, SIDE, 3), np.uint8)
            Image.fromarray(levels).save(folder / f"{name}.png")
            if masks:
                (folder / "masks" / label).mkdir(parents=True, exist_ok=True)
                Image.fromarray(levels[:, :, 0] % 3).save(folder / f"masks/{name}.png")
            table.append(f"{name}.png,{label},{number / 2}")
            images.append({"id": number, "file_name": f"{name}.png", "width": SIDE, "height": SIDE})
            # Rows without boxes, and whole batches without any, are among them.
            for k in range(number % 4 if number > 8 else 0):
                box = {"id": len(annotations), "image_id": number, "category_id": 1 + k % 2, "iscrowd": 0, "bbox": [3 + k, 2, 4, 5]}
                annotations.append(box)
    categories = [{"id": 1, "name": "ear"}, {"id": 2, "name": "eye"}]
    coco = {"images": images, "annotations": annotations, "categories": categories}
    (folder / "coco.json").write_text(json.dumps(coco))
    (folder / "metadata.csv").write_text("\n".join(table))


def stored(out, name, epoch, split="train"):
    """The files of an array in an epoch, read by `json.load` and `np.load` alone."""
    manifest = json.loads((out / "dataset.json").read_text())
    shards = [shard for shard in manifest["splits"][split]["shards"] if shard["epoch"] == epoch]
    return [np.load(out / shard["arrays"][name]["path"]) for shard in shards]
