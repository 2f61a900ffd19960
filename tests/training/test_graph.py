"""The picture of a model's layers: every call once, below what it needs, and no connection through a box."""

from itertools import pairwise

import keras
import pytest

from training.report.diagram import layer_diagram
from training.report.graph import Box, boxes, rows


def wide_and_deep():
    row = keras.Input((8,), name="row")
    deep = keras.layers.Dense(4, activation="relu", name="first")(row)
    deep = keras.layers.Dense(4, activation="relu", name="second")(deep)
    both = keras.layers.Concatenate(name="both")([row, deep])
    return keras.Model(row, keras.layers.Dense(1, name="answer")(both))


def shared():
    rows = [keras.Input((3,), name=name) for name in ("left", "right")]
    layer = keras.layers.Dense(2, name="twin")
    return keras.Model(rows, keras.layers.Subtract(name="difference")([layer(row) for row in rows]))


def sequential():
    return keras.Sequential(
        [keras.Input((3,)), keras.layers.Dense(2, name="only"), keras.layers.Dropout(0.3, name="out")]
    )


def operations():
    row = keras.Input((3,), name="row")
    return keras.Model(row, row + keras.ops.square(row))


@pytest.mark.parametrize(
    ("build", "kinds"),
    [
        (wide_and_deep, ["InputLayer", "Dense · relu", "Dense · relu", "Concatenate", "Dense"]),
        (shared, ["InputLayer", "Dense", "InputLayer", "Dense", "Subtract"]),
        (sequential, ["InputLayer", "Dense", "Dropout · 0.3"]),
        (operations, ["InputLayer", "Square", "Add"]),
    ],
)
def test_every_call_is_a_box_below_all_that_it_needs(build, kinds):
    every = boxes(build())
    assert [box.kind for box in every] == kinds
    places = {box.key: box for box in every}
    for box in every:
        assert all(places[parent].row < box.row for parent in box.parents)


def test_a_layer_that_is_called_twice_has_its_parameters_once():
    every = boxes(shared())
    assert sum(box.parameters for box in every) == shared().count_params() == 8
    assert len({box.key for box in every}) == len(every)


def test_a_connection_that_skips_rows_has_a_place_of_its_own_in_each():
    laid = rows(boxes(wide_and_deep()))
    assert [[type(item).__name__ for item in row] for row in laid] == [
        ["Box"],
        ["Box", "Passage"],
        ["Box", "Passage"],
        ["Box"],
        ["Box"],
    ]
    for above, row in pairwise(laid):
        assert {parent for item in row for parent in item.parents} <= {item.key for item in above}


def test_the_picture_shows_shapes_and_parameters_and_shortens_long_names():
    long = Box("x/0", "Dense", "n" * 99, "4", 1234, (), 0)
    drawn = layer_diagram([long])
    assert "(4) · 1,234 parameters" in drawn
    assert f"{'n' * 29}…" in drawn


def test_a_model_without_a_graph_has_no_boxes():
    class Own(keras.Model):
        def call(self, row):
            return row

    assert boxes(Own()) == []
