"""The Open Inference Protocol (V2) with Triton's extensions: the JSON of its messages."""

from collections.abc import Mapping

from service.openapi.shapes import (
    ANYTHING,
    COUNT,
    DIGITS,
    FLAG,
    NUMBER,
    TEXT,
    Schema,
    array,
    choice,
    mapping,
    message,
    one_of,
    record,
)

_PLATFORM = choice("onnx_onnxv1", "tensorflow_savedmodel")
_FP32 = choice("FP32")
_OF_MODELS = ("FP32", "INT32", "INT64")
_SIZES = array({"type": "integer", "minimum": -1}, description="-1 stands for the rows.")

_REQUEST_PARAMETERS = message(
    {
        "binary_data_output": FLAG,
        "timeout": {"type": "integer", "minimum": 0, "description": "Microseconds that the request may take."},
        "top_k": {"type": "integer", "minimum": 1},
    },
    nullable=True,
    description="None of them may start with triton_.",
)
_INPUT = message(
    {
        "name": TEXT,
        "shape": array(COUNT, minItems=1),
        "datatype": choice(
            "BOOL", "UINT8", "UINT16", "UINT32", "UINT64", "INT8", "INT16", "INT32", "INT64", "FP16", "FP32", "FP64",
            "BF16",
        ),
        "parameters": message({"binary_data_size": COUNT}, nullable=True),
        "data": array(ANYTHING, description="Numbers or, for some models, null, nested or flat; absent beside bytes."),
    },
    "name",
    "shape",
    "datatype",
)  # fmt: skip
_WANTED = message(
    {"name": TEXT, "parameters": message({"binary_data": FLAG, "classification": COUNT}, nullable=True)}, "name"
)
_OUTPUT = {"name": TEXT, "shape": array(COUNT, minItems=1)}
_NUMBERS = {"datatype": _FP32, "data": array(NUMBER, minItems=1)}
_STRINGS = {"datatype": choice("BYTES"), "data": array(TEXT, minItems=1)}
_IN_BYTES = {"datatype": choice("FP32", "BYTES"), "parameters": record({"binary_data_size": COUNT})}

_TENSOR = record({"name": TEXT, "datatype": choice(*_OF_MODELS), "shape": _SIZES})
_CONFIGURED = record(
    {"name": TEXT, "data_type": choice(*(f"TYPE_{datatype}" for datatype in _OF_MODELS)), "dims": array(COUNT)}
)
_COUNTED = record({"count": COUNT, "ns": COUNT})
_PHASES = (
    "success", "fail", "queue", "compute_input", "compute_infer", "compute_output", "cache_hit", "cache_miss",
)  # fmt: skip

SCHEMAS: Mapping[str, Schema] = {
    "OpenInferenceRequest": message(
        {
            "id": TEXT,
            "parameters": _REQUEST_PARAMETERS,
            "inputs": array(_INPUT, minItems=1),
            "outputs": array(_WANTED, description="Those that are asked for; all of them without it."),
        },
        "inputs",
        example={"inputs": [{"name": "row", "shape": [1, 4], "datatype": "FP32", "data": [5.1, 3.5, 1.4, 0.2]}]},
    ),
    "OpenInferenceAnswer": record(
        {
            "id": TEXT,
            "model_name": TEXT,
            "model_version": DIGITS,
            "outputs": array(one_of(*(record(_OUTPUT | kind) for kind in (_NUMBERS, _STRINGS, _IN_BYTES))), minItems=1),
        },
        description="In an answer with bytes, this stands before them.",
    ),
    "OpenInferenceModel": record(
        {
            "name": TEXT,
            "versions": array(DIGITS, minItems=1),
            "platform": _PLATFORM,
            "inputs": array(_TENSOR, minItems=1),
            "outputs": array(_TENSOR, minItems=1),
        }
    ),
    "OpenInferenceConfiguration": record(
        {
            "name": TEXT,
            "platform": _PLATFORM,
            "backend": choice("onnxruntime", "tensorflow"),
            "version_policy": record({"latest": record({"num_versions": COUNT})}),
            "max_batch_size": COUNT,
            "input": array(_CONFIGURED, minItems=1),
            "output": array(_CONFIGURED, minItems=1),
            "dynamic_batching": record({}),
            "parameters": mapping(record({"string_value": TEXT})),
        }
    ),
    "OpenInferenceStatistics": record(
        {
            "model_stats": array(
                record(
                    {
                        "name": TEXT,
                        "version": DIGITS,
                        "last_inference": COUNT | {"description": "Milliseconds since 1970; 0 for none."},
                        "inference_count": COUNT,
                        "execution_count": COUNT,
                        "inference_stats": record(dict.fromkeys(_PHASES, _COUNTED)),
                        "response_stats": record({}),
                        "batch_stats": array(ANYTHING, maxItems=0),
                        "memory_usage": array(ANYTHING, maxItems=0),
                    }
                )
            )
        }
    ),
    "OpenInferenceIndex": array(
        one_of(
            record({"name": TEXT, "version": DIGITS, "state": choice("READY")}),
            record({"name": TEXT, "state": choice("UNAVAILABLE"), "reason": TEXT}, {"version": DIGITS}),
        )
    ),
}
