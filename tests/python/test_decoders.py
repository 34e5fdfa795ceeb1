"""Decoded pixels against Pillow's, for every picture of the fixtures, with nothing done to them."""

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

FIXTURES = Path(__file__).parents[2] / "fixtures"
PICTURES = sorted(path for folder in ["by_folder", "by_name"] for path in (FIXTURES / folder).rglob("*.*"))


def pillow(path):
    """Upright, 8 bits, RGB over white: what the contract says, in Pillow's words."""
    image = ImageOps.exif_transpose(Image.open(path))
    if image.mode.startswith("I;16"):
        # Pillow's own conversion cuts off at 255.
        gray = np.asarray(image).astype(np.float64) / 257
        return np.repeat(np.floor(gray + 0.5)[..., None], 3, axis=2)
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        rgba = np.asarray(image.convert("RGBA")).astype(np.float64)
        alpha = rgba[..., 3:] / 255
        return np.floor(rgba[..., :3] * alpha + 255 * (1 - alpha) + 0.5)
    return np.asarray(image.convert("RGB")).astype(np.float64)


@pytest.mark.parametrize("path", PICTURES, ids=lambda path: path.relative_to(FIXTURES).as_posix())
def test_pixels_are_pillows(prebake, path, tmp_path):
    source, out = tmp_path / "in" / "class", tmp_path / "out"
    source.mkdir(parents=True)
    shutil.copy(path, source)
    spec = tmp_path / "spec.json"
    spec.write_text('{"version": 1, "pipeline": []}')
    subprocess.run([prebake, "build", tmp_path / "in", "--spec", spec, "--out", out, "--quiet"], check=True)
    manifest = json.loads((out / "dataset.json").read_text())
    shard = manifest["splits"]["train"]["shards"][0]
    ours = np.load(out / shard["arrays"]["images"]["path"])[0].astype(np.float64)
    theirs = pillow(path)
    assert ours.shape == theirs.shape
    difference = np.abs(ours - theirs)
    # Decoders may round the cosine transform and the colours of a JPEG differently. libjpeg-turbo is Pillow's own, but ink is
    # always zune-jpeg's. All else is exact.
    own = manifest["decoders"]["jpeg"].startswith("libjpeg-turbo") and Image.open(path).mode != "CMYK"
    differs = path.suffix == ".jpg" and not own
    assert difference.max() <= (8 if differs else 0) and difference.mean() <= (0.5 if differs else 0)
