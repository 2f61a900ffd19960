"""A published version after one real epoch: complete, hashed, and with a card that tells what a reader must know."""

import csv
import json
import re
import shutil
from dataclasses import replace

import numpy as np
import pytest

from models.golden import Golden
from models.signature import Task
from models.store import Store
from training import recipes
from training.card import model_card
from training.config import Config, override
from training.example import calling
from training.fit import fit
from training.network import signature
from training.publish import Trained, earlier_versions, publish, train_command

FILES = ["README.md", "golden.npz", "history.csv", "learning_curves.png", "model.keras", "model.onnx", "report.html"]


def test_a_version_is_complete_and_every_file_fits_its_hash(published):
    assert sorted(published.manifest.files) == FILES
    assert sorted(path.name for path in published.folder.iterdir()) == sorted([*FILES, "manifest.json"])
    published.verify()


def test_the_manifest_tells_how_good_the_model_is_and_how_it_came_to_be(published):
    manifest = published.manifest
    assert manifest.training["recipe"] == "digits"
    assert manifest.training["config"]["epochs"] == manifest.training["epochs"] == 1
    assert manifest.training["config"]["hidden"] == [256, 128]
    assert manifest.training["parameters"] == 64 * 256 + 4 * 256 + 256 * 128 + 4 * 128 + 128 * 10 + 10
    assert manifest.scores["test"].keys() == manifest.baseline["test"].keys()
    assert list(manifest.scores["test"]) == ["accuracy", "macro_f1", "log_loss", "ece"]
    assert manifest.scores["test"]["accuracy"] > 0.5
    assert 0.95 < manifest.baseline["test"]["accuracy"] < 0.97
    assert manifest.data["rows"] == {"train": 1149, "validation": 288, "test": 360}
    assert manifest.data["sha256"] == recipes.find("digits").load(None).sha256
    assert {"python", "keras", "tensorflow", "numpy", "scikit-learn", "tf2onnx"} <= manifest.libraries.keys()
    assert manifest.parity["largest_difference"] < 1e-5
    assert manifest.training["peak_memory_mb"] > 100


def test_the_golden_rows_are_the_first_test_rows_in_raw_units(published):
    golden = published.golden()
    np.testing.assert_array_equal(golden.inputs["image"], recipes.find("digits").load(None).test.inputs[:32])
    assert golden.outputs["probabilities"].shape == (32, 10)


def test_the_history_has_a_line_per_epoch(published):
    (epoch,) = csv.DictReader(published.read("history.csv").decode().splitlines())
    assert list(epoch) == ["epoch", "loss", "val_loss", "accuracy", "val_accuracy", "seconds"]


def test_the_card_tells_command_scores_baseline_data_and_limits(published):
    card, manifest = published.read("README.md").decode(), published.manifest
    assert card.startswith("# digits\n")
    for expected in (
        'make train RECIPE=digits ARGS="epochs=1 folds=0"',
        f"{manifest.scores['test']['accuracy']:.4f}",
        f"{manifest.baseline['test']['accuracy']:.4f}",
        manifest.baseline["name"],
        manifest.data["sha256"],
        manifest.notes[0],
        "0, 1, 2, 3, 4, 5, 6, 7, 8, 9",
        "8 x 8 numbers from 0 to 16",
        "learning_curves.png",
        f"keras {manifest.libraries['keras']}",
        "[report.html](report.html)",
    ):
        assert expected in card


def test_the_command_in_the_card_sends_the_first_golden_row(published):
    card, golden = published.read("README.md").decode(), published.golden()
    address, body = re.search(r"curl -X POST (\S+) .* -d '(.*)'", card).groups()
    assert address == "http://localhost:8080/models/digits/predict-class"
    np.testing.assert_array_equal(json.loads(body)["instances"], golden.inputs["image"][:1])
    assert f"It answers `{golden.outputs['probabilities'][0].argmax()}` with probability" in card


def test_a_card_without_onnx_says_who_serves_it(published):
    card = model_card(replace(published.manifest, parity=None), published.golden())
    assert "the TensorFlow runtime serves it" in card


