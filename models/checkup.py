"""What is wrong with a store, finding by finding. Changes nothing, and runs no model.

What is BAD is refused by a service, or leads nowhere; what is odd does no harm by itself, and is not as published.
"""

import stat
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from models.errors import BadLabel, BadTraffic, BadVersion, UnreadableStore
from models.inspection import Refused, inspect
from models.onnx_file import check_onnx
from models.signing import SIGNATURE_FILE, Keyring, signers
from models.store import (
    LABELS_FOLDER,
    REMOVED_PREFIX,
    STAGING_PREFIX,
    STALE_STAGING_S,
    STUDIES_FOLDER,
    TRAFFIC_FILE,
    TRAINING_FOLDER,
    WITHDRAWN_PREFIX,
    Store,
)
from models.version import KERAS_FILE, MANIFEST_FILE, ONNX_FILE, ModelVersion, check_signature, read_signatures


class Level(StrEnum):
    """How much a finding matters."""

    GOOD = "good"
    ODD = "odd"
    BAD = "BAD"


@dataclass(frozen=True)
class Finding:
    """One sentence on a model, or on one of its versions."""

    level: Level
    model: str
    version: int | None
    message: str


def check_store(store: Store, trusted: Keyring | None) -> Iterator[Finding]:
    """All models of a store. Raises UnreadableStore for its root."""
    for name in store.names():
        yield from check_model(store, name, trusted)


def check_model(store: Store, name: str, trusted: Keyring | None) -> Iterator[Finding]:
    """All versions of a model, its labels and traffic, and what else lies there. Raises UnknownModel."""
    try:
        numbers = store.numbers(name)
    except UnreadableStore as error:
        yield Finding(Level.BAD, name, None, str(error))
        return
    for number in numbers:
        yield from check_version(store, name, number, trusted)
    for level, message in [*_labels(store, name, numbers), *_traffic(store, name, numbers), *_others(store, name)]:
        yield Finding(level, name, None, f"{name}/{message}")


def check_version(store: Store, name: str, number: int, trusted: Keyring | None) -> Iterator[Finding]:
    """One version: every fault of it, or that it is good. Raises UnknownModel or UnknownVersion."""
    try:
        version = Store(store.root).version(name, number)
    except BadVersion as error:
        yield Finding(Level.BAD, name, number, str(error))
        return
    signed_by, bad = _signature(version, trusted)
    odd = [*_oddities(version)]
    bad += _faults(version)
    if refused := _refusal(version):
        (odd if version.has(ONNX_FILE) else bad).append(refused)
    if not bad:
        yield Finding(Level.GOOD, name, number, f"{version}{signed_by}")
    for level, messages in ((Level.BAD, bad), (Level.ODD, odd)):
        yield from (Finding(level, name, number, message) for message in messages)


def _signature(version: ModelVersion, trusted: Keyring | None) -> tuple[str, list[str]]:
    """Who signed the version, as a part of a sentence, and what is wrong with that."""
    try:
        if trusted is not None:
            return f", signed by {check_signature(version, trusted)}", []
        signatures = read_signatures(version.folder)
        return "" if signatures is None else f", signed by {', '.join(signers(signatures))} (not checked)", []
    except OSError as error:
        return "", [f"{version.place}/{SIGNATURE_FILE} cannot be read ({error.strerror})."]
    except BadVersion as error:
        return "", [f"{version.place}: {error}"]


def _faults(version: ModelVersion) -> Iterator[str]:
    checks: list[Callable[[], object]] = [partial(version.check, file) for file in version.manifest.files]
    checks += [version.golden, partial(_check_onnx, version)]
    for check in checks:
        try:
            check()
        except BadVersion as error:
            yield str(error)


def _check_onnx(version: ModelVersion) -> None:
    if version.has(ONNX_FILE):
        check_onnx(version.read(ONNX_FILE), f"{version.place}/{ONNX_FILE}")


