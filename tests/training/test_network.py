"""The networks: raw rows in, answers in the units of the data out, with the weights that the config asks for."""

from dataclasses import replace

import keras
import numpy as np
import pytest

from models.signature import Task
from training import recipes
from training.config import Config, override
from training.data import Dataset, Split
from training.network import assemble, build, signature
from training.sources import embedded

NOISE = np.random.default_rng(1)


def answering(data, task, config):
    """The model that answers, of one network."""
    return assemble([build(data, task, config)], data, task, config)


def dataset(shape, output_names, targets, **more):
    split = Split(NOISE.normal(5, 3, (50, *shape)).astype(np.float32), targets)
    return Dataset("noise", "A generator.", "features", output_names, split, split, split, **more)


@pytest.mark.parametrize(
    ("name", "given", "answer"),
    [
        ("digits", ("image", (8, 8)), ("probabilities", 10, "softmax")),
        ("digits-multilabel", ("image", (8, 8)), ("probabilities", 2, "sigmoid")),
        ("breast-cancer", ("features", (30,)), ("probability", 1, "sigmoid")),
        ("diabetes", ("features", (10,)), ("progression", 1, "linear")),
    ],
)
def test_model_and_signature_agree(name, given, answer):
    recipe = recipes.find(name)
    data = recipe.load(None)
    model = answering(data, recipe.task, recipe.config)
    its_signature = signature(data, recipe.task, recipe.config)
    (tensor,), (output,) = its_signature.inputs, its_signature.outputs
    assert (tensor.name, tensor.shape) == given
    assert (output.name, output.units, output.activation) == answer
    assert (model.inputs[0].name, model.input_shape) == (tensor.name, (None, *tensor.shape))
    assert (model.layers[-1].name, model.output_shape) == (output.name, (None, output.units))


def test_the_classic_network_has_the_classic_number_of_weights():
    images = dataset((28, 28), tuple("0123456789"), np.zeros(50, np.int32), largest_pixel=255.0)
    model = build(images, Task.MULTICLASS, Config(hidden=(300, 100)))
    assert model.count_params() == 235_500 + 30_100 + 1_010


def test_features_are_standardised_by_the_training_rows_alone():
    data = embedded.diabetes(None)
    shifted = replace(data, validation=replace(data.validation, inputs=data.validation.inputs + 1e6))
    model = build(shifted, Task.REGRESSION, Config())
    standardised = model.layers[1](data.train.inputs).numpy()
    np.testing.assert_allclose(standardised.mean(axis=0), 0, atol=1e-4)
    np.testing.assert_allclose(standardised.std(axis=0), 1, atol=1e-4)


def test_output_scaling_answers_in_the_unit_of_each_target_from_the_start():
    targets = np.stack([np.linspace(0, 10, 50), np.linspace(-1e4, 3e4, 50)], axis=1).astype(np.float32)
    data = dataset((3,), ("small", "large"), targets, feature_names=("a", "b", "c"))
    model = answering(data, Task.REGRESSION, Config(output_scaling="standard"))
    assert model.layers[-1].name == "values"
    last_dense = model.layers[-2]
    last_dense.set_weights([np.zeros_like(weights) for weights in last_dense.get_weights()])
    np.testing.assert_allclose(model(data.train.inputs[:1])[0], targets.mean(axis=0), rtol=1e-5)


def test_a_config_without_hidden_layers_is_a_linear_model():
    data = embedded.diabetes(None)
    model = build(data, Task.REGRESSION, override(Config(), ["hidden=none"]))
    assert [type(layer) for layer in model.layers[1:]] == [keras.layers.Normalization, keras.layers.Dense]


def test_the_seed_decides_the_first_weights():
    data = embedded.diabetes(None)
    first, again, other = (build(data, Task.REGRESSION, Config(seed=seed)) for seed in (1, 1, 2))
    rows = data.test.inputs
    np.testing.assert_array_equal(first(rows), again(rows))
    assert not np.allclose(first(rows), other(rows))


@pytest.mark.parametrize("output", ["relu", "softplus"])
def test_positive_outputs_start_with_the_mean_of_their_targets_so_that_none_is_dead(output):
    targets = np.stack([np.linspace(1, 9, 50), np.linspace(100, 300, 50)], axis=1).astype(np.float32)
    data = dataset((3,), ("small", "large"), targets, feature_names=("a", "b", "c"))
    model = answering(data, Task.REGRESSION, Config(output=output, output_scaling="standard"))
    last_dense = model.layers[-2]
    last_dense.set_weights([np.zeros_like(last_dense.get_weights()[0]), last_dense.get_weights()[1]])
    np.testing.assert_allclose(model(data.train.inputs[:1])[0], targets.mean(axis=0), rtol=1e-5)


def test_units_that_decide_are_named_so_and_have_a_step():
    data = embedded.digits_multilabel(None)
    (output,) = signature(data, Task.MULTILABEL, Config(output="step")).outputs
    assert (output.name, output.activation) == ("decisions", "step")
