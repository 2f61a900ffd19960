"""What a model's output means: probabilities, values, classes. Knows arrays and signatures, no protocol."""

from typing import Any

import numpy as np

from models.golden import Tensors
from models.signature import Signature, Task
from service.errors import Detail, InvalidRequest, NotAClassifier

DEFAULT_THRESHOLD = 0.5


def predictions(signature: Signature, outputs: Tensors) -> np.ndarray:
    """One prediction per row.

    Classification: probabilities in the order of signature.classes, (rows, classes). Threshold units: 0 or 1 for each
    of these, of a binary model the index of the class, (rows,). Regression: (rows,) for one target, (rows, targets) for
    more.
    """
    if signature.classes and not (signature.is_hard and signature.task is Task.BINARY):
        return scores(signature, outputs)
    values = outputs[signature.outputs[0].name]
    return values[:, 0] if values.shape[1] == 1 else values


def scores(signature: Signature, outputs: Tensors) -> np.ndarray:
    """For each row and class or label its probability, 0 or 1 where threshold units decide, or each target's value.

    Of shape (rows, classes), or (rows, targets).
    """
    values = outputs[signature.outputs[0].name]
    return np.concatenate([1 - values, values], axis=1) if signature.task is Task.BINARY else values


def decisions(signature: Signature, outputs: Tensors) -> np.ndarray:
    """What is decided for each row, as numbers, by the defaults.

    The index of the class (rows,); 0 or 1 per label (rows, labels); for regression the values themselves.
    """
    if signature.task is Task.REGRESSION:
        return predictions(signature, outputs)
    values = scores(signature, outputs)
    if signature.task is Task.MULTILABEL:
        return values >= DEFAULT_THRESHOLD
    return values[:, 1] >= DEFAULT_THRESHOLD if signature.task is Task.BINARY else values.argmax(axis=1)


def classes(
    signature: Signature, outputs: Tensors, top_k: int | None = None, threshold: float | None = None, path: str = ""
) -> list[Any]:
    """The class of each row with its probability; for a multilabel model the list of labels at or above `threshold`.

    `top_k` adds the k most probable classes. What threshold units have decided comes without a probability. Raises
    NotAClassifier for regression and InvalidRequest for an option that the model does not have; `path` is the place of
    the options in the request.
    """
    _check_options(signature, top_k, threshold, path)
    if signature.is_hard:
        return _decided(signature, outputs)
    probabilities = scores(signature, outputs)
    names = signature.outputs[0].names
    limit = np.float32(DEFAULT_THRESHOLD if threshold is None else threshold)
    if signature.task is Task.MULTILABEL:
        return [[_named(names, row, index) for index in np.flatnonzero(row >= limit)] for row in probabilities]
    if signature.task is Task.BINARY:
        winners = (probabilities[:, 1] >= limit).astype(int)
    else:
        winners = probabilities.argmax(axis=1)
    answers = [_named(names, row, index) for row, index in zip(probabilities, winners, strict=True)]
    if top_k is not None:
        for answer, row in zip(answers, probabilities, strict=True):
            answer["top_k"] = [_named(names, row, index) for index in np.argsort(-row, kind="stable")[:top_k]]
    return answers


def _decided(signature: Signature, outputs: Tensors) -> list[Any]:
    """As `classes`, without probabilities."""
    names, chosen = signature.outputs[0].names, decisions(signature, outputs)
    if signature.task is Task.MULTILABEL:
        return [[{"class": names[index], "index": int(index)} for index in np.flatnonzero(row)] for row in chosen]
    return [{"class": names[index], "index": int(index)} for index in chosen.astype(int)]


def _check_options(signature: Signature, top_k: int | None, threshold: float | None, path: str) -> None:
    if signature.task is Task.REGRESSION:
        raise NotAClassifier("The model is a regression model and has no classes; ask /predict for its values.")
    given = {"top_k": top_k, "threshold": threshold}
    if signature.is_hard and (unfit := [name for name, option in given.items() if option is not None]):
        raise InvalidRequest(
            "The model decides by itself and knows no probabilities; ask without top_k and threshold.",
            [Detail(f"{path}/{name}", "only for models that answer probabilities") for name in unfit],
        )
    if top_k is not None and signature.task is Task.MULTILABEL:
        raise InvalidRequest(
            "A multilabel model has no runners-up.", [Detail(f"{path}/top_k", "only for binary and multiclass models")]
        )
    if threshold is not None and signature.task is Task.MULTICLASS:
        raise InvalidRequest(
            "A multiclass model's class is the most probable one.",
            [Detail(f"{path}/threshold", "only for binary and multilabel models")],
        )


def _named(names: tuple[str, ...], probabilities: np.ndarray, index: np.integer) -> dict[str, Any]:
    return {"class": names[index], "index": int(index), "probability": probabilities[index]}
