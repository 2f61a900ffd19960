"""Rows for a model, out of a file: CSV, npy or an image. Knows the model's signature only."""

import csv
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.errors import listed, quoted
from models.signature import Input
from training.errors import UnreadableRows

DELIMITERS = (",", ";", "\t")


@dataclass(frozen=True)
class Rows:
    """Rows as a model takes them, and a sentence on what was done to what the file holds."""

    values: np.ndarray  # (rows, *shape of a row) float32, NaN where a value is missing
    remark: str = ""


def read_rows(path: Path, tensor: Input) -> Rows:
    """The rows in a file, read by its suffix. Raises UnreadableRows, which says where it does not fit, and why."""
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise UnreadableRows(
            f"{path} is of no kind that is known here: its name must end in {listed(_READERS)}. A table goes into a "
            "CSV file, an array into an npy file."
        )
    try:
        rows = reader(path, tensor)
    except OSError as error:
        raise UnreadableRows(f"{path} cannot be read: {error.strerror or error}.") from error
    if not len(rows.values):
        raise UnreadableRows(f"{path} holds no row.")
    return rows


def _from_table(path: Path, tensor: Input) -> Rows:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise UnreadableRows(f"{path} is no text in UTF-8. Save it as CSV in UTF-8.") from error
    delimiter = max(DELIMITERS, key=(lines or [""])[0].count)
    # Numbers of lines as an editor shows them; empty lines count and hold no row.
    cells = [(number, line) for number, line in enumerate(csv.reader(lines, delimiter=delimiter), start=1) if line]
    if not cells:
        return Rows(np.empty((0, *tensor.shape), np.float32))
    places, first, remark = _columns(path, [cell.strip() for cell in cells[0][1]], tensor)
    rows = [_row(path, number, line, places, tensor) for number, line in cells[first:]]
    return Rows(np.array(rows, np.float32).reshape(-1, *tensor.shape), remark)


def _columns(path: Path, first: Sequence[str], tensor: Input) -> tuple[list[int], int, str]:
    """Where the columns of the model stand, whether a row of names goes before (1 or 0), and what is left out."""
    names = tensor.feature_names or ()
    if not set(names) & set(first):
        if len(first) != tensor.size:
            named = " with names in its first line, or" if names else ""
            raise UnreadableRows(
                f"{path} has {len(first)} columns; the model takes a CSV file{named} of {tensor.size} numbers a row."
            )
        return list(range(tensor.size)), int(not names and not all(map(_is_number, first))), ""
    if missing := [name for name in names if name not in first]:
        raise UnreadableRows(f"{path} lacks columns that the model takes: {listed(missing)}.")
    others = [name for name in first if name not in names]
    remark = f"Left out, as the model does not know it: {listed(others)}." if others else ""
    return [first.index(name) for name in names], 1, remark


def _row(path: Path, number: int, line: Sequence[str], places: Sequence[int], tensor: Input) -> list[float]:
    if len(line) <= max(places):
        raise UnreadableRows(f"{path}, line {number} has {len(line)} columns; the lines before have more.")
    words = tensor.categories or (None,) * len(places)
    values = []
    for column, place in enumerate(places):
        value = _number(line[place].strip(), words[column], tensor)
        if isinstance(value, str):
            name = tensor.feature_names[column] if tensor.feature_names else f"column {column + 1}"
            raise UnreadableRows(f"{path}, line {number}, {name}: {quoted(line[place])} is {value}.")
        values.append(value)
    return values


def _number(cell: str, words: tuple[str, ...] | None, tensor: Input) -> float | str:
    """What the model gets for a cell, or as a sentence part what is wrong with it."""
    if not cell:
        return math.nan if tensor.optional else "empty, and the model takes no missing values"
    if words is not None:
        if cell in words:
            return float(words.index(cell))
        return math.nan if tensor.optional else f"none of {listed(words)}"
    return float(cell) if _is_number(cell) else "no number"


def _is_number(cell: str) -> bool:
    """Whether it is one that a float32 can hold."""
    try:
        return abs(float(cell)) <= float(np.finfo(np.float32).max)
    except ValueError:
        return False


def _from_array(path: Path, tensor: Input) -> Rows:
    try:
        array = np.load(path, allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise UnreadableRows(f"{path} is no array of numbers as numpy.save writes it.") from error
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "biuf":
        raise UnreadableRows(f"{path} holds no numbers. The model takes an array of float32.")
    if array.shape == tensor.shape:
        array = array[np.newaxis]
    if array.shape[1:] not in (tensor.shape, (tensor.size,)):
        raise UnreadableRows(
            f"{path} has the shape {array.shape}; the model takes (rows, {', '.join(map(str, tensor.shape))})."
        )
    with np.errstate(over="ignore"):
        values = array.astype(np.float32).reshape(-1, *tensor.shape)
    if np.isinf(values).any() or (not tensor.optional and np.isnan(values).any()):
        raise UnreadableRows(f"{path} holds values that are infinite, missing or too large for a float32.")
    return Rows(values)


def _from_image(path: Path, tensor: Input) -> Rows:
    if tensor.feature_names is not None or len(tensor.shape) < 2 or (*tensor.shape, 1)[2] not in (1, 3):
        raise UnreadableRows(f"{path} is an image, and the model takes rows of shape {tensor.shape}. Use CSV or npy.")
    height, width = tensor.shape[:2]
    mode = "RGB" if (*tensor.shape, 1)[2] == 3 else "L"
    low, high = tensor.ranges[0] if tensor.ranges else (0.0, 255.0)
    pixels, was = _pixels(path, (width, height), mode)
    done = f"was made grey and scaled to {width} x {height}" if mode == "L" else f"was scaled to {width} x {height}"
    remark = f"{path.name}, {was}, {done}, black as {low:g} and white as {high:g}; is that so in the training images?"
    values = low + pixels.astype(np.float32) / 255 * (high - low)
    return Rows(values.astype(np.float32).reshape(1, *tensor.shape), remark)


def _pixels(path: Path, size: tuple[int, int], mode: str) -> tuple[np.ndarray, str]:
    """The pixels, 0 to 255, at that (width, height), and how many there were."""
    try:
        from PIL import Image, ImageOps  # noqa: PLC0415  # comes with matplotlib, not with the project
    except ImportError as error:
        raise UnreadableRows("Images are read with Pillow, which is not installed. Use CSV or npy.") from error
    try:
        with Image.open(path) as image:
            upright = ImageOps.exif_transpose(image)
            if upright.has_transparency_data:  # what can be seen through it is taken for white paper
                upright = Image.alpha_composite(Image.new("RGBA", upright.size, "white"), upright.convert("RGBA"))
            pixels = np.asarray(upright.convert(mode).resize(size, Image.Resampling.BILINEAR))
            return pixels, f"{image.width} x {image.height} pixels"
    except (FileNotFoundError, PermissionError, IsADirectoryError):
        raise
    except Exception as error:  # Pillow's decoders fail in any way they like
        raise UnreadableRows(f"{path} is no image that can be read, or half of one.") from error


_READERS: dict[str, Callable[[Path, Input], Rows]] = {
    **dict.fromkeys((".csv", ".tsv", ".txt"), _from_table),
    ".npy": _from_array,
    **dict.fromkeys((".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff"), _from_image),
}
