"""One published, immutable version: its place, its manifest and its files. Knows neither Keras nor ONNX Runtime."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from models.errors import BadVersion
from models.files import open_file, read_file
from models.golden import Golden
from models.manifest import LARGEST_MANIFEST, FileRecord, Manifest
from models.signing import LARGEST_SIGNATURES, SIGNATURE_FILE, Keyring

KERAS_FILE = "model.keras"  # the source of truth
ONNX_FILE = "model.onnx"  # what serves; absent where ONNX cannot express the model
GOLDEN_FILE = "golden.npz"
CARD_FILE = "README.md"
REPORT_FILE = "report.html"
MANIFEST_FILE = "manifest.json"

LARGEST_READ = 2**31  # bytes: what a runtime is given is one protobuf message or one archive in memory


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
        record = self._record(file)
        if record.bytes > LARGEST_READ:
            raise BadVersion(f"{self.place}/{file} has {record.bytes} bytes; at most {LARGEST_READ} are read at once.")
        try:
            content = read_file(self.folder / file, record.bytes + 1)
        except OSError as error:
            raise self._unreadable(file, error) from error
        self._check(file, record, len(content), hashlib.sha256(content).hexdigest())
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
            self.check(file)

    def check(self, file: str) -> None:
        """Check one published file against its hash, without holding all of it. Raises BadVersion as `read` does."""
        record = self._record(file)
        try:
            with open_file(self.folder / file) as opened:
                digest = hashlib.file_digest(opened, "sha256").hexdigest()
                size = opened.tell()
        except OSError as error:
            raise self._unreadable(file, error) from error
        self._check(file, record, size, digest)

    def _record(self, file: str) -> FileRecord:
        if (record := self.manifest.files.get(file)) is None:
            raise BadVersion(f"{self} was published without {file}.")
        return record

    def _unreadable(self, file: str, error: OSError) -> BadVersion:
        return BadVersion(
            f"{self.place}/{file} cannot be read ({error.strerror}): the version is damaged or only half copied. "
            f"Copy or publish {self} again."
        )

    def _check(self, file: str, record: FileRecord, size: int, digest: str) -> None:
        if size < record.bytes:
            fault = f"is truncated: it has {size} of {record.bytes} bytes"
        elif digest != record.sha256:
            fault = "was changed after the version was published: its SHA-256 is not the one in the manifest"
        else:
            return
        raise BadVersion(f"{self.place}/{file} {fault}. Copy or publish {self} again.")


def open_version(name: str, number: int, folder: Path, trusted: Keyring | None = None) -> ModelVersion:
    """Read the manifest in `folder`; the other files are checked when they are read.

    Raises BadVersion where there is no manifest or where it is damaged, and where none of the `trusted` signed it.
    """
    try:
        content = read_file(folder / MANIFEST_FILE, LARGEST_MANIFEST + 1)
        if trusted is not None:  # before anything is made of what it says
            trusted.check(name, number, content, read_signatures(folder))
        manifest = Manifest.from_json(content)
    except OSError as error:
        raise BadVersion(
            f"{name}/{number}/{MANIFEST_FILE} cannot be read ({error.strerror}): this is no published version, or it "
            f"was only half copied. Copy or publish {name} version {number} again."
        ) from error
    except BadVersion as error:
        raise BadVersion(f"{name}/{number}: {error}") from error
    return ModelVersion(name, number, folder, manifest)


def check_signature(version: ModelVersion, trusted: Keyring) -> str:
    """The id of a trusted key that signed the manifest that is there now. Raises BadVersion or OSError."""
    content = read_file(version.folder / MANIFEST_FILE, LARGEST_MANIFEST + 1)
    return trusted.check(version.name, version.number, content, read_signatures(version.folder))


def read_signatures(folder: Path) -> bytes | None:
    """What is in the file of signatures of the version in `folder`; None where it was not signed. Raises OSError."""
    try:
        return read_file(folder / SIGNATURE_FILE, LARGEST_SIGNATURES + 1)
    except FileNotFoundError:
        return None
