"""Nothing that the process with the file has written is believed: what is odd is refused, what differs is no copy."""

import io

import numpy as np
import pytest
from onnx import TensorProto, helper

from models.golden import Golden
from models.signature import Input, Output, Signature, Task
from training.errors import ParityError
from training.importing.errors import CannotImport, WorkshopFailed
from training.importing.facts import facts_of
from training.importing.proof import answers_of, check_same, golden_of, onnx_parity

SIGNATURE = Signature(Task.MULTICLASS, (Input("row", (2,)),), (Output("answer", 3, "softmax", ("a", "b", "c")),))
ROWS = {"row": np.arange(8, dtype=np.float32).reshape(4, 2)}
ANSWERS = np.full((4, 3), 1 / 3, np.float32)


def npz(**arrays):
    content = io.BytesIO()
    np.savez_compressed(
        content, allow_pickle=True, **{name.replace("_", ".", 1): each for name, each in arrays.items()}
    )
    return content.getvalue()


def test_golden_rows_are_read_as_they_were_written():
    golden = golden_of(npz(input_row=ROWS["row"], output_answer=ANSWERS), SIGNATURE, ROWS)
    np.testing.assert_array_equal(golden.outputs["answer"], ANSWERS)


ODD = {
    "no archive": b"PK and no more",
    "other rows": npz(input_row=ROWS["row"] + 1, output_answer=ANSWERS),
    "other answers": npz(input_row=ROWS["row"], output_answer=ANSWERS[:, :2]),
    "another name": npz(input_row=ROWS["row"], output_other=ANSWERS),
    "doubles": npz(input_row=ROWS["row"], output_answer=ANSWERS.astype(np.float64)),
    "a pickle": npz(input_row=ROWS["row"], output_answer=np.array([[1, {}]], object)),
    "a bomb": npz(input_row=ROWS["row"], output_answer=np.zeros((1 << 20, 3), np.float32)),
}


@pytest.mark.parametrize("content", ODD.values(), ids=ODD)
def test_odd_golden_rows_are_refused(content):
    with pytest.raises(WorkshopFailed, match="The process that had the model"):
        golden_of(content, SIGNATURE, ROWS)


def test_answers_that_are_no_numbers_are_refused():
    with pytest.raises(CannotImport, match="NaN or infinity in answer for 4 of 4 rows"):
        golden_of(npz(input_row=ROWS["row"], output_answer=ANSWERS * np.float32("nan")), SIGNATURE, ROWS)


GOLDEN = Golden(ROWS, {"answer": ANSWERS})


@pytest.mark.parametrize(
    ("answers", "appended"),
    [
        (ANSWERS.astype(np.float64) + 9e-6, None),
        (np.full((4, 3), 1000.0), "softmax"),
        (np.full((4, 3), -0.6931472), "sigmoid"),
    ],
    ids=["rounded", "logits", "logits of labels"],
)
def test_answers_that_are_the_same_are_taken(answers, appended):
    buffer = io.BytesIO()
    np.savez(buffer, **{"0": answers})
    assert check_same("the file", answers_of(buffer.getvalue(), GOLDEN), GOLDEN, [appended]) < 1e-5


@pytest.mark.parametrize("change", [3e-5, np.nan, np.inf], ids=["more than rounded", "NaN", "infinity"])
def test_a_model_that_answers_otherwise_is_not_published(change):
    with pytest.raises(CannotImport, match=r"differs in answer by up to .* from the file, .*it is not published"):
        check_same("the file", [ANSWERS + np.float32(change)], GOLDEN, [None])


def graph(*nodes, domain="", external=False):
    """An ONNX model of (rows, 2) -> (rows, 3)."""
    weights = helper.make_tensor("weights", TensorProto.FLOAT, (2, 3), np.zeros(6))
    if external:
        weights.data_location = TensorProto.EXTERNAL
        weights.external_data.add(key="location", value="/etc/passwd")
        weights.ClearField("float_data")
    row = helper.make_tensor_value_info("row", TensorProto.FLOAT, ("rows", 2))
    answer = helper.make_tensor_value_info("answer", TensorProto.FLOAT, ("rows", 3))
    steps = nodes or (
        helper.make_node("MatMul", ["row", "weights"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["answer"]),
    )
    made = helper.make_graph(steps, "graph", [row], [answer], [weights])
    sets = [helper.make_opsetid("", 17), *([helper.make_opsetid(domain, 1)] if domain else [])]
    return helper.make_model(made, opset_imports=sets, ir_version=8).SerializeToString()


def test_an_onnx_model_is_run_outside_the_process_that_wrote_it():
    assert onnx_parity(graph(), GOLDEN)["largest_difference"] < 1e-7


@pytest.mark.parametrize(
    "content",
    [
        graph(domain="com.microsoft"),
        graph(external=True),
        graph(helper.make_node("Softmax", ["row"], ["answer"], domain="evil")),
    ],
    ids=["other operators", "data in another file", "a node of another maker"],
)
def test_what_is_no_exported_network_is_not_run(content):
    with pytest.raises(WorkshopFailed, match="no ONNX model of a network"):
        onnx_parity(content, GOLDEN)


def test_an_onnx_model_that_answers_otherwise_is_not_taken():
    last = helper.make_node("Neg", ["some"], ["answer"])
    with pytest.raises(ParityError, match="differs from Keras"):
        onnx_parity(graph(helper.make_node("MatMul", ["row", "weights"], ["some"]), last), GOLDEN)


FACTS = {
    "inputs": [{"name": "row", "shape": [2], "dtype": "float32"}],
    "outputs": [{"name": "answer", "layer": "Dense", "activation": "softmax", "shape": [3]}],
    "parameters": 9,
}
ODD_FACTS = {
    "no object": [],
    "no inputs": FACTS | {"inputs": []},
    "a hundred inputs": FACTS | {"inputs": FACTS["inputs"] * 100},
    "a negative size": FACTS | {"inputs": [FACTS["inputs"][0] | {"shape": [-1]}]},
    "a size of words": FACTS | {"inputs": [FACTS["inputs"][0] | {"shape": ["2"]}]},
    "a long name": FACTS | {"inputs": [FACTS["inputs"][0] | {"name": "a" * 1000}]},
    "NaN": FACTS | {"inputs": [FACTS["inputs"][0] | {"means": [float("nan")]}]},
    "more than asked": FACTS | {"more": 1},
}


@pytest.mark.parametrize("document", ODD_FACTS.values(), ids=ODD_FACTS)
def test_odd_facts_are_refused(document):
    assert facts_of(FACTS).outputs[0].shape == (3,)
    with pytest.raises(WorkshopFailed, match="answered with what is no answer"):
        facts_of(document)
