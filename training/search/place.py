"""Where a search finds what it needs, and keeps what it has. Knows no study."""

from dataclasses import dataclass, field, replace
from pathlib import Path

from models.store import Store
from training.search.post import Pace

JOURNAL_SUFFIX = ".journal"


@dataclass(frozen=True)
class Place:
    """Where a search finds what it needs, and keeps what it has."""

    store: Store
    data_dir: Path | None
    study: str = ""  # by default named after the recipe
    storage: str = ""  # by default a journal in the store
    pace: Pace = field(default_factory=Pace)


def named(place: Place, name: str) -> Place:
    """The place with a name and a storage for the study of a model of that name."""
    study = place.study or name
    return replace(
        place,
        study=study,
        storage=place.storage or str(place.store.studies(name) / f"{study}{JOURNAL_SUFFIX}"),
    )
