"""What cannot be imported ends in one sentence that says what would be right, and nothing is published."""

import json
import pickle
import re

import keras
import numpy as np
import pytest

from models.errors import ModelsError
from training.__main__ import main
from training.errors import TrainingError
from training.importing.importing import import_file
from training.importing.wishes import Wishes

WISHES = {
    "too few classes": ("iris", {"classes": "a,b"}, r"CLASSES names 2 classes \(a, b\).*multiclass\) needs 3 names"),
    "too many for a sigmoid": ("churn", {"classes": "a,b,c"}, r"CLASSES names 3 classes.*binary\) needs 2 names"),
    "classes twice": ("iris", {"classes": "a,b,a"}, "CLASSES must be different names"),
    "a task that is none": ("iris", {"task": "classify"}, "TASK=classify is no task. Tasks: binary, multiclass"),
    "a task that does not fit": ("iris", {"task": "binary"}, "TASK=binary needs an output of one unit"),
    "too few features": ("iris", {"features": "a,b"}, "FEATURES names 2 columns.*Give 4 names"),
    "no shape for open sizes": ("waves", {}, r"rows of shape \?x2.*SHAPE=20x2"),
    "a shape that does not fit": ("waves", {"shape": "7x3"}, "SHAPE=7x3 does not fit"),
    "a range beyond the Embedding": ("text", {"input_range": "0,100"}, "takes whole numbers from 0 to 99"),
    "a name that is no name": ("iris", {"name": "../up"}, "'../up' is no model name"),
    "trust that is no word": ("iris", {"trust": "yes"}, "TRUST=yes does not fit: TRUST is 1 or 0"),
    "no samples there": ("iris", {"samples": "none.npy"}, "none.npy cannot be read"),
    "a scaler for whole numbers": ("text", {"preprocessing": "scaler.json"}, "the model's inputs are whole numbers"),
    "a pickled scaler": ("iris", {"preprocessing": "scaler.pkl"}, "is a pickle, and reading one runs"),
}


@pytest.fixture
def command(store, monkeypatch, tmp_path, capsys):
    """`python -m training import` with a workshop of this process; returns the status and what was said."""
    from tests.training.importing.here import Here  # noqa: PLC0415  # imports Keras
    from training.importing import commands, importing  # noqa: PLC0415  # likewise

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MODEL_STORE", str(store.root))
    monkeypatch.setattr(commands, "import_file", lambda *given: importing.import_file(*given, Here))

    def run(path, **wishes):
        words = [f"--{key.replace('_', '-')}={value}" for key, value in wishes.items()]
        status = main(["import", str(path), *words])
        return status, capsys.readouterr()

    return run


@pytest.mark.parametrize("case", WISHES.values(), ids=WISHES)
def test_a_wish_that_does_not_fit_is_refused_with_what_would(case, saved, command, store, tmp_path):
    network, wishes, sentence = case
    (tmp_path / "scaler.json").write_text(json.dumps({"mean": [0] * 12, "scale": [1] * 12}))
    (tmp_path / "scaler.pkl").write_bytes(pickle.dumps({"mean": [0], "scale": [1]}))
    status, said = command(saved(network), **wishes)
    assert status in (1, 2)
    assert len(said.err.strip().splitlines()) == 1
    assert re.search(sentence, said.err)
    assert store.names() == []


def test_the_command_says_what_was_found_where_it_lies_and_how_to_ask(saved, command, store):
    status, said = command(saved("churn"), classes="stay,leave")
    assert status == 0
    for expected in (
        "Task: binary: its last layer is a sigmoid of 1 unit.",
        "stay, leave",
        "make serve",
        "curl -X POST",
    ):
        assert expected in said.out
    assert store.names() == ["churn"]


def dense(**options):
    return keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, **options)])


def strings():
    word = keras.Input((1,), dtype="string", name="word")
    return keras.Model(word, keras.layers.StringLookup(vocabulary=["a", "b"])(word))


def remembering():
    row = keras.Input(batch_shape=(1, 3, 2))
    return keras.Model(row, keras.layers.LSTM(2, stateful=True)(row))


MODELS = {
    "one softmax": (lambda: dense(activation="softmax"), "softmax over one unit, which answers 1 for every row"),
    "strings": (strings, "string|StringLookup"),
    "a state": (remembering, "stateful"),
}


@pytest.mark.parametrize(("make", "sentence"), MODELS.values(), ids=MODELS)
def test_a_model_that_cannot_be_served_is_refused_with_what_to_do(make, sentence, imported, store, tmp_path):
    make().save(tmp_path / "model.keras")
    with pytest.raises((TrainingError, ModelsError), match=sentence):
        imported(tmp_path / "model.keras")
    assert store.names() == []


def test_a_model_that_answers_no_number_is_refused(imported, store, tmp_path):
    model = dense(activation="sigmoid")
    model.set_weights([np.full((4, 1), np.nan, np.float32), np.zeros(1, np.float32)])
    model.save(tmp_path / "model.keras")
    with pytest.raises(TrainingError, match="answers NaN or infinity in probability for 32 of 32 rows"):
        imported(tmp_path / "model.keras")
    assert store.names() == []


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("model.keras", b"PK\x03\x04 and no more", "model.keras|archive"),
        ("model.h5", b"\x89HDF\r\n\x1a\n and no more", "HDF5|file"),
        ("model.pkl", b"cos\nsystem\n(S'touch owned'\ntR.", "ends in .keras, .h5 or .hdf5"),
        ("model.h5", b"", "has 0 bytes"),
    ],
)
def test_a_file_that_is_no_model_is_refused_before_anything_is_started(name, content, sentence, store, tmp_path):
    def start(*_):
        raise AssertionError("a process was started")

    (tmp_path / name).write_bytes(content)
    with pytest.raises((ModelsError, TrainingError), match=sentence):
        import_file(Wishes(tmp_path / name), store, print, start)
    assert not store.root.exists()
