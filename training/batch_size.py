"""Large batches first, and small ones in comparison: the better of the two answers. Knows no step of a training."""

from collections.abc import Sequence
from dataclasses import replace

import keras
import numpy as np

from models.signature import Task
from training.checkpoint import Checkpoint
from training.config import Config
from training.data import Dataset
from training.errors import Diverged
from training.fit import Run, fit

WARMUP = 5  # epochs, and at most a tenth of all


def fit_both(
    dataset: Dataset,
    task: Task,
    config: Config,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    *,
    checkpoint: Checkpoint | None = None,
    start: Sequence[list[np.ndarray]] = (),
) -> Run:
    """As `fit`, of two trainings the one with the lower loss on validation rows; a note tells both.

    Raises what `fit` raises; large batches that diverge leave the answers to small ones.
    """
    checkpoint = checkpoint or Checkpoint()
    large = with_large_batches(config, dataset)
    checkpoint.enter("large")
    try:
        runs = [fit(dataset, task, large, callbacks, checkpoint=checkpoint, start=start)]
    except Diverged:
        runs = []
    outcome = f"came to {_loss(runs[0]):.4g}" if runs else "diverged"
    checkpoint.enter("small")
    small = fit(dataset, task, config, callbacks, checkpoint=checkpoint, start=start)
    better = min([small, *runs], key=_loss)
    note = (
        f"Of two trainings, the one with {config.large_batch:,} rows a step {outcome} and the one with "
        f"{config.batch_size:,} came to {_loss(small):.4g} ({_metric(small)} on validation rows); the better answers."
    )
    return replace(better, config=config, seconds=checkpoint.seconds, notes=(*better.notes, note))


def with_large_batches(config: Config, dataset: Dataset) -> Config:
    """The same with large batches: the learning rate grows as they do, and is warmed up to.

    P. Goyal et al., Accurate, Large Minibatch SGD: Training ImageNet in 1 Hour, 2017, sections 2.1 and 2.2.
    """
    rows = min(config.large_batch, dataset.train.rows)
    return replace(
        config,
        batch_size=config.large_batch,
        learning_rate=config.learning_rate * rows / config.batch_size,
        warmup=max(config.warmup, min(WARMUP, config.epochs // 10)),
    )


def _metric(run: Run) -> str:
    return "log_loss" if "log_loss" in run.scores["validation"] else "mse"


def _loss(run: Run) -> float:
    return run.scores["validation"][_metric(run)]
