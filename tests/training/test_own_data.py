"""From a file that nobody has prepared to a published version: options, command, card, and answers in both runtimes."""

import json
import os
import re
import shlex
import subprocess
from dataclasses import replace
from io import StringIO

import keras
import numpy as np
import onnxruntime
import pyarrow as pa
import pytest
from pyarrow import parquet
from rich.console import Console
from sklearn.datasets import load_diabetes, load_iris

from models.golden import Golden
from models.signature import Task
from models.store import Store
from training import recipes
from training.__main__ import main
from training.errors import InvalidOverride, UnusableData
from training.example import calling
from training.options import named_after
from training.pipeline import train
from training.publish import train_command

NOISE = np.random.default_rng(7)


@pytest.fixture(scope="module")
def flowers(tmp_path_factory):
    """Iris as somebody might hand it in: with a column of words, holes, a number per row and a decimal comma."""
    data = load_iris()
    path = tmp_path_factory.mktemp("data") / "some flowers.csv"
    lines = ["number;petal length (cm);petal width (cm);soil's colour;seen;species"]
    for row, (flower, target) in enumerate(zip(data.data, data.target, strict=True), start=1):
        length = "" if row % 9 == 0 else f"{flower[2]}".replace(".", ",")
        colour = ["", "red", "brown", f"gray {row}"][row % 3 if row % 50 else 3]
        lines.append(f"{row};{length};{flower[3]};{colour};{row % 28 + 1}.5.2024;{data.target_names[target]}")
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def published(flowers, tmp_path_factory):
    recipe, config = recipes.find("csv").plan([f"path={flowers}", "target=species", "drop=number", "epochs=3"])
    return train(recipe, config, Store(tmp_path_factory.mktemp("store")), None, Console(file=StringIO()))


def test_a_published_table_is_served_by_the_names_and_words_of_its_file(published):
    (tensor,) = published.manifest.signature.inputs
    assert published.name == "some-flowers"
    assert published.manifest.signature.task is Task.MULTICLASS
    assert published.manifest.signature.classes == ("setosa", "versicolor", "virginica")
    assert tensor.feature_names == ("petal length (cm)", "petal width (cm)", "soil's colour", "seen")
    assert tensor.categories == (None, None, ("brown", "red"), None)
    assert tensor.optional
    assert tensor.ranges[2] == (0.0, 1.0)
    assert np.isfinite(tensor.ranges).all()
    assert "as days since 1970-01-01: seen" in published.manifest.notes[0]


def test_keras_and_onnx_agree_on_missing_values_and_unknown_words(published):
    rows = published.golden().inputs["features"]
    assert np.isnan(rows).any(axis=0).tolist() == [True, False, True, False]
    holes = np.concatenate([np.where(NOISE.random(rows.shape) < 0.5, np.nan, rows), np.full((1, 4), np.nan)])
    holes = np.concatenate([holes, [[5.1, 1.5, 2, 19_800], [5.1, 1.5, -1, 19_800]]]).astype(np.float32)
    loaded = keras.models.load_model(published.folder / "model.keras", compile=False, safe_mode=True)
    expected = loaded.predict(holes, verbose=0)
    given = onnxruntime.InferenceSession(published.read("model.onnx")).run(None, {"features": holes})[0]
    assert np.isfinite(expected).all()
    np.testing.assert_allclose(given, expected, atol=1e-5)


def test_the_command_in_the_card_sends_words_and_nulls(published):
    golden, signature = published.golden(), published.manifest.signature
    row = next(place for place, values in enumerate(golden.inputs["features"]) if np.isnan(values[0]))
    one = Golden(
        *({name: values[row : row + 1] for name, values in of.items()} for of in (golden.inputs, golden.outputs))
    )
    shown = calling("some-flowers", signature, one)
    words = shlex.split(re.search(r"```sh\n(.*?)\n```", shown, re.DOTALL).group(1))
    (instance,) = json.loads(words[words.index("-d") + 1])["instances"]
    assert list(instance) == list(signature.inputs[0].feature_names)
    assert instance["petal length (cm)"] is None
    assert instance["soil's colour"] in ("brown", "red", None)
    assert instance["seen"] == one.inputs["features"][0, 3]


