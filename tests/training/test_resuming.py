"""A training that was killed goes on where it was, and ends in the same numbers as one in one piece."""

import csv
import json
import signal
import subprocess
import sys
import time
from dataclasses import replace
from io import BytesIO, StringIO

import keras
import numpy as np
import pytest
from rich.console import Console

from models.store import Store
from models.version import KERAS_FILE
from training import recipes
from training.checkpoint import Checkpoint, Saved
from training.config import Config, override
from training.errors import CannotResume
from training.fit import fit
from training.pipeline import Manner, origin, train, train_each
from training.unfinished import Unfinished, begin_anew, go_on

RECIPE = recipes.find("diabetes")
SMALL = Config(hidden=(8,), optimizer="adam", dropout=0.3, epochs=5, output_scaling="standard")

# Killed while it writes down every epoch, which the command line does every few seconds only.
KILLED = """
import sys
from pathlib import Path
from rich.console import Console
from models.store import Store
from training import recipes, unfinished
from training.config import override
from training.pipeline import train

unfinished.EVERY_S = 0.0
recipe = recipes.find("diabetes")
train(recipe, override(recipe.config, sys.argv[2:]), Store(Path(sys.argv[1])), None, Console())
"""


class Killed(keras.callbacks.Callback):
    """Ends the training as Ctrl-C does, at the beginning of an epoch of a network, both from 1."""

    def __init__(self, network, epoch):
        super().__init__()
        self._at = (network, epoch)

    def on_epoch_begin(self, epoch, _logs=None):
        if (self.params["network"], epoch + 1) == self._at:
            raise KeyboardInterrupt


@pytest.fixture(scope="module")
def dataset():
    return RECIPE.load(None)


@pytest.fixture
def left(tmp_path, dataset):
    """The place of an interrupted training of a config; it is not there yet."""
    return lambda config: Unfinished(tmp_path / ".training", origin(RECIPE, config, dataset))


def told(run):
    return {name: values for name, values in run.history.items() if name != "seconds"}


@pytest.mark.parametrize(
    ("changes", "killed"),
    [
        pytest.param({}, Killed(1, 4), id="dropout"),
        pytest.param(
            {
                "members": 2,
                "epochs": 40,
                "patience": 2,
                "learning_rate": 0.05,
                "ema": 0.5,
                "schedule": "cosine",
                "warmup": 1,
                "normalization": "batch",
            },
            Killed(2, 3),
            id="early stopping of the second network, with averages and a schedule",
        ),
    ],
)
def test_a_training_goes_on_to_the_same_numbers(changes, killed, dataset, left):
    config = replace(SMALL, **changes)
    keras.utils.clear_session()
    whole = fit(dataset, RECIPE.task, config)
    keras.utils.clear_session()
    unfinished = left(config)
    with pytest.raises(KeyboardInterrupt):
        fit(dataset, RECIPE.task, config, [killed], checkpoint=Checkpoint(None, unfinished.write, 0.0))
    keras.utils.clear_session()
    resumed = fit(dataset, RECIPE.task, config, checkpoint=go_on(unfinished, Console(file=StringIO())))
    assert (told(resumed), resumed.scores, resumed.notes) == (told(whole), whole.scores, whole.notes)
    assert len(resumed.history["seconds"]) == resumed.epochs
    for mine, its in zip(resumed.model.variables, whole.model.variables, strict=True):
        np.testing.assert_array_equal(mine, its)


def test_what_is_trained_is_not_trained_again(dataset, left):
    config = replace(SMALL, epochs=1, members=2)
    unfinished = left(config)
    run = fit(dataset, RECIPE.task, config, checkpoint=Checkpoint(None, unfinished.write))
    printed = StringIO()
    checkpoint = go_on(unfinished, Console(file=printed))
    again = fit(dataset, RECIPE.task, config, [Killed(1, 1), Killed(2, 1)], checkpoint=checkpoint)
    assert (again.history, again.scores) == (run.history, run.scores)
    assert again.seconds > sum(run.history["seconds"])
    assert "diabetes: goes on after the last epoch of network 2." in printed.getvalue()


def test_a_training_that_was_killed_is_resumed_and_published_as_if_it_had_not_been(tmp_path):
    words = ["epochs=30", "hidden=8", "learning_rate=1e-3"]
    store, other = Store(tmp_path / "store"), Store(tmp_path / "other")
    unfinished = Unfinished(store.unfinished("diabetes"), origin(RECIPE, RECIPE.config, RECIPE.load(None)))
    with subprocess.Popen([sys.executable, "-c", KILLED, store.root, *words], stdout=subprocess.PIPE) as training:
        while not (found := unfinished.read()):
            assert training.poll() is None
            time.sleep(0.01)
        training.send_signal(signal.SIGKILL)
    assert store.names() == []
    assert found[1].current["epochs"] < 30
    printed = StringIO()
    config = override(RECIPE.config, words)
    resumed = train(RECIPE, config, store, None, Console(file=printed, width=200), manner=Manner(go_on))
    assert "diabetes: goes on after epoch" in printed.getvalue()
    assert not unfinished.folder.exists()
    whole = train(RECIPE, config, other, None, Console(file=StringIO()))
    assert resumed.manifest.scores == whole.manifest.scores
    assert numbers(resumed) == numbers(whole)
    for mine, its in zip(weights(resumed, tmp_path), weights(whole, tmp_path), strict=True):
        np.testing.assert_array_equal(mine, its)


