"""`evaluate` and `predict`: a published version is scored and asked again, as the service would ask it."""

import csv
import re
import shutil
from dataclasses import replace

import numpy as np
import pytest

from models.signature import Input, Output, Signature, Task
from models.store import Store
from training.__main__ import main
from training.predictions import Predictions


@pytest.fixture
def store(published, tmp_path, monkeypatch):
    """A store with one version of the digits, that of one epoch."""
    shutil.copytree(published.folder.parent, tmp_path / "store" / "digits")
    monkeypatch.setenv("MODEL_STORE", str(tmp_path / "store"))
    return Store(tmp_path / "store")


@pytest.mark.parametrize("split", ["test", "validation"])
def test_the_scores_of_a_version_are_those_that_it_was_published_with(split, store, capsys):
    assert main(["evaluate", "digits", "--split", split]) == 0
    printed = capsys.readouterr().out
    assert f"digits version 1, {360 if split == 'test' else 288} {split} rows\n" in printed
    for metric, value in store.version("digits").manifest.scores[split].items():
        now, then = re.search(rf"^{metric} +(\S+) +(\S+)$", printed, re.MULTILINE).groups()
        assert float(then) == pytest.approx(value, rel=1e-5)
        assert float(now) == pytest.approx(value, rel=1e-4)


def test_other_data_is_said_to_be_no_comparison(store, republish, capsys):
    version = store.version("digits")
    republish(store, version, data={**version.manifest.data, "sha256": "0" * 64})
    assert main(["evaluate", "digits"]) == 0
    assert (
        "The data has changed since the version was published, so the two cannot be compared."
        in capsys.readouterr().out
    )


def test_a_file_of_rows_is_answered_as_keras_answered_them(store, tmp_path, capsys):
    golden = store.version("digits").golden()
    np.save(tmp_path / "rows.npy", golden.inputs["image"])
    assert main(["predict", "digits", str(tmp_path / "rows.npy"), "--output", str(tmp_path / "out.csv")]) == 0
    assert f"32 rows in {tmp_path / 'out.csv'}" in capsys.readouterr().out
    rows = list(csv.DictReader((tmp_path / "out.csv").read_text().splitlines()))
    answers = np.array([[row[str(digit)] for digit in range(10)] for row in rows], np.float32)
    assert store.version("digits").golden().agrees({"probabilities": answers})
    assert [row["class"] for row in rows] == [str(best) for best in answers.argmax(axis=1)]
    assert main(["predict", "digits", str(tmp_path / "rows.npy")]) == 0
    printed = capsys.readouterr().out
    assert re.search(rf"^1 +{rows[0]['class']} +0\.\d{{4}}$", printed, re.MULTILINE)
    assert printed.endswith("and 12 rows more; --output FILE.csv writes all of them\n")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["evaluate", "digit"], "There is no model 'digit'. Known models: digits."),
        (["predict", "digits", "none.csv"], "none.csv cannot be read: No such file or directory."),
        (["predict", "digits", "none.csv", "--version", "3"], "Model 'digits' has no version 3. Known versions: 1."),
    ],
)
def test_what_is_not_there_is_a_sentence(words, message, store, capsys):
    assert store.names() == ["digits"]
    assert main(words) == 1
    assert capsys.readouterr().err == f"{message}\n"


def test_a_version_of_no_recipe_cannot_be_evaluated(store, republish, capsys):
    version = store.version("digits")
    republish(store, version, training={**version.manifest.training, "recipe": "numerals"})
    assert main(["evaluate", "digits"]) == 2
    assert "There is no recipe 'numerals'" in capsys.readouterr().err


CLASSES = Signature(Task.MULTICLASS, (Input("x", (1,)),), (Output("y", 3, "softmax", ("a", "b", "c")),))
BINARY = replace(CLASSES, task=Task.BINARY, outputs=(Output("y", 1, "sigmoid", ("no", "yes")),))
LABELS = replace(CLASSES, task=Task.MULTILABEL)
VALUES = replace(CLASSES, task=Task.REGRESSION, outputs=(Output("y", 2, "linear", ("width", "height")),))


@pytest.mark.parametrize(
    ("signature", "answers", "short", "line"),
    [
        pytest.param(
            CLASSES,
            [[0.125, 0.5, 0.375]],
            (["class", "probability"], [["b", "0.5000"]]),
            "b,0.125,0.5,0.375",
            id="classes",
        ),
        pytest.param(BINARY, [[0.75]], (["class", "probability"], [["yes", "0.7500"]]), "yes,0.25,0.75", id="yes"),
        pytest.param(BINARY, [[0.25]], (["class", "probability"], [["no", "0.7500"]]), "no,0.75,0.25", id="no"),
        pytest.param(LABELS, [[0.75, 0.25, 0.5]], (["labels"], [["a 0.7500, c 0.5000"]]), "0.75,0.25,0.5", id="labels"),
        pytest.param(LABELS, [[0, 0, 0]], (["labels"], [["none"]]), "0.0,0.0,0.0", id="no label"),
        pytest.param(VALUES, [[1.5, -2]], (["width", "height"], [["1.5", "-2"]]), "1.5,-2.0", id="values"),
        pytest.param(
            replace(BINARY, outputs=(Output("y", 1, "step", ("no", "yes")),)),
            [[1]],
            (["class"], [["yes"]]),
            "yes,0.0,1.0",
            id="decision",
        ),
    ],
)
def test_answers_are_shown_by_what_they_mean(signature, answers, short, line, tmp_path):
    predictions = Predictions(signature, np.array(answers, np.float32))
    assert predictions.in_short() == short
    predictions.write(tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_text().splitlines()[1] == line


@pytest.mark.parametrize("name", ["parcels", "reviews", "sentences", "sketches"])
def test_a_model_of_another_form_is_asked_through_the_service_only(zoo, tmp_path, monkeypatch, capsys, name):
    monkeypatch.setenv("MODEL_STORE", str(zoo.root))
    np.save(tmp_path / "rows.npy", np.zeros((1, 4), np.float32))
    assert main(["predict", name, str(tmp_path / "rows.npy")]) != 0
    assert f"POST /models/{name}/predict" in " ".join(capsys.readouterr().err.split())
