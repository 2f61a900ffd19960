"""Raw rows made ready inside the model: numbers, words, what is missing or unknown, in Keras and in ONNX alike."""

from dataclasses import replace

import keras
import numpy as np
import pytest

from models.golden import Golden
from models.signature import Input, Output, Signature, Task
from training.baseline import baseline_scores, of_table
from training.config import Config
from training.data import Dataset, Split
from training.export import keras_outputs, write_model
from training.fit import fit
from training.network import assemble, build, signature
from training.preparation import prepare

NOISE = np.random.default_rng(5)
NAN = np.nan
COLOURS = ("blue", "green", "red")


def rows(count, **columns):
    """Rows of age (5 % missing), income (a long tail), colour (as numbers, some missing) and shoe size (complete)."""
    table = {
        "age": np.where(NOISE.random(count) < 0.05, NAN, NOISE.normal(40, 10, count)),
        "income": NOISE.lognormal(8, 2, count) - 2000,
        "colour": np.where(NOISE.random(count) < 0.1, NAN, NOISE.integers(0, 3, count)),
        "shoe": NOISE.normal(42, 2, count),
    } | columns
    return np.stack(list(table.values()), axis=1).astype(np.float32)


def split(inputs):
    age, income, colour, _ = inputs.T
    targets = np.nan_to_num(age, nan=90) / 10 + np.log1p(np.abs(income)) + 3 * (colour == 2)
    return Split(inputs, targets[:, None].astype(np.float32))


@pytest.fixture(scope="module")
def table():
    return Dataset(
        name="people",
        source="A generator.",
        input_name="features",
        output_names=("price",),
        train=split(rows(800)),
        validation=split(rows(100)),
        test=split(rows(100)),
        feature_names=("age", "income", "colour", "shoe"),
        categories=(None, None, COLOURS, None),
        optional=True,
        long_tails=(1,),
    )


def prepared(dataset, inputs):
    """Shoe and age standardised, income by its logarithm, whether age is missing, blue, green, red."""
    tensor = keras.Input(dataset.shape)
    return keras.Model(tensor, prepare(dataset, tensor)).predict(np.asarray(inputs, np.float32), verbose=0)


def test_what_goes_into_the_network_is_of_unit_size_and_complete(table):
    ready = prepared(table, table.train.inputs)
    assert ready.shape == (800, 3 + 1 + 3)
    assert np.isfinite(ready).all()
    there = ~np.isnan(table.train.inputs[:, 0])
    for column, values in enumerate((ready[there, 0], ready[:, 1], ready[:, 2])):
        assert (values.mean(), values.std()) == pytest.approx((0, 1), abs=1e-4), column
    assert np.abs(ready[:, 2]).max() < 5  # the income, whose raw extreme is far beyond that
    assert np.abs(table.train.inputs[:, 1]).max() > 8 * table.train.inputs[:, 1].std()


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        pytest.param([NAN, 0, 0, 42], {0: 0, 3: 1, 4: 1, 5: 0, 6: 0}, id="missing number is the mean, and marked"),
        pytest.param([40, 0, 2, 42], {3: 0, 4: 0, 5: 0, 6: 1}, id="a word is one of its features"),
        pytest.param([40, 0, NAN, 42], {4: 0, 5: 0, 6: 0}, id="missing word is none of them"),
        pytest.param([40, 0, 3, 42], {4: 0, 5: 0, 6: 0}, id="number of no word is none of them"),
        pytest.param([40, 0, 0, NAN], {1: 0}, id="missing where no training row lacked it is the mean"),
        pytest.param([40, NAN, 0, 42], {2: 0}, id="missing in the long tail is its mean"),
    ],
)
def test_a_row_is_prepared_by_kind_of_column(table, row, expected):
    (ready,) = prepared(table, [row])
    assert {place: ready[place] for place in expected} == pytest.approx(expected, abs=1e-6)


