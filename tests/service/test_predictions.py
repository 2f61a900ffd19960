"""What outputs mean, by task."""

import numpy as np
import pytest

from models.signature import STEP, Input, Output, Signature, Task
from service.errors import InvalidRequest, NotAClassifier
from service.predictions import classes, predictions, records


def signature(task, *names):
    units = 1 if task is Task.BINARY else len(names)
    return Signature(task, (Input("row", (1,)),), (Output("answer", units, "any", names),))


MULTICLASS = signature(Task.MULTICLASS, "ant", "bee", "cat")
BINARY = signature(Task.BINARY, "no", "yes")
MULTILABEL = signature(Task.MULTILABEL, "large", "odd")
ONE_TARGET = signature(Task.REGRESSION, "price")
TWO_TARGETS = signature(Task.REGRESSION, "x", "y")


def outputs(*rows):
    return {"answer": np.array(rows, np.float32)}


@pytest.mark.parametrize(
    ("its_signature", "rows", "expected"),
    [
        pytest.param(MULTICLASS, [[0.25, 0.5, 0.25]], [[0.25, 0.5, 0.25]], id="multiclass"),
        pytest.param(BINARY, [[0.75], [0.0]], [[0.25, 0.75], [1.0, 0.0]], id="binary-in-class-order"),
        pytest.param(MULTILABEL, [[0.75, 0.5]], [[0.75, 0.5]], id="multilabel"),
        pytest.param(ONE_TARGET, [[3.5], [4.0]], [3.5, 4.0], id="one-number-for-one-target"),
        pytest.param(TWO_TARGETS, [[3.5, 1.0]], [[3.5, 1.0]], id="a-list-for-more"),
    ],
)
def test_predictions_by_task(its_signature, rows, expected):
    assert predictions(its_signature, outputs(*rows)).tolist() == expected


def named(name, index, probability):
    return {"class": name, "index": index, "probability": np.float32(probability)}


def test_the_class_is_the_most_probable_one():
    assert classes(MULTICLASS, outputs([0.1, 0.2, 0.7], [0.4, 0.4, 0.2])) == [
        named("cat", 2, 0.7),
        named("ant", 0, 0.4),
    ]


def test_top_k_adds_the_runners_up_in_order_of_probability():
    (answer,) = classes(MULTICLASS, outputs([0.2, 0.1, 0.7]), top_k=2)
    assert answer == named("cat", 2, 0.7) | {"top_k": [named("cat", 2, 0.7), named("ant", 0, 0.2)]}


def test_top_k_beyond_the_classes_gives_all_of_them():
    (answer,) = classes(MULTICLASS, outputs([0.2, 0.1, 0.7]), top_k=99)
    assert [entry["class"] for entry in answer["top_k"]] == ["cat", "ant", "bee"]


@pytest.mark.parametrize(
    ("threshold", "name", "probability"), [(None, "yes", 0.5), (0.5, "yes", 0.5), (0.6, "no", 0.5), (0.0, "yes", 0.5)]
)
def test_a_binary_class_is_the_second_from_the_threshold_on(threshold, name, probability):
    (answer,) = classes(BINARY, outputs([0.5]), threshold=threshold)
    assert (answer["class"], answer["probability"]) == (name, probability)


def test_a_threshold_is_compared_as_the_float32_that_the_model_answers():
    (answer,) = classes(BINARY, outputs([0.9]), threshold=0.9)
    assert answer["class"] == "yes"


def test_labels_are_those_at_or_above_the_threshold():
    rows = outputs([0.5, 0.9], [0.1, 0.2])
    assert classes(MULTILABEL, rows) == [[named("large", 0, 0.5), named("odd", 1, 0.9)], []]
    assert classes(MULTILABEL, rows, threshold=0.6) == [[named("odd", 1, 0.9)], []]


def test_a_regression_model_has_no_classes():
    with pytest.raises(NotAClassifier, match="ask /predict"):
        classes(ONE_TARGET, outputs([1.0]))


@pytest.mark.parametrize(
    ("its_signature", "options", "path"),
    [(MULTILABEL, {"top_k": 1}, "/top_k"), (MULTICLASS, {"threshold": 0.5}, "/threshold")],
)
def test_options_that_the_task_does_not_have_are_refused(its_signature, options, path):
    with pytest.raises(InvalidRequest) as caught:
        classes(its_signature, outputs([0.1] * its_signature.outputs[0].units), **options)
    assert caught.value.details[0].path == path


STEPS = Signature(Task.MULTICLASS, MULTICLASS.inputs, (Output("answer", 6, "any", ("a", "b", "c"), shape=(2, 3)),))
IMAGE = Signature(Task.REGRESSION, MULTICLASS.inputs, (Output("answer", 4, "any", (), shape=(2, 2)),))
SUM = Signature(Task.REGRESSION, MULTICLASS.inputs, (Output("answer", 1, "any", ("sum",), shape=()),))


