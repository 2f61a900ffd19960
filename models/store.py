"""A folder of model versions: publishes and finds them, moves labels and traffic. Never loads a model."""

import errno
import hashlib
import re
import shutil
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from models.errors import (
    BadLabel,
    BadTraffic,
    InvalidName,
    UnknownLabel,
    UnknownModel,
    UnknownVersion,
    UnreadableStore,
    quoted,
)
from models.files import fsync, read_file, write_atomically
from models.manifest import LARGEST_MANIFEST, FileRecord, Manifest
from models.signing import SIGNATURE_FILE, Keyring, SigningKey, with_signature
from models.traffic import Traffic
from models.version import MANIFEST_FILE, ModelVersion, open_version, read_signatures

LABELS_FOLDER = "labels"
TRAFFIC_FILE = "traffic.json"
STAGING_PREFIX = ".publishing-"
TRAINING_FOLDER = ".training"
STUDIES_FOLDER = ".studies"
WITHDRAWN_PREFIX = "withdrawn-"
REMOVED_PREFIX = ".removing-"
LARGEST_LABEL = 1000  # bytes
LARGEST_TRAFFIC = 2**20  # bytes
STALE_STAGING_S = 24 * 3600  # a training that was killed leaves its folder behind; nobody publishes for a day

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_NUMBER = re.compile(r"[1-9][0-9]{0,8}")

Stamp = tuple[tuple[str, int, int], ...]  # name, bytes and time of writing of each file


