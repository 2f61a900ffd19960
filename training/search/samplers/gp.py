"""Bayesian optimisation with a Gaussian process of scikit-learn's. Knows no network.

J. Snoek et al., Practical Bayesian Optimization of Machine Learning Algorithms, 2012; S. Ament et al., Unexpected
Improvements to Expected Improvement, 2023, for its logarithm. Optuna's own needs PyTorch, of which
docs/decisions/0007-a-gaussian-process-of-our-own.md tells.
"""

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from optuna.study import Study
from optuna.trial import FrozenTrial
from scipy.optimize import minimize
from scipy.special import erfcx, log_ndtr
from scipy.stats import qmc
from sklearn.exceptions import ConvergenceWarning
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel
from threadpoolctl import threadpool_limits

from training.search.samplers.features import features
from training.search.samplers.positions import places_of, point
from training.search.samplers.strategy import Points, before_a_model
from training.search.samplers.trials import Outcome, expected_errors, outcomes, running
from training.space import Space, Values

WIDE, NEAR = 512, 64  # candidates anywhere, and near each of the best
BEST = 5
STEPS = 30  # uphill at most, when the model is fitted
ROUNDS = 4  # of candidates ever nearer to the best candidate
START_S = 1.0  # that a trial takes beside its training
FEWEST = 4  # trainings that tell how long others take


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
            return self._most_promising(surrogate, ended, random)

    def _quasi_random(self, number: int) -> Values:
        sequence = qmc.Halton(len(self._space.dimensions), rng=self._seed)
        return point(self._space, sequence.fast_forward(number).random(1)[0])

    def _most_promising(self, surrogate: "Surrogate", ended: list[Outcome], random: np.random.Generator) -> Values:
        """The best of candidates anywhere and near the best trials, and of such near the best candidate."""
        best = sorted(ended, key=lambda each: (each.error, each.number))[:BEST]
        candidates = [point(self._space, places) for places in random.random((WIDE, len(self._space.dimensions)))]
        for each in best:
            candidates += self._near(each.values, 0.2, random)
        chosen = surrogate.best(candidates)
        for halving in range(ROUNDS):
            chosen = surrogate.best([chosen, *self._near(chosen, 0.1 / 2**halving, random)])
        return chosen

    def _near(self, values: Values, step: float, random: np.random.Generator) -> list[Values]:
        """Points with about a third of their values moved by a normal step, and now and then one drawn anew."""
        size = len(self._space.dimensions)
        near = []
        for _ in range(NEAR):
            places = places_of(self._space, values, random.random(size))
            moved = np.where(random.random(size) < max(1 / 3, 1 / size), random.normal(0, step, size), 0)
            anew = random.random(size) < 0.5 / size
            near.append(point(self._space, np.where(anew, random.random(size), places + moved)))
        return near


class Surrogate:
    """What is expected of a point, from the trials so far.

    `thrift` is how much the time of a training counts: at 0 not at all, at 1 what is promised is divided by it.
    """

    def __init__(
        self, space: Space, ended: Sequence[Outcome], under_way: Sequence[Values], seed: int, thrift: float = 0.0
    ) -> None:
        self._space = space
        rows = features(space, [each.values for each in ended])  # (trials, columns)
        self._thrift, self._duration = thrift, _Duration(rows, [each.seconds for each in ended], seed)
        errors = _standardised(np.array(expected_errors(ended)))
        self._model = _fitted(rows, errors, seed)
        if under_way:
            expected = features(space, under_way)
            rows = np.vstack([rows, expected])
            errors = np.concatenate([errors, self._model.predict(expected)])
            kernel = self._model.kernel_
            self._model = GaussianProcessRegressor(kernel, alpha=1e-8, optimizer=None).fit(rows, errors)
        self._least = self._model.predict(rows).min()  # of what is expected there: a lucky value is noise

    def best(self, points: Sequence[Values]) -> Values:
        """The point that promises most."""
        return points[int(np.argmax(self.promise(points)))]

    def promise(self, points: Sequence[Values]) -> np.ndarray:
        """The logarithm of the improvement that is expected of each."""
        rows = features(self._space, points)
        mean, deviation = self._model.predict(rows, return_std=True)
        noise = self._model.kernel_.k2.noise_level  # of a value, not of what is expected of it
        deviation = np.sqrt(np.maximum(deviation**2 - noise, 1e-12))
        improvement = log_improvement((self._least - mean) / deviation) + np.log(deviation)
        return np.asarray(improvement - self._thrift * self._duration.log_seconds(rows))


