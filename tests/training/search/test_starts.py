"""Where a search begins: the recipe's own settings as near as the space has them, then those of the space."""

import optuna
import pytest

from tests.training.search.studies import new_study
from training import recipes
from training.config import Config
from training.recipe import Recipe
from training.search.starts import starts
from training.search.study import Sought, begin, find
from training.search.suggestions import suggest
from training.space import Choice, Dimension, Real, Space, Whole

SOME = Space(
    (
        Dimension("layers", Whole(1, 3), start=2),
        Dimension("units", Whole(16, 64, log=True), start=32),
        Dimension("optimizer", Choice(("adam", "adamw")), start="adam"),
        Dimension("learning_rate", Real(1e-4, 1e-2, log=True), start=2e-3),
        Dimension("weight_decay", Real(1e-3, 0.1, log=True), when={"optimizer": ("adamw",)}, start=0.01),
    )
)
OF_SPACE = {"layers": 2, "units": 32, "optimizer": "adam", "learning_rate": 2e-3}


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        (
            Config(hidden=(40, 40, 40), optimizer="adamw", learning_rate=5e-4, weight_decay=0.02),
            {"layers": 3, "units": 40, "optimizer": "adamw", "learning_rate": 5e-4, "weight_decay": 0.02},
        ),
        (
            Config(hidden=(300, 100), optimizer="sgd", learning_rate=1.0),
            {"layers": 2, "units": 64, "optimizer": "adam", "learning_rate": 1e-2},
        ),
        (
            Config(hidden=(), optimizer="adamw", learning_rate=1e-5, weight_decay=0.0),
            {"layers": 1, "units": 32, "optimizer": "adamw", "learning_rate": 1e-4, "weight_decay": 0.01},
        ),
    ],
    ids=["within the space", "beyond it", "without hidden layers"],
)
def test_the_recipe_comes_first_as_near_as_the_space_has_it(config, expected):
    assert starts(SOME, config, 50) == [expected, OF_SPACE]


def test_a_short_search_begins_with_the_recipe_alone_and_settings_are_not_tried_twice():
    config = Config(hidden=(32, 32), optimizer="adam", learning_rate=2e-3)

    assert len(starts(SOME, Config(), 9)) == 1
    assert starts(SOME, config, 50) == [OF_SPACE]


def test_ranges_that_are_narrowed_hold():
    (of_recipe, of_space) = starts(SOME.narrowed(["units=16..20", "learning_rate=4e-3..1e-2"]), Config(), 50)

    assert (of_recipe["units"], of_space["units"], of_space["learning_rate"]) == (20, 20, 4e-3)


def test_what_has_no_start_begins_in_the_middle():
    space = Space((Dimension("dropout", Real(0.0, 0.5)), Dimension("units", Whole(1, 9))))

    assert starts(space, Config(hidden=()), 50)[-1] == {"dropout": 0.25, "units": 5}


@pytest.mark.parametrize("recipe", [each for each in recipes.every() if each.space], ids=lambda each: each.name)
def test_each_recipe_has_starts_that_train(recipe: Recipe):
    for values in starts(recipe.space, recipe.config, 50):
        recipe.space.config(values, recipe.config)


def test_a_study_tries_first_what_it_is_begun_with_and_only_once():
    storage = optuna.storages.InMemoryStorage()
    about = Sought.from_dict(new_study(SOME).user_attrs["heaviside"] | {"config": {}})

    for _ in range(2):
        begin(storage, "a-study", about, [OF_SPACE])

    study = find(storage, "a-study", "memory")
    assert suggest(study.ask(), SOME) == OF_SPACE
    assert len(study.trials) == 1
