"""Models of the stock layers pass, are counted to the last weight, and are loaded by Keras as they were."""

import importlib.util
import json
import random
import zipfile

import keras
import numpy as np
import pytest

from models.inspection import Limits, Refused, inspect
from models.inspection.compiled import check_nested
from models.inspection.graph import count
from models.inspection.modern import modern
from models.inspection.objects import Walk
from models.inspection.rules import LAYERS, OPERATIONS
from models.inspection.vocabulary import ACTIVATIONS, CONSTRAINTS, INITIALIZERS, REGULARIZERS
from tests.models.inspection import stock

# What Keras 3.15 writes into an .h5 and cannot read from it again: operations and masks, `score_mode: dot`, bfloat16.
UNREADABLE = {"text", "recurrent", "attention", "operations", "mixed_precision"}
UNWRITABLE = {"resized_pictures"}  # Keras 3.15: cannot pickle 'module' object
H5 = sorted(stock.BUILDERS.keys() - UNREADABLE - UNWRITABLE)


@pytest.fixture(scope="module")
def models():
    return stock.models()


def saved(model, path):
    model.save(path)
    return path


def weights(model):
    return [weight.numpy() for weight in model.weights]


@pytest.mark.parametrize(("name", "kind"), [(name, "keras") for name in stock.BUILDERS] + [(name, "h5") for name in H5])
def test_a_stock_model_passes_with_all_its_weights_and_loads_as_it_was(tmp_path, models, name, kind):
    model = models[name]
    found = inspect(saved(model, tmp_path / f"model.{kind}"))
    seeds = sum(weight.shape[0] for weight in model.weights if "seed_generator" in weight.path)
    assert found.parameters == model.count_params() - seeds
    (tmp_path / "out").mkdir()
    loaded = keras.saving.load_model(found.strip_to(tmp_path / "out"), compile=False, safe_mode=True)
    assert loaded.name == model.name
    for one, other in zip(weights(loaded), weights(model), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("name", sorted(UNREADABLE))
def test_what_keras_cannot_read_from_an_h5_is_refused_with_a_sentence(tmp_path, models, name):
    path = saved(models[name], tmp_path / "model.h5")
    with pytest.raises(Refused):
        inspect(path)
    with pytest.raises((TypeError, ValueError)):
        keras.saving.load_model(path, compile=False, safe_mode=True)


def test_the_stripped_archive_has_neither_compile_nor_build_configuration(tmp_path, models):
    found = inspect(saved(models["compiled_classifier"], tmp_path / "model.keras"))
    assert found.compile_config["loss"] == "mse"
    (tmp_path / "out").mkdir()
    with zipfile.ZipFile(found.strip_to(tmp_path / "out")) as archive:
        text = archive.read("config.json").decode()
    assert "compile_config" not in text
    assert "build_config" not in text


def test_every_name_on_the_lists_is_one_of_keras():
    assert {name for name in LAYERS if not hasattr(keras.layers, name)} <= {"GroupedQueryAttention"}
    homes = [importlib.import_module(f"keras.src.ops.{module}") for module in ("numpy", "nn", "math", "core")]
    assert not [name for name in OPERATIONS if not any(hasattr(home, name) for home in homes)]
    for names, module in ((ACTIVATIONS, keras.activations), (INITIALIZERS, keras.initializers)):
        for name in names - {"Constant", "constant"}:
            assert module.get(name) is not None
    assert {keras.regularizers.get(name).__class__.__name__ for name in REGULARIZERS & {"l1", "l2", "l1l2"}}
    assert all(keras.constraints.get(name) for name in CONSTRAINTS & {"MaxNorm", "non_neg", "unit_norm"})


def mutate(node, chance):
    """Change one value somewhere: to another value of the document, or to one that often hurts."""
    values = [None, True, -1, 0, 1, 2, 7, 3.5, "", "relu", [], {}, [None, 4], "same", "channels_first"]
    places = [
        (parent, key)
        for parent in _parents(node)
        for key in (parent if isinstance(parent, dict) else range(len(parent)))
    ]
    parent, key = chance.choice(places)
    if chance.random() < 0.2 and isinstance(parent, dict):
        del parent[key]
    else:
        parent[key] = json.loads(json.dumps(chance.choice(values)))


def _parents(node):
    if isinstance(node, dict | list):
        yield node
        for child in node.values() if isinstance(node, dict) else node:
            yield from _parents(child)


def mutated(path, target, chance):
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            member = old.read(name)
            if name == "config.json":
                document = json.loads(member)
                mutate(document, chance)
                member = json.dumps(document).encode()
            new.writestr(name, member)


@pytest.mark.parametrize("name", stock.BUILDERS)
def test_a_mutated_configuration_is_counted_or_refused_with_a_sentence(models, name):
    text, chance = keras.saving.serialize_keras_object(models[name]), random.Random(4)
    for _ in range(50):
        document = json.loads(json.dumps(text))
        mutate(document, chance)
        try:
            check_nested(document, "config.json", ())
            Walk(()).model(document, "config.json")
            assert count(document, Limits(), "config.json") is not None
            assert count(modern(document), Limits(), "config.json") is not None
        except Refused as refused:
            found = refused
        else:
            continue
        assert found.sentence.endswith(".")


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["compiled_classifier", "two_inputs", "pictures", "recurrent", "attention", "operations"]
)
def test_a_mutated_configuration_ends_in_a_file_or_a_refusal_and_keras_allocates_what_was_counted(
    tmp_path, models, name
):
    """What passes either loads, with the counted weights, or Keras refuses it by an exception of its own."""
    path, chance = saved(models[name], tmp_path / "model.keras"), random.Random(0)
    passed = 0
    for index in range(25):
        target = tmp_path / f"{index}.keras"
        mutated(path, target, chance)
        try:
            found = inspect(target)
        except Refused:
            continue
        try:
            loaded = keras.saving.load_model(target, compile=False, safe_mode=True)
        except Exception:  # noqa: BLE001  # whatever Keras says of a configuration that makes no sense
            continue
        passed += 1
        seeds = sum(weight.shape[0] for weight in loaded.weights if "seed_generator" in weight.path)
        assert loaded.count_params() - seeds <= found.parameters
    assert passed
