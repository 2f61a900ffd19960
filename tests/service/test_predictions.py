"""What outputs mean, by task."""

import numpy as np
import pytest

from models.signature import Input, Output, Signature, Task
from service.errors import InvalidRequest, NotAClassifier
from service.predictions import classes, predictions


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