class Store:
    """Versions in `<root>/<name>/<number>/`. Any number of processes may read and publish at the same time."""

    def __init__(self, root: Path, key: SigningKey | None = None, trusted: Keyring | None = None) -> None:
        """`key` signs what is published; only what one of the `trusted` signed is opened, where there are some."""
        self.root = root
        self._key = key
        self._trusted = trusted

    def names(self) -> list[str]:
        """The models that have at least one version, sorted; empty where the root does not exist.

        A model whose folder may not be read is among them, so that it is missed. Raises UnreadableStore for the root.
        """
        return [name for name in _entries(self.root) if _NAME.fullmatch(name) and _has_versions(self.root / name)]

    def numbers(self, name: str) -> list[int]:
        """The version numbers of a model, ascending. Raises UnknownModel or UnreadableStore."""
        numbers = _numbers(self.root / checked_name(name))
        if not numbers:
            raise UnknownModel(name, self.names())
        return numbers

    def version(self, name: str, number: int | None = None) -> ModelVersion:
        """One version, the newest where no number is given. Raises UnknownModel, UnknownVersion or BadVersion."""
        numbers = self.numbers(name)
        if number is None:
            number = numbers[-1]
        elif number not in numbers:
            raise UnknownVersion(name, number, numbers)
        return open_version(name, number, self.root / name / str(number), self._trusted)

    @contextmanager
    def staging(self, name: str) -> Iterator[Path]:
        """A new folder beside the versions of `name`, to be filled and given to `publish`; removed on an error."""
        place = self.root / checked_name(name)
        place.mkdir(parents=True, exist_ok=True)
        _sweep(place)
        folder = place / f"{STAGING_PREFIX}{uuid.uuid4().hex}"
        folder.mkdir()
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)  # after publish there is nothing left here

    def publish(self, name: str, folder: Path, manifest: Manifest) -> ModelVersion:
        """Seal a staged folder with its manifest and make it the newest version of `name`.

        The rename is the one moment at which the version comes into being, so a reader sees all of it or nothing.
        Of two publishers that want the same number the rename of one fails, and it takes the next number.
        """
        sealed = _seal(folder, manifest)
        place = self.root / checked_name(name)
        while True:
            number = max(_numbers(place) + _withdrawn(place), default=0) + 1
            if self._key is not None:
                _sign(name, number, folder, sealed, self._key)
            try:
                folder.rename(place / str(number))
            except OSError as error:
                if error.errno in (errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR):
                    continue
                raise
            fsync(place)
            return open_version(name, number, place / str(number))

    def sign(self, name: str, number: int, key: SigningKey) -> None:
        """Sign a version that is there already: its file of signatures is the only one that is ever replaced.

        Raises UnknownModel, UnknownVersion, and BadVersion where it is damaged, as nobody should vouch for that.
        """
        folder = Store(self.root).version(name, number).folder
        content = read_file(folder / MANIFEST_FILE, LARGEST_MANIFEST)  # what is checked is what is signed
        version = ModelVersion(name, number, folder, Manifest.from_json(content))
        version.verify()
        version.golden()
        _sign(name, number, folder, content, key)

    def unfinished(self, name: str) -> Path:
        """Where a training of `name` keeps what it has so far, unseen by readers of the store. It may not be there."""
        return self.root / checked_name(name) / TRAINING_FOLDER

    def studies(self, name: str) -> Path:
        """Where searches for the best settings of `name` keep their trials, unseen by readers. It may not be there."""
        return self.root / checked_name(name) / STUDIES_FOLDER

    def withdrawn(self, name: str) -> list[int]:
        """The numbers of the versions that were taken out of service, ascending; retirement.py does that."""
        return _withdrawn(self.root / checked_name(name))

    def stamp(self, name: str, number: int) -> Stamp:
        """How the folder of a version looks now: it changes when a file is added, removed or written. Reads no file."""
        folder = self.root / checked_name(name) / str(number)
        return tuple((entry, *_written(folder / entry)) for entry in _entries(folder))

    def labels(self, name: str) -> list[str]:
        """The labels of a model, sorted."""
        return [label for label in _entries(self.root / checked_name(name) / LABELS_FOLDER) if _NAME.fullmatch(label)]

    def labelled(self, name: str, label: str) -> int:
        """The version number that a label points at. Raises UnknownLabel, or BadLabel where its file holds none."""
        if label not in self.labels(name):
            raise UnknownLabel(name, label, self.labels(name))
        try:
            text = read_file(self.root / name / LABELS_FOLDER / label, LARGEST_LABEL).decode().strip()
        except (OSError, ValueError) as error:
            raise BadLabel(f"{name}/{LABELS_FOLDER}/{label} is no text to be read. Move the label again.") from error
        if not _NUMBER.fullmatch(text):
            raise BadLabel(
                f"{name}/{LABELS_FOLDER}/{label} holds {quoted(text)}, no version number. Move the label again."
            )
        return int(text)

    def label(self, name: str, label: str, number: int) -> None:
        """Point a label at a version, at once for every later reader. Raises UnknownModel or UnknownVersion.

        Each label is a file of its own, so that two who move different labels cannot undo each other's move.
        """
        numbers = self.numbers(name)
        if number not in numbers:
            raise UnknownVersion(name, number, numbers)
        write_atomically(self.root / name / LABELS_FOLDER / checked_name(label, "label"), f"{number}\n".encode())

    def traffic(self, name: str) -> Traffic:
        """Who answers the requests that name neither version nor label; `Traffic()` where nobody has said.

        Raises UnknownModel, or BadTraffic for a file that does not follow docs/model-format.md. The labels may be gone.
        """
        self.numbers(name)
        try:
            traffic = Traffic.from_json(read_file(self.root / name / TRAFFIC_FILE, LARGEST_TRAFFIC))
            for label in traffic.labels:
                checked_name(label, "label")
        except FileNotFoundError:
            return Traffic()
        except OSError as error:
            raise _bad_traffic(name, f"It cannot be read ({error.strerror}).") from error
        except (BadTraffic, InvalidName) as error:
            raise _bad_traffic(name, str(error)) from error
        return traffic

    def route(self, name: str, traffic: Traffic) -> None:
        """Replace the traffic of a model, at once for every later reader; an empty one removes the file.

        Raises UnknownModel, BadTraffic for the file that is there, and UnknownLabel, BadLabel or UnknownVersion for a
        label that leads nowhere. Only the half that changes is checked, so that each can be turned off when both do.
        """
        before = self.traffic(name)
        changed = Traffic(
            traffic.split if traffic.split != before.split else {},
            traffic.shadow if traffic.shadow != before.shadow else None,
        )
        for label in sorted(changed.labels):
            self._check_label(name, label)
        path = self.root / name / TRAFFIC_FILE
        if traffic != Traffic():
            write_atomically(path, traffic.to_json().encode())
        elif before != Traffic():
            path.unlink(missing_ok=True)
            fsync(path.parent)

    def _check_label(self, name: str, label: str) -> None:
        number, numbers = self.labelled(name, label), self.numbers(name)
        if number not in numbers:
            raise UnknownVersion(name, number, numbers, f" Label {label!r} points at it; move the label first.")


