"""A dataset as notebooks show it: a table of its splits, one of its arrays, and rows of its first batch."""

import base64
import html
import struct
import zlib
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ._dataset import Array

if TYPE_CHECKING:
    from ._loaders import Dataset

# Rows that are shown, and the longest side of each, in pixels.
SHOWN, SIDE = 8, 112


def page(dataset: "Dataset") -> str:
    """HTML without scripts, styles or links: it stays what it is wherever the notebook goes."""
    splits = [dataset[name] for name in dataset.splits]
    parts = [
        f"<b>{html.escape(str(dataset.path))}</b>",
        _table(["split", "epochs", "rows", "batches"], [[s.name, s.epochs, s.rows_per_epoch, len(s)] for s in splits]),
        _table(["array", "dtype", "shape"], [[name, info.dtype, info.shape] for name, info in dataset.arrays.items()]),
    ]
    if names := dataset.class_names:
        more = f" and {len(names) - 20} more" if len(names) > 20 else ""
        parts.append(f"<div>{len(names)} classes: {html.escape(', '.join(names[:20]))}{more}</div>")
    if splits and len(splits[0]):
        images = splits[0].batch(0, 0, ["images"])["images"][:SHOWN]
        layout = dataset.manifest["arrays"]["images"].get("layout", "NHWC")
        sheet = base64.b64encode(png(_sheet(images, layout))).decode()
        parts.append(f'<img alt="rows of the first batch" src="data:image/png;base64,{sheet}">')
    return "".join(parts)


def _table(heads: Iterable[str], rows: Iterable[Sequence[Any]]) -> str:
    def line(tag: str, cells: Iterable[Any]) -> str:
        return "<tr>" + "".join(f"<{tag}>{html.escape(str(cell))}</{tag}>" for cell in cells) + "</tr>"

    return f"<table>{line('th', heads)}{''.join(line('td', row) for row in rows)}</table>"


def _sheet(images: Array, layout: str) -> Array:
    """Rows beside each other as levels, `(height, width, 1 or 3)` uint8; every k-th pixel of large ones."""
    if layout == "NCHW":
        images = images.transpose(0, 2, 3, 1)
    step = max(1, -(-max(images.shape[1:3]) // SIDE))
    images = images[:, ::step, ::step, : 3 if images.shape[3] >= 3 else 1]
    if images.dtype == np.uint16:
        images = images >> 8
    elif images.dtype != np.uint8:
        # Floats may be normalised in any way: the least of them is black, the greatest white.
        images = images.astype(np.float32)
        low, high = images.min(), images.max()
        images = (images - low) * (255 / max(high - low, 1e-6))
    return np.concatenate([*images.astype(np.uint8)], axis=1)


def png(levels: Array) -> bytes:
    """A PNG of `(height, width, 1 or 3)` uint8: gray, or red, green and blue."""
    height, width, channels = levels.shape

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    # Each line begins with the number of its filter: none.
    lines = np.zeros((height, 1 + width * channels), np.uint8)
    lines[:, 1:] = levels.reshape(height, -1)
    head = struct.pack(">IIBBBBB", width, height, 8, 2 if channels == 3 else 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(lines.tobytes())) + chunk(b"IEND", b"")
