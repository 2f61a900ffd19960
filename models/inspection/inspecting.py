"""`inspect`: the checks of a model file, in the order in which each may rely on those before. Knows no rule."""

import hashlib
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from models.inspection import archive, hdf5
from models.inspection.archive import CONFIG, METADATA, WEIGHTS
from models.inspection.compiled import check_compiled, check_nested
from models.inspection.document import parse
from models.inspection.graph import count
from models.inspection.limits import Limits
from models.inspection.model_file import H5, KERAS, ModelFile
from models.inspection.modern import modern
from models.inspection.objects import Walk
from models.inspection.reading import read_once
from models.inspection.refused import Refused

KINDS = {".keras": KERAS, ".h5": H5, ".hdf5": H5}  # Keras, too, goes by the name
BEGINNINGS = {KERAS: b"PK\x03\x04", H5: b"\x89HDF\r\n\x1a\n"}


def inspect(path: Path, limits: Limits = Limits(), allow: Sequence[str] = ()) -> ModelFile:  # noqa: B008  # immutable
    """Decide whether Keras may have the file at `path`; it may name what the packages in `allow` have registered.

    Nothing of the file is executed or unpickled, and no file but this one is opened. HDF5 is parsed in a process of its
    own, as its library may crash on a damaged file. Raises Refused, with rule and place, for every other file.
    """
    content = read_once(path, limits)
    kind = KINDS.get(path.suffix)
    if kind is None:
        raise Refused("file", path.name[:100], "a model file's name ends in .keras, .h5 or .hdf5.")
    if not content.startswith(BEGINNINGS[kind]):
        raise Refused("file", path.name[:100], f"{_beginning(content)}. Name it after what it is, or save it again.")
    try:
        return _keras(path, content, limits, allow) if kind == KERAS else _h5(path, content, limits, allow)
    except (MemoryError, RecursionError) as error:
        raise Refused("bomb", path.name[:100], "it takes more memory to check than any model file should.") from error
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        # No check lets these out as far as is known. Where one does, the file is one that nobody thought of.
        sentence = f"its configuration makes no sense ({type(error).__name__}). Save the model again with Keras."
        raise Refused("config", path.name[:100], sentence) from error


def _keras(path: Path, content: bytes, limits: Limits, allow: Sequence[str]) -> ModelFile:
    members = archive.members(content, limits)
    metadata = parse(members[METADATA], METADATA, limits)
    config = parse(members[CONFIG], CONFIG, limits)
    check_nested(config, CONFIG, allow)
    parameters = _parameters(config, CONFIG, limits, allow)
    _check_weights(hdf5.read(members[WEIGHTS], limits, WEIGHTS), parameters, WEIGHTS)
    return ModelFile(
        path,
        KERAS,
        hashlib.sha256(content).hexdigest(),
        len(content),
        _text(metadata, "keras_version"),
        config,
        config.get("compile_config"),
        parameters,
        _text(metadata, "date_saved"),
        content,
    )


def _h5(path: Path, content: bytes, limits: Limits, allow: Sequence[str]) -> ModelFile:
    found = hdf5.read(content, limits, "file")
    if found.model_config is None:
        raise Refused("config", "/model_config", "there are weights but no model in the file: save it with model.save.")
    config = parse(found.model_config.encode(), "/model_config", limits)
    compiled = found.training_config and parse(found.training_config.encode(), "/training_config", limits)
    check_compiled(compiled or {}, "/training_config", allow)
    parameters = _parameters(config, "/model_config", limits, allow)
    _check_weights(found, parameters, "file")
    return ModelFile(
        path,
        H5,
        hashlib.sha256(content).hexdigest(),
        len(content),
        found.keras_version,
        config,
        compiled or None,
        parameters,
        None,
        content,
    )


def _parameters(config: Mapping[str, Any], part: str, limits: Limits, allow: Sequence[str]) -> int | None:
    Walk(allow).model(config, part)
    as_it_stands = count(config, limits, part)
    try:
        fresh = modern(config)
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise Refused("config", part, f"it makes no sense ({type(error).__name__}). Save the model again.") from error
    return as_it_stands if fresh == config else count(fresh, limits, part)


def _check_weights(found: hdf5.Contents, parameters: int | None, part: str) -> None:
    """The file holds at least the weights that its configuration asks for: nobody gets much for little."""
    stored = sum(math.prod(weights.shape) for weights in found.weights if not weights.path.startswith("/optimizer"))
    if parameters is not None and parameters > stored:
        sentence = f"the layers have {parameters} weights, and the file holds {stored}: they do not belong together."
        raise Refused("shape", part, f"{sentence} Save the model again.")


def _text(document: Mapping[str, Any], key: str) -> str | None:
    value = document.get(key)
    if not isinstance(value, str | None) or len(value or "") > 100:
        raise Refused("json", f"{METADATA}: {key}", "it is no short text. Save the model again with Keras.")
    return value


def _beginning(content: bytes) -> str:
    for kind, beginning in BEGINNINGS.items():
        if content.startswith(beginning):
            return f"by its bytes the file is {'a Keras archive' if kind == KERAS else 'HDF5'}, and not by its name"
    return "the file is neither a Keras archive nor HDF5"
