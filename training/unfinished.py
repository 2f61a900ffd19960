"""The file that a training which is not finished leaves in its store, and whether another may go on with it.

docs/training.md tells what is kept. Knows no network.
"""

import json
import os
import shutil
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from models.files import fsync
from training.checkpoint import Checkpoint, Saved
from training.errors import CannotResume

FILE = "checkpoint.npz"
FORMAT = 1
EVERY_S = 5.0  # what a training that is killed loses, with the epoch under way


@dataclass(frozen=True)
class Origin:
    """What a training starts from. Where that is the same, its numbers are."""

    name: str  # of the recipe
    settings: Mapping[str, Any]  # of the config and, where a version is trained further, its number
    data: str  # SHA-256 of the arrays
    libraries: Mapping[str, str]


class Damaged(Exception):
    """A file that is no checkpoint, or half of one; the message says why."""


@dataclass(frozen=True)
class Unfinished:
    """The place of that file in a folder of its own, which is removed with it."""

    folder: Path
    origin: Origin

    def write(self, saved: Saved) -> None:
        """Replace the file at once, so that it is whole at any moment at which the training may be killed."""
        arrays: list[np.ndarray] = []
        document = {"format": FORMAT, "origin": asdict(self.origin), "saved": _packed(vars(saved), arrays)}
        self.folder.mkdir(parents=True, exist_ok=True)
        beside = self.folder / f"{FILE}.{os.getpid()}"
        with beside.open("wb") as file:
            named = {f"array{place}": array for place, array in enumerate(arrays)}
            named["document"] = np.frombuffer(json.dumps(document).encode(), np.uint8)
            np.savez(file, allow_pickle=False, **named)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self.folder / FILE)
        fsync(self.folder)

    def read(self) -> tuple[Origin, Saved] | None:
        """What the file holds; None where there is none. Raises Damaged."""
        try:
            with (self.folder / FILE).open("rb") as file, np.load(file, allow_pickle=False) as content:
                return _read(content)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, LookupError, TypeError, AttributeError, EOFError, zipfile.BadZipFile) as error:
            raise Damaged(" ".join(str(error).split())[:100] or type(error).__name__) from error

    def remove(self) -> None:
        """What is published needs it no more."""
        shutil.rmtree(self.folder, ignore_errors=True)


Begin = Callable[[Unfinished, Console], Checkpoint]  # begin_anew or go_on


def begin_anew(unfinished: Unfinished, console: Console) -> Checkpoint:
    """From the first epoch. An interrupted training that lies there is named; this one will replace it."""
    try:
        found = unfinished.read()
    except Damaged:
        found = None  # it will be replaced, and nobody asks for it
    if found:
        console.print(
            f"{unfinished.origin.name}: an earlier training was interrupted after {found[1].place}; RESUME=1 goes on "
            f"with it. This one begins anew and, from {EVERY_S:g} seconds on, takes its place."
        )
    return _checkpoint(None, unfinished, console)


def go_on(unfinished: Unfinished, console: Console) -> Checkpoint:
    """Where the interrupted training was; from the first epoch where there is none, or where its file is damaged.

    Raises CannotResume for an interrupted training of another config or on other data.
    """
    name = unfinished.origin.name
    try:
        found = unfinished.read()
    except Damaged as error:
        console.print(f"{name}: what the interrupted training left is damaged ({error}). This one begins anew.")
        return _checkpoint(None, unfinished, console)
    if found is None:
        console.print(f"{name}: there is no interrupted training to go on with. This one begins anew.")
        return _checkpoint(None, unfinished, console)
    origin, saved = found
    _check(origin, unfinished.origin, saved)
    console.print(f"{name}: goes on after {saved.place}.{_other_libraries(origin, unfinished.origin)}")
    return _checkpoint(saved, unfinished, console)


def _checkpoint(saved: Saved | None, unfinished: Unfinished, console: Console) -> Checkpoint:
    def write(saved: Saved) -> None:
        """A disk that is full must not end a training of hours."""
        try:
            unfinished.write(saved)
        except OSError as error:
            console.print(f"{unfinished.origin.name}: what it has so far could not be written down: {error}")

    return Checkpoint(saved, write, EVERY_S)


def _check(then: Origin, now: Origin, saved: Saved) -> None:
    if then.data != now.data:
        raise CannotResume(
            f"The training that was interrupted after {saved.place} had other data: its SHA-256 was {then.data}, and "
            f"now is {now.data}. Bring that data back, or leave RESUME=1 out to begin anew."
        )
    keys = [key for key in {**then.settings, **now.settings} if then.settings.get(key) != now.settings.get(key)]
    if keys:
        was, is_now = _words(then.settings, keys), _words(now.settings, keys)
        raise CannotResume(
            f"The training that was interrupted after {saved.place} had {was}, and this one has {is_now}. Choose the "
            "same to go on with it, or leave RESUME=1 out to begin anew."
        )


def _words(settings: Mapping[str, Any], keys: list[str]) -> str:
    return ", ".join(f"{key}={_word(settings.get(key))}" for key in keys)


def _word(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def _other_libraries(then: Origin, now: Origin) -> str:
    others = [f"{library} {then.libraries[library]}" for library in now.libraries if _differ(library, then, now)]
    if not others:
        return ""
    return f" It was begun with {', '.join(others)}, so its numbers may differ from those of a training in one piece."


def _differ(library: str, then: Origin, now: Origin) -> bool:
    return library in then.libraries and then.libraries[library] != now.libraries[library]


def _packed(value: Any, arrays: list[np.ndarray]) -> Any:
    """The value with each array replaced by its place in `arrays`."""
    if isinstance(value, np.ndarray):
        arrays.append(value)
        return {"array": len(arrays) - 1}
    if isinstance(value, dict):
        return {key: _packed(part, arrays) for key, part in value.items()}
    return [_packed(part, arrays) for part in value] if isinstance(value, list | tuple) else value


def _unpacked(value: Any, content: Mapping[str, np.ndarray]) -> Any:
    if isinstance(value, dict):
        if value.keys() == {"array"}:
            return content[f"array{value['array']}"]
        return {key: _unpacked(part, content) for key, part in value.items()}
    return [_unpacked(part, content) for part in value] if isinstance(value, list) else value


def _read(content: Mapping[str, np.ndarray]) -> tuple[Origin, Saved]:
    document = json.loads(content["document"].tobytes())
    if document["format"] != FORMAT:
        raise ValueError(f"it is of format {document['format']}, and this Heaviside reads {FORMAT}")
    saved = _unpacked(document["saved"], content)
    return Origin(**document["origin"]), Saved(saved["seconds"], tuple(saved["finished"]), saved["current"])
