"""A model in a process of its own, as `make import` runs it: bound, whole or not at all, and without a trace."""

import tempfile
from pathlib import Path

import keras
import pytest

from training.importing.errors import CannotImport
from training.importing.importing import import_file
from training.importing.wishes import Wishes

layers = keras.layers


@pytest.fixture
def run(store, monkeypatch, tmp_path):
    """Imports a file as the command does, with temporary folders where the test can see them."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))

    def imported(path, **wishes):
        try:
            return import_file(Wishes(path, **wishes), store, lambda _: None)
        finally:
            assert list(folder.iterdir()) == []

    return imported


def test_a_file_is_imported_in_a_process_and_its_folder_is_gone(saved, run):
    version = run(saved("nested"))
    assert {"model.keras", "model.onnx", "golden.npz", "README.md"} <= version.manifest.files.keys()


def large():
    """A small file whose answers to 32 rows take gigabytes on the way."""
    row = keras.Input((4,), name="row")
    tensor = layers.RepeatVector(500_000)(row)
    tensor = layers.Dense(16)(tensor)
    return keras.Model(row, layers.Dense(1)(layers.GlobalAveragePooling1D()(tensor)))


def endless():
    """A small file whose answers take minutes, a step after the other."""
    row = keras.Input((4,), name="row")
    tensor = layers.RepeatVector(200_000)(row)
    return keras.Model(row, layers.SimpleRNN(256)(tensor))


@pytest.mark.slow
@pytest.mark.parametrize(
    "case",
    [
        (large, {"memory_mb": 512}, "more memory than the 512 MB"),
        (endless, {"seconds": 25}, "took more than 25 seconds"),
    ],
    ids=["memory", "time"],
)
def test_a_model_that_takes_too_much_is_ended_with_a_sentence(case, run, store, tmp_path):
    make, wishes, sentence = case
    make().save(tmp_path / "model.keras")
    with pytest.raises(CannotImport, match=sentence):
        run(tmp_path / "model.keras", **wishes)
    assert store.names() == []


@pytest.fixture
def exported(tmp_path):
    """A SavedModel of two inputs, and the Keras model that it was made of."""
    left, right = keras.Input((3,), name="left"), keras.Input((2,), name="right")
    tensor = layers.Dense(3, activation="softmax")(layers.Concatenate()([left, right]))
    model = keras.Model([left, right], tensor)
    model.export(tmp_path / "exported", verbose=False)
    return tmp_path / "exported", model


def test_a_saved_model_is_imported_where_it_is_trusted_and_only_as_onnx(exported, run, store):
    folder, model = exported
    with pytest.raises(CannotImport, match=r"a program that may do anything.*write TRUST=1"):
        run(folder)
    assert store.names() == []
    version = run(folder, trust=True, classes="a,b,c")
    golden = version.golden()
    expected = model.predict([golden.inputs["left"], golden.inputs["right"]], verbose=0)
    assert golden.outputs["probabilities"] == pytest.approx(expected, abs=1e-5)
    assert version.has("model.onnx")
    assert not version.has("model.keras")
    assert version.manifest.training["kind"] == "savedmodel"


def test_a_trusted_folder_with_a_link_in_it_is_refused(exported, run):
    folder, _ = exported
    (folder / "assets" / "link").symlink_to(Path("/etc/hostname"))
    with pytest.raises(CannotImport, match="is no regular file"):
        run(folder, trust=True)
