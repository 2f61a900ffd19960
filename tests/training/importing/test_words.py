"""The words of `make import`: names, wishes that fit no model, and the files that some of them name."""

import json

import numpy as np
import pytest

from training.errors import InvalidWish
from training.importing.facts import InputFacts
from training.importing.inputs import inputs_of, shapes_of
from training.importing.naming import input_names, output_names
from training.importing.scaling import Scale, read_scales
from training.importing.wishes import Wishes, by_tensor, sizes_of, words_of

INPUT_NAMES = {
    "Keras 3's": (["keras_tensor_3"], ["inputs"]),
    "Keras 2's of a stack": (["dense_4_input"], ["inputs"]),
    "Keras 2's": (["input_1", "input_2"], ["inputs_1", "inputs_2"]),
    "the user's": (["wide_input", "left"], ["wide_input", "left"]),
    "one of each": (["image", "input_layer_7"], ["image", "inputs"]),
    "a user's that is ours": (["inputs_1", "input_layer", "input_layer_1"], ["inputs_1", "inputs_2", "inputs_3"]),
    "odd signs": (["a/b:0", "a b 0"], ["a_b_0", "a_b_0_1"]),
    "no sign that can stay": (["///"], ["inputs"]),
}


@pytest.mark.parametrize(("saved", "public"), INPUT_NAMES.values(), ids=INPUT_NAMES)
def test_inputs_keep_the_users_names_and_no_others(saved, public):
    assert input_names(saved) == public


@pytest.mark.parametrize(
    ("saved", "public"),
    [("dense_3", "values"), ("price", "price"), ("activation", "values"), ("row", "row_1"), ("out-put", "out-put")],
)
def test_outputs_keep_the_users_names_and_take_none_of_the_inputs(saved, public):
    assert output_names([saved], ["values"], ["row"]) == [public]


def test_names_come_from_a_list_or_a_file(tmp_path):
    (tmp_path / "names.txt").write_text("stay\n\n leave \n")
    assert words_of("stay, leave", "CLASSES") == words_of(str(tmp_path / "names.txt"), "CLASSES") == ("stay", "leave")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a,,b", "CLASSES must be different names, none of them empty"),
        ("a,a", "must be different names"),
        ("none-there.txt", "cannot be read: No such file"),
    ],
    ids=["empty", "twice", "no file"],
)
def test_what_is_no_list_of_names_is_refused(text, sentence):
    with pytest.raises(InvalidWish, match=sentence):
        words_of(text, "CLASSES")


def test_several_tensors_are_told_apart_by_name():
    assert by_tensor("left:1,2;right:3", ["left", "right"], "INPUT_RANGE", "input") == {"left": "1,2", "right": "3"}
    assert by_tensor("12:30,13:30", ["time"], "CLASSES", "output") == {"time": "12:30,13:30"}
    for word in ("1,2", "middle:3"):
        with pytest.raises(InvalidWish, match="left"):
            by_tensor(word, ["left", "right"], "INPUT_RANGE", "input")


@pytest.mark.parametrize("text", ["", "0x3", "-1", "3xa", "1.5", "(,)"])
def test_what_is_no_shape_is_refused(text):
    with pytest.raises(InvalidWish, match="is no shape of a row; write its sizes, as 28x28x1"):
        sizes_of(text)


ROW, IDS = InputFacts("row", (3,), "float32"), InputFacts("ids", (None,), "int64", below=50)
OPEN = InputFacts("image", (None, None, 3), "float32")
REFUSED = {
    "open sizes": (OPEN, {}, r"rows of shape \?x\?x3.*SHAPE=20x20x3"),
    "another rank": (OPEN, {"shape": "8x8"}, "SHAPE=8x8 does not fit"),
    "another size": (OPEN, {"shape": "8x8x4"}, "SHAPE=8x8x4 does not fit"),
    "too few features": (ROW, {"features": "a,b"}, "FEATURES names 2 columns.*Give 3 names"),
    "features of an image": (OPEN, {"shape": "8x8x3", "features": "a"}, "Only flat rows have names"),
    "one bound": (ROW, {"input_range": "0"}, "the least and the greatest number"),
    "bounds turned": (ROW, {"input_range": "1,0"}, "the least and the greatest number"),
    "no numbers": (ROW, {"input_range": "a,b"}, "holds no numbers between commas"),
    "infinity": (ROW, {"input_range": "0,inf"}, "the least and the greatest number"),
    "beyond the Embedding": (IDS, {"shape": "4", "input_range": "0,50"}, "whole numbers from 0 to 49"),
    "fractions": (IDS, {"shape": "4", "input_range": "0,9.5"}, "whole numbers from 0 to 49"),
}


