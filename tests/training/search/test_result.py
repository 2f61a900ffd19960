"""The best trial of a study becomes a version: its settings trained anew, its lineage repeated, its study told."""

import csv
import re
import shlex
from dataclasses import replace
from io import StringIO

import numpy as np
import pytest
from rich.console import Console

from models.manifest import Manifest
from models.store import Store
from tests.training.search.studies import SENTENCE, add, new_study
from tests.training.test_report import Page
from training import recipes
from training.config import Config, override
from training.errors import SearchFailed, UnusableStudy
from training.fit import fit
from training.lineage import fit_descendant, inherited
from training.network import build
from training.published import keras_model
from training.search.record import record_of
from training.search.result import publish_best, settings

RECIPE = recipes.find("iris")
SPACE = RECIPE.space.narrowed(["units=4..64"])
BASE = override(RECIPE.config, ["epochs=2", "folds=0", "hidden=8"])
ADAM = {"layers": 2, "units": 9, "activation": "tanh", "optimizer": "adam", "learning_rate": 0.0123, "batch_size": "64"}
ADAMW = ADAM | {"optimizer": "adamw", "weight_decay": 0.02}


@pytest.fixture(scope="module")
def study():
    """Five trials of every kind; the best is the fourth."""
    study = new_study(SPACE, data=RECIPE.load(None).sha256)
    add(study, SPACE, ADAM, [0.3], course=[0.5, 0.3], epochs=2, seconds=1.0)
    add(study, SPACE, ADAM | {"layers": 1}, [0.4], state="PRUNED", course=[0.4], epochs=1)
    add(study, SPACE, ADAM, state="FAIL", error=SENTENCE)
    add(study, SPACE, ADAMW, [0.1], course=[0.2, 0.1], epochs=2, seconds=1.0, scores={"accuracy": 0.9})
    add(study, SPACE, ADAM, state="FAIL")
    return study


@pytest.fixture(scope="module")
def console():
    return Console(file=StringIO(), width=1000, highlight=False)


@pytest.fixture(scope="module")
def version(study, console, tmp_path_factory):
    return publish_best(study, RECIPE, BASE, Store(tmp_path_factory.mktemp("store")), None, console)


def test_the_best_settings_are_trained_as_long_and_published_whole(version):
    config = version.manifest.training["config"]
    assert config["hidden"] == [9, 9]
    assert (config["optimizer"], config["weight_decay"], config["batch_size"]) == ("adamw", 0.02, 64)
    assert config["epochs"] == version.manifest.training["epochs"] == 2
    assert "trials.csv" in version.manifest.files
    version.verify()


def test_the_manifest_tells_the_study_and_comes_back_as_it_was_written(version):
    study = version.manifest.study
    assert (study.trial, study.objectives, study.total) == (3, {"error": 0.1}, 50)
    assert study.counts == {"complete": 2, "pruned": 1, "failed": 1, "lost": 1}
    assert study.params == ADAMW
    assert (study.lineage, study.front, study.importances) == ((), (), {})
    assert Manifest.from_json(version.manifest.to_json().encode()) == version.manifest


def test_all_trials_are_in_a_table_that_is_sealed(version):
    rows = list(csv.DictReader(StringIO(version.read("trials.csv").decode(), newline="")))
    assert [row["state"] for row in rows] == ["complete", "pruned", "failed", "complete", "lost"]
    assert rows[2]["failure"] == SENTENCE


def test_the_words_of_card_report_and_terminal_give_the_same_config_again(version, console):
    command = version.manifest.training["command"]
    assert command.startswith('make train RECIPE=iris ARGS="hidden=9,9 ')
    words = shlex.split(command)[3].removeprefix("ARGS=").split()
    assert RECIPE.plan(words)[1] == Config.from_dict(version.manifest.training["config"])
    report = Page(version.read("report.html").decode())
    for told in (console.file.getvalue(), version.card(), report.text):
        assert command in told
    assert "iris: trial 3 is the best of 4: error 0.1 on validation rows" in console.file.getvalue()
    assert "## Search" in version.card()
    assert "Search" in report.headings


def test_settings_that_are_absent_are_those_of_the_base():
    study = new_study(SPACE)
    add(study, SPACE, ADAM, [0.1])
    record = record_of(study)
    chosen, ancestors = settings(record, record.best, RECIPE, BASE)
    assert chosen.weight_decay == BASE.weight_decay == RECIPE.config.weight_decay
    assert ancestors == ()


def test_a_best_trial_with_the_recipes_own_settings_says_so(tmp_path, console):
    own = replace(RECIPE, config=replace(BASE, epochs=1))
    study = new_study(SPACE)
    add(study, SPACE, {"learning_rate": own.config.learning_rate}, [0.1])
    version = publish_best(study, own, own.config, Store(tmp_path), None, console)
    assert version.manifest.training["command"] == "make train RECIPE=iris"
    assert "iris: the best settings are the recipe's own" in console.file.getvalue()
    assert "They are the recipe's own: " in Page(version.read("report.html").decode()).text
    assert "had other data" in " ".join(version.manifest.notes)


def test_of_several_objectives_the_least_error_is_published_and_the_front_shown(tmp_path, console):
    study = new_study(SPACE, ("error", "size"))
    for units, error, size in ((4, 0.3, 50), (9, 0.1, 200), (6, 0.2, 100), (7, 0.25, 300)):
        add(study, SPACE, ADAM | {"units": units}, [error, size])
    version = publish_best(study, RECIPE, replace(BASE, epochs=1), Store(tmp_path), None, console)
    assert version.manifest.training["config"]["hidden"] == [9, 9]
    assert version.manifest.study.front == (1, 2, 0)
    sentence = "of 3 trials that none is better than in each objective, it has the least error"
    assert sentence in version.card()
    assert "of the 3 trials that none is better than in each of error, size, it has the least error" in (
        console.file.getvalue()
    )
    assert {"Pareto front", "The front"} <= subheadings(version)


