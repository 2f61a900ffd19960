"""Trainings one after another, each from the weights of the one before, as a search finds some. Knows no trial.

M. Jaderberg et al., Population Based Training of Neural Networks, 2017; E. Real et al., Large-Scale Evolution of Image
Classifiers, 2017, whose networks pass on the weights that a change of their shape leaves.
"""

from collections.abc import Sequence
from dataclasses import replace

import keras
import numpy as np

from models.signature import Task
from training.checkpoint import Checkpoint
from training.config import Config
from training.data import Dataset
from training.fit import History, Run, fit
from training.network import assemble, build

Weights = list[np.ndarray]  # of one network
LINK = "link"  # a column of the history: which training, from 1


def fit_descendant(
    dataset: Dataset,
    task: Task,
    config: Config,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    *,
    ancestors: Sequence[Config],
    checkpoint: Checkpoint | None = None,
    start: Sequence[Weights] = (),
) -> Run:
    """As `fit`, after the trainings that `ancestors` describe, with the weights that they lead to. Raises as `fit`."""
    checkpoint, runs = checkpoint or Checkpoint(), list[Run]()
    for number, link in enumerate((*ancestors, config), start=1):
        checkpoint.enter(f"link {number}")
        if runs:
            start = _heirs(runs[-1], dataset, task, link)
        runs.append(fit(dataset, task, link, callbacks, checkpoint=checkpoint, start=start))
    return replace(
        runs[-1],
        history=_joined([run.history for run in runs]),
        seconds=checkpoint.seconds,
        notes=tuple(dict.fromkeys(note for run in runs for note in run.notes)),
    )


def inherited(given: Weights, own: Weights) -> Weights:
    """The weights `given` by one network to another with weights of its `own`: those of the same place and shape."""
    passed_on = [old if old.shape == new.shape else new for old, new in zip(given, own, strict=False)]
    return passed_on + own[len(passed_on) :]


def _heirs(run: Run, dataset: Dataset, task: Task, config: Config) -> list[Weights]:
    """With which networks of that config begin after a run."""
    before, after = _networks(dataset, task, run.config), _networks(dataset, task, config)
    assemble(before, dataset, task, run.config).set_weights(run.model.get_weights())
    return [inherited(old.get_weights(), new.get_weights()) for old, new in zip(before, after, strict=True)]


def _networks(dataset: Dataset, task: Task, config: Config) -> list[keras.Model]:
    return [build(dataset, task, replace(config, seed=config.seed + number)) for number in range(config.members)]


def _joined(histories: Sequence[History]) -> History:
    """Of the metrics that all have; a change of the config may bring others."""
    keys = [key for key in histories[0] if all(key in history for history in histories)]
    lengths = [len(history["loss"]) for history in histories]
    joined = {key: [value for history in histories for value in history[key]] for key in keys}
    return joined | {LINK: [float(number) for number, length in enumerate(lengths, start=1) for _ in range(length)]}
