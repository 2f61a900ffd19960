"""A published version that is trained further: from its weights, on its data, into the next version."""

import shutil

import numpy as np
import pytest

from models.store import Store
from training import recipes
from training.__main__ import main
from training.config import Config, override
from training.continuing import config_of, further
from training.errors import CannotContinue, InvalidOverride
from training.network import build
from training.published import keras_model, weights_of


@pytest.fixture
def store(published, tmp_path, monkeypatch):
    """A store with one version of the digits, that of one epoch."""
    shutil.copytree(published.folder.parent, tmp_path / "store" / "digits")
    monkeypatch.setenv("MODEL_STORE", str(tmp_path / "store"))
    return Store(tmp_path / "store")


@pytest.fixture(scope="module")
def dataset():
    return recipes.find("digits").load(None)


def test_the_next_version_is_better_and_says_which_it_goes_on_from(store, capsys):
    assert main(["continue", "digits", "epochs=2", "--version", "1", "learning_rate=1e-3"]) == 0
    first, second = store.version("digits", 1), store.version("digits", 2)
    assert second.manifest.scores["validation"]["log_loss"] < first.manifest.scores["validation"]["log_loss"]
    assert second.manifest.training["continues"] == 1
    command = 'make continue RECIPE=digits VERSION=1 ARGS="learning_rate=0.001 epochs=2"'
    assert second.manifest.training["command"] == command
    assert command in second.card()
    assert "2 epochs from version 1 on" in second.card()
    assert str(second.folder) in capsys.readouterr().out


def test_it_begins_with_the_weights_of_the_version(published, dataset):
    config = config_of(published)
    (weights,) = weights_of(published, dataset, recipes.find("digits").task, config)
    for mine, its in zip(weights, keras_model(published).get_weights(), strict=True):
        np.testing.assert_array_equal(mine, its)


def test_every_network_of_a_version_gets_its_own_weights(tmp_path, monkeypatch, dataset):
    monkeypatch.setenv("MODEL_STORE", str(tmp_path))
    assert main(["train", "digits", "epochs=1", "hidden=8", "members=2", "calibration=temperature"]) == 0
    version, task = Store(tmp_path).version("digits"), recipes.find("digits").task
    first, second = weights_of(version, dataset, task, config_of(version))
    assert not np.array_equal(first[0], second[0])
    logits = []
    for weights in (first, second):
        network = build(dataset, task, config_of(version))
        network.set_weights(weights)
        logits.append(network.predict(dataset.test.inputs[:32], verbose=0))
    golden = version.golden().outputs["probabilities"]
    np.testing.assert_array_equal(np.mean(logits, axis=0).argmax(axis=1), golden.argmax(axis=1))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["continue", "digits", "--version", "7"], "Model 'digits' has no version 7. Known versions: 1."),
        (["continue", "diabetes"], "There is no model 'diabetes'. Known models: digits."),
        (["continue", "digits", "hidden=8"], "hidden is of the network, whose weights would mean nothing in another"),
        (["continue", "digits", "epoch=8"], "There is no setting 'epoch'"),
    ],
)
def test_what_cannot_be_continued_is_refused_in_a_sentence(words, message, store, capsys):
    assert main(words) in (1, 2)
    assert message in capsys.readouterr().err
    assert store.numbers("digits") == [1]


def test_other_data_is_refused(published):
    recipe = recipes.find("diabetes")
    with pytest.raises(
        CannotContinue, match=r"digits version 1 was trained on other data: its SHA-256 was [0-9a-f]{64}"
    ):
        weights_of(published, recipe.load(None), recipe.task, recipe.config)


def test_a_version_of_another_making_is_refused(zoo):
    with pytest.raises(CannotContinue, match="was published without the config of a training"):
        config_of(zoo.version(zoo.names()[0]))


def test_settings_of_the_training_change_and_those_of_an_older_version_have_their_defaults():
    assert further(Config(), ["dropout=0.1", "batch_size=64"]) == override(Config(), ["dropout=0.1", "batch_size=64"])
    assert Config.from_dict({"hidden": [3], "epochs": 2}) == Config(hidden=(3,), epochs=2)
    assert Config.from_dict(Config(hidden=()).to_dict()) == Config(hidden=())
    with pytest.raises(InvalidOverride, match="knows no setting depth"):
        Config.from_dict({"hidden": [3], "depth": 2})
