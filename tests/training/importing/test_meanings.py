"""What an old Keras computed by another formula is not imported under the same name."""

from pathlib import Path

import pytest

from models.inspection import ModelFile
from training.importing.errors import CannotImport
from training.importing.meanings import check_meanings


def _file(version, **config):
    inner = {"class_name": "Sequential", "config": {"layers": [{"class_name": "LSTM", "config": config}]}}
    return ModelFile(Path("old.h5"), "h5", "0" * 64, 9, version, inner, None, 1, None, b"")


@pytest.mark.parametrize("version", ["2.2.4-tf", "2.15.0", None, "tf"], ids=["2.2", "2.15", "none named", "no number"])
@pytest.mark.parametrize(
    "config",
    [
        {"activation": "tanh", "recurrent_activation": "hard_sigmoid"},
        {"activation": {"module": "builtins", "class_name": "function", "config": "hard_sigmoid"}},
    ],
    ids=["a word", "an object"],
)
def test_a_hard_sigmoid_of_keras_2_is_refused_with_its_place(version, config):
    with pytest.raises(
        CannotImport, match=r"config.config.layers\[0\].config.\w*activation is hard_sigmoid: in Keras 2"
    ):
        check_meanings(_file(version, **config))


@pytest.mark.parametrize(
    ("version", "activation"), [("3.0.5", "hard_sigmoid"), ("2.2.4", "sigmoid")], ids=["of Keras 3", "another"]
)
def test_what_means_the_same_passes(version, activation):
    check_meanings(_file(version, recurrent_activation=activation))
