"""Where a search begins: the recipe's own settings, where the space has them, then those of the space."""

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

FIRST = {"layers": 2, "units": 32, "optimizer": "adam", "learning_rate": 2e-3}
SECOND = {"layers": 3, "units": 64, "optimizer": "adamw", "learning_rate": 1e-3, "weight_decay": 0.01}
SOME = Space(
    (
        Dimension("layers", Whole(1, 3)),
        Dimension("units", Whole(16, 64, log=True)),
        Dimension("optimizer", Choice(("adam", "adamw"))),
        Dimension("learning_rate", Real(1e-4, 1e-2, log=True)),
        Dimension("weight_decay", Real(1e-3, 0.1, log=True), when={"optimizer": ("adamw",)}),
    ),
    (FIRST, SECOND),
)


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        (
            Config(hidden=(40, 40, 40), optimizer="adamw", learning_rate=5e-4, weight_decay=0.02),
            {"layers": 3, "units": 40, "optimizer": "adamw", "learning_rate": 5e-4, "weight_decay": 0.02},
        ),
        (
            Config(hidden=(300, 100), optimizer="adam", learning_rate=1.0),
            {"layers": 2, "units": 64, "optimizer": "adam", "learning_rate": 1e-2},
        ),
        (
            Config(hidden=(), optimizer="adamw", learning_rate=1e-5, weight_decay=0.0),
            {"layers": 1, "units": 32, "optimizer": "adamw", "learning_rate": 1e-4, "weight_decay": 0.01},
        ),
    ],
    ids=["within the space", "beyond its numbers", "without hidden layers"],
)
def test_the_recipe_comes_first_as_near_as_the_space_has_it(config, expected):
    assert starts(SOME, config, 50) == [expected, FIRST, SECOND]


def test_a_recipe_whose_words_the_space_lacks_is_not_tried():
    assert starts(SOME, Config(optimizer="sgd"), 50) == [FIRST, SECOND]


def test_a_third_of_a_search_at_most_is_chosen_beforehand_and_nothing_is_tried_twice():
    config = Config(hidden=(32, 32), optimizer="adam", learning_rate=2e-3)

    assert [len(starts(SOME, Config(optimizer="adam"), total)) for total in (1, 5, 6, 9)] == [1, 1, 2, 3]
    assert starts(SOME, config, 50) == [FIRST, SECOND]


def test_ranges_that_are_narrowed_hold():
    narrowed = SOME.narrowed(["units=16..20", "learning_rate=4e-3..1e-2", "optimizer=adamw"])

    assert starts(narrowed, Config(), 50)[0] == {
        "layers": 2, "units": 20, "optimizer": "adamw", "learning_rate": 4e-3, "weight_decay": 0.01
    }  # fmt: skip


def test_settings_that_are_fixed_are_not_chosen():
    assert starts(SOME.without(["optimizer"]), Config(optimizer="sgd", hidden=(16,)), 50)[1:] == [
        {key: start[key] for key in ("layers", "units", "learning_rate")} for start in (FIRST, SECOND)
    ]


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
        begin(storage, "a-study", about, [FIRST])

    study = find(storage, "a-study", "memory")
    assert suggest(study.ask(), SOME) == FIRST
    assert len(study.trials) == 1
