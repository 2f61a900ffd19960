"""The best trial of a study as a published version. Knows neither how a study is made nor what a training does."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

from optuna.study import Study
from rich.console import Console

from models.store import Store
from models.version import ModelVersion
from training.config import Config
from training.errors import SearchFailed, UnusableStudy
from training.pipeline import PLAIN, Manner, train
from training.publish import train_command
from training.recipe import Recipe
from training.record import FAILED, Found, Record, TrialRecord
from training.search.record import record_of


def publish_best(  # noqa: PLR0917  # what pipeline.train takes, after the study
    study: Study,
    recipe: Recipe,
    config: Config,
    store: Store,
    data_dir: Path | None,
    console: Console,
    *,
    manner: Manner = PLAIN,
) -> ModelVersion:
    """Train the best trial's settings anew, as long and as often as `config` says, and publish with the study's record.

    Where the trial began with the weights of others, their trainings are repeated first. Of several objectives the
    trial of the least error is taken. Raises SearchFailed, UnusableStudy, and what `pipeline.train` raises.
    """
    record = record_of(study)
    _check(record, recipe)
    best = _best(record)
    chosen, ancestors = settings(record, best, recipe, config)
    found = Found(record, best, ancestors)
    _tell(found, recipe, chosen, console)
    return train(recipe, chosen, store, data_dir, console, manner=replace(manner, found=found))


def settings(record: Record, trial: TrialRecord, recipe: Recipe, config: Config) -> tuple[Config, tuple[Config, ...]]:
    """The config of a trial over the base `config`, and those of the trainings that came before it.

    One without ancestors is trained for the epochs of the base. Others, and the ancestors, for those of a trial: the
    line is what was found, and after longer trainings it would be another network.
    """
    line = record.lineage(trial)
    if len(line) == 1:
        return recipe.space.config(trial.params, config), ()
    base = replace(config, epochs=max(record.epochs, 1), large_batch=0)  # as trials are trained
    configs = [recipe.space.config(each.params, base) for each in line]
    return configs[-1], tuple(configs[:-1])


def _check(record: Record, recipe: Recipe) -> None:
    if record.recipe not in (recipe.name, recipe.form):
        raise UnusableStudy(
            f"The study {record.name} is one of {record.recipe}, not of {recipe.name}. Name a study of {recipe.name}, "
            "or begin one."
        )


def _best(record: Record) -> TrialRecord:
    """Raises SearchFailed, which says what became of the trials."""
    if (best := record.best) is not None:
        return best
    if not record.trials:
        raise SearchFailed(f"The study {record.name} has no trials, so there is nothing to publish. Search first.")
    counts = ", ".join(f"{count} {state}" for state, count in record.counts.items())
    opening = f"No trial of the study {record.name} is complete ({counts}), so there is nothing to publish."
    failures = Counter(trial.failure for trial in record if trial.state == FAILED)
    if not failures:
        raise SearchFailed(f"{opening} Ask for more trials, or let no pruner end them.")
    sentence, times = failures.most_common(1)[0]
    raise SearchFailed(f"{opening} What failed most often ({times} times): {sentence or 'for no reason given.'}")


def _tell(found: Found, recipe: Recipe, chosen: Config, console: Console) -> None:
    record, trial = found.record, found.trial
    values = ", ".join(f"{name} {value:.4g}" for name, value in zip(record.objectives, trial.values, strict=True))
    console.print(f"{recipe.name}: trial {trial.number} is the best of {record.tried}: {values} on validation rows")
    if record.front:
        console.print(
            f"{recipe.name}: of the {len(record.front)} trials that none is better than in each of "
            f"{', '.join(record.objectives)}, it has the least {record.objectives[record.deciding]}"
        )
    if found.ancestors:
        epochs = ", ".join(str(link.epochs) for link in (*found.ancestors, chosen))
        console.print(
            f"{recipe.name}: its weights came by {len(found.ancestors) + 1} trainings one after another, of {epochs} "
            "epochs, which are repeated"
        )
    if chosen == recipe.config:
        console.print(f"{recipe.name}: the best settings are the recipe's own")
    console.print(f"{recipe.name}: its settings: {train_command(recipe, found.alone(chosen))}")
