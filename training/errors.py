"""What can go wrong on the way from a recipe to a published version."""

from collections.abc import Iterable

from models.errors import listed


class TrainingError(Exception):
    """Base of all that this package raises on purpose."""


class UnknownRecipe(TrainingError):
    """A recipe that does not exist."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        super().__init__(f"There is no recipe {name!r}. Known recipes: {listed(known)}; all names each of them.")


class InvalidOverride(TrainingError):
    """A key=value argument with an unknown key or a value that does not fit it."""


class InvalidNetwork(TrainingError):
    """A config whose network cannot be built for the data."""


class DataUnavailable(TrainingError):
    """A data set that is neither in DATA_DIR nor can be downloaded."""


class UnusableData(TrainingError):
    """A file or folder of the caller's that nothing can be learnt from as it is; the message says where and why."""


class ParityError(TrainingError):
    """An exported model that does not compute what Keras computes."""
