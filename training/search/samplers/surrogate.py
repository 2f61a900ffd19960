"""What is expected of a point before it is tried: a Gaussian process of the trials so far. Knows no study.

S. Ament et al., Unexpected Improvements to Expected Improvement, 2023, for the logarithm of what is promised.
"""

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from scipy.optimize import minimize
from scipy.special import erfcx, log_ndtr
from sklearn.exceptions import ConvergenceWarning
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

from training.search.samplers.features import features
from training.search.samplers.trials import Outcome, expected_errors
from training.space import Space, Values

STEPS = 30  # uphill at most, when the model is fitted
START_S = 1.0  # that a trial takes beside its training
FEWEST = 4  # trainings that tell how long others take


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
