"""The data sets that scikit-learn carries, so that nothing needs a download. Knows no network."""

from pathlib import Path

import numpy as np

from training.data import Dataset, Split

SEED = 42
HELD_OUT = 0.2  # for test of all rows, then for validation of what is left
DIGITS_SOURCE = (
    "Optical recognition of handwritten digits by E. Alpaydin and C. Kaynak (UCI, CC BY 4.0), the 1,797 images of 8x8 "
    "pixels that scikit-learn carries."
)


def digits(_: Path | None) -> Dataset:
    """Images (8, 8) of 0 (paper) to 16 (ink), and the digit on each."""
    from sklearn.datasets import load_digits

    images, numbers = load_digits(return_X_y=True)
    train, validation, test = three(_images(images), numbers.astype(np.int32), stratify=numbers)
    return Dataset(
        name="digits",
        source=DIGITS_SOURCE,
        input_name="image",
        output_names=tuple("0123456789"),
        train=train,
        validation=validation,
        test=test,
        largest_pixel=16.0,
    )


def digits_multilabel(_: Path | None) -> Dataset:
    """The same images with two labels each, both computed from the digit: is it at least seven, is it odd."""
    from sklearn.datasets import load_digits

    images, numbers = load_digits(return_X_y=True)
    labels = np.stack([numbers >= 7, numbers % 2 == 1], axis=1).astype(np.float32)
    train, validation, test = three(_images(images), labels, stratify=numbers)
    return Dataset(
        name="digits, two labels",
        source=f"{DIGITS_SOURCE} The labels are computed from the digit.",
        input_name="image",
        output_names=("at least seven", "odd"),
        train=train,
        validation=validation,
        test=test,
        largest_pixel=16.0,
    )


def breast_cancer(_: Path | None) -> Dataset:
    """30 measurements of cell nuclei per sample; class 1 is benign."""
    from sklearn.datasets import load_breast_cancer

    bunch = load_breast_cancer()
    train, validation, test = three(bunch.data, _column(bunch.target), stratify=bunch.target)
    return Dataset(
        name="breast cancer",
        source="Breast Cancer Wisconsin by W. Wolberg, O. Mangasarian and W. Street (UCI, CC BY 4.0), in scikit-learn.",
        input_name="features",
        output_names=tuple(map(str, bunch.target_names)),
        train=train,
        validation=validation,
        test=test,
        feature_names=tuple(map(str, bunch.feature_names)),
    )


def diabetes(_: Path | None) -> Dataset:
    """10 measurements of patients in their own units; the target is the progression a year later."""
    from sklearn.datasets import load_diabetes

    bunch = load_diabetes(scaled=False)
    train, validation, test = three(bunch.data, _column(bunch.target), stratify=None)
    return Dataset(
        name="diabetes",
        source="442 patients by B. Efron, T. Hastie, I. Johnstone and R. Tibshirani (2004), unscaled, in scikit-learn.",
        input_name="features",
        output_names=("progression",),
        train=train,
        validation=validation,
        test=test,
        feature_names=tuple(bunch.feature_names),
        target_unit="points from 25 to 346 (disease progression one year after the measurements)",
    )


def wine(_: Path | None) -> Dataset:
    """13 measurements of a wine; its class is the one of three growers."""
    from sklearn.datasets import load_wine

    bunch = load_wine()
    train, validation, test = three(bunch.data, bunch.target.astype(np.int32), stratify=bunch.target)
    return Dataset(
        name="wine",
        source="Wine by S. Aeberhard and M. Forina (UCI, CC BY 4.0), of three growers in Italy, in scikit-learn.",
        input_name="features",
        output_names=tuple(map(str, bunch.target_names)),
        train=train,
        validation=validation,
        test=test,
        feature_names=tuple(map(str, bunch.feature_names)),
    )


def linnerud(_: Path | None) -> Dataset:
    """How often each of 20 men managed three exercises; the targets are three numbers about their bodies."""
    from sklearn.datasets import load_linnerud

    bunch = load_linnerud()
    train, validation, test = three(bunch.data, bunch.target.astype(np.float32), stratify=None)
    return Dataset(
        name="Linnerud",
        source="20 men of a fitness club, measured by A. Linnerud, NC State University, in scikit-learn.",
        input_name="features",
        output_names=tuple(map(str, bunch.target_names)),
        train=train,
        validation=validation,
        test=test,
        feature_names=tuple(map(str, bunch.feature_names)),
        target_unit="pounds (Weight), inches (Waist) and beats a minute (Pulse)",
    )


def three(inputs: np.ndarray, targets: np.ndarray, stratify: np.ndarray | None) -> tuple[Split, Split, Split]:
    """Train, validation and test: 64, 16 and 20 % of the rows, each with all classes in the same shares."""
    from sklearn.model_selection import train_test_split

    rows = np.arange(len(inputs))
    rest, test = train_test_split(rows, test_size=HELD_OUT, random_state=SEED, stratify=stratify)
    classes = None if stratify is None else stratify[rest]
    train, validation = train_test_split(rest, test_size=HELD_OUT, random_state=SEED, stratify=classes)
    train_split, validation_split, test_split = (
        Split(inputs[chosen].astype(np.float32), targets[chosen]) for chosen in (train, validation, test)
    )
    return train_split, validation_split, test_split


def _images(rows: np.ndarray) -> np.ndarray:
    return rows.reshape(-1, 8, 8)


def _column(targets: np.ndarray) -> np.ndarray:
    return targets.astype(np.float32).reshape(-1, 1)
