"""The process of one trial: what it says, and that whatever ends it ends nothing else."""

import os
import signal
from dataclasses import replace

import numpy as np
import pytest

from models.signature import Task
from training import recipes
from training.config import override
from training.search.assignment import Assignment, Died, Epoch, Failed, Finished, Refused
from training.search.objectives import epoch_value, error, loss
from training.search.processes import TrialProcess, resident_mb

RECIPE = recipes.find("iris")
PLENTY_MB = 100_000


@pytest.fixture(scope="module")
def assignment():
    """Two epochs on iris."""
    config = override(RECIPE.config, ["epochs=2", "hidden=4"])
    return Assignment("iris", (), config, ("error",), RECIPE.load(None).sha256, None, threads=1)


def messages(assignment, memory_mb=PLENTY_MB, then=lambda _process: None):
    """All that a trial says."""
    said = []
    with TrialProcess(assignment, memory_mb) as process:
        then(process)
        while not said or isinstance(said[-1], Epoch):
            if message := process.message(1.0):
                said.append(message)
    return said


def test_a_trial_tells_each_epoch_and_at_the_end_what_it_reached_on_validation_rows(assignment):
    first, second, end = messages(replace(assignment, objectives=("error", "loss", "size", "latency")))
    assert (first.number, second.number) == (1, 2)
    assert isinstance(end, Finished)
    assert end.values[:3] == (1 - end.scores["accuracy"], end.scores["log_loss"], end.parameters)
    assert second.value == pytest.approx(end.values[0], abs=1e-6)
    assert 0 < end.values[3] < 1e6
    assert (end.epochs, end.inherited) == (2, False)


def test_a_trial_never_looks_at_test_rows(assignment, monkeypatch):
    from training.search import trial  # noqa: PLC0415  # imports Keras

    dataset = RECIPE.load(None)
    said, looked = [], []
    monkeypatch.setattr(trial, "fitting", lambda *_: lambda given, *_, **__: looked.append(given) or 1 / 0)
    trial.run(assignment, said.append)
    (given,) = looked
    assert given.test is given.validation
    assert given.validation.inputs.tobytes() == dataset.validation.inputs.tobytes()


def test_a_trial_may_begin_with_the_weights_of_another(assignment, tmp_path):
    parent, child = tmp_path / "0.npz", tmp_path / "1.npz"
    still = override(assignment.config, ["learning_rate=1e-9", "optimizer=sgd"])
    messages(replace(assignment, keep=parent))
    (*_, end) = messages(replace(assignment, start=parent, keep=child, config=still))
    assert end.inherited
    with np.load(parent) as before, np.load(child) as after:
        assert before.files
        for name in before.files:
            assert after[name] == pytest.approx(before[name], abs=1e-5)


def test_a_trial_whose_parent_left_no_weights_begins_anew(assignment, tmp_path):
    (*_, end) = messages(replace(assignment, start=tmp_path / "gone.npz"))
    assert isinstance(end, Finished)
    assert not end.inherited


@pytest.mark.parametrize(
    ("change", "kind", "message"),
    [
        pytest.param({"data": "abc"}, Refused, "The data of iris here is not that of the study", id="other data"),
        pytest.param(
            {"recipe": "diabetes", "words": ["learning_rate=1000"]}, Failed, "the loss became nan", id="diverges"
        ),
        pytest.param(
            {"words": ["hidden=10000,10000,10000"], "memory_mb": 600}, Failed, "more than the 600 MB", id="memory"
        ),
    ],
)
def test_a_trial_that_cannot_be_run_says_why(change, kind, message, assignment):
    recipe = recipes.find(change.get("recipe", "iris"))
    config = override(assignment.config, change.get("words", []))
    data = change.get("data", recipe.load(None).sha256)
    end = messages(
        replace(assignment, recipe=recipe.name, config=config, data=data), change.get("memory_mb", PLENTY_MB)
    )[-1]
    assert isinstance(end, kind)
    assert message in end.sentence


def test_a_killed_trial_is_noticed_and_the_next_one_runs(assignment):
    (died,) = messages(assignment, then=lambda process: os.kill(process.pid, signal.SIGKILL))
    assert died == Died("Its process ended by itself, with exit code -9.")
    assert isinstance(messages(assignment)[-1], Finished)


def test_a_trial_that_is_stopped_leaves_no_process(assignment):
    with TrialProcess(replace(assignment, config=override(assignment.config, ["epochs=100000"])), PLENTY_MB) as process:
        while not isinstance(process.message(1.0), Epoch):
            pass
        pid = process.pid
        assert resident_mb(pid) > 100
    assert resident_mb(pid) == 0


@pytest.mark.parametrize(
    ("task", "scores", "right"),
    [
        (Task.MULTICLASS, {"accuracy": 0.75, "log_loss": 0.5}, (0.25, 0.5)),
        (Task.BINARY, {"accuracy": 0.75, "log_loss": 0.5}, (0.25, 0.5)),
        (Task.MULTILABEL, {"subset_accuracy": 0.5, "log_loss": 0.5}, (0.5, 0.5)),
        (Task.REGRESSION, {"mse": 4.0, "r2": 0.5}, (4.0, 4.0)),
    ],
)
def test_what_is_minimised_by_task(task, scores, right):
    assert (error(task, scores), loss(task, scores)) == right


@pytest.mark.parametrize(
    ("objective", "task", "squared", "right"),
    [
        pytest.param("error", Task.MULTICLASS, True, 0.25, id="share of wrong rows"),
        pytest.param("loss", Task.MULTICLASS, True, 0.5, id="log-loss"),
        pytest.param("error", Task.REGRESSION, True, 4.5, id="MSE in the unit of the data"),
        pytest.param("error", Task.REGRESSION, False, 0.5, id="another loss as it is"),
    ],
)
def test_what_an_epoch_tells(objective, task, squared, right):
    logs = {"val_loss": 0.5} | ({} if task is Task.REGRESSION else {"val_accuracy": 0.75})
    assert epoch_value(objective, task, logs, np.array([3.0]), squared) == pytest.approx(right)
