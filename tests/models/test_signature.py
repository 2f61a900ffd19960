"""A signature's parts must fit each other."""

from dataclasses import replace

import pytest

from models.errors import InvalidSignature
from models.signature import Input, Output, Signature, Task

ROW = Input("row", (2,))
ANSWER = Output("answer", 2, "softmax", ("a", "b"))


def test_a_signature_whose_parts_fit_is_made():
    signature = Signature(Task.MULTICLASS, (ROW,), (ANSWER,))
    assert signature.classes == ("a", "b")
    assert signature.inputs[0].size == 2


def test_threshold_units_decide_and_know_no_probability():
    assert Signature(Task.MULTILABEL, (ROW,), (Output("answer", 2, "step", ("a", "b")),)).is_hard
    assert not Signature(Task.MULTICLASS, (ROW,), (ANSWER,)).is_hard


@pytest.mark.parametrize(
    ("more", "is_plain"),
    [({}, True), ({"optional": True}, False), ({"feature_names": ("x", "y"), "categories": (("a",), None)}, False)],
    ids=["numbers", "gaps", "words"],
)
def test_rows_are_plain_where_they_hold_numbers_and_no_gaps(more, is_plain):
    assert Input("row", (2,), **more).is_plain is is_plain


def test_a_regression_model_has_no_classes():
    assert Signature(Task.REGRESSION, (ROW,), (ANSWER,)).classes is None


@pytest.mark.parametrize(
    ("inputs", "outputs", "complaint"),
    [
        pytest.param((), (ANSWER,), "inputs of different names", id="no-input"),
        pytest.param((ROW, ROW), (ANSWER,), "inputs of different names", id="two-inputs-of-a-name"),
        pytest.param((ROW,), (), "outputs of different names", id="no-output"),
        pytest.param((ROW,), (ANSWER, ANSWER), "outputs of different names", id="two-outputs-of-a-name"),
    ],
)
def test_a_signature_has_inputs_and_outputs_of_different_names(inputs, outputs, complaint):
    with pytest.raises(InvalidSignature, match=complaint):
        Signature(Task.MULTICLASS, inputs, outputs)


def test_the_shape_of_an_output_is_one_axis_unless_it_is_told():
    assert ANSWER.shape == (2,)
    assert Output("image", 12, "linear", (), shape=(2, 2, 3)).shape == (2, 2, 3)
    assert Output("sum", 1, "linear", ("sum",), shape=()).shape == ()


@pytest.mark.parametrize(
    ("task", "output"),
    [
        pytest.param(Task.REGRESSION, Output("image", 12, "linear", (), shape=(2, 2, 3)), id="values-without-names"),
        pytest.param(Task.REGRESSION, Output("track", 6, "linear", ("x", "y"), shape=(3, 2)), id="values-with-names"),
        pytest.param(Task.REGRESSION, Output("sum", 1, "linear", ("sum",), shape=()), id="a-value-without-an-axis"),
        pytest.param(Task.MULTICLASS, Output("steps", 6, "softmax", ("a", "b"), shape=(3, 2)), id="classes-by-step"),
    ],
)
def test_values_are_of_any_shape_and_classes_lie_along_the_last_axis(task, output):
    signature = Signature(task, (ROW,), (output,))
    assert not signature.is_flat
    assert signature.parts == (signature,)


def test_each_of_several_outputs_is_a_signature_with_its_own_task():
    weight = Output("weight", 1, "linear", ("kg",), task=Task.REGRESSION)
    kind, weight_alone = Signature(Task.MULTICLASS, (ROW,), (ANSWER, weight)).parts
    assert kind == Signature(Task.MULTICLASS, (ROW,), (ANSWER,))
    assert (weight_alone.task, weight_alone.outputs) == (Task.REGRESSION, (weight,))


@pytest.mark.parametrize(
    ("more", "bounds"),
    [
        ({}, None),
        ({"dtype": "int32"}, ((-(2**31), 2**31 - 1),)),
        ({"dtype": "int64"}, ((-(2**63), 2**63 - 1),)),
        ({"dtype": "int32", "ranges": ((0.0, 19.0),)}, ((0, 19),)),
        ({"dtype": "int64", "ranges": ((0, 19), (-5, 5))}, ((0, 19), (-5, 5))),
    ],
    ids=["float32", "int32", "int64", "one-range", "a-range-per-column"],
)
def test_whole_numbers_have_bounds_and_are_not_plain(more, bounds):
    tensor = Input("row", (2,), **more)
    assert tensor.bounds == bounds
    assert tensor.is_plain is (bounds is None)


