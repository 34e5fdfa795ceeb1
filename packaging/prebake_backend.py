"""maturin, with libjpeg-turbo where its C source can be built: where cmake and nasm are there, and nothing else was asked for.

It decides pixels: `dataset.json` names what decoded the pictures, and `prebake` refuses to go on with another decoder's dataset.
"""

import os
import shutil

from maturin import (
    build_editable,
    build_sdist,
    build_wheel,
    get_requires_for_build_editable,
    get_requires_for_build_sdist,
    get_requires_for_build_wheel,
    prepare_metadata_for_build_editable,
    prepare_metadata_for_build_wheel,
)

__all__ = [
    "build_editable",
    "build_sdist",
    "build_wheel",
    "get_requires_for_build_editable",
    "get_requires_for_build_sdist",
    "get_requires_for_build_wheel",
    "prepare_metadata_for_build_editable",
    "prepare_metadata_for_build_wheel",
]

if shutil.which("cmake") and shutil.which("nasm"):
    os.environ.setdefault("MATURIN_PEP517_ARGS", "--features turbojpeg")