def numbers(version):
    rows = csv.DictReader(version.read("history.csv").decode().splitlines())
    return [{name: value for name, value in row.items() if name != "seconds"} for row in rows]


def weights(version, folder):
    path = folder / KERAS_FILE
    path.write_bytes(version.read(KERAS_FILE))
    return keras.saving.load_model(path, safe_mode=True, compile=False).get_weights()


@pytest.fixture
def interrupted(dataset, left):
    """What a training of SMALL left behind when it was killed in its fourth epoch."""
    unfinished = left(SMALL)
    with pytest.raises(KeyboardInterrupt):
        fit(dataset, RECIPE.task, SMALL, [Killed(1, 4)], checkpoint=Checkpoint(None, unfinished.write, 0.0))
    return unfinished


def test_a_changed_config_or_other_data_is_refused_with_what_differs(interrupted):
    origin = interrupted.origin
    changed = replace(origin, settings=replace(SMALL, epochs=50, hidden=(8, 4)).to_dict())
    with pytest.raises(CannotResume, match="had hidden=8, epochs=5, and this one has hidden=8,4, epochs=50"):
        go_on(replace(interrupted, origin=changed), Console())
    with pytest.raises(CannotResume, match=r"had other data: its SHA-256 was .* Bring that data back, or leave RESUME"):
        go_on(replace(interrupted, origin=replace(origin, data="0" * 64)), Console())


def test_other_libraries_are_named_and_other_weights_refused(interrupted, dataset, pipe):
    old = replace(interrupted.origin, libraries=interrupted.origin.libraries | {"keras": "3.0.0"})
    saved = interrupted.read()[1]
    replace(interrupted, origin=old).write(saved)
    go_on(interrupted, pipe)
    assert "It was begun with keras 3.0.0, so its numbers may differ" in pipe.file.getvalue()
    saved.current["variables"][0] = np.zeros((1, 1))
    with pytest.raises(CannotResume, match="other weights than the network that its config now gives"):
        fit(dataset, RECIPE.task, SMALL, checkpoint=Checkpoint(saved))


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda content: content[: len(content) // 2], id="truncated"),
        pytest.param(lambda content: content[:2000] + b"x" * 200 + content[2200:], id="overwritten"),
        pytest.param(lambda _: b"", id="empty"),
        pytest.param(lambda _: b"no checkpoint at all", id="another file"),
        pytest.param(lambda _: npz(document=np.frombuffer(json.dumps({"format": 9}).encode(), np.uint8)), id="format"),
    ],
)
def test_a_damaged_checkpoint_is_named_and_the_training_begins_anew(damage, left, pipe):
    unfinished = left(SMALL)
    unfinished.write(Saved(finished=({"stage": "", "variables": [np.ones((64, 64))], "history": {}},)))
    path = unfinished.folder / "checkpoint.npz"
    path.write_bytes(damage(path.read_bytes()))
    checkpoint = go_on(unfinished, pipe)
    assert "diabetes: what the interrupted training left is damaged (" in pipe.file.getvalue()
    assert checkpoint.finished(0) is None
    begin_anew(unfinished, pipe)
    assert "earlier training" not in pipe.file.getvalue()


def npz(**arrays):
    file = BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def test_an_interrupted_training_is_named_by_one_that_begins_anew(interrupted, pipe):
    begin_anew(interrupted, pipe)
    epochs = interrupted.read()[1].current["epochs"]
    said = f"diabetes: an earlier training was interrupted after epoch {epochs}; RESUME=1 goes on with it."
    assert said in pipe.file.getvalue()


def test_a_checkpoint_that_cannot_be_written_does_not_end_the_training(dataset, left, pipe):
    unfinished = left(SMALL)
    unfinished.folder.write_text("no folder")
    run = fit(dataset, RECIPE.task, SMALL, checkpoint=begin_anew(unfinished, pipe))
    assert run.epochs == SMALL.epochs
    assert "diabetes: what it has so far could not be written down: [Errno" in pipe.file.getvalue()


def test_of_several_recipes_each_goes_on_with_its_own_or_begins_anew(tmp_path, pipe):
    store, digits = Store(tmp_path), recipes.find("digits")
    plans = [(recipe, override(recipe.config, ["epochs=1", "hidden=4"])) for recipe in (RECIPE, digits)]
    other = override(RECIPE.config, ["epochs=2", "hidden=4"])
    Unfinished(store.unfinished("diabetes"), origin(RECIPE, other, RECIPE.load(None))).write(
        Saved(current={"epochs": 1})
    )
    outcomes = train_each(plans, store, None, pipe, Manner(go_on))
    assert [outcome.word for outcome in outcomes] == ["failed", "trained"]
    assert "had epochs=2, and this one has epochs=1. Choose the same to go on with it" in str(outcomes[0].error)
    assert "digits: there is no interrupted training to go on with. This one begins anew." in pipe.file.getvalue()
