"""Overrides are strict: what is not understood stops the program."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.config import ACTIVATIONS, OPTIMIZERS, Config, assignments, override
from training.errors import InvalidOverride


@pytest.mark.parametrize(
    ("assignment", "key", "value"),
    [
        pytest.param("epochs=5", "epochs", 5, id="whole number"),
        pytest.param("batch_size=64", "batch_size", 64, id="another whole number"),
        pytest.param("learning_rate=3e-4", "learning_rate", 3e-4, id="number with exponent"),
        pytest.param("learning_rate=1", "learning_rate", 1.0, id="number without point"),
        pytest.param("dropout=0", "dropout", 0.0, id="no dropout"),
        pytest.param("hidden=300,100", "hidden", (300, 100), id="two layers"),
        pytest.param("hidden=30", "hidden", (30,), id="one layer"),
        pytest.param("hidden=none", "hidden", (), id="linear model"),
        pytest.param("activation=selu", "activation", "selu", id="activation"),
        pytest.param("optimizer=momentum", "optimizer", "momentum", id="optimizer"),
        pytest.param("patience=0", "patience", 0, id="no early stopping"),
        pytest.param("folds=0", "folds", 0, id="no cross-validation"),
        pytest.param("seed=4294967295", "seed", 2**32 - 1, id="largest seed"),
    ],
)
def test_an_override_sets_its_key_with_its_type(assignment, key, value):
    read = getattr(override(Config(), [assignment]), key)
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(
    ("assignment", "right"),
    [
        pytest.param("epochs=0", "a whole number from 1 on", id="no epoch"),
        pytest.param("epochs=abc", "a whole number from 1 on", id="word for a number"),
        pytest.param("epochs=1.5", "a whole number from 1 on", id="half an epoch"),
        pytest.param("epochs=-1", "a whole number from 1 on", id="negative"),
        pytest.param("epochs=1_000", "a whole number from 1 on", id="underscore"),
        pytest.param("epochs= 5", "a whole number from 1 on", id="space"),
        pytest.param("epochs=", "a whole number from 1 on", id="nothing"),
        pytest.param("epochs=٣", "a whole number from 1 on", id="digit of another script"),
        pytest.param("epochs=" + "9" * 5000, "a whole number from 1 on", id="too many digits"),
        pytest.param("batch_size=0", "a whole number from 1 on", id="empty batch"),
        pytest.param("learning_rate=nan", "a number above 0", id="NaN"),
        pytest.param("learning_rate=inf", "a number above 0", id="infinity"),
        pytest.param("learning_rate=1e999", "a number above 0", id="too large for a float"),
        pytest.param("learning_rate=-1", "a number above 0", id="negative rate"),
        pytest.param("learning_rate=0", "a number above 0", id="no rate"),
        pytest.param("learning_rate=1e300", "at most 1000", id="beyond float32"),
        pytest.param("learning_rate=1..2", "a number above 0", id="two points"),
        pytest.param("dropout=1", "from 0 to below 1", id="all dropped"),
        pytest.param("dropout=1.5", "from 0 to below 1", id="more than all dropped"),
        pytest.param("weight_decay=-0.1", "a number from 0 to 1000", id="weight growth"),
        pytest.param("hidden=300,", "joined by commas", id="comma at the end"),
        pytest.param("hidden=0", "joined by commas", id="layer without units"),
        pytest.param("hidden=1000000000", "from 1 to 10000", id="layer beyond memory"),
        pytest.param("activation=foo", "one of relu, elu", id="unknown activation"),
        pytest.param("optimizer=foo", "one of sgd, momentum", id="unknown optimizer"),
        pytest.param("output_scaling=yes", "one of none, standard", id="unknown scaling"),
        pytest.param("folds=1", "from 2 to 1000, or 0 for none", id="one fold"),
        pytest.param("seed=4294967296", "from 0 to 4294967295", id="seed too large"),
    ],
)
def test_a_bad_value_is_refused_with_what_would_be_right(assignment, right):
    with pytest.raises(InvalidOverride) as caught:
        override(Config(), [assignment])
    assert right in str(caught.value)
    assert assignment[:40] in str(caught.value)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    "assignment",
    [
        pytest.param("epoch=5", id="misspelt"),
        pytest.param("epochs", id="no equals sign"),
        pytest.param("=5", id="no key"),
        pytest.param("to_dict=1", id="a method"),
    ],
)
def test_an_unknown_key_is_refused_with_the_known_ones(assignment):
    with pytest.raises(InvalidOverride, match=r"Known settings: architecture .*hidden .*learning_rate .*seed "):
        override(Config(), [assignment])


@pytest.mark.parametrize("word", ["patch=7", "channels=32", "bins=8"])
def test_a_setting_that_the_architecture_does_not_look_at_is_refused(word):
    with pytest.raises(InvalidOverride, match=r"is of architecture=(mixer|tabular), and this one is dense"):
        override(Config(), [word])


def test_a_setting_of_an_architecture_that_is_chosen_with_it_is_taken():
    assert override(Config(), ["patch=7", "architecture=mixer"]).patch == 7


def test_a_key_given_twice_is_refused():
    with pytest.raises(InvalidOverride, match="'epochs' is given twice"):
        override(Config(), ["epochs=5", "batch_size=8", "epochs=6"])


CONFIGS = st.builds(
    Config,
    hidden=st.lists(st.integers(1, 10_000), max_size=4).map(tuple),
    activation=st.sampled_from(ACTIVATIONS),
    optimizer=st.sampled_from(OPTIMIZERS),
    learning_rate=st.floats(0, 1000, exclude_min=True),
    batch_size=st.integers(1, 10**9),
    epochs=st.integers(1, 10**9),
    dropout=st.floats(0, 1, exclude_max=True),
    weight_decay=st.floats(0, 1000),
    patience=st.integers(0, 10**9),
    seed=st.integers(0, 2**32 - 1),
)


@settings(deadline=None)  # the machine may be busy
@given(CONFIGS, CONFIGS)
def test_the_words_that_tell_two_configs_apart_turn_one_into_the_other(config, default):
    assert override(default, assignments(config, default)) == config
