"""The messages of TensorFlow Serving's REST API; KServe V1 and Vertex AI have those of `predict` too.

Source: https://www.tensorflow.org/tfx/serving/api_rest, and where it is silent, tensorflow_serving/util/json_tensor.cc.
Messages of errors begin as TensorFlow Serving's do, as its clients look for them.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from models.errors import quoted
from models.golden import Tensors, row_count
from models.manifest import Manifest
from models.signature import Input, Signature, Task
from service.errors import Detail, InvalidRequest, WrongFeatures, WrongShape, pointer
from service.faults import NUMBERS
from service.plain import Numbers
from service.predictions import by_row, predictions, scores
from service.protocols.options import answer_to
from service.schemas import read_options
from service.tensors import check_count, decode_rows

Document = dict[str, Any]

PREDICT, CLASSIFY, REGRESS = "predict", "classify", "regress"
_NOUNS = {PREDICT: "prediction", CLASSIFY: "classification", REGRESS: "regression"}
_KEYS = ("instances", "inputs")
_NESTED = re.compile(rb"\[\s*\[")
_BARE = NUMBERS | {str, type(None)}  # a word of a column, or what is missing in it


@dataclass(frozen=True)
class PredictRequest:
    """The rows, and how to answer."""

    rows: Tensors
    is_by_column: bool  # "inputs", answered with "outputs", in place of "instances" and "predictions"
    options: Mapping[str, Any]  # top_k, threshold and coverage
    is_bare: bool = False  # each row is a number by itself, and so is an answer of one


def methods(signature: Signature) -> dict[str, str]:
    """The signatures that a model is served with, by name, and the method of each."""
    found = {"serving_default": PREDICT}
    if not signature.is_flat:
        return found
    if signature.task is not Task.REGRESSION:
        found[CLASSIFY] = CLASSIFY
    elif signature.outputs[0].units == 1:
        found[REGRESS] = REGRESS
    return found


def read_predict(document: Document, signature: Signature, max_rows: int) -> PredictRequest:
    """The rows of a request by row or by column. Raises what decode_rows raises, and InvalidRequest."""
    _check_signature(document, signature, PREDICT)
    keys = [key for key in _KEYS if key in document]
    if not keys:
        raise InvalidRequest("Missing 'inputs' or 'instances' key")
    if len(keys) > 1:
        raise InvalidRequest("Not formatted correctly expecting only one of 'inputs' or 'instances' keys to exist")
    given, is_by_column = document[keys[0]], keys == ["inputs"]
    options = read_options(document.get("parameters"))
    rows = (read_columns if is_by_column else read_instances)(given, signature, max_rows)
    return PredictRequest(rows, is_by_column, options, _are_bare(given, signature))


def _are_bare(given: Any, signature: Signature) -> bool:
    tensor = signature.inputs[0]
    if len(signature.inputs) > 1 or tensor.size > 1:
        return False
    rows = given.get(tensor.name) if isinstance(given, dict) else given
    if isinstance(rows, Numbers):
        return _NESTED.match(rows.text) is None
    row = rows[0] if isinstance(rows, list) else rows
    return type(row.get(tensor.name, row) if isinstance(row, dict) else row) in _BARE


def read_instances(instances: Any, signature: Signature, max_rows: int) -> Tensors:
    """A row per element. Raises what decode_rows raises, and InvalidRequest."""
    if not isinstance(instances, list | Numbers | np.ndarray):
        raise InvalidRequest("Expecting 'instances' to be an list/array")
    if (isinstance(instances, list) and not instances) or (isinstance(instances, Numbers) and instances.is_empty):
        raise InvalidRequest("No values in 'instances' array")
    return decode_rows(instances, signature, max_rows)


def read_columns(inputs: Any, signature: Signature, max_rows: int) -> Tensors:
    """An array of all rows per input. Raises what decode_rows raises, and InvalidRequest."""
    if not isinstance(inputs, dict):
        return decode_rows(inputs, signature, max_rows, "/inputs")
    rows: dict[str, np.ndarray] = {}
    for tensor in signature.inputs:
        if tensor.name not in inputs:
            raise InvalidRequest(f"Missing named input: {tensor.name} in 'inputs' object.")
        alone = replace(signature, inputs=(tensor,))
        rows |= decode_rows(inputs[tensor.name], alone, max_rows, f"/inputs{pointer(tensor.name)}")
    counts = {name: len(values) for name, values in rows.items()}
    if len(set(counts.values())) > 1:
        raise WrongShape(
            "The inputs have different numbers of rows.",
            [Detail(f"/inputs{pointer(name)}", f"has {count} rows") for name, count in counts.items()],
        )
    return rows


def prediction_answer(request: PredictRequest, manifest: Manifest, outputs: Tensors) -> Document:
    """The model's own outputs, or classes where an option asks for them."""
    answer = answer_to(request.options, manifest, outputs, "/parameters") if request.options else {}
    if "predictions" in answer:
        return answer
    if len(outputs) > 1:
        return _by_name(request, outputs)
    (values,) = outputs.values()
    if request.is_bare:
        values = _bare(values)
    return {"outputs" if request.is_by_column else "predictions": values} | answer


def _by_name(request: PredictRequest, outputs: Tensors) -> Document:
    """An array per output, or an object by output name for each row: as the rows were sent."""
    if request.is_bare:
        outputs = {name: _bare(values) for name, values in outputs.items()}
    return {"outputs": outputs} if request.is_by_column else {"predictions": by_row(outputs)}


def _bare(values: np.ndarray) -> np.ndarray:
    return values[:, 0] if values.shape[1:] == (1,) else values


