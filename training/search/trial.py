"""One training of a search, from an assignment to what it reached on validation rows. Knows no study and no worker.

Test rows are never looked at: a search that chose by them would have learnt them.
"""

import math
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np

from models.signature import Task
from training import recipes
from training.data import Dataset
from training.errors import DataUnavailable, TrainingError, UnusableData
from training.fit import Run
from training.lineage import inherited
from training.methods import fitting
from training.network import build
from training.recipe import Method, Recipe
from training.scores import measured
from training.search.assignment import Assignment, Epoch, Failed, Finished, Message, Refused
from training.search.latency import latency_us
from training.search.objectives import EACH_EPOCH, ERROR, LATENCY, LOSS, SIZE, epoch_value, error, loss
from training.targets import scaling

Send = Callable[[Message], None]


def run(assignment: Assignment, send: Send) -> None:
    """Train, and send a message per epoch and one at the end, whatever happens."""
    try:
        send(_outcome(assignment, send))
    except (DataUnavailable, UnusableData, OSError) as problem:
        send(Refused(str(problem)))
    except TrainingError as problem:
        send(Failed(str(problem)))
    except Exception as problem:  # noqa: BLE001  # a network that Keras cannot build or hold must not end the search
        send(Failed(f"{type(problem).__name__}: {' '.join(str(problem).split())[:300]}"))


def _outcome(assignment: Assignment, send: Send) -> Message:
    recipe, _ = recipes.find(assignment.recipe).plan(assignment.arguments)
    dataset = recipe.load(assignment.data_dir)
    if dataset.sha256 != assignment.data:
        return Refused(
            f"The data of {recipe.name} here is not that of the study: its SHA-256 is {dataset.sha256}, and the "
            f"study's is {assignment.data}. Bring that data here, or begin a new study with STUDY=another-name."
        )
    return _trained(assignment, recipe, replace(dataset, test=dataset.validation), send)


def _trained(assignment: Assignment, recipe: Recipe, dataset: Dataset, send: Send) -> Message:
    objectives = assignment.objectives
    # Scores by folds are for the model at the end, and a temperature changes no decision.
    calibration = assignment.config.calibration if LOSS in objectives else "none"
    config = replace(assignment.config, folds=0, calibration=calibration)
    listener = _Listener(objectives[0], recipe.task, scaling(dataset, recipe.task, config).scale, config.loss, send)
    start = _start(assignment, dataset, recipe)
    fit = fitting(recipe, assignment.data_dir)
    begin = {"start": start} if recipe.method is Method.GRADIENT else {}
    trained = fit(dataset, recipe.task, config, [listener], **begin)
    scores = measured(
        trained.scores["validation"], dataset.validation.targets, trained.predictions["validation"], recipe.measures
    )
    values = tuple(_value(name, trained, dataset, recipe.task, scores) for name in objectives)
    if not all(map(math.isfinite, values)):
        return Failed(f"It reached {', '.join(map(str, values))}, which is no number to compare.")
    if assignment.keep and listener.model is not None:
        _save(listener.model.get_weights(), assignment.keep)
    return Finished(
        values,
        {name: float(score) for name, score in scores.items()},
        trained.model.count_params(),
        trained.epochs,
        trained.seconds,
        trained.peak_memory_mb,
        bool(start),
    )


def _value(objective: str, trained: Run, dataset: Dataset, task: Task, scores: dict[str, float]) -> float:
    measure: dict[str, Callable[[], float]] = {
        ERROR: lambda: error(task, scores),
        LOSS: lambda: loss(task, scores),
        SIZE: lambda: float(trained.model.count_params()),
        LATENCY: lambda: latency_us(trained.model, dataset, task, trained.config),
    }
    return measure[objective]()


def _start(assignment: Assignment, dataset: Dataset, recipe: Recipe) -> Sequence[list[np.ndarray]]:
    """The weights of an earlier trial as far as they have the same places and shapes; none where they cannot be read.

    A network of another size so keeps of its parent what fits.
    """
    if assignment.start is None or assignment.config.members != 1:
        return []
    try:
        with np.load(assignment.start, allow_pickle=False) as file:
            given = [file[f"weights{place}"] for place in range(len(file.files))]
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return []
    return [inherited(given, build(dataset, recipe.task, assignment.config).get_weights())]


def _save(weights: Sequence[np.ndarray], path: Path) -> None:
    """At once, so that who reads it finds it whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".part")
    with beside.open("wb") as file:
        np.savez(file, allow_pickle=False, **{f"weights{place}": array for place, array in enumerate(weights)})
    beside.replace(path)


class _Listener(keras.callbacks.Callback):  # type: ignore[misc]  # Keras is untyped
    """Sends what each epoch tells of the first objective; of one that no epoch tells, the error instead."""

    def __init__(self, objective: str, task: Task, scale: np.ndarray, loss_name: str, send: Send) -> None:
        super().__init__()
        self._objective = objective if objective in EACH_EPOCH else ERROR
        self._task, self._scale, self._send, self._epochs = task, scale, send, 0
        self._squared = loss_name in ("auto", "mse")

    def on_epoch_end(self, _epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Of networks that are trained one after the other, epochs are counted on."""
        self._epochs += 1
        value = epoch_value(self._objective, self._task, logs or {}, self._scale, self._squared)
        self._send(Epoch(self._epochs, value))
