"""Where an imported model comes from: a file that was inspected, or a folder that is trusted. Knows no Keras."""

import hashlib
import shutil
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from models.inspection import ModelFile, inspect
from training.importing.errors import CannotImport
from training.importing.meanings import check_meanings
from training.importing.wishes import Wishes

SAVED_MODEL = "savedmodel"
LARGEST_FOLDER = 2 << 30  # bytes
MOST_FILES = 1000


@dataclass(frozen=True)
class Source:
    """What is told of a file in manifest and card; its place is nobody's business."""

    file: str
    kind: str  # "keras", "h5" or "savedmodel"
    sha256: str  # of a folder: of its files' names and SHA-256
    bytes: int
    keras_version: str | None  # that saved it, as the file says
    saved: str | None  # when, as the file says


class Given(Protocol):
    """What is imported."""

    @property
    def source(self) -> Source:
        """What is told of it."""
        ...

    @property
    def compiled(self) -> Mapping[str, Any] | None:
        """What the model was trained with, where that is known."""
        ...

    def place(self, folder: Path) -> str:
        """Put what was looked at into a folder; returns its name there."""
        ...


def given(wishes: Wishes) -> Given:
    """The file, once its bytes are found safe to load, or the folder, where it is trusted.

    Raises Refused for a file that is not safe, and CannotImport for a folder that is not trusted or not a SavedModel.
    """
    path = wishes.file
    if not path.is_dir():
        file = inspect(path, allow=wishes.allow)
        check_meanings(file)
        return InspectedFile(file)
    if not (path / "saved_model.pb").is_file():
        raise CannotImport(f"{path} is a folder without saved_model.pb, so no SavedModel. Give a .keras or .h5 file.")
    if not wishes.trust:
        raise CannotImport(
            f"{path} is a SavedModel: a program that may do anything, which no rule can check. Save the model as "
            ".keras, or, where you trust its maker as you would with a program, write TRUST=1."
        )
    return TrustedFolder(path, _source_of(path))


@dataclass(frozen=True)
class InspectedFile:
    """A file whose bytes have passed every rule."""

    file: ModelFile

    @property
    def source(self) -> Source:
        """As the file says of itself."""
        file = self.file
        return Source(file.path.name, file.kind, file.sha256, file.bytes, file.keras_version, file.saved)

    @property
    def compiled(self) -> Mapping[str, Any] | None:
        """As the file says; never given to Keras."""
        return self.file.compile_config

    def place(self, folder: Path) -> str:
        """Exactly the bytes that were inspected, less what loading does not need."""
        return self.file.strip_to(folder).name


@dataclass(frozen=True)
class TrustedFolder:
    """A SavedModel, of which nothing is known before it runs."""

    path: Path
    source: Source
    compiled: Mapping[str, Any] | None = None

    def place(self, folder: Path) -> str:
        """A copy of its files. Raises CannotImport where they have changed since they were hashed."""
        target = folder / "saved_model"
        for file in _files(self.path):
            copy = target / file.relative_to(self.path)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, copy, follow_symlinks=False)
        if _source_of(target).sha256 != self.source.sha256:
            raise CannotImport(f"{self.path} changed while it was read. Import it again.")
        return target.name


def _source_of(path: Path) -> Source:
    digest, size = hashlib.sha256(), 0
    for file in _files(path):
        with file.open("rb") as content:
            digest.update(f"{file.relative_to(path)} {hashlib.file_digest(content, 'sha256').hexdigest()};".encode())
        size += file.stat().st_size
    return Source(path.name, SAVED_MODEL, digest.hexdigest(), size, None, None)


def _files(path: Path) -> Iterator[Path]:
    """All files below, sorted. Raises CannotImport where one is no regular file, or where there is too much."""
    found, size = 0, 0
    for file in sorted(path.rglob("*")):
        status = file.lstat()
        if stat.S_ISDIR(status.st_mode):
            continue
        found, size = found + 1, size + status.st_size
        if not stat.S_ISREG(status.st_mode):
            raise CannotImport(f"{file} is no regular file; a SavedModel holds nothing else.")
        if found > MOST_FILES or size > LARGEST_FOLDER:
            raise CannotImport(f"{path} holds more than {MOST_FILES:,} files or {LARGEST_FOLDER >> 30} GB.")
        yield file