def read_examples(document: Document, signature: Signature, max_rows: int, method: str) -> Tensors:
    """The rows of a request to classify or to regress. Raises what decode_rows raises, and InvalidRequest."""
    _check_signature(document, signature, method)
    if "examples" not in document:
        raise InvalidRequest("When method is classify, key 'examples' is expected and was not found")
    examples, context = document["examples"], document.get("context", {})
    if not isinstance(examples, list):
        raise InvalidRequest("Expecting 'examples' value to be an list/array")
    if not examples:
        raise InvalidRequest("'examples' value is an empty array")
    check_count(len(examples), max_rows)  # first, as the context is repeated for each of them
    _check_context(context, signature.inputs)
    for index, example in enumerate(examples):
        if not isinstance(example, dict):
            fault = Detail(f"/examples/{index}", "expected an object by feature name")
            raise InvalidRequest(f"Example must be JSON object but got JSON {_kind(example)}", [fault])
    single = {tensor.name for tensor in signature.inputs if tensor.size == 1}
    single |= set(signature.inputs[0].feature_names or ())
    rows = [_features({**context, **example}, single) for example in examples]
    return decode_rows(rows, signature, max_rows, "/examples")


def _check_context(context: Any, inputs: Sequence[Input]) -> None:
    if not isinstance(context, dict):
        raise InvalidRequest(
            f"Expecting 'context' value to be an object but got JSON {_kind(context)}",
            [Detail("/context", "expected an object by feature name")],
        )
    known = {tensor.name for tensor in inputs}.union(inputs[0].feature_names or ())
    if unknown := [name for name in context if name not in known]:
        raise WrongFeatures(
            "The context has features that the model does not know.",
            (Detail(f"/context{pointer(name)}", f"unknown feature {quoted(name)}") for name in unknown),
        )


def _kind(value: Any) -> str:
    """As RapidJSON calls it."""
    if value is None or isinstance(value, bool):
        return "Null" if value is None else str(value)
    kinds: dict[type, str] = {str: "String", list: "Array"}
    return kinds.get(type(value), "Number")


def _features(example: Document, single: Collection[str]) -> Document:
    """`single` are features of one value, which may be a list of it."""
    return {
        name: value[0] if name in single and isinstance(value, list) and len(value) == 1 else value
        for name, value in example.items()
    }


def classification_answer(signature: Signature, outputs: Tensors) -> Document:
    """For each row all classes with their probabilities, or 0 and 1 of threshold units, in the model's order."""
    names = signature.outputs[0].names
    rows = scores(signature, outputs)
    return {"results": [[list(pair) for pair in zip(names, row, strict=True)] for row in rows]}


def regression_answer(signature: Signature, outputs: Tensors) -> Document:
    """A value per row."""
    return {"results": predictions(signature, outputs).reshape(row_count(outputs))}


def _check_signature(document: Document, signature: Signature, method: str) -> None:
    known = methods(signature)
    name = document.get("signature_name", "serving_default" if method == PREDICT or method not in known else method)
    if not isinstance(name, str):
        raise InvalidRequest("not formatted correctly. 'signature_name' key must be a string value.")
    if name not in known:
        listed = ", ".join(known)
        detail = Detail("/signature_name", f"there are {listed}")
        raise InvalidRequest(f'Serving signature name: "{quoted(name)[1:-1]}" not found in signature def', [detail])
    if known[name] != method:
        raise InvalidRequest(
            f"Expected {_NOUNS[method]} signature method_name to be tensorflow/serving/{method}. "
            f"Was: tensorflow/serving/{known[name]}"
        )


def version_status(number: int, refusal: str | None = None) -> Document:
    """The state of one version; `refusal` is why it is not served."""
    status = {"error_code": "OK", "error_message": ""}
    if refusal is not None:
        status = {"error_code": "FAILED_PRECONDITION", "error_message": refusal}
    return {"version": str(number), "state": "AVAILABLE" if refusal is None else "END", "status": status}


def metadata(name: str, number: int, signature: Signature) -> Document:
    """The signatures of a version, as the Protocol Buffers of TensorFlow stand in JSON."""
    known = {key: _signature_def(signature, method) for key, method in methods(signature).items()}
    return {
        "model_spec": {"name": name, "signature_name": "", "version": str(number)},
        "metadata": {"signature_def": {"signature_def": known}},
    }


def _signature_def(signature: Signature, method: str) -> Document:
    if method == PREDICT:
        inputs = {
            tensor.name: _tensor_info(tensor.name, tensor.shape, _DTYPES[tensor.dtype]) for tensor in signature.inputs
        }
        outputs = {output.name: _tensor_info(output.name, output.shape) for output in signature.outputs}
    else:
        inputs = {"inputs": _tensor_info("inputs", None, "DT_STRING")}
        outputs = {"outputs": _tensor_info("outputs", ())}
        if method == CLASSIFY:
            size = (len(signature.outputs[0].names),)
            outputs = {"classes": _tensor_info("classes", size, "DT_STRING"), "scores": _tensor_info("scores", size)}
    return {"inputs": inputs, "outputs": outputs, "method_name": f"tensorflow/serving/{method}", "defaults": {}}


_DTYPES = {"float32": "DT_FLOAT", "int32": "DT_INT32", "int64": "DT_INT64"}


def _tensor_info(name: str, shape: tuple[int, ...] | None, dtype: str = "DT_FLOAT") -> Document:
    """`shape` is that of a row; None where it is not known."""
    sizes = [] if shape is None else [-1, *shape]
    dimensions = [{"size": str(size), "name": ""} for size in sizes]
    return {"dtype": dtype, "tensor_shape": {"dim": dimensions, "unknown_rank": shape is None}, "name": f"{name}:0"}