def test_a_row_too_long_for_a_command_is_sent_by_a_script_with_the_same_words(published, monkeypatch):
    monkeypatch.setattr("training.example.LONGEST_ROW", 3)
    golden, signature = published.golden(), published.manifest.signature
    script = re.search(r"```python\n(.*?)```", calling("some-flowers", signature, golden), re.DOTALL).group(1)
    made, sends = script.split("request = ")
    monkeypatch.chdir(published.folder)
    scope = {}
    exec(made, scope)
    assert list(scope["instance"]) == list(signature.inputs[0].feature_names)
    assert scope["instance"]["soil's colour"] in ("brown", "red", None)
    assert '"http://localhost:8080/models/some-flowers/predict-class"' in sends
    compile(script, "example", "exec")


def test_the_card_tells_words_and_that_values_may_be_missing(published):
    card = published.read("README.md").decode()
    assert "A value may be missing: null. Words that are not listed count as missing." in card
    assert "| `soil's colour` | one of: brown, red |  |" in card
    assert "Left out: number." in card


def shell(command, folder):
    """What a command prints that is run in a folder. Make within make would tell of folders too."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    return subprocess.run(["sh", "-c", command], cwd=folder, env=own, capture_output=True, text=True, check=True).stdout


def test_the_command_in_the_manifest_trains_the_same_again(flowers, published, tmp_path):
    command = published.manifest.training["command"]
    (tmp_path / "Makefile").write_text("train:\n\t@printf '%s\\n' $(RECIPE) $(ARGS)\n")
    printed = shell(command, tmp_path)
    assert printed.splitlines() == ["csv", f"path={flowers}", "target=species", "drop=number", "epochs=3"]
    recipe, config = recipes.find("csv").plan(printed.splitlines()[1:])
    assert recipe.load(None).sha256 == published.manifest.data["sha256"]
    assert config.to_dict() == published.manifest.training["config"]


@pytest.mark.parametrize("word", ['target=a "b"', "target=$HOME", "target=`a`", "target=it's", "target=größe"])
def test_the_command_survives_a_shell_and_make(word, tmp_path):
    (tmp_path / "Makefile").write_text("train:\n\t@printf '%s\\n' $(ARGS)\n")
    recipe = replace(recipes.find("digits"), form="csv", arguments=(word,))
    command = train_command(recipe, recipe.config)
    assert shell(command, tmp_path) == f"{word}\n"


def test_a_number_is_told_from_a_parquet_file_and_beats_the_mean(tmp_path, pipe):
    data = load_diabetes(scaled=False)
    columns = dict(zip(data.feature_names, data.data.T, strict=True))
    table = pa.table(
        {
            **columns,
            "sex": [["woman", "man"][int(sex) - 1] for sex in columns["sex"]],
            "progression in a year": data.target,
        }
    )
    parquet.write_table(table, tmp_path / "diabetes.parquet")
    recipe, config = recipes.find("csv").plan(
        [f"path={tmp_path / 'diabetes.parquet'}", "target=progression in a year", "epochs=20", "learning_rate=0.003"]
    )
    version = train(recipe, config, Store(tmp_path / "store"), None, pipe)
    assert version.name == "diabetes-table"
    assert version.manifest.signature.outputs[0].names == ("progression in a year",)
    assert version.manifest.scores["test"]["r2"] > 0.3
    assert "ridge regression" in version.manifest.baseline["name"]


def test_the_command_line_shows_what_it_found_and_then_trains(flowers, tmp_path, monkeypatch, capfd):
    monkeypatch.setenv("MODEL_STORE", str(tmp_path))
    assert main(["train", "csv", f"path={flowers}", "target=species", "epochs=1", "hidden=4", "name=iris"]) == 0
    printed, noise = capfd.readouterr()
    assert noise == ""
    assert printed.index("Task: multiclass, since 'species' holds 3 different words") < printed.index("epoch 1/1")
    assert re.search(r"^iris +trained +accuracy [\d.]+ ±[\d.]+ +[\d.]+ +\d+$", printed, re.MULTILINE)
    assert Store(tmp_path).names() == ["iris"]


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        pytest.param(["csv"], 2, 'Say which file: make train RECIPE=csv ARGS="path=', id="no file"),
        pytest.param(["csv", "path="], 2, "path= does not fit: path is the CSV or Parquet file", id="empty path"),
        pytest.param(["csv", "path=absent.csv", "target=y"], 1, "There is no file absent.csv", id="absent file"),
        pytest.param(
            ["csv", "pth=x.csv"],
            2,
            "no option or setting 'pth' in 'pth=x.csv'. Did you mean path=? Options of csv: path (",
            id="option misspelt",
        ),
        pytest.param(
            ["csv", "path=x.csv", "epoch=3"], 2, "Did you mean epochs=? Options of csv: ", id="setting misspelt"
        ),
        pytest.param(["csv", "path=x.csv", "epochs=0"], 2, "epochs=0 does not fit", id="setting that does not fit"),
        pytest.param(["csv", "path=x.csv", "path=y.csv"], 2, "The option 'path' is given twice", id="option twice"),
        pytest.param(
            ["csv", "task=binry"],
            2,
            "task is one of auto, binary, multiclass, multilabel, regression",
            id="unknown task",
        ),
        pytest.param(["csv", "test=0.5"], 2, "test is a share of the rows, from 0.05 to 0.4", id="share too large"),
        pytest.param(["csv", "test=nan"], 2, "test=nan does not fit", id="share that is none"),
        pytest.param(["csv", "drop=a,,b"], 2, "drop=a,,b does not fit", id="empty name"),
        pytest.param(["csv", "name=a/b"], 2, "name=a/b does not fit", id="name that is none"),
        pytest.param(["csv", "split_seed=-1"], 2, "split_seed=-1 does not fit", id="seed that is none"),
        pytest.param(["images"], 2, 'Say which folder: make train RECIPE=images ARGS="path=', id="no folder"),
        pytest.param(
            ["images", "size=0"], 2, "size=0 does not fit: size is pixels along a side, from 1 to 512", id="no size"
        ),
        pytest.param(["images", "color=blue"], 2, "color is one of auto, gray, rgb", id="no color"),
        pytest.param(["digits", "path=x.csv"], 2, "There is no setting 'path'", id="option of another recipe"),
    ],
)
def test_a_wrong_word_or_file_ends_it_with_one_line(words, status, message, capsys):
    assert main(["train", *words]) == status
    printed, error = capsys.readouterr()
    assert message in error
    assert (printed, error.count("\n")) == ("", 1)


@pytest.mark.parametrize(
    ("place", "name"),
    [
        ("data/houses.csv", "houses"),
        ("My Houses (2).csv.gz", "My-Houses-2"),
        ("v1.2.parquet", "v1.2"),
        ("données.csv", "donn-es"),
        ("表.csv", "table"),
        ("digits.csv", "digits-table"),
    ],
)
def test_a_model_is_called_as_its_file(tmp_path, place, name):
    assert named_after(tmp_path / place, recipes.names(), "table") == name


def test_a_form_shows_its_faults_before_it_reads(tmp_path):
    with pytest.raises(InvalidOverride, match="epochs=none does not fit"):
        recipes.find("csv").plan([f"path={tmp_path}", "epochs=none"])
    with pytest.raises(UnusableData, match="is a folder"):
        recipes.find("csv").plan([f"path={tmp_path}", "target=y"])
