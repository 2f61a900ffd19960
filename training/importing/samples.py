"""The golden rows of an import: out of a file of the caller's, or drawn. Knows the signature, not the model."""

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.errors import listed
from models.golden import Tensors
from models.signature import Input
from training.errors import UnreadableRows
from training.importing.facts import InputFacts
from training.importing.plan import Plan
from training.row_files import read_rows

ROWS = 32
SEED = 42
MOST_BYTES = 1 << 30  # of an npz file, uncompressed
IMAGES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff")


@dataclass(frozen=True)
class Samples:
    """Rows by input name, and where they come from, as a sentence."""

    rows: Tensors
    source: str


def samples(plan: Plan, path: Path | None) -> Samples:
    """The first ROWS rows in a file, or as many drawn ones. Raises UnreadableRows where the file does not fit."""
    inputs = plan.signature.inputs
    if path is None:
        return Samples(
            _drawn(plan), f"{ROWS} rows drawn by lot with seed {SEED}, as no SAMPLES were given: no real data."
        )
    rows = (
        _by_input(path, inputs) if path.suffix.lower() == ".npz" else {_only(path, inputs).name: _read(path, inputs[0])}
    )
    count = min(len(values) for values in rows.values())
    if len({len(values) for values in rows.values()}) > 1:
        raise UnreadableRows(
            f"{path} has arrays with different numbers of rows; each row needs a value for each input."
        )
    return Samples(
        {name: values[:ROWS] for name, values in rows.items()}, f"The first {min(count, ROWS)} rows of {path.name}."
    )


def _only(path: Path, inputs: Sequence[Input]) -> Input:
    if len(inputs) > 1:
        raise UnreadableRows(
            f"SAMPLES={path} holds rows for one input, and the model has several: "
            f"{listed(each.name for each in inputs)}. Save an array for each under its name: numpy.savez."
        )
    return inputs[0]


def _read(path: Path, tensor: Input) -> np.ndarray:
    if path.is_dir():
        files = sorted(file for file in path.rglob("*") if file.suffix.lower() in IMAGES)[:ROWS]
        if not files:
            raise UnreadableRows(f"SAMPLES={path} is a folder without images; their names end in {listed(IMAGES)}.")
        return np.concatenate([_whole(file, read_rows(file, tensor).values, tensor) for file in files])
    return _whole(path, read_rows(path, tensor).values, tensor)


def _by_input(path: Path, inputs: Sequence[Input]) -> dict[str, np.ndarray]:
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(member.file_size for member in archive.infolist()) > MOST_BYTES:
                raise UnreadableRows(f"{path} unpacks to more than {MOST_BYTES >> 30} GB; {ROWS} rows are enough.")
        with np.load(path, allow_pickle=False) as arrays:
            found = {name: arrays[name] for name in arrays.files}
    except OSError as error:
        raise UnreadableRows(f"SAMPLES={path} cannot be read: {error.strerror or error}.") from error
    except (ValueError, EOFError, zipfile.BadZipFile) as error:
        raise UnreadableRows(f"{path} holds no arrays as numpy.savez writes them.") from error
    if len(inputs) == len(found) == 1:
        found = {inputs[0].name: next(iter(found.values()))}
    if missing := [tensor.name for tensor in inputs if tensor.name not in found]:
        raise UnreadableRows(f"{path} lacks arrays for the inputs {listed(missing)}; it holds {listed(found)}.")
    return {tensor.name: _fitting(path, found[tensor.name], tensor) for tensor in inputs}


def _fitting(path: Path, values: np.ndarray, tensor: Input) -> np.ndarray:
    if values.dtype.kind not in "biuf" or values.shape[1:] not in (tensor.shape, (tensor.size,)) or not len(values):
        raise UnreadableRows(
            f"{path}: {tensor.name} holds {values.dtype} of shape {values.shape}; the model takes numbers of shape "
            f"(rows, {', '.join(map(str, tensor.shape))})."
        )
    return _whole(path, values.reshape(-1, *tensor.shape), tensor)


def _whole(path: Path, values: np.ndarray, tensor: Input) -> np.ndarray:
    """In the input's dtype. Raises UnreadableRows for what it cannot hold."""
    with np.errstate(invalid="ignore", over="ignore"):
        cast = values.astype(tensor.dtype)
    if not np.isfinite(values).all() or (tensor.dtype != "float32" and (cast != values).any()):
        kind = "finite numbers" if tensor.dtype == "float32" else f"whole numbers that {tensor.dtype} holds"
        raise UnreadableRows(f"{path} holds values for {tensor.name} that are no {kind}.")
    if tensor.bounds and len(tensor.bounds) == 1:
        least, greatest = tensor.bounds[0]
        if ((cast < least) | (cast > greatest)).any():
            raise UnreadableRows(f"{path} holds values for {tensor.name} outside of {least} to {greatest}.")
    return cast


def _drawn(plan: Plan) -> dict[str, np.ndarray]:
    generator = np.random.default_rng(SEED)
    pairs = zip(plan.signature.inputs, plan.facts.inputs, strict=True)
    return {tensor.name: _draw(generator, tensor, facts, plan) for tensor, facts in pairs}


def _draw(generator: np.random.Generator, tensor: Input, facts: InputFacts, plan: Plan) -> np.ndarray:
    """Uniform within the range where one is known, else normal around what the first layer takes to be usual."""
    shape = (ROWS, *tensor.shape)
    if tensor.dtype != "float32":
        least, greatest = tensor.ranges[0] if tensor.ranges else (0, 9)
        return generator.integers(int(least), int(greatest) + 1, shape).astype(tensor.dtype)
    if interval := (tensor.ranges[0] if tensor.ranges else facts.interval):
        return generator.uniform(*interval, shape).astype(np.float32)
    scale = plan.scales.get(tensor.name)
    means, deviations = (scale.mean, scale.scale) if scale else (facts.means or (0.0,), facts.deviations or (1.0,))
    return np.asarray(generator.normal(size=shape) * np.array(deviations) + np.array(means), np.float32)
