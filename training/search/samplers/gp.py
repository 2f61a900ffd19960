"""Bayesian optimisation with a Gaussian process of scikit-learn's. Knows no network.

J. Snoek et al., Practical Bayesian Optimization of Machine Learning Algorithms, 2012; S. Ament et al., Unexpected
Improvements to Expected Improvement, 2023, for its logarithm. Optuna's own needs PyTorch, of which
docs/decisions/0007-a-gaussian-process-of-our-own.md tells.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from optuna.study import Study
from optuna.trial import FrozenTrial
from threadpoolctl import threadpool_limits

from training.search.samplers.positions import places_of, point
from training.search.samplers.strategy import Points, before_a_model
from training.search.samplers.trials import Outcome, outcomes, running
from training.space import Space, Values

if TYPE_CHECKING:
    from training.search.samplers.surrogate import Surrogate

WIDE, NEAR = 512, 64  # candidates anywhere, and near each of the best
BEST = 5
ROUNDS = 4  # of candidates ever nearer to the best candidate


class GaussianProcess(Points):
    """The point that promises the largest improvement, by a Gaussian process of all trials so far.

    A Matern 5/2 kernel with a length of its own for each column, and noise, fitted to the logarithms of errors, which
    differ by factors. Of what lies far above the median only that counts, so that one bad training does not flatten
    the rest. Stopped trials count with what they would have come to, configs that do not train as bad as anything.
    Trials under way count with what the model expects of them (D. Ginsbourger's kriging believer), so that workers do
    not all try the same. The first trials, 6 or a fifth of the total, are a Halton sequence.

    At first what is promised counts by the second that the training takes, as a second process tells from those so
    far, and ever less so, until at the end of the study time counts no more (E. H. Lee et al., Cost-aware Bayesian
    Optimization, 2020): large networks, which take as long as many small ones, are tried when small ones are known.
    As that goes by the clock, a seed alone does not repeat a study.
    """

    def __init__(self, space: Space, *, total: int, seed: int) -> None:
        super().__init__(space, seed)
        self._total, self._starting = total, before_a_model(total)

    def point(self, study: Study, trial: FrozenTrial, random: np.random.Generator) -> Values:
        from training.search.samplers.surrogate import Surrogate  # noqa: PLC0415  # scikit-learn, which takes a second

        ended = outcomes(study)
        if sum(np.isfinite(each.error) for each in ended) < self._starting:
            return self._quasi_random(trial.number)
        # The matrices are small, and the cores are busy with trainings: threads would mostly wait for each other.
        with threadpool_limits(1):
            surrogate = Surrogate(
                self._space,
                ended,
                running(study, trial),
                int(random.integers(2**31)),
                thrift=max(0.0, 1 - len(ended) / self._total),
            )
            return most_promising(self._space, surrogate, ended, random)

    def _quasi_random(self, number: int) -> Values:
        from scipy.stats import qmc  # noqa: PLC0415  # takes half a second

        sequence = qmc.Halton(len(self._space.dimensions), rng=self._seed)
        return point(self._space, sequence.fast_forward(number).random(1)[0])


def most_promising(
    space: Space, surrogate: "Surrogate", ended: Sequence[Outcome], random: np.random.Generator
) -> Values:
    """The best of candidates anywhere and near the best trials, and of such near the best candidate."""
    best = sorted(ended, key=lambda each: (each.error, each.number))[:BEST]
    candidates = [point(space, places) for places in random.random((WIDE, len(space.dimensions)))]
    for each in best:
        candidates += _near(space, each.values, 0.2, random)
    chosen = surrogate.best(candidates)
    for halving in range(ROUNDS):
        chosen = surrogate.best([chosen, *_near(space, chosen, 0.1 / 2**halving, random)])
    return chosen


def _near(space: Space, values: Values, step: float, random: np.random.Generator) -> list[Values]:
    """Points with about a third of their values moved by a normal step, and now and then one drawn anew."""
    size = len(space.dimensions)
    near = []
    for _ in range(NEAR):
        places = places_of(space, values, random.random(size))
        moved = np.where(random.random(size) < max(1 / 3, 1 / size), random.normal(0, step, size), 0)
        anew = random.random(size) < 0.5 / size
        near.append(point(space, np.where(anew, random.random(size), places + moved)))
    return near