@pytest.mark.parametrize(("tensor", "words", "sentence"), REFUSED.values(), ids=REFUSED)
def test_a_wish_that_does_not_fit_an_input_is_refused(tensor, words, sentence, tmp_path):
    wishes = Wishes(tmp_path, **words)
    with pytest.raises(InvalidWish, match=sentence):
        inputs_of([tensor], shapes_of([tensor], wishes), wishes)


@pytest.mark.parametrize(
    ("tensor", "dtype", "ranges"),
    [
        (InputFacts("ids", (4,), "float32", below=50), "int32", ((0, 49),)),
        (InputFacts("ids", (4,), "int64", below=50), "int64", ((0, 49),)),
        (InputFacts("pixels", (4,), "uint8"), "int32", ((0, 255),)),
        (InputFacts("row", (4,), "float16"), "float32", None),
    ],
    ids=["looked up", "whole", "bytes", "half"],
)
def test_callers_send_whole_numbers_where_the_model_takes_them(tensor, dtype, ranges, tmp_path):
    (found,) = inputs_of([tensor], [(4,)], Wishes(tmp_path))
    assert (found.dtype, found.ranges) == (dtype, ranges)


GOOD = {"mean": [1, 2, 3], "scale": [1, 2, 4]}
SCALERS = {
    "scaler.json": lambda path: path.write_text(json.dumps(GOOD)),
    "underscores.json": lambda path: path.write_text(json.dumps({"mean_": [1, 2, 3], "scale_": [1, 2, 4]})),
    "named.json": lambda path: path.write_text(json.dumps({"row": GOOD})),
    "scaler.npz": lambda path: np.savez(path, **GOOD),
}


@pytest.mark.parametrize("name", SCALERS)
def test_a_scaler_is_read_from_json_and_npz(name, tmp_path):
    SCALERS[name](tmp_path / name)
    assert read_scales(tmp_path / name, {"row": 3}) == {"row": Scale((1, 2, 3), (1, 2, 4))}


BAD_SCALERS = {
    "too short": ('{"mean": [1, 2], "scale": [1, 2]}', "a mean of 2 numbers; the input has 3 columns"),
    "a scale of 0": ('{"mean": [1, 2, 3], "scale": [1, 0, 2]}', "a scale that is not above 0"),
    "infinity": ('{"mean": [1, 2, Infinity], "scale": [1, 1, 2]}', "each of which needs one"),
    "words": ('{"mean": ["a", 2, 3], "scale": [1, 1, 2]}', "a mean that is no list of numbers"),
    "no scale": ('{"mean": [1, 2, 3]}', "neither mean and scale nor an input of the model"),
    "no object": ("[1, 2]", "holds no object with mean and scale"),
    "no JSON": ("{", "holds no mean and scale"),
    "depth": ("[" * 200_000, "holds no mean and scale"),
}


@pytest.mark.parametrize(("text", "sentence"), BAD_SCALERS.values(), ids=BAD_SCALERS)
def test_what_is_no_scaler_is_refused(text, sentence, tmp_path):
    (tmp_path / "scaler.json").write_text(text)
    with pytest.raises(InvalidWish, match=sentence):
        read_scales(tmp_path / "scaler.json", {"row": 3})


@pytest.mark.parametrize("name", ["scaler.joblib", "scaler.pkl", "scaler.sav"])
def test_a_pickle_is_not_read_and_the_sentence_says_how_to_do_without(name, tmp_path):
    (tmp_path / name).write_bytes(b"cos\nsystem\n(S'touch owned'\ntR.")
    with pytest.raises(InvalidWish, match=r"is a pickle, and reading one runs.*json\.dump\(\{\"mean\": scaler\.mean_"):
        read_scales(tmp_path / name, {"row": 3})
    assert sorted(path.name for path in tmp_path.iterdir()) == [name]
