"""What a model is for is found out from its last layer and its loss, and a wish that does not fit is refused."""

import pytest

from models.signature import Task
from training.errors import InvalidWish
from training.importing.facts import OutputFacts
from training.importing.inference import infer
from training.importing.losses import Loss, losses

B, M, L, R = Task.BINARY, Task.MULTICLASS, Task.MULTILABEL, Task.REGRESSION
# activation, shape of a row, loss, wished task, number of names -> task, what is put behind it
CASES = {
    "softmax": ("softmax", (3,), None, None, 0, M, None),
    "softmax of two": ("softmax", (2,), "categorical_crossentropy", None, 0, M, None),
    "softmax at each step": ("softmax", (7, 4), None, None, 0, M, None),
    "sigmoid": ("sigmoid", (1,), "binary_crossentropy", None, 0, B, None),
    "sigmoid without a loss": ("sigmoid", (1,), None, None, 0, B, None),
    "hard sigmoid": ("hard_sigmoid", (1,), None, None, 0, B, None),
    "sigmoids": ("sigmoid", (3,), "binary_crossentropy", None, 0, L, None),
    "sigmoids for one class of several": ("sigmoid", (3,), "sparse_categorical_crossentropy", None, 0, M, None),
    "an image of sigmoids": ("sigmoid", (8, 8, 1), "binary_crossentropy", None, 0, R, None),
    "linear": ("linear", (1,), "mean_squared_error", None, 0, R, None),
    "linear without a loss": ("linear", (3,), None, None, 0, R, None),
    "logits": ("linear", (3,), "sparse_categorical_crossentropy", None, 0, M, "softmax"),
    "one logit": ("linear", (1,), "binary_crossentropy", None, 0, B, "sigmoid"),
    "logits of labels": ("linear", (3,), "binary_crossentropy", None, 0, L, "sigmoid"),
    "linear with as many classes": ("linear", (3,), None, None, 3, M, "softmax"),
    "linear with two classes for one unit": ("linear", (1,), None, None, 2, B, "sigmoid"),
    "linear with a loss of values and names": ("linear", (3,), "mse", None, 3, R, None),
    "tanh": ("tanh", (1,), "hinge", None, 0, R, None),
    "softplus": ("softplus", (1,), "poisson", None, 0, R, None),
    "logits that shall stay": ("linear", (3,), "sparse_categorical_crossentropy", R, 0, R, None),
    "values that are classes": ("linear", (3,), "mse", M, 0, M, "softmax"),
    "sigmoids that exclude one another": ("sigmoid", (3,), "binary_crossentropy", M, 0, M, None),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_task_follows_from_activation_loss_and_wish(case):
    activation, shape, loss, wished, names, task, appended = case
    output = OutputFacts("answer", "Dense", activation, shape)
    found = infer(output, Loss(loss) if loss else None, wished, [str(number) for number in range(names)])
    assert (found.task, found.appended) == (task, appended)
    assert found.activation == (appended or activation)
    assert found.why


@pytest.mark.parametrize(
    ("activation", "shape", "wished", "sentence"),
    [
        ("softmax", (1,), None, "softmax over one unit, which answers 1 for every row"),
        (
            "softmax",
            (2,),
            B,
            "TASK=binary needs an output of one unit.*Possible here: multiclass, multilabel, regression",
        ),
        ("linear", (1,), M, "TASK=multiclass needs an output of at least two units"),
        ("sigmoid", (4, 4), L, r"TASK=multilabel needs an output of one axis, and answer has the shape \(4, 4\)"),
    ],
    ids=["one softmax", "binary of two", "multiclass of one", "labels of two axes"],
)
def test_what_cannot_be_is_refused_with_what_could(activation, shape, wished, sentence):
    with pytest.raises(InvalidWish, match=sentence):
        infer(OutputFacts("answer", "Dense", activation, shape), None, wished, ())


LOSSES = {
    "a name": ({"loss": "mse"}, Loss("mse")),
    "a camel's name": ({"loss": "SparseCategoricalCrossentropy"}, Loss("sparse_categorical_crossentropy")),
    "Keras 3's class": (
        {
            "loss": {
                "module": "keras.losses",
                "class_name": "BinaryCrossentropy",
                "config": {"from_logits": True},
                "registered_name": None,
            }
        },
        Loss("binary_crossentropy", from_logits=True),
    ),
    "Keras 2's class": (
        {"loss": {"class_name": "CategoricalCrossentropy", "config": {"from_logits": False}}},
        Loss("categorical_crossentropy"),
    ),
    "a function": (
        {"loss": {"module": "builtins", "class_name": "function", "config": "mean_squared_error"}},
        Loss("mean_squared_error"),
    ),
    "by name of the output": ({"loss": {"price": "mae", "class": "mse"}}, Loss("mae")),
    "in a list": ({"loss": ["mae"]}, Loss("mae")),
    "in a list of other length": ({"loss": ["mae", "mse"]}, None),
    "of another output": ({"loss": {"class": "mse"}}, None),
    "none": ({"loss": None}, None),
    "no configuration": (None, None),
    "what is no loss": ({"loss": 7}, None),
    "words that are no name": ({"loss": "<script>"}, None),
}


@pytest.mark.parametrize(("config", "loss"), LOSSES.values(), ids=LOSSES)
def test_a_loss_is_read_from_whatever_a_keras_wrote(config, loss):
    assert losses(config, ["price"]) == [loss]