@pytest.mark.parametrize(
    ("its_signature", "rows"),
    [
        pytest.param(STEPS, [[[0.5, 0.25, 0.25], [0, 0, 1]]], id="steps"),
        pytest.param(IMAGE, [[[1, 2], [3, 4]], [[5, 6], [7, 8]]], id="image"),
        pytest.param(SUM, [1, 2], id="no-axis"),
    ],
)
def test_outputs_of_any_shape_are_predicted_as_they_are(its_signature, rows):
    assert predictions(its_signature, outputs(*rows)).tolist() == rows


def test_a_class_for_each_step_is_nested_as_the_steps_are():
    rows = outputs([[0.5, 0.25, 0.25], [0.0, 0.0, 1.0]], [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]])
    assert classes(STEPS, rows) == [
        [named("a", 0, 0.5), named("c", 2, 1.0)],
        [named("b", 1, 1.0), named("a", 0, 1.0)],
    ]
    assert [[step["top_k"][0]["class"] for step in row] for row in classes(STEPS, rows, top_k=1)] == [
        ["a", "c"],
        ["b", "a"],
    ]


@pytest.mark.parametrize(("steps", "top_k"), [(1_000_001, None), (300_000, 3)])
def test_more_than_a_million_classes_are_refused(steps, top_k):
    shape = Output("answer", steps * 3, "any", ("a", "b", "c"), shape=(steps, 3))
    many = Signature(Task.MULTICLASS, MULTICLASS.inputs, (shape,))
    with pytest.raises(InvalidRequest, match="fewer rows at a time"):
        classes(many, {"answer": np.zeros((1, steps, 3), np.float32)}, top_k=top_k)


def several(*outputs_and_tasks):
    made = tuple(
        Output(name, 1 if task is Task.BINARY else 2, activation, ("x", "y"), task=task)
        for name, task, activation in outputs_and_tasks
    )
    return Signature(Task.MULTICLASS, MULTICLASS.inputs, made)


MIXED = several(
    ("value", Task.REGRESSION, "any"),
    ("is", Task.BINARY, "any"),
    ("kind", None, "any"),
    ("tags", Task.MULTILABEL, "any"),
    ("lamp", Task.MULTILABEL, STEP),
)
ANSWERS = {
    "value": np.array([[1, 2]], np.float32),
    "is": np.array([[0.75]], np.float32),
    "kind": np.array([[0.25, 0.75]], np.float32),
    "tags": np.array([[0.25, 0.75]], np.float32),
    "lamp": np.array([[1, 0]], np.float32),
}


def test_each_of_several_outputs_is_predicted_by_its_own_task():
    (record,) = records(MIXED, ANSWERS)
    assert {name: values.tolist() for name, values in record.items()} == {
        "value": [1, 2],
        "is": [0.25, 0.75],
        "kind": [0.25, 0.75],
        "tags": [0.25, 0.75],
        "lamp": [1, 0],
    }


def test_the_classes_of_several_outputs_are_told_by_name_and_an_option_goes_to_those_that_know_it():
    (record,) = classes(MIXED, ANSWERS, top_k=1, threshold=0.8)
    assert record == {
        "is": named("x", 0, 0.25) | {"top_k": [named("y", 1, 0.75)]},
        "kind": named("y", 1, 0.75) | {"top_k": [named("y", 1, 0.75)]},
        "tags": [],
        "lamp": [{"class": "x", "index": 0}],
    }


@pytest.mark.parametrize(
    ("its_signature", "options", "path"),
    [
        (several(("a", Task.MULTILABEL, "any"), ("b", Task.REGRESSION, "any")), {"top_k": 1}, "/top_k"),
        (several(("a", None, "any"), ("b", Task.REGRESSION, "any")), {"threshold": 0.5}, "/threshold"),
        (several(("a", Task.MULTILABEL, STEP), ("b", None, STEP)), {"top_k": 1}, "/top_k"),
    ],
    ids=["labels", "most-probable", "decisions"],
)
def test_an_option_that_no_output_knows_is_refused(its_signature, options, path):
    with pytest.raises(InvalidRequest) as caught:
        classes(its_signature, {name: np.zeros((1, 2), np.float32) for name in "ab"}, **options)
    assert caught.value.details[0].path == path


def test_outputs_without_classes_have_none():
    values = several(("a", Task.REGRESSION, "any"), ("b", Task.REGRESSION, "any"))
    with pytest.raises(NotAClassifier, match="ask /predict"):
        classes(values, {name: np.zeros((1, 2), np.float32) for name in "ab"})
