"""Boxes and centres: what is computed from pixels, and how far boxes overlap."""

import numpy as np
import pytest

from training.boxes import iou
from training.sources import ink


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        pytest.param([0.0, 0.0, 0.5, 0.5], 1, id="the same"),
        pytest.param([0.25, 0.0, 0.5, 0.5], 1 / 3, id="half of each"),
        pytest.param([0.0, 0.0, 0.25, 0.25], 1 / 4, id="inside"),
        pytest.param([0.5, 0.5, 0.5, 0.5], 0, id="a corner in common"),
        pytest.param([0.8, 0.8, 0.1, 0.1], 0, id="apart"),
        pytest.param([0.2, 0.2, -0.1, 0.1], 0, id="a width below 0"),
    ],
)
def test_iou_is_the_share_that_two_boxes_have_in_common(box, expected):
    truth = np.array([[0.0, 0.0, 0.5, 0.5]], np.float32)
    assert iou(truth, np.array([box], np.float32)).tolist() == pytest.approx([expected], abs=1e-6)


def test_a_box_ends_where_the_ink_does():
    image = np.zeros((1, 10, 20))
    image[0, 2:5, 6:10] = 255
    image[0, 9, 19] = 0.19 * 255  # too faint
    np.testing.assert_allclose(ink.boxes(image, 255.0), [[6 / 20, 2 / 10, 4 / 20, 3 / 10]])


def test_a_centre_weighs_pixels_by_their_ink():
    image = np.zeros((1, 8, 8))
    image[0, 1, 2], image[0, 5, 6] = 12, 4
    np.testing.assert_allclose(ink.centres(image, 16.0), [[3, 2]])


def test_each_piece_of_clothing_has_a_box_inside_its_image(data_dir):
    boxes = ink.fashion_boxes(data_dir).test.targets
    assert boxes.shape == (10_000, 4)
    assert boxes[:, 2:].min() > 0
    assert (boxes[:, :2] + boxes[:, 2:]).max() <= 1
