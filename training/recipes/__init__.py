"""The recipes, one file each; a new file here is a new recipe. Importing them imports no Keras."""

import pkgutil
from collections.abc import Iterable
from importlib import import_module

from training.errors import UnknownRecipe
from training.recipe import Form, Recipe

ALL = "all"  # where the name of a recipe is expected


def names() -> list[str]:
    """The names of all recipes and forms, sorted: the names of the files, with hyphens."""
    return sorted(module.name.replace("_", "-") for module in pkgutil.iter_modules(__path__))


def find(name: str) -> Recipe | Form:
    """The recipe or form of that name. Raises UnknownRecipe, which lists the known ones."""
    if name not in names():
        raise UnknownRecipe(name, names())
    recipe: Recipe | Form = import_module(f"{__name__}.{name.replace('-', '_')}").RECIPE
    return recipe


def every() -> list[Recipe]:
    """All recipes whose data is known, sorted by name."""
    return [recipe for recipe in map(find, names()) if isinstance(recipe, Recipe)]


def forms() -> list[Form]:
    """All recipes for data of the caller's own, sorted by name."""
    return [form for form in map(find, names()) if isinstance(form, Form)]


def chosen(words: Iterable[str]) -> list[Recipe | Form]:
    """The recipes of these names, each once; `all` names every recipe whose data is known. Raises UnknownRecipe."""
    names = [name for word in words for name in ([recipe.name for recipe in every()] if word == ALL else [word])]
    return [find(name) for name in dict.fromkeys(names)]


def default() -> list[Recipe]:
    """The recipes that are trained where none is named."""
    return [recipe for recipe in every() if recipe.default]


def embedded() -> list[Recipe]:
    """Those of the default recipes whose data scikit-learn carries."""
    return [recipe for recipe in default() if recipe.embedded]
