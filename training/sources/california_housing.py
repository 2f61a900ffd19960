"""California housing: prices of 20,640 districts in 1990, from DATA_DIR or by scikit-learn's download."""

from pathlib import Path
from typing import Any

import numpy as np

from training.data import Dataset, Split
from training.errors import DataUnavailable
from training.sources.download import Supply, download

CACHE_FILE = "cal_housing_py3.pkz"
SUPPLY = Supply("California housing", files=(CACHE_FILE,), host="ndownloader.figshare.com")
ROWS, COLUMNS = 20_640, 8
POPULATION, AVERAGE_OCCUPANCY = 4, 5  # columns
SEED = 42
CAP = np.float32(5.00001)  # the price that stands for it and all higher ones


def load(data_dir: Path | None) -> Dataset:
    """Split 11,610 / 3,870 / 5,160 by train_test_split(random_state=42), twice. Raises DataUnavailable."""
    return _load(data_dir, held_out=0.25)


def load_as_in_the_literature(data_dir: Path | None) -> Dataset:
    """Split 64 / 16 / 20 %, by train_test_split(test_size=0.2, random_state=42), twice. Raises DataUnavailable."""
    return _load(data_dir, held_out=0.2)


def _load(data_dir: Path | None, held_out: float) -> Dataset:
    if data_dir is not None and not SUPPLY.missing(data_dir):
        housing = _from_cache(data_dir)
    else:
        housing = download(SUPPLY, data_dir, _fetched)
    rest, rest_prices, test, test_prices = _two(housing.data, housing.target, held_out)
    train, train_prices, validation, validation_prices = _two(rest, rest_prices, held_out)
    return Dataset(
        name="California housing",
        source="1990 US census by R. Pace and R. Barry (StatLib), as scikit-learn's fetch_california_housing gives it.",
        input_name="features",
        output_names=("MedHouseVal",),
        train=_split(train, train_prices),
        validation=_split(validation, validation_prices),
        test=_split(test, test_prices),
        feature_names=tuple(housing.feature_names),
        coordinates=(housing.feature_names.index("Latitude"), housing.feature_names.index("Longitude")),
        target_unit="$100,000 (median house value of a district)",
    )


def dearest(data_dir: Path | None) -> Dataset:
    """The same districts, and whether their houses cost at least what the census wrote down for all dearer ones.

    A district weighs what it has households: that many prices stand behind its median. Raises DataUnavailable.
    """
    dataset = load(data_dir)
    names = "below $500,001", "$500,001 or more"
    return dataset.with_each(_capped, name="California housing, dearest districts", output_names=names, target_unit="")


def _capped(split: Split) -> Split:
    households = split.inputs[:, POPULATION] / split.inputs[:, AVERAGE_OCCUPANCY]
    dear = (split.targets >= CAP).astype(np.float32)
    return Split(split.inputs, dear, (households / households.mean()).astype(np.float32))


def _fetched() -> Any:
    from sklearn.datasets import fetch_california_housing

    return fetch_california_housing(n_retries=1)


def _from_cache(data_dir: Path) -> Any:
    from sklearn.datasets import fetch_california_housing

    try:
        housing = fetch_california_housing(data_home=data_dir, download_if_missing=False)
    except Exception as error:  # the cache is a compressed pickle, which fails in any way it likes
        raise DataUnavailable(
            f"{data_dir / CACHE_FILE} cannot be read, so it is truncated or another file: {error}. "
            "Put scikit-learn's original cache file there."
        ) from error
    if housing.data.shape != (ROWS, COLUMNS):
        raise DataUnavailable(
            f"{data_dir / CACHE_FILE} holds a table of shape {housing.data.shape} instead of {(ROWS, COLUMNS)}. "
            "Put scikit-learn's original cache file there."
        )
    return housing


def _two(rows: np.ndarray, prices: np.ndarray, held_out: float) -> tuple[np.ndarray, ...]:
    """The rows that are kept with their prices, then those that are held out with theirs."""
    from sklearn.model_selection import train_test_split

    kept, out, kept_prices, out_prices = train_test_split(rows, prices, test_size=held_out, random_state=SEED)
    return kept, kept_prices, out, out_prices


def _split(rows: np.ndarray, prices: np.ndarray) -> Split:
    return Split(rows.astype(np.float32), prices.astype(np.float32).reshape(-1, 1))
