"""What holds the truth as often as is asked: intervals of values, sets of classes. Knows manifests, and no protocol."""

from itertools import pairwise
from typing import Any

import numpy as np

from models.conformal import LEAST
from models.golden import Tensors
from models.manifest import Manifest
from models.signature import Signature, Task
from service.errors import Detail, InvalidRequest
from service.predictions import predictions

_FLOAT32 = np.finfo(np.float32)


def intervals(manifest: Manifest, outputs: Tensors, coverage: float, path: str = "") -> np.ndarray:
    """Around each prediction of a regression model what holds the truth of such a share of rows, float32.

    (rows, 2) for one target, (rows, targets, 2) for more: low, high. `path` is the place of the coverage in the
    request. Raises InvalidRequest where the model has no intervals, or cannot tell so high a coverage.
    """
    if manifest.signature.is_flat and manifest.signature.task in (Task.BINARY, Task.MULTICLASS):
        raise _refusal("A classifier's answers have no intervals.", path, "ask /predict-class for sets of classes")
    thresholds = _thresholds(manifest, coverage, path)  # (targets,)
    values = predictions(manifest.signature, outputs)  # (rows,) or (rows, targets)
    bounds = np.stack([values - thresholds, values + thresholds], axis=-1)
    kept: np.ndarray = np.clip(bounds, _FLOAT32.min, _FLOAT32.max)  # JSON has no infinity
    return kept.astype(np.float32)


def sets(manifest: Manifest, outputs: Tensors, coverage: float, path: str = "") -> list[list[str]]:
    """For each row of a classifier the names of classes among which the true one is for such a share of rows.

    The most probable comes first. A set is empty where no class is probable enough: without such rows, more than the
    share would be covered. `path` is the place of the coverage in the request. Raises InvalidRequest where the model
    has no sets, or cannot tell so high a coverage.
    """
    threshold = _thresholds(manifest, coverage, path).astype(np.float32)  # (1,)
    probabilities = predictions(manifest.signature, outputs)  # (rows, classes)
    # Of two classes the other's probability is what is missing to 1, and is not rounded once more.
    scores = probabilities[:, ::-1] if manifest.signature.task is Task.BINARY else 1 - probabilities
    rows, classes = np.nonzero(scores <= threshold)
    order = np.lexsort((-probabilities[rows, classes], rows))
    names = np.array(manifest.signature.outputs[0].names, object)[classes[order]].tolist()
    ends = np.bincount(rows, minlength=len(probabilities)).cumsum().tolist()
    return [names[start:end] for start, end in pairwise([0, *ends])]


def offer(manifest: Manifest) -> dict[str, Any] | None:
    """Which coverages can be asked of a version, and how many rows tell them; None where none can."""
    if manifest.conformal is None or _has_none(manifest.signature):
        return None
    return {"least": LEAST, "most": manifest.conformal.most, "calibration_rows": manifest.conformal.rows}


def check_keys(coverage: float | None, path: str = "") -> None:
    """Raises InvalidRequest where a coverage is asked of an answer that is one array and has no keys."""
    if coverage is not None:
        message = "An array cannot hold predictions and intervals; leave out the header Accept, and both come as JSON."
        raise _refusal(message, path, "only for answers in JSON")


def _thresholds(manifest: Manifest, coverage: float, path: str) -> np.ndarray:
    if reason := _has_none(manifest.signature):
        raise _refusal(reason, path, "only for regression models, and binary and multiclass ones with probabilities")
    conformal = manifest.conformal
    if conformal is None:
        message = "The version was published without what tells coverages; publish the model anew to ask for one."
        raise _refusal(message, path, "the version knows none")
    if not conformal.is_precise(coverage):
        message = f"The version was calibrated on {conformal.rows} rows, too few to tell a coverage of {coverage:g}."
        raise _refusal(message, path, f"at most {conformal.most:g}")
    return conformal.threshold(coverage)


def _has_none(signature: Signature) -> str:
    """Why a model, however it was published, has neither intervals nor sets; empty where it may have."""
    if not signature.is_flat:
        return "The model has several outputs, or one of several axes, which have no common coverage."
    if signature.task is Task.MULTILABEL:
        return "A multilabel model gives each label its own probability, so its labels have no common coverage."
    return "The model gives decisions and no probabilities, so they have no coverage." if signature.is_hard else ""


def _refusal(message: str, path: str, remedy: str) -> InvalidRequest:
    return InvalidRequest(message, [Detail(f"{path}/coverage", remedy)])
