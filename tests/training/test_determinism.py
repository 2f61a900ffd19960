"""deterministic=yes: two processes give the same weights to the last bit, and the version says so."""

import hashlib
import os
import subprocess
import sys

import pytest

from models.store import Store
from training.__main__ import main
from training.config import Config, override
from training.determinism import repeat_exactly
from training.errors import CannotRepeat
from training.published import keras_model

WORDS = ["breast-cancer", "hidden=8", "epochs=2", "dropout=0.5"]


def trained(folder, **variables):
    environment = {**os.environ, "MODEL_STORE": str(folder), **variables}
    command = [sys.executable, "-m", "training", "train", *WORDS]
    subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE)
    return Store(folder).version("breast-cancer")


def fingerprint(version):
    digest = hashlib.sha256()
    for weight in keras_model(version).get_weights():
        digest.update(weight.tobytes())
    return digest.hexdigest()


def test_two_processes_give_the_same_weights_to_the_last_bit(tmp_path):
    first, again = (trained(tmp_path / name, DETERMINISTIC="1") for name in ("first", "again"))
    assert fingerprint(first) == fingerprint(again)
    assert first.manifest.training["config"]["deterministic"] is True
    assert "deterministic=yes" in first.manifest.training["command"]


def test_a_process_with_several_threads_is_refused():
    import tensorflow  # noqa: PLC0415  # takes seconds

    tensorflow.config.list_logical_devices()  # starts it
    with pytest.raises(CannotRepeat, match=r"comes too late. Train in a process of its own"):
        repeat_exactly()


def test_a_word_of_the_config_wins_over_the_variable(monkeypatch, capsys):
    monkeypatch.setenv("DETERMINISTIC", "maybe")
    assert main(["train", "digits"]) == 2
    assert capsys.readouterr().err == "DETERMINISTIC=maybe does not fit: DETERMINISTIC is 1 or 0.\n"
    assert override(Config(), ["deterministic=yes"]).deterministic is True
