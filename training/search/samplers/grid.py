"""A grid: each word of each choice with a few values of each range, as many as the trials allow. Knows no result.

Optuna's GridSampler multiplies all dimensions, also those that are not there, and counts a lost trial as tried.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from optuna.study import Study
from optuna.trial import FrozenTrial

from training.errors import InvalidOverride
from training.search.samplers.positions import at
from training.search.samplers.strategy import Points
from training.search.samplers.trials import everything, has_ended, note, undecided_before
from training.search.suggestions import words_of
from training.space import Choice, Dimension, Range, Real, Space, Value, Values

POINT = "point"  # the user attribute that holds which point of the grid a trial takes
Cuts = dict[str, int]  # into how many values each range is cut


class Grid(Points):
    """Every point of a grid once, in an order drawn by the seed.

    A range is cut into equal parts, by logarithm where it goes by that, and the middle of each is a value. All ranges
    get about as many, so that there are no more points than trials; whole numbers no more than there are.
    """

    def __init__(self, space: Space, *, total: int, seed: int) -> None:
        """Raises InvalidOverride where the choices alone make more points than there are to be trials."""
        super().__init__(space, seed)
        points = list(_points(space.dimensions, _cuts(space, total), {}))
        order = np.random.default_rng(seed).permutation(len(points))
        self.points: tuple[Values, ...] = tuple(points[index] for index in order)

    def exhausted(self, study: Study) -> bool:
        """Whether every point has been tried, or is being tried."""
        return not self._open(everything(study))

    def before_trial(self, study: Study, trial: FrozenTrial) -> None:
        fixed = trial.system_attrs.get("fixed_params")  # of one that repeats a lost trial
        if fixed is not None:
            note(study, trial, {POINT: self.points.index(fixed) if fixed in self.points else -1})
            return
        trials = everything(study)
        still = self._open(trials) or range(len(self.points))  # whoever asks on gets points a second time
        note(study, trial, {POINT: still[undecided_before(trials, trial, POINT) % len(still)]})

    def point(self, study: Study, trial: FrozenTrial, random: np.random.Generator) -> Values:
        return self.points[int(trial.user_attrs[POINT])]

    def _open(self, trials: Sequence[FrozenTrial]) -> list[int]:
        """The points that no trial has, but for lost ones."""
        taken = {trial.user_attrs.get(POINT) for trial in trials if has_ended(trial) or not trial.state.is_finished()}
        return [index for index in range(len(self.points)) if index not in taken]


def _cuts(space: Space, total: int) -> Cuts:
    """As many values of each range as keep the grid within the total, about as many of one as of another."""
    most = {dimension.key: _most(dimension.range, total) for dimension in space}
    cuts = {each.key: most[each.key] if isinstance(each.range, Choice) else 1 for each in space}
    if (least := _count(space, cuts)) > total:
        raise InvalidOverride(_too_many(space, total, least))
    growing = {key for key in cuts if cuts[key] < most[key]}
    while growing:
        key = min((key for key in cuts if key in growing), key=cuts.__getitem__)
        larger = {**cuts, key: cuts[key] + 1}
        if _count(space, larger) <= total:
            cuts = larger
        if cuts != larger or cuts[key] == most[key]:
            growing.remove(key)
    return cuts


def _most(known: Range, total: int) -> int:
    if isinstance(known, Choice):
        return len(words_of(known))
    if known.low == known.high:
        return 1
    return total if isinstance(known, Real) else min(total, known.high - known.low + 1)


def _count(space: Space, cuts: Cuts) -> int:
    return sum(1 for _ in _points(space.dimensions, cuts, {}))


def _points(dimensions: Sequence[Dimension], cuts: Cuts, chosen: Values) -> Iterator[Values]:
    """Each point of the grid that has what was chosen so far, with those dimensions that are there at it."""
    if not dimensions:
        yield chosen
        return
    first, *rest = dimensions
    for value in _values(first, cuts[first.key]) if first.is_there(chosen) else ():
        yield from _points(rest, cuts, {**chosen, first.key: value})
    if not first.is_there(chosen):
        yield from _points(rest, cuts, chosen)


def _values(dimension: Dimension, parts: int) -> list[Value]:
    """The middle of each part; of parts so small that rounding makes two middles one, that one once."""
    return list(dict.fromkeys(at(dimension.range, (part + 0.5) / parts) for part in range(parts)))


def _too_many(space: Space, total: int, least: int) -> str:
    words = {each.key: words_of(each.range) for each in space if isinstance(each.range, Choice)}
    counted = ", ".join(f"{key} {len(choice)}" for key, choice in words.items())
    key = next(iter(words))
    return (
        f"The words alone make a grid of {least} points ({counted}), and the study has {total} trials: ask for {least} "
        f"or more, give a setting, such as {key}={words[key][0]}, or choose sampler=random."
    )