def _refusal(version: ModelVersion) -> str:
    """Why the TensorFlow runtime would not open the version; nothing where that cannot be told, for want of h5py."""
    if not version.has(KERAS_FILE) or find_spec("h5py") is None:
        return ""
    try:
        inspect(version.folder / KERAS_FILE)
    except Refused as error:
        return f"{version.place}/{KERAS_FILE} would not be given to Keras. {error}"
    return ""


def _oddities(version: ModelVersion) -> Iterator[str]:
    known = {*version.manifest.files, MANIFEST_FILE, SIGNATURE_FILE}
    yield from _habits(version.folder, version.place)
    for path in sorted(version.folder.iterdir()):
        place = f"{version.place}/{_shown(path.name)}"
        if path.name not in known:
            yield f"{place} was not published with the version, and nobody reads it. Remove it."
        yield from _habits(path, place)


def _habits(path: Path, place: str) -> Iterator[str]:
    """Of a file or folder that is no copy, or that anybody may change."""
    try:
        mode = path.lstat().st_mode
    except OSError:
        return  # gone at this moment
    if stat.S_ISLNK(mode):
        yield f"{place} is a link to {_shown(str(path.readlink()))}: the version is not whole without it."
    elif mode & stat.S_IWOTH:
        yield f"{place} may be changed by every user of this machine; take that away: chmod o-w"


def _labels(store: Store, name: str, numbers: list[int]) -> Iterator[tuple[Level, str]]:
    for label in store.labels(name):
        if fault := _label_fault(store, name, label, numbers):
            yield Level.BAD, f"{LABELS_FOLDER}/{label} {fault}"


def _label_fault(store: Store, name: str, label: str, numbers: list[int]) -> str:
    try:
        number = store.labelled(name, label)
    except BadLabel:
        return "holds no version number. Move the label again, or remove the file."
    return "" if number in numbers else f"points at version {number}, which is not there. Move the label."


def _traffic(store: Store, name: str, numbers: list[int]) -> Iterator[tuple[Level, str]]:
    try:
        labels = sorted(store.traffic(name).labels)
    except BadTraffic as error:
        yield Level.BAD, str(error).removeprefix(f"{name}/")
        return
    known = store.labels(name)
    for label in labels:
        if label not in known or _label_fault(store, name, label, numbers):
            yield Level.BAD, f"{TRAFFIC_FILE} names the label {label!r}, which leads to no version."


def _others(store: Store, name: str) -> Iterator[tuple[Level, str]]:
    """What neither serves nor belongs to a training that may be at work."""
    versions = {*map(str, store.numbers(name)), *(f"{WITHDRAWN_PREFIX}{number}" for number in store.withdrawn(name))}
    known = {*versions, LABELS_FOLDER, TRAFFIC_FILE, TRAINING_FOLDER, STUDIES_FOLDER}
    for path in _unknown((store.root / name).iterdir(), known):
        if path.name.startswith(STAGING_PREFIX):
            if time.time() - path.lstat().st_mtime > STALE_STAGING_S:
                yield Level.ODD, f"{_shown(path.name)} was left by a training that was killed; the next one removes it."
        elif path.name.startswith(REMOVED_PREFIX):
            yield Level.ODD, f"{_shown(path.name)} was left by a `prune` that was killed. Remove it."
        else:
            yield Level.ODD, f"{_shown(path.name)} is nothing that a store knows. Remove it."
    if (labels := store.root / name / LABELS_FOLDER).is_dir():
        for path in _unknown(labels.iterdir(), {*store.labels(name)}):
            yield Level.ODD, f"{LABELS_FOLDER}/{_shown(path.name)} is no label. Remove it."


def _unknown(paths: Iterable[Path], known: set[str]) -> list[Path]:
    return sorted(path for path in paths if path.name not in known)


def _shown(name: str) -> str:
    """A name that somebody chose, without what a terminal would act on or could not write."""
    return name if name.isprintable() else ascii(name)
