"""Where image files lie: a folder for each class, perhaps within one for each part. Opens no image."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from models.errors import listed
from training.errors import UnusableData
from training.sources.pictures import SUFFIXES

# The names of folders that hold a part, in small letters.
PARTS = {
    "train": ("train", "training"),
    "validation": ("validation", "valid", "val"),
    "test": ("test", "testing"),
}


@dataclass(frozen=True)
class File:
    """An image file, if its name tells the truth."""

    path: Path
    part: str  # a key of PARTS; "train" where there are no folders for parts
    label: str  # of its class


@dataclass(frozen=True)
class Folders:
    """A folder of images, looked through."""

    path: Path
    files: list[File]
    classes: tuple[str, ...]
    parts: dict[str, Path]  # the parts that have a folder, always with "train"

    @property
    def parts_to_draw(self) -> int:
        """How many parts come from the images for training, these included."""
        return len(PARTS) - len(self.parts) + 1


def read_folders(path: Path) -> Folders:
    """Find the image files below `path`. Raises UnusableData where there are no classes."""
    if not path.is_dir():
        what = "is a file" if path.exists() else "does not exist"
        raise UnusableData(f"{path} {what}. Name a folder that holds a folder of images for each class.")
    parts = _parts(path)
    classes = {part: tuple(_ordered(_below(folder))) for part, folder in parts.items()}
    if len(classes["train"]) < 2:
        raise UnusableData(
            f"{parts['train']} holds {len(classes['train'])} folders; it takes one for each of two or more classes: "
            f"{parts['train'] / 'cat'}/1.png, {parts['train'] / 'dog'}/1.png, …"
        )
    for part, names in classes.items():
        if other := set(names) ^ set(classes["train"]):
            raise UnusableData(
                f"{parts[part]} and {parts['train']} must have the same classes; only one has {listed(sorted(other))}."
            )
    files = [
        File(file, part, label)
        for part, folder in parts.items()
        for label in classes[part]
        for file in _images(folder / label)
    ]
    return Folders(path, files, classes["train"], parts)


def _parts(path: Path) -> dict[str, Path]:
    """The folders of the parts by part; `path` itself for all of them where it has no folder called train."""
    names = {name.lower(): name for name in _below(path)}
    found = {part: path / names[known] for part, aliases in PARTS.items() for known in aliases if known in names}
    return found if "train" in found else {"train": path}


def _below(path: Path) -> list[str]:
    """The names of its folders, but hidden ones."""
    return [folder.name for folder in path.iterdir() if folder.is_dir() and not folder.name.startswith((".", "__"))]


def _ordered(names: list[str]) -> list[str]:
    """As numbers where all are numbers, else as words."""
    is_numbers = all(name.isdecimal() for name in names)
    return sorted(names, key=lambda name: (int(name), name) if is_numbers else (0, name))


def _images(folder: Path) -> Iterator[Path]:
    """The files that are called as images are, in a fixed order."""
    for file in sorted(folder.rglob("*")):
        if file.suffix.lower() in SUFFIXES and file.is_file() and not file.name.startswith("."):
            yield file
