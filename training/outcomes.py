"""What became of each recipe that was to be trained. Knows no step of the training."""

from collections.abc import Iterable
from dataclasses import dataclass

from models.version import ModelVersion
from training.errors import DataUnavailable
from training.recipe import Recipe


@dataclass(frozen=True)
class Outcome:
    """A recipe with the version that it gave, or with the reason why it gave none."""

    recipe: Recipe
    seconds: float  # from loading the data to publishing
    version: ModelVersion | None = None
    error: Exception | None = None

    @property
    def word(self) -> str:
        """What became of it: trained, skipped for want of data, or failed."""
        if self.version is not None:
            return "trained"
        return "skipped" if isinstance(self.error, DataUnavailable) else "failed"


def exit_status(outcomes: Iterable[Outcome]) -> int:
    """0 where at least one recipe was trained and none failed for another reason than its data."""
    words = {outcome.word for outcome in outcomes}
    return 0 if "trained" in words and "failed" not in words else 1
