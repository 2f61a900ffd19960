"""Points for TensorBoard: what it reads, where it looks for it, and that it need not be installed."""

import importlib.util
from pathlib import Path

import pytest
import tensorflow as tf

from training import recipes
from training.__main__ import main
from training.config import Config
from training.fit import fit
from training.tensorboard import Scalars


def points(folder: Path) -> dict[str, dict[int, float]]:
    """Name -> epoch -> value, as TensorBoard reads them: every event file of a folder is one run."""
    found: dict[str, dict[int, float]] = {}
    for file in folder.glob("events.out.tfevents.*"):
        for record in tf.data.TFRecordDataset(str(file)):
            event = tf.compat.v1.Event.FromString(record.numpy())
            for value in event.summary.value:
                assert value.metadata.plugin_data.plugin_name in ("", "scalars")  # once per file and name
                found.setdefault(value.tag, {})[event.step] = float(tf.make_ndarray(value.tensor))
    return found


def test_a_training_can_be_watched_while_it_runs(tmp_path, monkeypatch):
    monkeypatch.setenv("MODEL_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("TENSORBOARD", str(tmp_path / "logs"))
    assert importlib.util.find_spec("tensorboard") is None
    assert main(["train", "diabetes", "epochs=2", "hidden=4", "schedule=cosine", "learning_rate=0.01"]) == 0
    (run,) = (tmp_path / "logs").iterdir()
    assert run.name.startswith("diabetes-20")
    train, validation = points(run / "train"), points(run / "validation")
    assert train.keys() == {"loss", "mae", "learning_rate"}
    assert validation.keys() == {"loss", "mae"}
    assert train["loss"].keys() == validation["loss"].keys() == {1, 2}
    assert train["learning_rate"][1] == pytest.approx(0.005)
    assert train["learning_rate"][2] == pytest.approx(0, abs=1e-6)


def test_of_several_networks_each_has_its_own_lines(tmp_path):
    recipe = recipes.find("diabetes")
    scalars = Scalars(tmp_path)
    run = fit(
        recipe.load(None), recipe.task, Config(hidden=(4,), epochs=1, members=2, output_scaling="standard"), [scalars]
    )
    scalars.close()
    told = [points(tmp_path / f"network-{number}" / "validation")["loss"][1] for number in (1, 2)]
    assert told == pytest.approx(run.history["val_loss"], rel=1e-6)
