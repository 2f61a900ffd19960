"""Files of small real networks become versions in one command, and the service answers for them as Keras did."""

import json
import re

import keras
import numpy as np
import pytest

from models.inspection import inspect
from models.signature import Task
from tests.training.importing.conftest import rows_and_answers

# name, what else is said, the task that is found, the names of the inputs, the name of the output
NETWORKS = [
    ("iris", {"classes": "setosa,versicolor,virginica"}, Task.MULTICLASS, ["inputs"], "probabilities"),
    ("fashion", {}, Task.MULTICLASS, ["inputs"], "probabilities"),
    ("digits", {"input_range": "0,255"}, Task.MULTICLASS, ["image"], "digit"),
    ("churn", {"classes": "stay,leave"}, Task.BINARY, ["inputs"], "probability"),
    ("tags", {"classes": "large,odd,red"}, Task.MULTILABEL, ["inputs"], "probabilities"),
    ("price", {"features": "a,b,c,d,e,f,g,h"}, Task.REGRESSION, ["inputs"], "values"),
    ("wide_and_deep", {}, Task.REGRESSION, ["input_wide", "input_deep"], "price"),
    ("text", {}, Task.BINARY, ["inputs"], "probability"),
    ("sentences", {}, Task.MULTICLASS, ["words"], "probabilities"),
    ("waves", {"shape": "7x2"}, Task.MULTICLASS, ["series"], "probabilities"),
    ("nested", {}, Task.BINARY, ["left", "right"], "same"),
    ("scaled", {}, Task.REGRESSION, ["row"], "values"),
]
UNREADABLE_AS_H5 = ("sentences",)  # Keras itself cannot read its own .h5 of a mask
QUICK = (
    "iris.h5",
    "digits.keras",
    "churn.keras",
    "tags.h5",
    "price.keras",
    "wide_and_deep.h5",
    "text.keras",
    "scaled.h5",
)
FILES = [
    pytest.param((name, suffix), rest, id=name + suffix, marks=() if name + suffix in QUICK else pytest.mark.slow)
    for name, *rest in NETWORKS
    for suffix in (".keras", ".h5")
    if suffix == ".keras" or name not in UNREADABLE_AS_H5
]


@pytest.mark.parametrize(("file", "case"), FILES)
def test_the_service_answers_for_an_imported_file_as_keras_did(file, case, saved, imported, ask):
    wishes, task, inputs, output = case
    version = imported(saved(*file), **wishes)
    rows, answers = rows_and_answers(saved(*file))
    signature = version.manifest.signature
    assert (signature.task, [each.name for each in signature.inputs]) == (task, inputs)
    assert signature.outputs[0].name == output
    assert version.has("model.onnx")
    assert _predicted(ask, version.name, inputs, rows) == pytest.approx(_public(answers, task), abs=1e-5)


def _predicted(ask, name, inputs, rows):
    if len(inputs) == 1:
        instances = rows[0].tolist()
    else:
        instances = [dict(zip(inputs, map(np.ndarray.tolist, row), strict=True)) for row in zip(*rows, strict=True)]
    return np.array(ask(f"/models/{name}/predict", {"instances": instances})["predictions"])


def _public(answers, task):
    """As the service answers: of a binary model the probabilities of both classes, of a single target no array."""
    if task is Task.BINARY:
        return np.concatenate([1 - answers, answers], axis=1)
    return answers[:, 0] if answers.shape[1:] == (1,) else answers


def test_an_activation_is_put_behind_logits_and_said_so(saved, imported, ask):
    version = imported(saved("logits"))
    rows, answers = rows_and_answers(saved("logits"))
    powers = np.exp(answers.astype(np.float64))
    assert version.manifest.training["inferred"]["probabilities"]["appended"] == "softmax"
    assert "from logits; so a softmax is put behind it" in " ".join(imported.told)
    expected = powers / powers.sum(axis=1, keepdims=True)
    assert _predicted(ask, "logits", ["inputs"], rows) == pytest.approx(expected, abs=1e-5)