@pytest.mark.parametrize(
    ("task", "row", "answer", "complaint"),
    [
        pytest.param(Task.MULTICLASS, Input("row", (0,)), ANSWER, "at least 1", id="empty-shape"),
        pytest.param(Task.MULTICLASS, Input("row", (2,), dtype="int8"), ANSWER, "int8", id="other-dtype"),
        pytest.param(Task.MULTICLASS, Input("row", (2,), feature_names=("x",)), ANSWER, "one per column", id="few"),
        pytest.param(Task.MULTICLASS, Input("row", (2,), feature_names=("x", "x")), ANSWER, "different", id="same"),
        pytest.param(Task.MULTICLASS, Input("row", (2,), ranges=((0, 1),) * 3), ANSWER, "3 ranges", id="ranges"),
        pytest.param(Task.MULTICLASS, Input("row", (2,), categories=(("x",), None)), ANSWER, "names", id="no-names"),
        pytest.param(
            Task.MULTICLASS,
            Input("row", (1,), feature_names=("x",), categories=(("a", "a"),)),
            ANSWER,
            "different",
            id="same-words",
        ),
        pytest.param(Task.MULTICLASS, ROW, Output("answer", 3, "softmax", ("a", "b")), "3 diff", id="few-classes"),
        pytest.param(Task.MULTILABEL, ROW, Output("answer", 2, "sigmoid", ("a", "a")), "2 diff", id="same-classes"),
        pytest.param(Task.BINARY, ROW, ANSWER, "one unit, not 2", id="binary-with-two-units"),
        pytest.param(Task.BINARY, ROW, Output("answer", 1, "sigmoid", ("a",)), "2 diff", id="binary-with-one"),
        pytest.param(Task.MULTICLASS, Input("row", (2,), "int32", optional=True), ANSWER, "missing", id="whole-gaps"),
        pytest.param(
            Task.MULTICLASS,
            Input("row", (1,), "int64", ("x",), None, (("a",),)),
            ANSWER,
            "categories",
            id="whole-words",
        ),
        pytest.param(
            Task.MULTICLASS, Input("row", (2,), "int32", ranges=((0, 1.5),)), ANSWER, "whole numbers", id="half-range"
        ),
        pytest.param(
            Task.MULTICLASS, Input("row", (2,), "int32", ranges=((0, 2**31),)), ANSWER, "int32 holds", id="wide-range"
        ),
        pytest.param(
            Task.MULTICLASS, Input("row", (2,), "int64", ranges=((0, 2**60),)), ANSWER, r"2\*\*53", id="inexact-range"
        ),
        pytest.param(
            Task.MULTICLASS, Input("row", (2,), "int32", ranges=((5, 1),)), ANSWER, "least first", id="empty-range"
        ),
        pytest.param(
            Task.MULTICLASS, Input("row", (2,), "int32", ranges=((0, float("nan")),)), ANSWER, "nan", id="no-range"
        ),
        pytest.param(
            Task.REGRESSION, ROW, Output("y", 3, "linear", (), shape=(2, 2)), "their product", id="other-units"
        ),
        pytest.param(Task.REGRESSION, ROW, Output("y", 0, "linear", (), shape=(0, 2)), "at least 1", id="empty-output"),
        pytest.param(Task.REGRESSION, ROW, Output("y", 2, "linear", ()), "2 different names", id="no-targets"),
        pytest.param(
            Task.REGRESSION, ROW, Output("y", 6, "linear", ("x",), shape=(3, 2)), "2 different", id="few-targets"
        ),
        pytest.param(
            Task.BINARY, ROW, Output("y", 1, "sigmoid", ("a", "b"), shape=(1, 1)), "one axis", id="binary-of-two-axes"
        ),
        pytest.param(
            Task.MULTILABEL, ROW, Output("y", 4, "sigmoid", ("a", "b"), shape=(2, 2)), "one axis", id="labels-by-step"
        ),
        pytest.param(
            Task.MULTICLASS, ROW, Output("y", 1, "softmax", ("a",), shape=()), "no axis", id="classes-without-an-axis"
        ),
        pytest.param(
            Task.MULTICLASS, ROW, Output("y", 4, "step", ("a", "b"), shape=(2, 2)), "one axis", id="steps-of-two-axes"
        ),
        pytest.param(
            Task.MULTICLASS, ROW, replace(ANSWER, task=Task.MULTILABEL), "one task", id="another-task-of-one-output"
        ),
    ],
)
def test_parts_that_contradict_each_other_are_refused(task, row, answer, complaint):
    with pytest.raises(InvalidSignature, match=complaint):
        Signature(task, (row,), (answer,))
