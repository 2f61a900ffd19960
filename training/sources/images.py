"""A folder of images by class, made a data set: read, brought to one size and split. Knows no network."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.errors import listed, quoted
from models.signature import Task
from training.data import Dataset, Split
from training.errors import UnusableData
from training.sources.folders import File, Folders, read_folders
from training.sources.pictures import Unreadable, pixels, shape_of
from training.splits import hold_out

COLORS = ("auto", "gray", "rgb")
LARGEST_OWN_SIZE = 64  # pixels along a side, up to which images keep the size that most of them have
SIZE_OF_LARGER = 32
LARGEST_SIZE = 512
MOST_BYTES = 8 << 30  # of all images as float32
FEWEST_IMAGES = 20
COMPRESSION = 16  # by which red, green and blue of gray may come to differ where files are compressed
COLORFUL = 0.001  # share of the pixels from which on they are not gray
SHOWN = 5  # files in a sentence


@dataclass(frozen=True)
class Choices:
    """What a caller says of a folder; `path` must be said."""

    path: Path
    size: int | None = None  # pixels along both sides; None: what most images have, where that is small
    color: str = "auto"  # one of COLORS; auto: gray where no image has a color
    validation: float = 0.2  # share of the images, where no folder holds those for validation
    test: float = 0.2  # share of the images, where no folder holds those for the test
    split_seed: int = 42  # of the lot by which images are drawn


@dataclass(frozen=True)
class Images:
    """Images that are ready to train on."""

    dataset: Dataset
    task: Task
    findings: str  # what was found in the folder, for a person


@dataclass(frozen=True)
class _Read:
    """The files that could be read, and those that could not."""

    files: list[File]
    inputs: np.ndarray  # (files, height, width) or (files, height, width, 3), uint8
    unreadable: list[str]  # files with the reason


def read_images(choices: Choices) -> Images:
    """Read, resize and split the images. Raises UnusableData where nothing can be learnt from them."""
    folders = read_folders(choices.path)
    read = _read(folders, choices)
    _check(folders, read, choices)
    numbers = {name: number for number, name in enumerate(folders.classes)}
    targets = np.array([numbers[file.label] for file in read.files], np.int32)
    task = Task.BINARY if len(folders.classes) == 2 else Task.MULTICLASS
    parts = _parts(folders, read, targets, choices)
    return Images(_dataset(folders, read, targets, parts, task), task, _findings(folders, read, task))


def _read(folders: Folders, choices: Choices) -> _Read:
    shape = (choices.size, choices.size) if choices.size else _usual_shape(folders.files)
    _check_memory(folders, shape)
    files, images, unreadable = [], [], []
    for file in folders.files:
        try:
            images.append(pixels(file.path, shape))
            files.append(file)
        except Unreadable as error:
            unreadable.append(f"{file.path.relative_to(folders.path)} ({error})")
    inputs = np.stack(images) if images else np.empty((0, *shape, 3), np.uint8)
    return _Read(files, _in_color(inputs, choices.color), unreadable)


def _usual_shape(files: Sequence[File]) -> tuple[int, int]:
    """What most images have, where that is small enough for a network of dense layers; else SIZE_OF_LARGER."""
    shapes = Counter(_shapes(files))
    height, width = shapes.most_common(1)[0][0] if shapes else (0, 0)
    if 0 < max(height, width) <= LARGEST_OWN_SIZE:
        return height, width
    return SIZE_OF_LARGER, SIZE_OF_LARGER


def _shapes(files: Sequence[File]) -> Iterator[tuple[int, int]]:
    for file in files:
        try:
            yield shape_of(file.path)
        except Unreadable:  # which is told when the pixels are read
            continue


def _check_memory(folders: Folders, shape: tuple[int, int]) -> None:
    needed = len(folders.files) * shape[0] * shape[1] * 3 * 4  # bytes of float32
    if needed > MOST_BYTES:
        raise UnusableData(
            f"{len(folders.files):,} images of {shape[0]} x {shape[1]} take {needed / 2**30:.0f} GB of memory. Take a "
            f"smaller size=, or fewer images."
        )


def _in_color(inputs: np.ndarray, color: str) -> np.ndarray:
    """Gray, (images, height, width), where it was asked for, or where nothing but gray is there."""
    if color == "rgb" or (color == "auto" and _is_colorful(inputs)):
        return inputs
    return (inputs @ np.array([0.299, 0.587, 0.114], np.float32)).round().astype(np.uint8)  # ITU-R BT.601


def _is_colorful(inputs: np.ndarray) -> bool:
    """Whether red, green and blue differ by more than compression does to gray."""
    differences = inputs.max(axis=-1) - inputs.min(axis=-1)
    return bool((differences > COMPRESSION).mean() > COLORFUL)


def _check(folders: Folders, read: _Read, choices: Choices) -> None:
    """Raise UnusableData where too little is left."""
    if len(read.files) < FEWEST_IMAGES:
        raise UnusableData(
            f"{choices.path} has {len(read.files)} images that can be read, too few to learn from and measure by: it "
            f"takes {FEWEST_IMAGES} at least, and some hundred to tell much.{_unreadable(read)}"
        )
    there = Counter((file.part, file.label) for file in read.files)
    for part in folders.parts:
        needed = folders.parts_to_draw if part == "train" else 1
        for label in folders.classes:
            if there[part, label] < needed:
                raise UnusableData(
                    f"The class {quoted(label)} has {there[part, label]} images in {folders.parts[part]}, and needs "
                    f"{needed} at least. Add some, or take its folder away.{_unreadable(read)}"
                )


def _parts(folders: Folders, read: _Read, targets: np.ndarray, choices: Choices) -> dict[str, np.ndarray]:
    """Indices of the images of each part: by folder where there is one, else drawn from those for training."""
    generator = np.random.default_rng(choices.split_seed)
    where = np.array([file.part for file in read.files])
    parts = {part: np.flatnonzero(where == part) for part in folders.parts}
    shares = {"test": choices.test, "validation": choices.validation / (1 - choices.test)}
    for part, share in shares.items():
        if part not in parts:
            rest, drawn = hold_out(targets[parts["train"]], share, generator)
            parts["train"], parts[part] = parts["train"][rest], parts["train"][drawn]
    return {part: generator.permutation(rows) for part, rows in parts.items()}


def _dataset(folders: Folders, read: _Read, targets: np.ndarray, parts: dict[str, np.ndarray], task: Task) -> Dataset:
    answers = targets.astype(np.float32)[:, None] if task is Task.BINARY else targets
    splits = {part: Split(read.inputs[rows].astype(np.float32), answers[rows]) for part, rows in parts.items()}
    return Dataset(
        name=folders.path.name,
        source=f"The folder {folders.path.name} of whoever trained this: {len(read.files):,} images that could be "
        f"read, and {len(read.unreadable):,} that could not.",
        input_name="image",
        output_names=folders.classes,
        train=splits["train"],
        validation=splits["validation"],
        test=splits["test"],
        largest_pixel=255.0,
    )


def _findings(folders: Folders, read: _Read, task: Task) -> str:
    shape = " x ".join(map(str, read.inputs.shape[1:3]))
    color = "gray" if read.inputs.ndim == 3 else "rgb"
    counts = Counter(file.label for file in read.files)
    width = max(map(len, folders.classes))
    classes = [f"  {label:<{width}}  {counts[label]:>9,} images" for label in folders.classes]
    given = f"; parts by folder: {listed(folders.parts)}" if len(folders.parts) > 1 else ""
    return "\n".join(
        [
            f"{folders.path}: {len(read.files):,} images, taken as {shape}, {color}{given}.{_unreadable(read)}",
            *classes,
            f"Task: {task}, since there are {len(folders.classes)} classes",
            "To overrule: size=, color=, validation=, test=",
        ]
    )


def _unreadable(read: _Read) -> str:
    if not read.unreadable:
        return ""
    more = f" and {len(read.unreadable) - SHOWN:,} more" if len(read.unreadable) > SHOWN else ""
    return f" {len(read.unreadable):,} files could not be read: {listed(read.unreadable[:SHOWN])}{more}."
