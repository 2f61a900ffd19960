"""Batches: every row once an epoch, in an order and with changes that seed and epoch alone decide."""

import numpy as np
import pytest

from training.batches import Batches
from training.config import Config
from training.errors import InvalidNetwork

ROWS = np.arange(50, dtype=np.float32).reshape(-1, 1)
IMAGES = np.arange(50 * 6 * 4, dtype=np.float32).reshape(50, 6, 4) + 1


def epoch(number, inputs=ROWS, weights=None, **settings):
    batches = Batches(inputs, np.arange(len(inputs)), weights, Config(batch_size=8, **settings))
    batches.on_epoch_begin(number)
    parts = [[part.numpy() for part in batch] for batch in batches.rows]
    assert [len(part[0]) for part in parts] == [8] * 6 + [2]
    return [np.concatenate(each) for each in zip(*parts, strict=True)]


@pytest.mark.parametrize("number", [0, 1, 7])
def test_every_row_comes_once_with_its_target_and_its_weight(number):
    inputs, targets, weights = epoch(number, weights=ROWS.ravel() * 2)
    assert sorted(targets) == list(range(50))
    np.testing.assert_array_equal(inputs.ravel(), targets)
    np.testing.assert_array_equal(weights, targets * 2)


def test_another_epoch_or_seed_has_another_order_and_the_same_ones_the_same():
    orders = [tuple(epoch(number, seed=seed)[1]) for number, seed in ((3, 1), (3, 1), (4, 1), (3, 2))]
    assert orders[0] == orders[1]
    assert len(set(orders)) == 3


def test_rows_that_are_no_images_are_neither_moved_nor_mirrored():
    with pytest.raises(InvalidNetwork, match="shift and flip change images"):
        epoch(0, shift=1)


def test_images_are_mirrored_about_every_second_time():
    images, targets = epoch(0, IMAGES, flip="horizontal")
    mirrored = (images == IMAGES[targets][:, :, ::-1]).all(axis=(1, 2))
    kept = (images == IMAGES[targets]).all(axis=(1, 2))
    assert (mirrored | kept).all()
    assert 10 < mirrored.sum() < 40


@pytest.mark.parametrize("colours", [(), (3,)], ids=["grey", "colours"])
def test_images_are_moved_by_up_to_so_many_pixels_and_what_comes_in_is_empty(colours):
    originals = np.arange(50 * 6 * 4 * 3, dtype=np.float32).reshape(50, 6, 4, -1)[..., : (colours or (1,))[0]] + 1
    originals = originals.reshape(50, 6, 4, *colours)
    images, targets = epoch(2, originals, shift=2)
    padded = np.pad(originals, [(0, 0), (2, 2), (2, 2), *[(0, 0)] * len(colours)])
    places = set()
    for image, target in zip(images, targets, strict=True):
        found = [
            (down, across)
            for down in range(5)
            for across in range(5)
            if np.array_equal(image, padded[target, down : down + 6, across : across + 4])
        ]
        assert len(found) == 1
        places.update(found)
    assert len(places) > 12
