"""The words of a search: its own options, ranges, settings that are the same in all trials. Knows no study."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from models.errors import listed, quoted
from training.config import Config
from training.errors import InvalidOverride
from training.options import Option, names, one_of, parted, whole
from training.recipe import Form, Recipe
from training.search.engines import PROCESSES, RAY, check, check_together, default_pruner
from training.search.objectives import EACH_EPOCH, ERROR, NAMES
from training.search.processes import cores, machine_mb
from training.search.pruners import PRUNERS, pruner
from training.search.samplers import INHERITING, SAMPLERS, sampler
from training.space import Space, is_range

MOST_OF_GP = 100  # trials up to which a Gaussian process is worth its time, which grows with their third power
LEAST_MEMORY_MB = 600  # TensorFlow alone takes 400


@dataclass(frozen=True)
class Search:
    """What to search, and how."""

    recipe: Recipe
    name: str  # of the recipe, or of the form that it fills
    config: Config  # of the recipe, with what is fixed
    words: tuple[str, ...]  # what is fixed
    space: Space
    sampler: str
    pruner: str
    objectives: tuple[str, ...]
    workers: int  # of Ray: trials at once, 0 for as many as it has room for
    memory_mb: int  # that a trial may use; of Ray: 0 for its share
    timeout_s: float
    total: int  # trials that the study is to have in the end
    engine: str = PROCESSES


def understood(asked: Recipe | Form, given: Sequence[str], trials: str, engine: str = "") -> Search:
    """A search as the words, TRIALS and ENGINE say.

    Raises InvalidOverride, UnusableCluster where the engine is not installed, and what a form raises for its data.
    """
    engine = engine or PROCESSES
    check(engine)
    wanted = _total(trials)
    of_form = [word for word in given if asked.takes(word)]
    ranges = [word for word in given if word not in of_form and is_range(word)]
    _check_once(ranges)
    options, fixed = parted(OPTIONS, [word for word in given if word not in of_form + ranges], "a search")
    recipe, config = asked.plan([*of_form, *fixed])
    space = recipe.space.without(word.partition("=")[0] for word in fixed).narrowed(ranges)
    if not space:
        raise InvalidOverride(_nothing(recipe, fixed))
    workers = options.get("workers", 0 if engine == RAY else cores())
    sought = options.get("objectives", (ERROR,))
    chosen = options.get("sampler", "gp" if len(sought) == 1 and wanted <= MOST_OF_GP else "tpe")
    search = Search(
        recipe,
        asked.name,
        config,
        tuple(fixed),
        space,
        chosen,
        options.get("pruner", _default_pruner(sought, engine, chosen)),
        sought,
        workers,
        options.get("memory_mb", 0 if engine == RAY else max(LEAST_MEMORY_MB, machine_mb() // workers)),
        60 * options.get("timeout_minutes", math.inf),
        wanted,
        engine,
    )
    _check_together(search)
    return search


def _total(text: str) -> int:
    if not text:
        raise InvalidOverride("TRIALS= is missing: how many trials the study is to have in the end, such as TRIALS=50.")
    try:
        return whole(1, 1_000_000)(text)
    except ValueError as error:
        raise InvalidOverride(
            f"TRIALS={quoted(text)} does not fit: TRIALS is a whole number from 1 to 1000000, the trials that the "
            "study is to have in the end."
        ) from error


def _check_once(ranges: Sequence[str]) -> None:
    keys = [word.partition("=")[0] for word in ranges]
    if twice := sorted({key for key in keys if keys.count(key) > 1}):
        raise InvalidOverride(f"The range of {listed(twice)} is given twice. Give it once.")


def _default_pruner(chosen: Sequence[str], engine: str, its_sampler: str) -> str:
    """None where epochs cannot be compared, or where a trial goes on from another, and so has more behind it."""
    comparable = len(chosen) == 1 and chosen[0] in EACH_EPOCH
    return default_pruner(engine) if comparable and its_sampler not in INHERITING else "none"


def _nothing(recipe: Recipe, fixed: Sequence[str]) -> str:
    if not recipe.space:
        return f"There is nothing to search in {recipe.name}, which is by {recipe.method}."
    return f"{' '.join(fixed)} leaves nothing to search in {recipe.name}. Leave one of them out."


def _check_together(search: Search) -> None:
    epochs, objectives = search.config.epochs, len(search.objectives)
    sampler(
        search.sampler,
        search.space,
        total=search.total,
        seed=search.config.seed,
        epochs=epochs,
        objectives=objectives,
    )
    pruner(search.pruner, epochs=epochs, objectives=objectives)
    check_together(search.engine, search.sampler, search.pruner)
    if search.pruner != "none" and search.objectives[0] not in EACH_EPOCH:
        raise InvalidOverride(
            f"pruner={search.pruner} compares epochs, and no epoch changes the {search.objectives[0]}: use pruner=none."
        )


def _objectives(text: str) -> tuple[str, ...]:
    chosen = names(text)
    if len(set(chosen)) < len(chosen) or not set(chosen) <= set(NAMES):
        raise ValueError(text)
    return chosen


def _one_of(known: Sequence[str]) -> tuple[str, Callable[[str], Any]]:
    return f"one of {listed(known)}", one_of(known)


OPTIONS = (
    Option("sampler", *_one_of(SAMPLERS)),
    Option("pruner", *_one_of(PRUNERS)),
    Option("objectives", f"one or more of {listed(NAMES)}, each once, joined by commas", _objectives),
    Option("workers", "a whole number from 1 to 1000", whole(1, 1000)),
    Option("memory_mb", f"a whole number from {LEAST_MEMORY_MB} on", whole(LEAST_MEMORY_MB, 10**9)),
    Option("timeout_minutes", "a whole number from 1 on", whole(1, 10**6)),
)

# What a worker that joins may be told.
JOINING = (
    Option("threads", "a whole number from 1 to 1000", whole(1, 1000)),
    Option("memory_mb", f"a whole number from {LEAST_MEMORY_MB} on", whole(LEAST_MEMORY_MB, 10**9)),
)
