"""The kinds of networks: what each is made of, and that what it publishes answers alike in Keras and ONNX Runtime."""

import keras
import numpy as np
import pytest

from models.signature import Task
from training.architectures import edges
from training.architectures.tabular import _edges
from training.config import Config, override
from training.data import Dataset, Split
from training.errors import InvalidNetwork
from training.export import write_model
from training.fit import fit
from training.network import assemble, build, signature

NOISE = np.random.default_rng(1)
PLACES = NOISE.uniform([-120, 30, 0], [-110, 40, 9], (400, 3)).astype(np.float32)
HEIGHTS = ((PLACES[:, 0] + PLACES[:, 1] > -80) * 5 + PLACES[:, 2]).reshape(-1, 1).astype(np.float32)
PRICES = Split(PLACES, HEIGHTS)
HOUSES = Dataset(
    "noise", "A generator.", "features", ("price",), PRICES, PRICES, PRICES,
    feature_names=("longitude", "latitude", "rooms"), coordinates=(0, 1),
)  # fmt: skip
PICTURES = Split(NOISE.uniform(0, 16, (60, 8, 8)).astype(np.float32), NOISE.integers(0, 3, 60).astype(np.int32))
CLOTHES = Dataset(
    "noise", "A generator.", "image", ("a", "b", "c"), PICTURES, PICTURES, PICTURES, largest_pixel=16.0
)  # fmt: skip
COLOURED = Split(NOISE.uniform(0, 16, (60, 6, 8, 3)).astype(np.float32), PICTURES.targets)
PAINTINGS = Dataset(
    "noise", "A generator.", "image", ("a", "b", "c"), COLOURED, COLOURED, COLOURED, largest_pixel=16.0
)  # fmt: skip


@pytest.mark.parametrize(
    ("dataset", "task", "words"),
    [
        pytest.param(HOUSES, Task.REGRESSION, ["architecture=tabular", "bins=8", "directions=3"], id="tabular"),
        pytest.param(HOUSES, Task.REGRESSION, ["architecture=tabular", "places=9", "heads=2"], id="places"),
        pytest.param(
            HOUSES, Task.REGRESSION, ["architecture=tabular", "heads=3", "output_scaling=standard"], id="heads"
        ),
        pytest.param(HOUSES, Task.REGRESSION, ["heads=2", "members=2", "ema=0.9", "patience=1"], id="members"),
        pytest.param(HOUSES, Task.REGRESSION, ["output=softplus", "loss=huber", "clip_norm=1"], id="positive"),
        pytest.param(HOUSES, Task.REGRESSION, ["output=tanh", "output_scaling=range", "loss=mae"], id="bounded"),
        pytest.param(
            CLOTHES, Task.MULTICLASS, ["architecture=mixer", "hidden=8,8", "channels=6", "dropout=0.1"], id="mixer"
        ),
        pytest.param(CLOTHES, Task.MULTICLASS, ["architecture=edges", "cells=2,4", "hidden=8"], id="edges"),
        pytest.param(PAINTINGS, Task.MULTICLASS, ["architecture=edges", "cells=99", "orientations=3"], id="colours"),
        pytest.param(CLOTHES, Task.MULTICLASS, ["normalization=batch", "activation=silu", "shift=1"], id="batch"),
        pytest.param(CLOTHES, Task.MULTICLASS, ["normalization=layer", "label_smoothing=0.1", "heads=2"], id="layer"),
        pytest.param(CLOTHES, Task.MULTICLASS, ["class_weight=balanced", "flip=horizontal", "warmup=1"], id="weights"),
        pytest.param(
            CLOTHES, Task.MULTICLASS, ["members=2", "calibration=temperature", "schedule=cosine"], id="ensemble"
        ),
    ],
)
def test_what_is_trained_is_published_as_stock_layers_that_onnx_runtime_runs_alike(dataset, task, words, tmp_path):
    config = override(Config(epochs=2, optimizer="adamw"), words)
    run = fit(dataset, task, config)
    assert all(np.isfinite(values).all() for values in run.history.values())
    parity = write_model(
        run.model, signature(dataset, task, config), {dataset.input_name: dataset.test.inputs}, tmp_path
    )
    assert parity["rows"] == 32
    loaded = keras.saving.load_model(tmp_path / "model.keras", compile=False, safe_mode=True)
    np.testing.assert_allclose(loaded.predict(dataset.test.inputs, verbose=0), run.predictions["test"], atol=1e-5)