class _Duration:
    """How long a training takes, from those so far; the same for all where those are too few."""

    def __init__(self, rows: np.ndarray, seconds: Sequence[float | None], seed: int) -> None:
        known = [place for place, each in enumerate(seconds) if each is not None]
        logarithms = np.log([START_S + each for each in seconds if each is not None])
        self._mean, self._deviation = 0.0, 0.0
        self._model: GaussianProcessRegressor | None = None
        if len(known) >= FEWEST:
            self._mean, self._deviation = float(logarithms.mean()), max(float(logarithms.std()), 1e-6)
            self._model = _fitted(rows[known], (logarithms - self._mean) / self._deviation, seed)

    def log_seconds(self, rows: np.ndarray) -> np.ndarray:
        """The logarithm of the seconds of each."""
        if self._model is None:
            return np.zeros(len(rows))
        return np.asarray(self._mean + self._deviation * self._model.predict(rows))


def log_improvement(z: np.ndarray) -> np.ndarray:
    """The logarithm of pdf(z) + z cdf(z) of the normal distribution, exact also where that is no number."""
    log_pdf = -0.5 * z**2 - 0.5 * np.log(2 * np.pi)
    low = np.minimum(z, -1.0)
    mills = np.sqrt(np.pi / 2) * erfcx(-low / np.sqrt(2))  # cdf / pdf
    rest = np.maximum(1 + low * mills, 1e-300)
    far = np.where(low < -1e5, -2 * np.log(-low), np.log(rest))
    high = np.maximum(z, -1.0)
    near = np.log(np.exp(-0.5 * high**2 - 0.5 * np.log(2 * np.pi)) + high * np.exp(log_ndtr(high)))
    return np.asarray(np.where(z > -1, near, log_pdf + far))


def _fitted(rows: np.ndarray, errors: np.ndarray, seed: int) -> GaussianProcessRegressor:
    """The process whose lengths and noise make these errors likeliest."""
    lengths = Matern(np.full(rows.shape[1], 1.0), (0.05, 20.0), nu=2.5)
    kernel = ConstantKernel(1.0, (0.05, 20.0)) * lengths + WhiteKernel(0.01, (1e-6, 0.5))
    model = GaussianProcessRegressor(kernel, alpha=1e-8, n_restarts_optimizer=1, random_state=seed, optimizer=_climbed)
    with warnings.catch_warnings():
        # A length at its bound is a dimension that does not matter; scikit-learn takes it for a fit that failed.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.fit(rows, errors)


def _climbed(loss: Callable[..., Any], start: np.ndarray, bounds: np.ndarray) -> tuple[np.ndarray, float]:
    """The kernel's numbers after some steps uphill: the last digits of a length change no choice."""
    found = minimize(loss, start, method="L-BFGS-B", jac=True, bounds=bounds, options={"maxiter": STEPS})
    return found.x, found.fun


def _standardised(errors: np.ndarray) -> np.ndarray:
    """With mean 0 and deviation 1; what lies above the median by over three times what the best lies below, there.

    Of their logarithms, where there are such.
    """
    if np.all(errors > 0):
        errors = np.log(errors)
    good = errors[np.isfinite(errors)]
    middle = np.median(good)
    limited = np.minimum(errors, middle + 3 * max(middle - good.min(), 1e-12))
    return np.asarray((limited - limited.mean()) / max(limited.std(), 1e-12))