def subheadings(version):
    return set(re.findall("<h3>(.*?)</h3>", version.read("report.html").decode()))


def _nothing(study):
    return study


def _pruned(study):
    add(study, SPACE, ADAM, [0.1], state="PRUNED", course=[0.1])
    return study


def _failed(study):
    for error in ("Once.", SENTENCE, SENTENCE):
        add(study, SPACE, ADAM, state="FAIL", error=error)
    add(study, SPACE, ADAM, state="FAIL")
    return study


@pytest.mark.parametrize(
    ("prepare", "sentence"),
    [
        (_nothing, "The study a-study has no trials, so there is nothing to publish. Search first."),
        (
            _pruned,
            r"No trial of the study a-study is complete \(1 pruned\), so there is nothing to publish. Ask for more",
        ),
        (
            _failed,
            r"\(3 failed, 1 lost\), so there is nothing to publish. What failed most often \(2 times\): The loss",
        ),
    ],
    ids=["no trials", "all pruned", "all failed"],
)
def test_a_study_without_a_complete_trial_publishes_nothing_and_says_why(prepare, sentence, tmp_path, console):
    with pytest.raises(SearchFailed, match=sentence):
        publish_best(prepare(new_study(SPACE)), RECIPE, BASE, Store(tmp_path), None, console)
    assert list(tmp_path.iterdir()) == []


def test_a_study_of_another_recipe_is_refused(tmp_path, console):
    study = new_study(SPACE, recipe="wine")
    add(study, SPACE, ADAM, [0.1])
    with pytest.raises(UnusableStudy, match=r"a-study is one of wine, not of iris\. Name a study of iris"):
        publish_best(study, RECIPE, BASE, Store(tmp_path), None, console)


@pytest.mark.slow
def test_a_lineage_is_repeated_training_by_training(tmp_path, console):
    study = new_study(SPACE)
    add(study, SPACE, ADAM, [0.3], epochs=2)
    add(study, SPACE, ADAM, [0.4], epochs=2)
    add(study, SPACE, ADAM | {"learning_rate": 0.002}, [0.2], epochs=2, parent=0)
    add(study, SPACE, ADAM | {"learning_rate": 0.03, "layers": 3}, [0.1], epochs=2, parent=2)
    version = publish_best(study, RECIPE, BASE, Store(tmp_path), None, console)

    data, weights = RECIPE.load(None), []
    for rate, layers in ((0.0123, 2), (0.002, 2), (0.03, 3)):
        config = SPACE.config(ADAM | {"learning_rate": rate, "layers": layers}, replace(BASE, epochs=2))
        own = build(data, RECIPE.task, config).get_weights()
        run = fit(data, RECIPE.task, config, start=[inherited(weights, own)])
        weights = run.model.get_weights()
    for mine, its in zip(run.model.get_weights(), keras_model(version).get_weights(), strict=True):
        np.testing.assert_allclose(mine, its, atol=1e-6)

    manifest = version.manifest
    assert [(link.trial, link.epochs) for link in manifest.study.lineage] == [(0, 2), (2, 2), (3, 2)]
    assert manifest.training["epochs"] == 6
    assert "epochs=6" in manifest.training["command"]
    assert manifest.notes[1].startswith("Its weights came by 3 trainings one after another")
    assert "of 2, 2, 2 epochs, which are repeated" in console.file.getvalue()
    history = list(csv.DictReader(version.read("history.csv").decode().splitlines()))
    assert [row["link"] for row in history] == ["1.0", "1.0", "2.0", "2.0", "3.0", "3.0"]
    assert "Lineage" in subheadings(version)


@pytest.mark.parametrize(
    ("before", "after", "passed_on"),
    [
        ("9", "9,9", [True, False, False]),
        ("9,9", "9", [True, False]),
        ("9,9", "9,8", [True, False, False]),
        ("9", "9", [True, True]),
    ],
    ids=["a layer more", "a layer less", "another width", "the same"],
)
def test_a_network_of_another_shape_inherits_what_has_the_same_place_and_shape(before, after, passed_on):
    data = RECIPE.load(None)
    old, new = (
        build(data, RECIPE.task, override(BASE, [f"hidden={hidden}", f"seed={seed}"]))
        for seed, hidden in enumerate((before, after))
    )
    given = [weight.tobytes() for weight in old.get_weights()]
    kernels = [weight for weight in inherited(old.get_weights(), new.get_weights()) if weight.ndim == 2]
    assert [kernel.tobytes() in given for kernel in kernels] == passed_on


@pytest.mark.slow
def test_every_network_of_a_version_goes_its_own_way_through_the_lineage():
    data, config = RECIPE.load(None), override(BASE, ["members=2", "epochs=1"])
    run = fit_descendant(data, RECIPE.task, config, ancestors=[replace(config, learning_rate=0.02)])
    assert run.history["link"] == [1.0, 1.0, 2.0, 2.0]
    assert run.history["network"] == [1.0, 2.0, 1.0, 2.0]
    kernels = [weight for weight in run.model.get_weights() if weight.shape == (4, 8)]
    assert len(kernels) == 2
    assert not np.array_equal(*kernels)
