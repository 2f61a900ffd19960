"""One published, immutable version: its place, its manifest and its files. Knows neither Keras nor ONNX Runtime."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from models.errors import BadVersion
from models.golden import Golden
from models.manifest import FileRecord, Manifest

KERAS_FILE = "model.keras"  # the source of truth
ONNX_FILE = "model.onnx"  # what serves; absent where ONNX cannot express the model
GOLDEN_FILE = "golden.npz"
CARD_FILE = "README.md"
REPORT_FILE = "report.html"
MANIFEST_FILE = "manifest.json"


@dataclass(frozen=True)
class ModelVersion:
    """A version as found in a store. Every byte read through it is checked against the manifest first."""

    name: str
    number: int
    folder: Path
    manifest: Manifest

    def __str__(self) -> str:
        return f"{self.name} version {self.number}"

    @property
    def place(self) -> str:
        """Where it lies in its store; messages name this, as the store's own place is nobody's business outside."""
        return f"{self.name}/{self.number}"

    def has(self, file: str) -> bool:
        """Whether the version was published with that file."""
        return file in self.manifest.files

    def read(self, file: str) -> bytes:
        """The bytes of a published file.

        Raises BadVersion, which names the file, where it is missing, truncated or changed.
        """
        record = self.manifest.files.get(file)
        if record is None:
            raise BadVersion(f"{self} was published without {file}.")
        try:
            content = (self.folder / file).read_bytes()
        except OSError as error:
            raise BadVersion(
                f"{self.place}/{file} cannot be read ({error.strerror}): the version is damaged or only half copied. "
                f"Copy or publish {self} again."
            ) from error
        if fault := _fault(content, record):
            raise BadVersion(f"{self.place}/{file} {fault}. Copy or publish {self} again.")
        return content

    def golden(self) -> Golden:
        """The golden rows. Raises BadVersion where their file is not what was published, or no rows of this model."""
        content = self.read(GOLDEN_FILE)
        try:
            golden = Golden.from_bytes(content)
        except Exception as error:  # NumPy raises many kinds for what is no npz file
            raise BadVersion(f"{self.place}/{GOLDEN_FILE} holds no golden rows: {error}") from error
        if not golden.fits(self.manifest.signature):
            raise BadVersion(
                f"{self.place}/{GOLDEN_FILE} does not fit the signature in the manifest. Publish {self} again."
            )
        return golden

    def card(self) -> str:
        """The model card in Markdown. Raises BadVersion where its file is not what was published, or no text."""
        try:
            return self.read(CARD_FILE).decode()
        except UnicodeDecodeError as error:
            raise BadVersion(f"{self.place}/{CARD_FILE} is no UTF-8 text: {error}") from error

    def verify(self) -> None:
        """Check each published file against its hash. Raises BadVersion for the first that fails."""
        for file in self.manifest.files:
            self.read(file)


def open_version(name: str, number: int, folder: Path) -> ModelVersion:
    """Read the manifest in `folder`; the other files are checked when they are read.

    Raises BadVersion where there is no manifest or where it is damaged.
    """
    try:
        manifest = Manifest.from_json((folder / MANIFEST_FILE).read_bytes())
    except OSError as error:
        raise BadVersion(
            f"{name}/{number}/{MANIFEST_FILE} cannot be read ({error.strerror}): this is no published version, or it "
            f"was only half copied. Copy or publish {name} version {number} again."
        ) from error
    except BadVersion as error:
        raise BadVersion(f"{name}/{number}: {error}") from error
    return ModelVersion(name, number, folder, manifest)


def _fault(content: bytes, record: FileRecord) -> str:
    if len(content) < record.bytes:
        return f"is truncated: it has {len(content)} of {record.bytes} bytes"
    if hashlib.sha256(content).hexdigest() != record.sha256:
        return "was changed after the version was published: its SHA-256 is not the one in the manifest"
    return ""
