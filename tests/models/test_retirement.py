"""Versions can be taken out of service and brought back, and old ones removed, without touching the others."""

import pytest

from models.errors import NothingBefore, UnknownModel, UnknownVersion
from models.retirement import prune, restore, roll_back


@pytest.fixture
def store(own_zoo, republish):
    """Flowers in five versions."""
    for _ in range(4):
        republish(own_zoo, own_zoo.version("flowers"))
    return own_zoo


def test_rolling_back_lets_the_version_before_answer(store):
    assert roll_back(store, "flowers") == (5, 4)
    assert store.version("flowers").number == 4
    assert roll_back(store, "flowers") == (4, 3)
    assert store.withdrawn("flowers") == [4, 5]


def test_what_was_rolled_back_can_be_restored_unchanged(store):
    roll_back(store, "flowers")
    restore(store, "flowers", 5)
    assert store.version("flowers").number == 5
    store.version("flowers").verify()
    assert store.withdrawn("flowers") == []


def test_the_number_of_a_withdrawn_version_is_not_given_again(store, republish):
    roll_back(store, "flowers")
    assert republish(store, store.version("flowers")).number == 6


def test_the_only_version_cannot_be_rolled_back(store):
    with pytest.raises(NothingBefore, match="version 1 only"):
        roll_back(store, "tags")
    with pytest.raises(UnknownModel):
        roll_back(store, "roses")


def test_only_a_withdrawn_version_can_be_restored(store):
    with pytest.raises(UnknownVersion, match=r"Known versions: none\. These are the withdrawn ones"):
        restore(store, "flowers", 5)


def test_pruning_keeps_the_newest_and_the_labelled(store):
    store.label("flowers", "stable", 2)
    (store.root / "flowers" / "labels" / "broken").write_text("?")
    assert prune(store, "flowers", keep=2) == [1, 3]
    assert store.numbers("flowers") == [2, 4, 5]
    assert prune(store, "flowers", keep=2) == []


def test_pruning_leaves_nothing_behind(store):
    prune(store, "flowers", keep=1)
    assert [entry.name for entry in (store.root / "flowers").iterdir()] == ["5"]
