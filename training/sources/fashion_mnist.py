"""Fashion-MNIST: 70,000 images of clothes, from DATA_DIR or by Keras's download. Knows no network."""

from pathlib import Path
from typing import Any

import numpy as np

from training.data import Dataset, Split
from training.sources.download import Supply, download
from training.sources.idx import read_idx

CLASSES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)
VALIDATION_ROWS = 5_000
SHAPES = {
    "fashion-mnist/train-images-idx3-ubyte.gz": (60_000, 28, 28),
    "fashion-mnist/train-labels-idx1-ubyte.gz": (60_000,),
    "fashion-mnist/t10k-images-idx3-ubyte.gz": (10_000, 28, 28),
    "fashion-mnist/t10k-labels-idx1-ubyte.gz": (10_000,),
}
SUPPLY = Supply("Fashion-MNIST", files=tuple(SHAPES), host="storage.googleapis.com")


def load(data_dir: Path | None) -> Dataset:
    """The official split; the first 5,000 training images are held out for validation. Raises DataUnavailable."""
    if data_dir is not None and not SUPPLY.missing(data_dir):
        images, labels, test_images, test_labels = (read_idx(data_dir / file, shape) for file, shape in SHAPES.items())
    else:
        (images, labels), (test_images, test_labels) = download(SUPPLY, data_dir, _by_keras)
    return Dataset(
        name="Fashion-MNIST",
        source="Fashion-MNIST by Zalando SE (MIT licence), the official files: https://github.com/zalandoresearch/fashion-mnist.",
        input_name="image",
        output_names=CLASSES,
        train=_split(images[VALIDATION_ROWS:], labels[VALIDATION_ROWS:]),
        validation=_split(images[:VALIDATION_ROWS], labels[:VALIDATION_ROWS]),
        test=_split(test_images, test_labels),
        largest_pixel=255.0,
    )


def _by_keras() -> Any:
    import keras  # seconds, and TensorFlow: only where a download is due

    keras.config.disable_interactive_logging()  # its progress bar is written even into files
    try:
        return keras.datasets.fashion_mnist.load_data()
    finally:
        keras.config.enable_interactive_logging()


def _split(images: np.ndarray, labels: np.ndarray) -> Split:
    return Split(images.astype(np.float32), labels.astype(np.int32))