def test_what_is_held_out_changes_nothing(table):
    other = replace(table, validation=split(rows(100, age=np.full(100, 1e6))), test=split(rows(50)))
    np.testing.assert_array_equal(prepared(table, table.test.inputs), prepared(other, table.test.inputs))


@pytest.mark.parametrize(
    "columns",
    [
        pytest.param([0, 1, 2, 3], id="all kinds"),
        pytest.param([2], id="words only"),
        pytest.param([0, 3], id="numbers, some missing"),
        pytest.param([1], id="long tail only"),
    ],
)
def test_keras_loaded_without_our_code_and_onnx_agree_with_what_was_trained(table, columns, tmp_path):
    data = replace(
        table,
        **{name: Split(part.inputs[:, columns], part.targets) for name, part in table.splits.items()},
        feature_names=tuple(table.feature_names[place] for place in columns),
        categories=(COLOURS,) if columns == [2] else table.categories if len(columns) == 4 else None,
        long_tails=(1,) if len(columns) == 4 else (0,) if columns == [1] else (),
    )
    tensor = keras.Input(data.shape, name="features")
    hidden = keras.layers.Dense(8, activation="relu")(prepare(data, tensor))
    model = keras.Model(tensor, keras.layers.Dense(1, name="price")(hidden))
    its_signature = Signature(
        Task.REGRESSION,
        (Input("features", data.shape, optional=True),),
        (Output("price", 1, "linear", ("price",)),),
    )
    odd = np.full((3, len(columns)), [[NAN], [7.0], [-60.0]], np.float32)
    inputs = {"features": np.concatenate([odd, data.test.inputs[:20]])}
    assert write_model(model, its_signature, inputs, tmp_path)["largest_difference"] < 1e-5
    loaded = keras.models.load_model(tmp_path / "model.keras", compile=False, safe_mode=True)
    assert Golden.from_bytes((tmp_path / "golden.npz").read_bytes()).agrees(
        keras_outputs(loaded, its_signature, inputs)
    )


def test_a_column_that_is_one_value_or_missing_tells_by_what_it_lacks():
    values = np.where(NOISE.random((60, 1)) < 0.5, NAN, 7).astype(np.float32)
    part = Split(values, np.isnan(values).astype(np.float32))
    data = Dataset("flag", "A generator.", "features", ("missing",), part, part, part, ("flag",), optional=True)
    np.testing.assert_array_equal(prepared(data, [[7], [NAN], [8]]), [[0, 0], [0, 1], [1, 0]])


def test_another_value_in_a_column_that_was_constant_stays_of_its_size(table):
    train = np.stack([np.zeros(50), NOISE.normal(3, 2, 50)], axis=1).astype(np.float32)
    plain = replace(table, train=Split(train, train[:, :1]), categories=None, optional=False, long_tails=())
    assert prepared(plain, [[1, 3]])[0, 0] == 1


def test_a_network_learns_from_words_and_from_what_is_missing(table):
    config = Config(hidden=(16,), optimizer="adam", learning_rate=0.01, epochs=10, output_scaling="standard")
    run = fit(table, Task.REGRESSION, config)
    linear = baseline_scores(of_table(table, Task.REGRESSION), table, Task.REGRESSION)
    assert linear["r2"] > 0.3
    assert run.scores["test"]["r2"] > max(0.8, linear["r2"])


@pytest.mark.parametrize("name", ["median price", "größe", "dense_1", "features", "where", "a/b"])
def test_a_target_whose_name_no_layer_can_have_is_answered_all_the_same(table, name):
    data = replace(table, output_names=(name,))
    config = Config(hidden=(4,))
    model = assemble([build(data, Task.REGRESSION, config)], data, Task.REGRESSION, config)
    assert model.layers[-1].name == signature(data, Task.REGRESSION, config).outputs[0].name == "values"
    assert signature(data, Task.REGRESSION, config).outputs[0].names == (name,)
