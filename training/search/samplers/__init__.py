"""How a search chooses the values of its next trial, by name. Knows no network and no process."""

from collections.abc import Callable

from models.errors import listed
from training.errors import InvalidOverride
from training.search.samplers import optunas
from training.search.samplers.evolution import Evolution
from training.search.samplers.gp import GaussianProcess
from training.search.samplers.grid import Grid
from training.search.samplers.pbt import PopulationBased
from training.search.samplers.strategy import Strategy
from training.search.samplers.zoom import Zoom
from training.space import Space


def sampler(name: str, space: Space, *, total: int, seed: int, epochs: int, objectives: int = 1) -> Strategy:
    """The sampler of that name, for a study of so many trials of so many epochs.

    Raises InvalidOverride for a name that is not known, a space of nothing, more objectives than the sampler can seek,
    and a grid that has more points than the study trials.
    """
    if name not in _SAMPLERS:
        raise InvalidOverride(f"There is no sampler {name!r}. Known samplers: {listed(SAMPLERS)}.")
    if not space:
        raise InvalidOverride("There is nothing to search: no setting is left that the search may choose.")
    if objectives > 1 and name not in SEVERAL:
        raise InvalidOverride(
            f"The sampler {name} seeks one objective, and {objectives} are asked for: choose among {listed(SEVERAL)}."
        )
    return _SAMPLERS[name](space, total, seed, epochs)


_SAMPLERS: dict[str, Callable[[Space, int, int, int], Strategy]] = {  # of space, total, seed and epochs
    "random": lambda _, __, seed, ___: optunas.random(seed),
    "grid": lambda space, total, seed, _: Grid(space, total=total, seed=seed),
    "tpe": lambda _, total, seed, __: optunas.tpe(total, seed),
    "gp": lambda space, total, seed, _: GaussianProcess(space, total=total, seed=seed),
    "cmaes": lambda _, total, seed, __: optunas.cmaes(total, seed),
    "nsga2": lambda _, total, seed, __: optunas.nsga2(total, seed),
    "zoom": lambda space, total, seed, _: Zoom(space, total=total, seed=seed),
    "pbt": lambda space, total, seed, epochs: PopulationBased(space, total=total, seed=seed, epochs=epochs),
    "evolution": lambda space, total, seed, _: Evolution(space, total=total, seed=seed),
}
SAMPLERS = tuple(_SAMPLERS)
INHERITING = ("pbt", "evolution")  # those whose trials begin with the weights of others
BEGINNING = (
    "tpe",
    "gp",
    "cmaes",
)  # those that go by what they have seen from any trials on; starts.py chooses the first
SEVERAL = ("random", "grid", "tpe", "nsga2")  # those that can seek several objectives
