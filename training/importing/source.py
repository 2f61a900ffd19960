"""Where an imported model comes from: a file that was inspected. Knows no Keras."""

from dataclasses import dataclass

from models.inspection import ModelFile, inspect
from training.importing.errors import CannotImport
from training.importing.wishes import Wishes


@dataclass(frozen=True)
class Source:
    """What is told of a file in manifest and card; its place is nobody's business."""

    file: str
    kind: str  # "keras", "h5" or "savedmodel"
    sha256: str
    bytes: int
    keras_version: str | None  # that saved it, as the file says
    saved: str | None  # when, as the file says


def inspected(wishes: Wishes) -> ModelFile:
    """The file, once its bytes are found to be safe to load. Raises Refused, or CannotImport where it is a folder."""
    path = wishes.file
    if path.is_dir():
        raise CannotImport(
            f"{path} is a folder, so a SavedModel, if it is a model: a program that may do anything, which no rule can "
            "check. Save the model as .keras, or, where you trust its maker, write TRUST=1."
        )
    return inspect(path, allow=wishes.allow)


def source_of(file: ModelFile) -> Source:
    """What is told of an inspected file."""
    return Source(file.path.name, file.kind, file.sha256, file.bytes, file.keras_version, file.saved)