def checked_name(name: str, what: str = "model name") -> str:
    """The name itself. Raises InvalidName where it could not be a folder, a URL part and a metric label."""
    if not _NAME.fullmatch(name):
        raise InvalidName(
            f"{quoted(name)} is no {what}: it takes 1 to 100 letters, digits, '.', '_' or '-', first a letter or digit."
        )
    return name


def _bad_traffic(name: str, fault: str) -> BadTraffic:
    return BadTraffic(f"{name}/{TRAFFIC_FILE}: {fault} Remove the file, and set split and shadow again.")


def _numbers(place: Path) -> list[int]:
    return sorted(int(entry) for entry in _entries(place) if _NUMBER.fullmatch(entry))


def _withdrawn(place: Path) -> list[int]:
    names = [entry.removeprefix(WITHDRAWN_PREFIX) for entry in _entries(place) if entry.startswith(WITHDRAWN_PREFIX)]
    return sorted(int(name) for name in names if _NUMBER.fullmatch(name))


def _has_versions(place: Path) -> bool:
    try:
        return bool(_numbers(place))
    except UnreadableStore:
        return True


def _written(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except OSError:
        return (-1, -1)
    return (status.st_size, status.st_mtime_ns)


def _entries(folder: Path) -> list[str]:
    """What lies in a folder, sorted; nothing where there is no folder, also where it vanishes at this moment."""
    try:
        return sorted(entry.name for entry in folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise UnreadableStore(
            f"{folder} cannot be read ({error.strerror}). Give this user the right to read it."
        ) from error


def _seal(folder: Path, manifest: Manifest) -> bytes:
    """Write the manifest with the hash of every file, and bring all of it onto the disk; returns what was written."""
    (folder / SIGNATURE_FILE).unlink(missing_ok=True)  # of another version, whose files were copied
    files = {path.name: _record(path) for path in sorted(folder.iterdir())}
    document = replace(manifest, files=files).to_json().encode()
    Manifest.from_json(document)  # what no reader would take must fail here, before it is seen
    (folder / MANIFEST_FILE).write_bytes(document)
    for path in [*folder.iterdir(), folder]:
        fsync(path)
    return document


def _record(path: Path) -> FileRecord:
    content = path.read_bytes()
    return FileRecord(hashlib.sha256(content).hexdigest(), len(content))


def _sign(name: str, number: int, folder: Path, manifest: bytes, key: SigningKey) -> None:
    line = key.sign(name, number, manifest)
    before = read_signatures(folder) or b""
    signatures = with_signature(line, before)
    if signatures != before:  # a service looks again at what was written
        write_atomically(folder / SIGNATURE_FILE, signatures)


def _sweep(place: Path) -> None:
    """Remove what trainings that were killed left behind."""
    for folder in place.glob(f"{STAGING_PREFIX}*"):
        with suppress(FileNotFoundError):  # published by another at this moment
            if time.time() - folder.stat().st_mtime > STALE_STAGING_S:
                shutil.rmtree(folder, ignore_errors=True)
