"""Has a throw-away process read HDF5, and believes of its answer only what has the right form. Knows no HDF5 itself.

The library that parses HDF5 is C and may crash, or worse, on a hostile file. So the parser runs where it can open no
file, write nothing, and take neither more memory nor more time than it is given; what it says is data, checked here.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from models.inspection.limits import Limits
from models.inspection.refused import Refused

READER = Path(__file__).with_name("hdf5_reader.py")
WRITER = Path(__file__).with_name("hdf5_writer.py")
ENVIRONMENT = {  # nothing of ours, no plug-ins for filters, and no threads that take memory
    "HDF5_PLUGIN_PRELOAD": "::",
    "OPENBLAS_NUM_THREADS": "1",
    "LC_ALL": "C.UTF-8",
}
DAMAGED = "The HDF5 in it is damaged or made to do damage"


@dataclass(frozen=True)
class Weights:
    """One data set: its path, the shape and kind of its numbers, and the bytes that they take as declared."""

    path: str
    shape: tuple[int, ...]
    kind: str  # "i", "u", "f", "b", "s", as NumPy has it, or "V" for bfloat16
    bytes: int


@dataclass(frozen=True)
class Contents:
    """What an HDF5 file holds; the attributes are those of its root."""

    weights: tuple[Weights, ...]
    model_config: str | None
    training_config: str | None
    keras_version: str | None


def read(content: bytes, limits: Limits, part: str) -> Contents:
    """What is in the HDF5 file `content`. Raises Refused where it breaks a rule, or reading it does not end well."""
    answer = _sensible(_answer(READER, (content,), limits, part), part)
    if "refused" in answer:
        rule, place, sentence = (str(word)[:500] for word in answer["refused"])
        raise Refused(rule, f"{part}: {place}", sentence)
    try:
        weights = tuple(Weights(str(p), tuple(map(int, s)), str(k), int(b)) for p, s, k, b in answer["weights"])
        return Contents(weights, *(_text(answer, key) for key in ("model_config", "training_config", "keras_version")))
    except (KeyError, TypeError, ValueError) as error:
        raise Refused("damaged", part, f"{DAMAGED}: its reader gave no sensible answer. Save it again.") from error


def rewritten(content: bytes, config: bytes, limits: Limits, part: str) -> bytes:
    """The file with `config` as its model_config. Raises Refused where that cannot be done."""
    return _answer(WRITER, (len(config).to_bytes(8, "big"), config, content), limits, part)


def _sensible(answer: bytes, part: str) -> Mapping[str, Any]:
    try:
        read = json.loads(answer)
    except ValueError:
        read = None
    if not isinstance(read, dict):
        raise Refused("damaged", part, f"{DAMAGED}: its reader gave no sensible answer. Save it again.")
    return read


def _answer(script: Path, given: Sequence[bytes], limits: Limits, part: str) -> bytes:
    """What the script answers to the bytes."""
    with tempfile.TemporaryFile() as source, tempfile.TemporaryFile() as answered:
        for piece in given:
            source.write(piece)
        source.seek(0)
        status = _run(script, source.fileno(), answered.fileno(), limits, part)
        answered.seek(0)
        if status == 0:
            return answered.read()
    raise Refused("damaged", part, f"{DAMAGED}: its reader {_end(status)}. Copy or save the file again.")


def _run(script: Path, given: int, answered: int, limits: Limits, part: str) -> int:
    command = [sys.executable, "-I", str(script), json.dumps(asdict(limits))]
    try:
        return subprocess.run(
            command,
            stdin=given,
            stdout=answered,
            stderr=subprocess.DEVNULL,
            env=ENVIRONMENT,
            cwd="/",
            timeout=2 * limits.hdf5_seconds + 30,  # it ends itself by its processor time; a sleep, it cannot
            check=False,
        ).returncode
    except subprocess.TimeoutExpired as error:
        raise Refused("damaged", part, f"{DAMAGED}: its reader did not end. Save the file again.") from error


def _end(status: int) -> str:
    return f"was ended by signal {-status}" if status < 0 else f"ended with status {status}"


def _text(answer: Mapping[str, Any], key: str) -> str | None:
    value = answer[key]
    if not isinstance(value, str | None):
        raise TypeError(key)
    return value
