"""The way from a recipe to a published version. Knows the order of the steps and nothing of what is in them."""

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import keras
import numpy as np
from rich.console import Console

from models.errors import ModelsError
from models.store import Store
from models.version import ModelVersion
from training.baseline import baseline_scores
from training.batch_size import fit_both
from training.callbacks import progress
from training.checkpoint import Checkpoint
from training.config import Config
from training.cross_validation import cross_validated
from training.data import Dataset
from training.errors import CannotContinue, TrainingError
from training.fit import Run
from training.folds import CROSS_VALIDATION
from training.libraries import library_versions
from training.lineage import fit_descendant
from training.methods import Fit, fitting
from training.outcomes import Outcome
from training.publish import Trained, publish
from training.published import weights_of
from training.recipe import Method, Plan, Recipe
from training.record import Found
from training.scores import measured
from training.tensorboard import Scalars, run_folder
from training.unfinished import Begin, Origin, Unfinished, begin_anew


@dataclass(frozen=True)
class Manner:
    """How a training goes, beside its config."""

    begin: Begin = begin_anew  # or go_on, with an interrupted one
    logs: Path | None = None  # a folder for TensorBoard
    version: ModelVersion | None = None  # the one whose weights it begins with, of the same recipe
    found: Found | None = None  # the search that chose its config


PLAIN = Manner()


def train_each(
    plans: Iterable[Plan], store: Store, data_dir: Path | None, console: Console, manner: Manner = PLAIN
) -> list[Outcome]:
    """Train one after another; what one lacks does not keep the next from being trained."""
    return [_outcome(plan, store, data_dir, console, manner) for plan in plans]


def train(
    recipe: Recipe, config: Config, store: Store, data_dir: Path | None, console: Console, *, manner: Manner = PLAIN
) -> ModelVersion:
    """Load, train, score beside the baseline, export, publish.

    Raises DataUnavailable, CannotResume, CannotContinue, ParityError, or TrainingError where the loss is no number any
    more; nothing is published.
    """
    with store.staging(recipe.name):
        pass  # a store that cannot be written must fail now, not after the training
    dataset, fit = recipe.load(data_dir), _fitting(recipe, data_dir, manner)
    sizes = ", ".join(f"{split.rows:,} {name}" for name, split in dataset.splits.items())
    console.print(f"{recipe.name}: {dataset.name}, {sizes} rows")
    keras.utils.clear_session()
    start = _start(recipe, config, dataset, manner.version)
    unfinished = Unfinished(store.unfinished(recipe.name), origin(recipe, config, dataset, manner))
    checkpoint = manner.begin(unfinished, console)
    with _listeners(recipe.name, console, manner.logs) as callbacks:
        run = _fitted(fit, (recipe, config), dataset, callbacks, checkpoint=checkpoint, start=start)
    run = _cross_validated(_measured(run, recipe, dataset), fit, recipe, dataset, console)
    console.print(f"{recipe.name}: fitting the baseline, {recipe.baseline.name}")
    baseline = baseline_scores(recipe.baseline, dataset, recipe.task, recipe.measures)
    version = publish(Trained(recipe, dataset, run, baseline, manner.version, manner.found), store)
    unfinished.remove()
    console.print(f"{recipe.name}: published as {version.folder}")
    return version


def _fitting(recipe: Recipe, data_dir: Path | None, manner: Manner) -> Fit:
    """What trains: by the recipe's method, and as the search trained what it found."""
    if manner.found and manner.found.ancestors:
        return partial(fit_descendant, ancestors=manner.found.ancestors)
    return fitting(recipe, data_dir)


def _fitted(
    fit: Fit,
    plan: Plan,
    dataset: Dataset,
    callbacks: list[keras.callbacks.Callback],
    *,
    checkpoint: Checkpoint,
    start: Sequence[list[np.ndarray]],
) -> Run:
    recipe, config = plan
    if recipe.method is not Method.GRADIENT:
        return fit(dataset, recipe.task, config, callbacks)  # over in a minute: it begins anew where it was interrupted
    by_steps = fit_both if config.large_batch else fit
    return by_steps(dataset, recipe.task, config, callbacks, checkpoint=checkpoint, start=start)


def _start(recipe: Recipe, config: Config, dataset: Dataset, version: ModelVersion | None) -> list[list[np.ndarray]]:
    """The weights of each network to begin with; none: random ones. Raises CannotContinue."""
    if version is None:
        return []
    if recipe.method is not Method.GRADIENT:
        raise CannotContinue(f"{version} came by {recipe.method}, which goes no further. Train {recipe.name} anew.")
    return weights_of(version, dataset, recipe.task, config)


def _measured(run: Run, recipe: Recipe, dataset: Dataset) -> Run:
    scores = {
        name: measured(run.scores[name], dataset.splits[name].targets, given, recipe.measures)
        for name, given in run.predictions.items()
    }
    return replace(run, scores=scores)


def _cross_validated(run: Run, fit: Fit, recipe: Recipe, dataset: Dataset, console: Console) -> Run:
    """The run with the scores of networks like its own, each of which saw all rows but those of one fold."""
    if not run.config.folds:
        return run
    console.print(f"{recipe.name}: training once more for each of {run.config.folds} folds")
    its_scores = cross_validated(fit, dataset, recipe.task, run.config, recipe.measures)
    return replace(run, scores=run.scores | {CROSS_VALIDATION: its_scores})


def origin(recipe: Recipe, config: Config, dataset: Dataset, manner: Manner = PLAIN) -> Origin:
    """What such a training starts from."""
    settings = config.to_dict()
    if manner.version is not None:
        settings["continues"] = manner.version.number
    if manner.found and manner.found.ancestors:
        settings["ancestors"] = [ancestor.to_dict() for ancestor in manner.found.ancestors]
    return Origin(recipe.name, settings, dataset.sha256, library_versions())


@contextmanager
def _listeners(name: str, console: Console, logs: Path | None) -> Iterator[list[keras.callbacks.Callback]]:
    """Who is told of each epoch."""
    with closing(progress(name, console)) as line:
        if logs is None:
            yield [line]
            return
        folder = run_folder(logs, name)
        console.print(f"{name}: points for TensorBoard go to {folder}")
        with closing(Scalars(folder)) as scalars:
            yield [line, scalars]


def _outcome(plan: Plan, store: Store, data_dir: Path | None, console: Console, manner: Manner) -> Outcome:
    recipe, config = plan
    begin = time.monotonic()
    try:
        version = train(recipe, config, store, data_dir, console, manner=manner)
    except (TrainingError, ModelsError, OSError) as error:
        outcome = Outcome(recipe, time.monotonic() - begin, error=error)
        console.print(f"{recipe.name}: {outcome.word}: {error}")
        return outcome
    return Outcome(recipe, time.monotonic() - begin, version)
