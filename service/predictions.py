"""What a model's output means: probabilities, values, classes. Knows arrays and signatures, no protocol."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from models.golden import Tensors
from models.signature import Signature, Task
from service.errors import Detail, InvalidRequest, NotAClassifier

DEFAULT_THRESHOLD = 0.5

_MOST_CLASSES = 1_000_000  # of one answer: each is an object
_NO_CLASSES = "The model is a regression model and has no classes; ask /predict for its values."
_UNFIT = {"top_k": Task.MULTILABEL, "threshold": Task.MULTICLASS}  # which task does not know an option


def predictions(signature: Signature, outputs: Tensors) -> np.ndarray:
    """One prediction per row, of a model with one output.

    Classification: probabilities in the order of signature.classes, (rows, classes), or (rows, *places, classes).
    Threshold units: 0 or 1 for each of these, of a binary model the index of the class, (rows,). Regression: (rows,)
    for one target, (rows, targets) for more, or (rows, *shape).
    """
    if signature.classes and not (signature.is_hard and signature.task is Task.BINARY):
        return scores(signature, outputs)
    values = outputs[signature.outputs[0].name]
    return values[:, 0] if values.shape[1:] == (1,) else values


def records(signature: Signature, outputs: Tensors) -> list[dict[str, Any]]:
    """One object per row, with a prediction by output name: of a model with several outputs."""
    return by_row({part.outputs[0].name: predictions(part, outputs) for part in signature.parts})


def by_row(columns: Mapping[str, Sequence[Any] | np.ndarray]) -> list[dict[str, Any]]:
    """An object by name for each row of columns that all have as many."""
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def check_array(signature: Signature) -> None:
    """Raises InvalidRequest where an answer cannot be one array, as the model has several outputs."""
    if len(signature.outputs) > 1:
        names = ", ".join(output.name for output in signature.outputs)
        raise InvalidRequest(
            f"An array cannot hold several outputs ({names}); leave out the header Accept, and they come as JSON."
        )


def scores(signature: Signature, outputs: Tensors) -> np.ndarray:
    """For each row and class or label its probability, 0 or 1 where threshold units decide, or each target's value.

    Of shape (rows, classes), (rows, targets), or (rows, *shape). Of a model with one output.
    """
    values = outputs[signature.outputs[0].name]
    return np.concatenate([1 - values, values], axis=1) if signature.task is Task.BINARY else values


def decisions(signature: Signature, outputs: Tensors) -> np.ndarray:
    """What is decided for each row, as numbers, by the defaults.

    The index of the class (rows,) or (rows, *places); 0 or 1 per label (rows, labels); for regression the values
    themselves. Of a model with one output.
    """
    if signature.task is Task.REGRESSION:
        return predictions(signature, outputs)
    values = scores(signature, outputs)
    if signature.task is Task.MULTILABEL:
        return values >= DEFAULT_THRESHOLD
    return values[:, 1] >= DEFAULT_THRESHOLD if signature.task is Task.BINARY else values.argmax(axis=-1)


def classes(
    signature: Signature, outputs: Tensors, top_k: int | None = None, threshold: float | None = None, path: str = ""
) -> list[Any]:
    """The class of each row with its probability; for a multilabel model the list of labels at or above `threshold`.

    `top_k` adds the k most probable classes. What threshold units have decided comes without a probability. Where the
    classes lie along the last of several axes, a row is nested as those before it are; where there are several outputs,
    a row is an object by the names of those that have classes, and an option goes to those that know it. Raises
    NotAClassifier for regression and InvalidRequest for an option that the model does not have; `path` is the place of
    the options in the request.
    """
    if len(signature.outputs) > 1:
        return _classes_by_output(signature, outputs, {"top_k": top_k, "threshold": threshold}, path)
    _check_options(signature, top_k, threshold, path)
    if signature.is_hard:
        return _decided(signature, outputs)
    probabilities = scores(signature, outputs)
    if probabilities.ndim > 2:
        return _classes_by_place(signature, probabilities, top_k)
    names = signature.outputs[0].names
    limit = np.float32(DEFAULT_THRESHOLD if threshold is None else threshold)
    if signature.task is Task.MULTILABEL:
        return [[_named(names, row, index) for index in np.flatnonzero(row >= limit)] for row in probabilities]
    if signature.task is Task.BINARY:
        return _chosen(names, probabilities, (probabilities[:, 1] >= limit).astype(int), top_k)
    return _chosen(names, probabilities, probabilities.argmax(axis=1), top_k)


def _chosen(names: tuple[str, ...], probabilities: np.ndarray, winners: np.ndarray, top_k: int | None) -> list[Any]:
    answers = [_named(names, row, index) for row, index in zip(probabilities, winners, strict=True)]
    if top_k is not None:
        for answer, row in zip(answers, probabilities, strict=True):
            answer["top_k"] = [_named(names, row, index) for index in np.argsort(-row, kind="stable")[:top_k]]
    return answers


def _classes_by_place(signature: Signature, probabilities: np.ndarray, top_k: int | None) -> list[Any]:
    """Of (rows, *places, classes)."""
    *places, count = probabilities.shape
    flat = probabilities.reshape(-1, count)
    if len(flat) * (1 + min(top_k or 0, count)) > _MOST_CLASSES:
        raise InvalidRequest(
            f"The answer would name more than {_MOST_CLASSES} classes; send fewer rows at a time, or ask /predict."
        )
    answers = _chosen(signature.outputs[0].names, flat, flat.argmax(axis=1), top_k)
    for size in reversed(places[1:]):
        answers = [answers[start : start + size] for start in range(0, len(answers), size)]
    return answers


def _classes_by_output(
    signature: Signature, outputs: Tensors, given: Mapping[str, Any], path: str
) -> list[dict[str, Any]]:
    parts = [part for part in signature.parts if part.task is not Task.REGRESSION]
    if not parts:
        raise NotAClassifier(_NO_CLASSES)
    options = {name: option for name, option in given.items() if option is not None}
    for name in options:
        if not any(_knows(part, name) for part in parts):
            known = "binary and multiclass" if name == "top_k" else "binary and multilabel"
            raise InvalidRequest(
                f"No output of the model knows {name}.", [Detail(f"{path}/{name}", f"only for {known} outputs")]
            )
    return by_row(
        {
            part.outputs[0].name: classes(
                part, outputs, **{name: option for name, option in options.items() if _knows(part, name)}, path=path
            )
            for part in parts
        }
    )


def _knows(signature: Signature, option: str) -> bool:
    return not signature.is_hard and signature.task is not _UNFIT[option]


def _decided(signature: Signature, outputs: Tensors) -> list[Any]:
    """As `classes`, without probabilities."""
    names, chosen = signature.outputs[0].names, decisions(signature, outputs)
    if signature.task is Task.MULTILABEL:
        return [[{"class": names[index], "index": int(index)} for index in np.flatnonzero(row)] for row in chosen]
    return [{"class": names[index], "index": int(index)} for index in chosen.astype(int)]


def _check_options(signature: Signature, top_k: int | None, threshold: float | None, path: str) -> None:
    if signature.task is Task.REGRESSION:
        raise NotAClassifier(_NO_CLASSES)
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
