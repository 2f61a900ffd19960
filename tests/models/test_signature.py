"""A signature's parts must fit each other."""

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
    ("inputs", "outputs"),
    [((), (ANSWER,)), ((ROW, ROW), (ANSWER,)), ((ROW,), ()), ((ROW,), (ANSWER, ANSWER))],
    ids=["no-input", "two-of-a-name", "no-output", "two-outputs"],
)
def test_a_signature_has_inputs_of_different_names_and_one_output(inputs, outputs):
    with pytest.raises(InvalidSignature, match="one output"):
        Signature(Task.MULTICLASS, inputs, outputs)


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
        pytest.param(Task.BINARY, ROW, ANSWER, "one output unit", id="binary-with-two-units"),
        pytest.param(Task.BINARY, ROW, Output("answer", 1, "sigmoid", ("a",)), "2 diff", id="binary-with-one"),
    ],
)
def test_parts_that_contradict_each_other_are_refused(task, row, answer, complaint):
    with pytest.raises(InvalidSignature, match=complaint):
        Signature(task, (row,), (answer,))
