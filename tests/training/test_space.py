import pytest

from training import recipes
from training.config import Config, assignments
from training.errors import InvalidOverride
from training.space import NOTHING, Choice, Dimension, Real, Space, Whole, is_range, words

SPACE = Space(
    (
        Dimension("layers", Whole(1, 4)),
        Dimension("units", Whole(16, 256, log=True)),
        Dimension("optimizer", Choice(("adam", "adamw"))),
        Dimension("weight_decay", Real(1e-4, 0.3, log=True), when={"optimizer": ("adamw",)}),
    )
)
CHOSEN = {"layers": 3, "units": 20, "optimizer": "adamw", "weight_decay": 1e-05}


def test_what_was_chosen_becomes_a_config_and_the_words_for_train():
    config = SPACE.config(CHOSEN, Config())

    assert (config.hidden, config.optimizer, config.weight_decay) == ((20, 20, 20), "adamw", 1e-5)
    assert words(CHOSEN) == ["hidden=20,20,20", "optimizer=adamw", "weight_decay=1e-05"]


def test_no_layers_are_a_linear_model():
    assert Space().config({"layers": 0, "units": 20}, Config()).hidden == ()


@pytest.mark.parametrize(
    ("chosen", "there"), [({"optimizer": "adam"}, False), ({"optimizer": "adamw"}, True), ({}, False)]
)
def test_a_dimension_is_there_where_its_condition_holds(chosen, there):
    assert SPACE.dimensions[3].is_there(chosen) is there


def test_a_setting_that_is_given_is_searched_no_more():
    assert [dimension.key for dimension in SPACE.without(["hidden", "optimizer"])] == ["weight_decay"]
    assert not SPACE.without(["layers", "units", "optimizer", "weight_decay"])


def test_ranges_can_be_given():
    narrowed = SPACE.narrowed(["units=32..64", "optimizer=adam..adam", "weight_decay=1e-3..1e-2"])

    assert [dimension.range for dimension in narrowed] == [
        Whole(1, 4),
        Whole(32, 64, log=True),
        Choice(("adam", "adam")),
        Real(1e-3, 1e-2, log=True),
    ]


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        ("units=64..32", "units=64..32 leaves nothing to choose"),
        ("units=0..32", "units=0..32 leaves nothing to choose"),
        ("units=3", "units=3 does not fit: units takes low..high, such as 16..256"),
        ("units=1..2..3", "units=1..2..3 does not fit"),
        ("units=..", "units=.. does not fit"),
        ("weight_decay=1e-3..nan", "weight_decay=1e-3..nan does not fit"),
        ("weight_decay=1..1e999", "weight_decay=1..1e999 does not fit"),
        ("optimizer=adam..ada", "optimizer=adam..ada does not fit: choose among adam..adamw"),
        ("dropout=0..1", "A range for dropout fits nothing that is searched: layers, units, optimizer, weight_decay."),
    ],
)
def test_a_range_that_does_not_fit_is_refused(word, sentence):
    with pytest.raises(InvalidOverride, match="^" + sentence.replace(".", r"\.")):
        SPACE.narrowed([word])


def test_words_with_two_points_are_ranges():
    assert is_range("units=1..4")
    assert not is_range("learning_rate=0.1")


@pytest.mark.parametrize(
    "recipe", [recipe for recipe in recipes.every() if recipe.space], ids=lambda recipe: recipe.name
)
def test_every_corner_of_a_recipe_s_space_is_a_config_of_its_own(recipe):
    for corner in ("low", "high"):
        values = {
            dimension.key: dimension.range.words[0]
            if isinstance(dimension.range, Choice)
            else getattr(dimension.range, corner)
            for dimension in recipe.space
        }
        config = recipe.space.config(values, recipe.config)

        assert assignments(config, recipe.config)


def test_recipes_without_gradient_have_nothing_to_search():
    assert {recipe.name for recipe in recipes.every() if not recipe.space} == {
        "iris-perceptron",
        "iris-threshold-units",
        "logic",
        "xor",
    }
    assert not NOTHING


def test_a_space_is_told_as_json_can_hold_it():
    assert SPACE.to_dict()["units"] == {"kind": "whole", "low": 16, "high": 256, "log": True}
    assert SPACE.to_dict()["weight_decay"]["when"] == {"optimizer": ["adamw"]}
    rate = Space((Dimension("learning_rate", Real(3e-4, 3e-2, log=True)),))
    assert rate.to_dict()["learning_rate"] == {"kind": "real", "low": 3e-4, "high": 3e-2, "log": True}