def test_members_learn_from_seeds_of_their_own_and_answer_with_their_mean():
    run = fit(CLOTHES, Task.MULTICLASS, Config(epochs=1, members=2, hidden=(4,)))
    assert run.history["network"] == [1, 2]
    apart = [build(CLOTHES, Task.MULTICLASS, Config(hidden=(4,), seed=seed)) for seed in (1, 2)]
    together = assemble(apart, CLOTHES, Task.MULTICLASS, Config())
    logits = np.mean([network(PICTURES.inputs) for network in apart], axis=0)
    np.testing.assert_allclose(together(PICTURES.inputs), keras.ops.softmax(logits), atol=1e-6)


@pytest.mark.parametrize(("axis", "direction"), [(1, 0), (0, 1)], ids=["across", "down"])
def test_what_grows_in_one_direction_is_told_for_that_direction_and_its_neighbours(axis, direction):
    image = np.moveaxis(np.tile(np.arange(8, dtype=np.float32), (1, 8, 1)), 2, axis + 1)
    inputs = keras.Input((8, 8))
    slopes = keras.Model(inputs, edges._slopes(inputs, 4))(image)
    # Right, down, left and up; a difference of neighbours is 2, and at the rim 1.
    assert np.array(slopes)[0, 4, 4].round(5).tolist() == [2.0 * (place == direction) for place in range(4)]
    assert np.array(slopes)[0, 0, 0].round(5).tolist() == [1.0 * (place == direction) for place in range(4)]


@pytest.mark.parametrize(("side", "count"), [(28, 7), (28, 5), (8, 8)])
def test_a_cell_is_a_mean_of_pixels(side, count):
    shares = edges._cells(side, count)
    np.testing.assert_allclose(shares.sum(axis=0), 1, rtol=1e-6)
    assert (shares.sum(axis=1) > 0).all()


def test_directions_tell_a_slanting_line_that_bins_of_coordinates_cannot():
    config = Config(
        architecture="tabular", bins=8, embedding=4, hidden=(), optimizer="adam", learning_rate=0.02, epochs=40
    )
    without, with_them = (
        fit(HOUSES, Task.REGRESSION, override(config, [f"directions={count}"])).scores["test"]["mse"]
        for count in (0, 3)
    )
    assert with_them < without / 2


def test_bins_end_where_a_tree_would_split():
    column = np.concatenate([np.full(200, 1.0), np.full(200, 3.0), np.full(200, 9.0)])
    edges = _edges(column, (column > 2).astype(float) + (column > 5), Task.REGRESSION, 4)
    np.testing.assert_allclose(edges, [1, 2, 6, 9])


def test_a_column_that_never_changes_has_one_bin():
    assert len(_edges(np.full(50, 7.0), np.arange(50.0), Task.REGRESSION, 8)) == 2


@pytest.mark.parametrize(
    ("dataset", "words", "said"),
    [
        pytest.param(
            CLOTHES, ["architecture=mixer", "patch=3"], "shape (8, 8) cannot be cut into patches of 3x3", id="patch"
        ),
        pytest.param(CLOTHES, ["architecture=tabular", "places=3"], "places are of rows that hold", id="no place"),
        pytest.param(CLOTHES, ["architecture=mixer", "heads=2"], "a mixer has none", id="heads"),
        pytest.param(HOUSES, ["architecture=tabular", "places=401"], "401 places are more than the 400", id="places"),
        pytest.param(HOUSES, ["architecture=edges"], "have no edges: architecture=edges takes images", id="no edges"),
        pytest.param(CLOTHES, ["architecture=edges", "cells=none"], "without cells sees nothing", id="no cells"),
        pytest.param(HOUSES, ["architecture=mixer"], "takes images whose height and width", id="no image"),
    ],
)
def test_a_network_that_does_not_fit_the_rows_is_refused(dataset, words, said):
    with pytest.raises(InvalidNetwork) as caught:
        build(dataset, Task.MULTICLASS, override(Config(), words))
    assert said in str(caught.value)
