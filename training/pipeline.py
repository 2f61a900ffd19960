"""The way from a recipe to a published version. Knows the order of the steps and nothing of what is in them."""

import time
from collections.abc import Iterable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import keras
from rich.console import Console

from models.errors import ModelsError
from models.store import Store
from models.version import ModelVersion
from training.baseline import baseline_scores
from training.callbacks import progress
from training.config import Config
from training.cross_validation import cross_validated
from training.data import Dataset
from training.errors import TrainingError
from training.fit import Run
from training.folds import CROSS_VALIDATION
from training.methods import Fit, fitting
from training.outcomes import Outcome
from training.publish import Trained, publish
from training.recipe import Plan, Recipe
from training.scores import measured


def train_each(plans: Iterable[Plan], store: Store, data_dir: Path | None, console: Console) -> list[Outcome]:
    """Train one after another; what one lacks does not keep the next from being trained."""
    return [_outcome(recipe, config, store, data_dir, console) for recipe, config in plans]


def train(recipe: Recipe, config: Config, store: Store, data_dir: Path | None, console: Console) -> ModelVersion:
    """Load, train, score beside the baseline, export, publish.

    Raises DataUnavailable, ParityError, or TrainingError where the loss is no number any more; nothing is published.
    """
    with store.staging(recipe.name):
        pass  # a store that cannot be written must fail now, not after the training
    dataset, fit = recipe.load(data_dir), fitting(recipe, data_dir)
    sizes = ", ".join(f"{split.rows:,} {name}" for name, split in dataset.splits.items())
    console.print(f"{recipe.name}: {dataset.name}, {sizes} rows")
    keras.utils.clear_session()
    with closing(progress(recipe.name, console)) as callback:
        run = _measured(fit(dataset, recipe.task, config, [callback]), recipe, dataset)
    run = _cross_validated(run, fit, recipe, dataset, console)
    console.print(f"{recipe.name}: fitting the baseline, {recipe.baseline.name}")
    baseline = baseline_scores(recipe.baseline, dataset, recipe.task, recipe.measures)
    version = publish(Trained(recipe, dataset, run, baseline), store)
    console.print(f"{recipe.name}: published as {version.folder}")
    return version


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


def _outcome(recipe: Recipe, config: Config, store: Store, data_dir: Path | None, console: Console) -> Outcome:
    begin = time.monotonic()
    try:
        version = train(recipe, config, store, data_dir, console)
    except (TrainingError, ModelsError, OSError) as error:
        outcome = Outcome(recipe, time.monotonic() - begin, error=error)
        console.print(f"{recipe.name}: {outcome.word}: {error}")
        return outcome
    return Outcome(recipe, time.monotonic() - begin, version)
