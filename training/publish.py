"""Turns a finished run into a published version. Knows how versions are written, not how networks are trained."""

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from models.errors import ModelsError, UnknownModel
from models.golden import Golden
from models.manifest import Manifest
from models.signature import Signature
from models.store import Store
from models.version import CARD_FILE, GOLDEN_FILE, REPORT_FILE, ModelVersion
from training.card import model_card
from training.config import Config, assignments
from training.continuing import config_of
from training.data import Dataset
from training.export import write_model
from training.fit import Run
from training.intervals import intervals
from training.libraries import library_versions
from training.network import signature
from training.recipe import Recipe
from training.record import Found
from training.report.evidence import Evidence
from training.report.history import write_history
from training.report.page import report_page
from training.report.trials import write_trials
from training.scores import hard_metrics, measure_metrics, metrics
from training.uncertainty import conformal


@dataclass(frozen=True)
class Trained:
    """All that a version is made of."""

    recipe: Recipe
    dataset: Dataset
    run: Run
    baseline: Mapping[str, float]  # metric -> value on the test rows
    continues: ModelVersion | None = None  # the version whose weights the run began with
    found: Found | None = None  # the search that chose the config


def publish(trained: Trained, store: Store) -> ModelVersion:
    """Write model, golden rows, history, curves, report and card, and publish them.

    Raises ParityError where the exported model does not compute what Keras computes.
    """
    name = trained.recipe.name
    rows = {trained.dataset.input_name: trained.dataset.test.inputs}
    with store.staging(name) as folder:
        parity = write_model(
            trained.run.model, signature(trained.dataset, trained.recipe.task, trained.run.config), rows, folder
        )
        manifest = manifest_of(trained, parity)
        write_history(trained.run.history, name, folder)
        evidence = Evidence(
            manifest,
            trained.dataset,
            trained.run,
            earlier_versions(store, name, trained.dataset.sha256),
            trained.found,
        )
        if trained.found:
            write_trials(trained.found.record, folder)
        (folder / REPORT_FILE).write_text(report_page(evidence), encoding="utf-8")
        _write_card(manifest, folder)
        return store.publish(name, folder, manifest)


def manifest_of(trained: Trained, parity: dict[str, Any] | None) -> Manifest:
    """All that is known of a version; `parity` is what `write_model` returned."""
    its_signature = signature(trained.dataset, trained.recipe.task, trained.run.config)
    validation = trained.dataset.validation
    return Manifest(
        signature=its_signature,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        training=_training(trained) | _continuation(trained),
        scores=trained.run.scores,
        baseline={"name": trained.recipe.baseline.name, "test": trained.baseline},
        data=_data(trained.dataset),
        libraries=library_versions(),
        parity=parity,
        intervals=_intervals(trained, its_signature),
        conformal=conformal(its_signature, validation.targets, trained.run.predictions["validation"]),
        study=trained.found.study() if trained.found else None,
        notes=_notes(trained),
    )


def train_command(recipe: Recipe, config: Config) -> str:
    """The command that trains the recipe with that config."""
    words = shlex.join([*recipe.arguments, *assignments(config, recipe.config)])
    return f"make train RECIPE={recipe.form or recipe.name}" + (f" ARGS={_quoted(words)}" if words else "")


def _quoted(words: str) -> str:
    """As a shell and then make read it."""
    return f'"{words}"' if not re.search(r'["$`\\!]', words) else shlex.quote(words.replace("$", "$$"))


def earlier_versions(store: Store, name: str, sha256: str) -> int:
    """How many versions of a model in the store were scored on the same data."""
    try:
        numbers = store.numbers(name)
    except UnknownModel:
        return 0
    return sum(_has_data(store, name, number, sha256) for number in numbers)


def _has_data(store: Store, name: str, number: int, sha256: str) -> bool:
    try:
        return bool(store.version(name, number).manifest.data.get("sha256") == sha256)
    except ModelsError:  # damaged, or pruned just now: no reason not to publish
        return False


def _write_card(manifest: Manifest, folder: Path) -> None:
    golden = Golden.from_bytes((folder / GOLDEN_FILE).read_bytes())
    (folder / CARD_FILE).write_text(model_card(manifest, golden), encoding="utf-8")


def _intervals(trained: Trained, its_signature: Signature) -> dict[str, dict[str, tuple[float, float]]]:
    of_task, measures = hard_metrics if its_signature.is_hard else metrics, trained.recipe.measures
    found = {}
    for name, given in trained.run.predictions.items():
        targets = trained.dataset.splits[name].targets
        all_metrics = measure_metrics(measures, targets, given) | of_task(its_signature.task, targets, given)
        found[name] = intervals(all_metrics, len(given))
    return found


def _training(trained: Trained) -> dict[str, Any]:
    recipe, run, found = trained.recipe, trained.run, trained.found
    return {
        "recipe": recipe.name,
        "summary": recipe.summary,
        "command": train_command(recipe, found.alone(run.config) if found else run.config),
        "method": recipe.method.value,
        "config": {key: value for key, value in run.config.to_dict().items() if recipe.looks_at(key)},
        "epochs": run.epochs,
        "seconds": round(run.seconds, 1),
        "peak_memory_mb": round(run.peak_memory_mb),
        "parameters": run.model.count_params(),
    }


def _continuation(trained: Trained) -> dict[str, Any]:
    """Of a run that began with the weights of a version: which, and its command."""
    if (version := trained.continues) is None:
        return {}
    recipe = trained.recipe
    words = shlex.join([*recipe.arguments, *assignments(trained.run.config, config_of(version))])
    command = f"make continue RECIPE={recipe.form or recipe.name} VERSION={version.number}"
    return {"continues": version.number, "command": command + (f" ARGS={_quoted(words)}" if words else "")}


def _data(dataset: Dataset) -> dict[str, Any]:
    return {
        "name": dataset.name,
        "source": dataset.source,
        "target_unit": dataset.target_unit,
        "rows": {name: split.rows for name, split in dataset.splits.items()},
        "sha256": dataset.sha256,
    }


def _notes(trained: Trained) -> tuple[str, ...]:
    return (trained.recipe.limits, *trained.run.notes, *_of_search(trained), *_unexpected(trained))


def _unexpected(trained: Trained) -> Iterator[str]:
    """A score outside of what the recipe states; another config may have another one."""
    recipe, expected = trained.recipe, trained.recipe.expected
    if expected is None or trained.continues or trained.run.config != recipe.config:
        return
    score = trained.run.scores["test"][expected.metric]
    if not expected.low <= score <= expected.high:
        yield f"The test {expected.metric} of {score:.4g} is outside what was expected: {expected}."


def _of_search(trained: Trained) -> Iterator[str]:
    """What the command in the manifest does not say of a config that a search chose."""
    if (found := trained.found) is None:
        return
    if found.ancestors:
        yield (
            f"Its weights came by {len(found.ancestors) + 1} trainings one after another, each of which began with the "
            "weights of the one before, as the search found them. The command trains its settings in one piece, from "
            "random weights, to another network."
        )
    if found.record.data != trained.dataset.sha256:
        yield "The search that chose its settings had other data: rows that are held out now may have been learnt then."
