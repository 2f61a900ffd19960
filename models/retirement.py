"""Takes versions out of service, for a while or for good, and brings them back. Knows only where they lie.

A withdrawn version lies whole in its store, under a name that no reader takes for a version. Each step is one rename,
so a service that follows the store sees a version there or not there, never half of it.
"""

import shutil
import uuid

from models.errors import BadLabel, NothingBefore, UnknownVersion
from models.store import REMOVED_PREFIX, WITHDRAWN_PREFIX, Store


def roll_back(store: Store, name: str) -> tuple[int, int]:
    """Withdraw the newest version, so that the one before answers; returns the numbers of both.

    Raises UnknownModel, or NothingBefore where there is only one version.
    """
    *before, newest = store.numbers(name)
    if not before:
        raise NothingBefore(f"Model {name!r} has version {newest} only, so there is none to go back to.")
    place = store.root / name
    (place / str(newest)).rename(place / f"{WITHDRAWN_PREFIX}{newest}")
    return newest, before[-1]


def restore(store: Store, name: str, number: int) -> None:
    """Bring a withdrawn version back. Raises UnknownVersion, which lists the withdrawn ones."""
    withdrawn = store.withdrawn(name)
    if number not in withdrawn:
        raise UnknownVersion(name, number, withdrawn, " These are the withdrawn ones.")
    place = store.root / name
    (place / f"{WITHDRAWN_PREFIX}{number}").rename(place / str(number))


def prune(store: Store, name: str, keep: int) -> list[int]:
    """Remove all versions but the newest `keep` and those with a label; returns the removed numbers.

    Withdrawn versions are left alone. Raises UnknownModel.
    """
    numbers = store.numbers(name)
    spared = {*numbers[-keep:], *_labelled(store, name)}
    removed = [number for number in numbers if number not in spared]
    for number in removed:
        place = store.root / name
        gone = place / f"{REMOVED_PREFIX}{uuid.uuid4().hex}"
        (place / str(number)).rename(gone)  # first out of sight, then file by file
        shutil.rmtree(gone)
    return removed


def _labelled(store: Store, name: str) -> set[int]:
    numbers = set()
    for label in store.labels(name):
        try:
            numbers.add(store.labelled(name, label))
        except BadLabel:
            continue  # it spares no version, and `list` shows it
    return numbers
