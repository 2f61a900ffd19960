"""One image file as pixels. Knows no class and no data set."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".ppm", ".pgm", ".pbm")


class Unreadable(Exception):
    """A file that is no image, or half of one; the message says why."""


def shape_of(path: Path) -> tuple[int, int]:
    """Height and width, from the head of the file. Raises Unreadable."""
    try:
        with Image.open(path) as image:
            return image.height, image.width
    except Exception as error:  # Pillow's decoders fail in any way they like
        raise Unreadable(_reason(error)) from error


def pixels(path: Path, shape: tuple[int, int]) -> np.ndarray:
    """Red, green and blue, (height, width, 3) uint8, at that size, turned as the camera was. Raises Unreadable."""
    try:
        with Image.open(path) as image:
            upright = _in_rgb(ImageOps.exif_transpose(image))
            return np.asarray(upright.resize((shape[1], shape[0]), Image.Resampling.BILINEAR))
    except Exception as error:  # likewise
        raise Unreadable(_reason(error)) from error


def _in_rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I;16") or image.mode == "I":  # 16 bits, which Pillow would cut off at 255
        image = Image.fromarray((np.asarray(image).clip(0, 65_535) / 257).astype(np.uint8))
    if image.has_transparency_data:  # what can be seen through it is taken for white paper
        paper = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(paper, image.convert("RGBA"))
    return image.convert("RGB")


def _reason(error: Exception) -> str:
    if isinstance(error, UnidentifiedImageError):
        return "no image"
    return " ".join(str(error).split())[:80] or type(error).__name__
