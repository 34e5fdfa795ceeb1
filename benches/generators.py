"""The usual ways to read pictures and augment them while training, for `loaders.py`: each gives batches of float32 or tensors.

What is augmented is what `fixtures/specs` says: rotate, zoom and shift of `scipy.json`, brightness, contrast and flip of `tf_image.json`,
rotate, zoom and flip of `keras_sequence.json`, each for half of the pictures where the tool can say so. A source takes a folder of class
folders of JPEG files, a batch size and a side, and its iterator ends after all pictures.
"""

import contextlib
import math
import random
import sys

import keras
import numpy as np
import scipy.ndimage
import tensorflow as tf
from keras.src.legacy.preprocessing.image import ImageDataGenerator
from PIL import Image


def listed(folder):
    """The pictures of a folder of class folders, drawn into an order, and the number of each one's class."""
    classes = sorted(path.name for path in folder.iterdir())
    files = [(str(path), classes.index(path.parent.name)) for path in sorted(folder.glob("*/*"))]
    random.Random(0).shuffle(files)
    return files


def each(dataset):
    return (dataset[index] for index in range(len(dataset)))


class PillowScipy(keras.utils.PyDataset):
    """Pillow reads and resizes; SciPy rotates, zooms and shifts, bilinear, one after the other."""

    def __init__(self, folder, batch_size, side):
        super().__init__()
        self.files, self.size, self.side, self.random = listed(folder), batch_size, side, np.random.default_rng(0)

    def __len__(self):
        return math.ceil(len(self.files) / self.size)

    def __getitem__(self, index):
        files = self.files[index * self.size : (index + 1) * self.size]
        images = np.stack([self.augmented(path) for path, _ in files])
        return images / np.float32(255), np.array([label for _, label in files])

    def augmented(self, path):
        image = np.asarray(Image.open(path).convert("RGB").resize((self.side, self.side), Image.Resampling.BICUBIC), np.float32)
        bilinear, draw = {"order": 1, "mode": "nearest"}, self.random.uniform
        if draw() < 0.5:
            image = scipy.ndimage.rotate(image, draw(-20, 20), reshape=False, **bilinear)
        if draw() < 0.5:
            scale = draw(0.8, 1.2)
            middle = (self.side - 1) / 2 * (1 - 1 / scale)
            image = scipy.ndimage.affine_transform(image, [1 / scale, 1 / scale, 1], [middle, middle, 0], **bilinear)
        if draw() < 0.5:
            reach = 0.1 * self.side
            image = scipy.ndimage.shift(image, (draw(-reach, reach), draw(-reach, reach), 0), **bilinear)
        return image


def tf_image(folder, batch_size, side):
    """`tf.data` and `tf.image`, with all the threads that tf.data wants."""

    def half(change, image):
        return tf.cond(tf.random.uniform(()) < 0.5, lambda: change(image), lambda: image)

    def read(path, label):
        image = tf.image.resize(tf.image.decode_jpeg(tf.io.read_file(path), channels=3), (side, side)) / 255
        image = half(lambda x: tf.image.random_brightness(x, 0.3), image)
        image = half(lambda x: tf.image.random_contrast(x, 0.8, 1.2), image)
        return tf.image.random_flip_left_right(image), label

    paths, labels = zip(*listed(folder), strict=True)
    pictures = tf.data.Dataset.from_tensor_slices((list(paths), list(labels)))
    return iter(pictures.map(read, num_parallel_calls=tf.data.AUTOTUNE).batch(batch_size).prefetch(tf.data.AUTOTUNE))


def layers():
    """Rotate, zoom and flip as layers of Keras; they work on a batch."""
    rotate, zoom = keras.layers.RandomRotation(30 / 360, fill_mode="reflect"), keras.layers.RandomZoom(0.2, fill_mode="constant")
    return keras.Sequential([rotate, zoom, keras.layers.RandomFlip("horizontal"), keras.layers.Rescaling(1 / 255)])