@pytest.mark.parametrize(
    ("name", "units", "answer"),
    [
        ("breast-cancer", [0.25], "`malignant` with probability 0.7500"),
        ("breast-cancer", [0.75], "`benign` with probability 0.7500"),
        ("digits-multilabel", [0.75, 0.5], "`at least seven` (0.7500) and `odd` (0.5000)"),
        ("digits-multilabel", [0.25, 0.25], "no label"),
        ("diabetes", [151.25], "151.2"),
    ],
)
def test_the_example_says_what_the_model_answers(name, units, answer):
    recipe = recipes.find(name)
    data = recipe.load(None)
    its_signature = signature(data, recipe.task, recipe.config)
    outputs = {its_signature.outputs[0].name: np.array([units], np.float32)}
    shown = calling(name, its_signature, Golden({data.input_name: data.test.inputs[:1]}, outputs))
    assert shown.endswith(f"It answers {answer}.")
    assert f"/models/{name}/{'predict' if recipe.task is Task.REGRESSION else 'predict-class'} " in shown


def test_a_row_with_feature_names_is_sent_by_name_with_the_digits_that_a_reader_expects():
    recipe = recipes.find("diabetes")
    data = recipe.load(None)
    golden = Golden({"features": data.test.inputs[:1]}, {"progression": np.zeros((1, 1), np.float32)})
    (instance,) = json.loads(
        re.search("-d '(.*)'", calling("diabetes", signature(data, recipe.task, recipe.config), golden)).group(1)
    )["instances"]
    assert tuple(instance) == data.feature_names
    assert instance["bmi"] == 25.8
    np.testing.assert_array_equal(np.array(list(instance.values()), np.float32), data.test.inputs[0])


def test_a_long_row_is_sent_by_a_script_that_compiles():
    data = recipes.find("digits").load(None)
    its_signature = signature(data, Task.MULTICLASS, Config())
    rows = np.zeros((1, 9, 9), np.float32)
    shown = calling("digits", its_signature, Golden({"image": rows}, {"probabilities": np.eye(10)[:1]}))
    script = re.search("```python\n(.*?)```", shown, re.DOTALL).group(1)
    compile(script, "example", "exec")
    assert 'np.load("golden.npz")["input.image"]' in script
    assert '"http://localhost:8080/models/digits/predict-class"' in script


def test_a_score_outside_the_expected_range_is_noted(tmp_path):
    recipe = recipes.find("diabetes")
    hopeless = replace(recipe, config=override(recipe.config, ["epochs=1", "learning_rate=1e-9"]))
    data = recipe.load(None)
    run = fit(data, recipe.task, hopeless.config)
    version = publish(Trained(hopeless, data, run, {"mse": 1.0, "rmse": 1.0, "mae": 1.0, "r2": 0.0}), Store(tmp_path))
    assert version.manifest.notes[0] == recipe.limits
    assert re.match(r"The test r2 of .* is outside what was expected: test r2 ", version.manifest.notes[1])
    assert train_command(hopeless, run.config) == "make train RECIPE=diabetes"


def test_each_score_has_an_interval_around_it_but_the_calibration_error(published):
    manifest = published.manifest
    for split in ("validation", "test"):
        assert list(manifest.intervals[split]) == ["accuracy", "macro_f1", "log_loss"]
        for metric, (low, high) in manifest.intervals[split].items():
            assert low < manifest.scores[split][metric] < high
    low, high = manifest.intervals["test"]["accuracy"]
    card = published.read("README.md").decode()
    assert f"| accuracy | {manifest.scores['test']['accuracy']:.4f} ({low:.4f} to {high:.4f}) |" in card


def test_the_validation_rows_say_how_sure_answers_are(published):
    conformal = published.manifest.conformal
    assert conformal.rows == published.manifest.data["rows"]["validation"]
    assert len(conformal.thresholds) == 1


def test_earlier_versions_on_the_same_data_are_counted(published, tmp_path):
    shutil.copytree(published.folder, tmp_path / "digits" / "1")
    store, sha256 = Store(tmp_path), published.manifest.data["sha256"]
    assert earlier_versions(store, "digits", sha256) == 1
    assert earlier_versions(store, "digits", "0" * 64) == 0
    assert earlier_versions(store, "diabetes", sha256) == 0
    (store.root / "digits" / "1" / "manifest.json").write_text("{}")
    assert earlier_versions(store, "digits", sha256) == 0
