import math
from collections import Counter

import numpy as np
import pytest

from training.search.samplers.positions import at, drawn, place_of, places_of, point
from training.space import Choice, Dimension, Real, Space, Whole

RANGES = [
    Whole(1, 4),
    Whole(16, 256, log=True),
    Whole(7, 7),
    Real(0.0, 0.5),
    Real(1e-4, 3e-2, log=True),
    Real(0.3, 0.3),
    Choice(("relu", "silu", "tanh")),
    Choice(("relu", "relu", "tanh")),
]
EACH = pytest.mark.parametrize("known", RANGES, ids=str)


@EACH
def test_a_value_is_found_where_it_lies(known):
    for place in np.linspace(0, 1, 31):
        value = at(known, place)

        assert 0 <= place_of(known, value) <= 1
        assert at(known, place_of(known, value)) == pytest.approx(value)


@EACH
def test_places_beyond_the_ends_are_the_ends(known):
    assert at(known, -3.0) == at(known, 0.0)
    assert at(known, 4.0) == at(known, 1.0)
    if not isinstance(known, Choice):
        assert (at(known, 0.0), at(known, 1.0)) == (known.low, known.high)


def test_whole_numbers_and_words_have_equal_parts():
    places = (np.arange(1200) + 0.5) / 1200

    assert set(Counter(at(Whole(1, 4), place) for place in places).values()) == {300}
    assert set(Counter(at(Choice(("a", "b", "a", "c")), place) for place in places).values()) == {400}


def test_the_middle_of_a_logarithm_is_its_geometric_mean():
    assert at(Real(1e-4, 1e-2, log=True), 0.5) == pytest.approx(1e-3)
    assert place_of(Whole(16, 256, log=True), 64) == pytest.approx(math.log(64 / 15.5) / math.log(256.5 / 15.5))


def test_a_point_has_what_is_there_and_its_places_keep_the_rest():
    space = Space(
        (
            Dimension("optimizer", Choice(("adam", "adamw"))),
            Dimension("weight_decay", Real(0.0, 1.0), when={"optimizer": ("adamw",)}),
        )
    )

    assert point(space, [0.9, 0.25]) == {"optimizer": "adamw", "weight_decay": 0.25}
    assert point(space, [0.1, 0.25]) == {"optimizer": "adam"}
    assert places_of(space, {"optimizer": "adam"}, np.array([0.3, 0.7])).tolist() == [0.25, 0.7]
    assert set(drawn(space, np.random.default_rng(0))) <= {"optimizer", "weight_decay"}