class PillowLayers(keras.utils.PyDataset):
    """`keras.utils.load_img` reads and resizes; layers augment each batch."""

    def __init__(self, folder, batch_size, side):
        super().__init__()
        self.files, self.size, self.side, self.layers = listed(folder), batch_size, side, layers()

    def __len__(self):
        return math.ceil(len(self.files) / self.size)

    def __getitem__(self, index):
        files = self.files[index * self.size : (index + 1) * self.size]
        read = [keras.utils.load_img(path, target_size=(self.side, self.side), interpolation="bilinear") for path, _ in files]
        images = np.stack([keras.utils.img_to_array(image) for image in read])
        return np.asarray(self.layers(images, training=True)), np.array([label for _, label in files])


def image_data_generator(folder, batch_size, side):
    """`ImageDataGenerator.flow_from_directory`."""
    ranges = {"rotation_range": 20, "zoom_range": 0.2, "width_shift_range": 0.1, "height_shift_range": 0.1}
    generator = ImageDataGenerator(**ranges, fill_mode="nearest", rescale=1 / 255)
    options = {"target_size": (side, side), "batch_size": batch_size, "class_mode": "sparse", "interpolation": "bilinear"}
    # It prints what it found, and the tables go there.
    with contextlib.redirect_stdout(sys.stderr):
        return each(generator.flow_from_directory(folder, **options))


def from_directory(folder, batch_size, side):
    """`image_dataset_from_directory`, and layers in a `map` with all the threads that tf.data wants."""
    augment = layers()
    read = keras.utils.image_dataset_from_directory(folder, batch_size=batch_size, image_size=(side, side), seed=0, verbose=False)
    augmented = read.map(lambda images, labels: (augment(images, training=True), labels), num_parallel_calls=tf.data.AUTOTUNE)
    return iter(augmented.prefetch(tf.data.AUTOTUNE))


def torch_loader(folder, batch_size, side):
    """torch's `DataLoader` with two worker processes: torchvision's transforms, or Pillow's where it is not installed."""
    import torch.utils.data

    change = torchvision_transform(side) or pillow_transform(side)

    class Files(torch.utils.data.Dataset):
        files = listed(folder)

        def __len__(self):
            return len(self.files)

        def __getitem__(self, index):
            path, label = self.files[index]
            return change(Image.open(path).convert("RGB")), label

    return iter(torch.utils.data.DataLoader(Files(), batch_size, num_workers=2))


def torchvision_transform(side):
    """The transform of an open picture to a float tensor; none where torchvision is not installed."""
    try:
        from torchvision.transforms import v2
    except ImportError:
        return None
    import torch

    affine = v2.RandomAffine(20, translate=(0.1, 0.1), scale=(0.8, 1.2), interpolation=v2.InterpolationMode.BILINEAR)
    tensor = [v2.PILToTensor(), v2.ToDtype(torch.float32, scale=True)]
    return v2.Compose([v2.Resize((side, side)), v2.RandomApply([affine], 0.5), v2.RandomHorizontalFlip(), *tensor])


def pillow_transform(side):
    import torch

    def change(picture):
        picture = picture.resize((side, side), Image.Resampling.BILINEAR)
        if random.random() < 0.5:
            shift = (random.uniform(-0.1, 0.1) * side, random.uniform(-0.1, 0.1) * side)
            picture = picture.rotate(random.uniform(-20, 20), Image.Resampling.BILINEAR, translate=shift)
        return torch.from_numpy(np.asarray(picture, np.float32) / 255).permute(2, 0, 1)

    return change


GENERATORS = {
    "Pillow and SciPy in a `PyDataset`": (lambda *options: each(PillowScipy(*options)), "Keras"),
    "`tf.image` in tf.data": (tf_image, "tf.data"),
    "layers in a `PyDataset`": (lambda *options: each(PillowLayers(*options)), "Keras"),
    "`ImageDataGenerator.flow_from_directory`": (image_data_generator, "Keras"),
    "`image_dataset_from_directory` and layers": (from_directory, "tf.data"),
}
