"""Where the batches of `training.py` come from. Each arm gives `(images, (labels, pictures))`; a picture is its line of `samples.jsonl`."""

import json
import math
import os

import keras
import numpy as np
from keras.src.legacy.preprocessing.image import ImageDataGenerator
from PIL import Image


def training_pictures(folder, dataset):
    """The pictures that `dataset` trains on, decoded: `(n, height, width, 3)` uint8; and their labels and numbers, `(n, 2)` int64.

    They are decoded once and stay in memory, which is the best that can be done on the fly.
    """
    lines = [json.loads(line) for line in (dataset.path / "samples.jsonl").read_text(encoding="utf-8").splitlines()]
    found = [(number, line) for number, line in enumerate(lines) if line["split"] == "train"]
    images = np.stack([np.asarray(Image.open(folder / line["path"]).convert("RGB")) for _, line in found])
    return images, np.array([(line["label"], number) for number, line in found], np.int64)


def parts(batch):
    images, numbers = batch
    return images, (numbers[:, 0], numbers[:, 1])


class Generator:
    """Keras's `ImageDataGenerator`: SciPy, one affine map a picture."""

    title = "on the fly, ImageDataGenerator"

    def __init__(self, folder, dataset, augment, seed):
        images, numbers = training_pictures(folder, dataset)
        size = dataset["train"].batch_size
        self.flow = ImageDataGenerator(**augment).flow(images, numbers, batch_size=size, shuffle=True, seed=seed)

    def __len__(self):
        return len(self.flow)

    def __getitem__(self, index):
        return parts(self.flow[index])

    def on_epoch_begin(self):
        pass

    def on_epoch_end(self):
        self.flow.on_epoch_end()


class Albumentations(keras.utils.PyDataset):
    """A `keras.utils.PyDataset` with Albumentations: OpenCV, one affine map a picture."""

    title = "on the fly, Albumentations"

    def __init__(self, folder, dataset, augment, seed):
        # It would look for newer versions of itself.
        os.environ.setdefault("NO_ALBUMENTATIONS_UPDATE", "1")
        import albumentations
        import cv2

        super().__init__()
        self.images, self.numbers = training_pictures(folder, dataset)
        self.size, self.random = dataset["train"].batch_size, np.random.default_rng(seed)
        low, high = augment["zoom_range"]
        affine = albumentations.Affine(
            rotate=(-augment["rotation_range"], augment["rotation_range"]),
            translate_percent={axis: (-augment[name], augment[name]) for axis, name in AXES.items()},
            # The generator draws one over the scale, for each axis.
            scale={"x": (1 / high, 1 / low), "y": (1 / high, 1 / low)},
            keep_ratio=False,
            border_mode=cv2.BORDER_REPLICATE,
            p=1,
        )
        self.augment = albumentations.Compose([affine, albumentations.HorizontalFlip(p=0.5)], seed=seed)
        self.on_epoch_end()

    def __len__(self):
        return math.ceil(len(self.images) / self.size)

    def __getitem__(self, index):
        chosen = self.order[index * self.size : (index + 1) * self.size]
        return parts((np.stack([self.augment(image=self.images[i])["image"] for i in chosen]), self.numbers[chosen]))

    def on_epoch_end(self):
        self.order = self.random.permutation(len(self.images))


AXES = {"x": "width_shift_range", "y": "height_shift_range"}


class Precomputed:
    """A dataset of prebake: its next epoch for each one that is trained, and after the last one the first."""

    def __init__(self, dataset):
        # `read_ahead` has a thread, for every arm.
        self.data = dataset["train"].keras(y=("labels", "sources"), workers=0)

    def __len__(self):
        return len(self.data)

    def __getitem__(self, index):
        return self.data[index]

    def on_epoch_begin(self):
        self.data.on_epoch_begin()

    def on_epoch_end(self):
        self.data.on_epoch_end()
