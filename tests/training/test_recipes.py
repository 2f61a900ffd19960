"""The recipes: each can be found, says what to expect, and imports nothing heavy before it is trained."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from models.signature import Task
from training import recipes
from training.errors import UnknownRecipe

ROOT = Path(__file__).parent.parent.parent
METRICS = {
    Task.MULTICLASS: ["accuracy"],
    Task.BINARY: ["accuracy", "auc"],
    Task.MULTILABEL: ["subset_accuracy"],
    Task.REGRESSION: ["mse", "rmse", "mae", "r2"],
}
DEFAULT = ["breast-cancer", "california-housing", "diabetes", "digits", "digits-multilabel", "fashion-mnist"]
NAMES = [
    "breast-cancer",
    "california-best",
    "california-bounded",
    "california-dearest",
    "california-early-stop",
    "california-housing",
    "california-positive",
    "diabetes",
    "digits",
    "digits-centroid",
    "digits-multilabel",
    "fashion-best",
    "fashion-boxes",
    "fashion-deep",
    "fashion-mnist",
    "fashion-transfer",
    "fashion-wide",
    "iris",
    "iris-perceptron",
    "iris-threshold-units",
    "linnerud",
    "logic",
    "wine",
    "xor",
]
FORMS = ["csv", "images"]


def test_the_recipes_are_the_files():
    assert recipes.names() == sorted([*NAMES, *FORMS])
    assert [recipe.name for recipe in recipes.every()] == NAMES
    assert [form.name for form in recipes.forms()] == FORMS


def test_an_unknown_recipe_is_refused_with_the_known_ones():
    with pytest.raises(UnknownRecipe, match=r"no recipe 'fashion-minst'\. Known recipes: breast-cancer, california"):
        recipes.find("fashion-minst")


def test_without_a_name_the_default_recipes_are_trained_and_with_all_every_one():
    assert [recipe.name for recipe in recipes.default()] == DEFAULT
    assert [recipe.name for recipe in recipes.embedded()] == [
        "breast-cancer",
        "diabetes",
        "digits",
        "digits-multilabel",
    ]
    assert [recipe.name for recipe in recipes.chosen(["all"])] == NAMES
    assert [recipe.name for recipe in recipes.chosen(["xor", "iris", "xor"])] == ["xor", "iris"]


@pytest.mark.parametrize("name", NAMES)
def test_a_recipe_opens_with_command_minutes_and_score(name):
    recipe = recipes.find(name)
    opening = import_module(f"training.recipes.{name.replace('-', '_')}").__doc__
    assert f"make train RECIPE={name}\n" in opening
    assert f"{recipe.minutes:g} minutes" in opening
    assert str(recipe.expected) in opening


@pytest.mark.parametrize("name", NAMES)
def test_a_recipe_expects_a_metric_of_its_task(name):
    recipe = recipes.find(name)
    assert recipe.expected.metric in [*METRICS[recipe.task], *recipe.measures]
    assert recipe.expected.low <= recipe.expected.high


@pytest.mark.parametrize("name", FORMS)
def test_a_form_opens_with_a_command_and_every_option_is_documented(name):
    form = recipes.find(name)
    opening = import_module(f"training.recipes.{name}").__doc__
    assert f'make train RECIPE={name} ARGS="path=' in opening
    page = (ROOT / "docs" / "own-data.md").read_text()
    for option in form.options:
        assert f"| `{option.key}=` |" in page, option.key


def test_a_form_is_trained_only_where_it_is_named():
    assert not {*FORMS} & {recipe.name for recipe in (*recipes.default(), *recipes.embedded())}


def test_listing_the_recipes_imports_neither_keras_nor_tensorflow():
    code = (
        "import sys; from training import recipes; recipes.every(); recipes.forms(); sys.exit('keras' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