def test_a_scaler_goes_into_the_model(saved, imported, ask, tmp_path):
    scaler = tmp_path / "scaler.json"
    scaler.write_text(json.dumps({"mean": [5, -3, 100, 0.5], "scale": [2, 0.1, 30, 4]}))
    imported(saved("iris"), preprocessing=scaler)
    rows, answers = rows_and_answers(saved("iris"))
    raw = rows[0] * np.float32([2, 0.1, 30, 4]) + np.float32([5, -3, 100, 0.5])
    assert _predicted(ask, "iris", ["inputs"], [raw]) == pytest.approx(answers, abs=1e-5)


def test_what_is_published_passes_the_inspection_and_loads_as_stock_layers(saved, imported):
    version = imported(saved("waves"), shape="7x2")
    path = version.folder / "model.keras"
    assert inspect(path).keras_version == keras.__version__
    rows, answers = rows_and_answers(saved("waves"))
    model = keras.saving.load_model(path, compile=False, safe_mode=True)
    np.testing.assert_allclose(model.predict(rows[0], verbose=0), answers, atol=1e-5)


def test_manifest_and_card_tell_where_it_comes_from_and_what_was_found_and_said(saved, imported):
    path = saved("churn")
    version = imported(path, name="leaving", classes="stay,leave", task=None)
    training, card = version.manifest.training, version.card()
    given = inspect(path)
    assert training["method"] == "import"
    assert (training["file"], training["sha256"], training["bytes"]) == ("churn.keras", given.sha256, given.bytes)
    assert (training["kind"], training["keras_version"]) == ("keras", keras.__version__)
    assert training["given"] == {"classes": "stay,leave"}
    assert version.manifest.scores == {}
    for expected in (
        given.sha256,
        "churn.keras",
        keras.__version__,
        "a sigmoid of 1 unit",
        "stay, leave",
        "no real data",
    ):
        assert expected in card
    assert str(path.parent) not in card + str(training)


def test_the_command_in_the_card_asks_the_service_and_the_answer_is_what_it_says(saved, imported, ask):
    version = imported(saved("churn"), classes="stay,leave")
    path, body = re.search(r"curl -X POST http://localhost:8080(\S+) .* -d '(.*)'\n", version.card()).groups()
    (prediction,) = ask(path, json.loads(body))["predictions"]
    assert f"`{prediction['class']}` with probability {prediction['probability']:.4f}" in version.card()


def test_an_imported_version_is_told_of_by_inventory_metrics_and_documentation(saved, imported, ask):
    version = imported(saved("nested"))
    told = ask("/models/nested")
    assert told["training"]["file"] == "nested.keras"
    assert told["card"] == version.card()
    assert told["report"] is None
    assert "nested" in ask("/metrics")
    assert ask("/openapi.json")["paths"]
    assert [each["name"] for each in ask("/models")["models"]] == ["nested"]


@pytest.mark.parametrize(
    ("path", "document"),
    [
        ("/v1/models/nested:predict", {"instances": [{"left": [1, 2, 3], "right": [1, 2, 4]}]}),
        ("/v1/models/nested:predict", {"inputs": {"left": [[1, 2, 3]], "right": [[1, 2, 4]]}}),
        (
            "/v2/models/nested/infer",
            {
                "inputs": [
                    {"name": "left", "shape": [1, 3], "datatype": "FP32", "data": [1, 2, 3]},
                    {"name": "right", "shape": [1, 3], "datatype": "FP32", "data": [1, 2, 4]},
                ]
            },
        ),
    ],
    ids=["tensorflow-serving-rows", "tensorflow-serving-columns", "open-inference"],
)
def test_several_inputs_are_asked_by_name_in_other_protocols_too(path, document, saved, imported, ask):
    imported(saved("nested"))
    model = keras.saving.load_model(saved("nested"), compile=False)
    expected = float(model.predict([np.float32([[1, 2, 3]]), np.float32([[1, 2, 4]])], verbose=0)[0, 0])
    assert f"{expected:.5f}"[:6] in json.dumps(ask(path, document))


def test_a_second_import_is_the_next_version(saved, imported):
    assert [imported(saved("iris"), name="flowers").number for _ in range(2)] == [1, 2]
