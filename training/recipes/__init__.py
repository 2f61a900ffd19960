"""The recipes, one file each; a new file here is a new recipe. Importing them imports no Keras."""

import pkgutil
from importlib import import_module

from training.errors import UnknownRecipe
from training.recipe import Recipe


def names() -> list[str]:
    """The names of all recipes, sorted: the names of the files, with hyphens."""
    return sorted(module.name.replace("_", "-") for module in pkgutil.iter_modules(__path__))


def find(name: str) -> Recipe:
    """The recipe of that name. Raises UnknownRecipe, which lists the known ones."""
    if name not in names():
        raise UnknownRecipe(name, names())
    recipe: Recipe = import_module(f"{__name__}.{name.replace('-', '_')}").RECIPE
    return recipe


def every() -> list[Recipe]:
    """All recipes, sorted by name."""
    return [find(name) for name in names()]


def default() -> list[Recipe]:
    """The recipes that are trained where none is named."""
    return [recipe for recipe in every() if recipe.default]


def embedded() -> list[Recipe]:
    """The recipes whose data scikit-learn carries."""
    return [recipe for recipe in every() if recipe.embedded]
