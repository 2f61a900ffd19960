"""What can go wrong on the way from a recipe to a published version."""

from collections.abc import Iterable

from models.errors import listed


class TrainingError(Exception):
    """Base of all that this package raises on purpose."""


class UnknownRecipe(TrainingError):
    """A recipe that does not exist."""

    def __init__(self, name: str, known: Iterable[str], remark: str = "") -> None:
        names = f"Known recipes: {listed(known)}; all names each of them."
        super().__init__(f"There is no recipe {name!r}. {names}{remark}")


class InvalidOverride(TrainingError):
    """A key=value argument with an unknown key or a value that does not fit it."""


class InvalidWish(TrainingError):
    """A word of `make import` that does not fit the model; the message says what would."""


class Diverged(TrainingError):
    """A training whose loss became no number before there were weights to keep."""


class InvalidNetwork(TrainingError):
    """A config whose network cannot be built for the data."""


class CannotResume(TrainingError):
    """An interrupted training that another one cannot go on with."""


class CannotRepeat(TrainingError):
    """A process that can no more be made to repeat itself to the last bit."""


class CannotContinue(TrainingError):
    """A version that cannot be trained further as it was asked for."""


class CannotScore(TrainingError):
    """A version of which nobody knows what rows to score it on."""


class DataUnavailable(TrainingError):
    """A data set that is neither in DATA_DIR nor can be downloaded."""


class UnusableData(TrainingError):
    """A file or folder of the caller's that nothing can be learnt from as it is; the message says where and why."""


class UnreadableRows(TrainingError):
    """A file that holds no rows for a model."""


class UnusableStorage(TrainingError):
    """A place in which the trials of a search cannot be kept."""


class UnusableStudy(TrainingError):
    """A study that is not there, or not one that this search can go on with."""


class UnusableCluster(TrainingError):
    """A Ray cluster that a search cannot run on."""


class SearchFailed(TrainingError):
    """A search that found nothing to publish."""


class ParityError(TrainingError):
    """An exported model that does not compute what Keras computes."""
