"""Nothing but stock objects of Keras, each where it belongs, passes: each kind of code execution ever found is here."""

import copy

import pytest

from models.inspection.compiled import check_nested
from models.inspection.objects import Walk
from models.inspection.refused import Refused
from tests.models.inspection import forge
from tests.models.inspection.forge import dense, layer, sequential

MARSHALLED = "4wEAAAAAAAAAAAAAAAEAAAACAAAAQwAAAHMEAAAAZABTACkBTukAAAAAcgEAAACpAHICAAAA"


def lambda_layer(**function):
    return layer("Lambda", function=function, name="x")


def function(module, name, **more):
    return {"module": module, "class_name": "function", "config": name, "registered_name": name} | more


def check(document, allow=()):
    check_nested(document, "config.json", allow)
    Walk(allow).model(document, "config.json")


def refused(document, allow=()):
    with pytest.raises(Refused) as caught:
        check(document, allow)
    assert caught.value.part.startswith("config.json")
    assert caught.value.sentence.endswith(".")
    return caught.value


# The kinds of the advisories on loading Keras models, 2024 to 2026, one or more of each.
ADVISORIES = {
    "CVE-2024-3660 Lambda": lambda_layer(class_name="__lambda__", config={"code": MARSHALLED, "defaults": None}),
    "CVE-2024-3660 Lambda, old": layer("Lambda", function=[MARSHALLED, None, None], function_type="lambda"),
    "CVE-2024-3660 Lambda in TimeDistributed": layer("TimeDistributed", layer=lambda_layer(class_name="__lambda__")),
    "CVE-2025-1550 os.system": function("os", "system"),
    "CVE-2025-1550 builtins.eval": layer("eval", "builtins"),
    "CVE-2025-1550 subprocess as activation": dense(activation=function("subprocess", "check_output")),
    "CVE-2025-1550 module attribute": layer("Popen", "subprocess", args=["id"]),
    "CVE-2025-8747 get_file": function("keras.utils", "get_file"),
    "CVE-2025-8747 get_file as a layer": layer("get_file", "keras.utils", origin="http://example.org", fname="x"),
    "CVE-2025-8747 file_utils": function("keras.src.utils.file_utils", "get_file"),
    "CVE-2025-8747 load_model": layer("load_model", "keras.models", filepath="/tmp/evil.h5", safe_mode=False),
    "CVE-2025-9906 unsafe": function("keras.config", "enable_unsafe_deserialization"),
    "CVE-2025-9906 unsafe as a layer": layer("enable_unsafe_deserialization", "keras.config"),
    "CVE-2025-9906 unsafe as initializer": dense(
        kernel_initializer=function("keras.config", "enable_unsafe_deserialization")
    ),
    "CVE-2025-9906 unsafe, inner path": layer("enable_unsafe_deserialization", "keras.src.saving.serialization_lib"),
    "CVE-2025-49655 TorchModuleWrapper": layer("TorchModuleWrapper", module={"class_name": "__bytes__"}),
    "CVE-2025-49655 TorchModuleWrapper, inner path": layer("TorchModuleWrapper", "keras.src.utils.torch_utils"),
    "CVE-2025-12058 vocabulary": layer("StringLookup", vocabulary="/etc/passwd"),
    "CVE-2025-12058 vocabulary, remote": layer("TextVectorization", vocabulary="http://169.254.169.254/latest"),
    "CVE-2025-12058 integers": layer("IntegerLookup", vocabulary="gs://bucket/words.txt"),
    "CVE-2025-12058 weights": layer("StringLookup", vocabulary=["a"], idf_weights="/etc/shadow"),
    "CVE-2026-12481 Lambda in Bidirectional": layer("Bidirectional", layer=lambda_layer(class_name="__lambda__")),
    "TFSMLayer": layer("TFSMLayer", filepath="/tmp/saved_model", call_endpoint="serve"),
    "JaxLayer": layer("JaxLayer", call_fn={"class_name": "__lambda__"}),
    "FlaxLayer": layer("FlaxLayer", module=None),
    "module outside Keras": layer("Dense", "mypackage.layers", units=1),
    "Keras's name, another root": layer("Dense", "keras_evil.layers", units=1),
    "Keras's name, import of a package": layer("Dense", "keras_hub.layers", units=1),
    "module path that only begins like Keras's": layer("Dense", "keras.layers.evil", units=1),
    "no module": layer("Dense", None, units=1),
    "module that is no text": layer("Dense", ["keras.layers"], units=1),
    "registered by a stranger": dense() | {"registered_name": "evil>Dense"},
    "custom": layer("Custom>Mine", None) | {"registered_name": "Custom>Mine"},
    "base class": layer("Layer"),
    "function of keras.ops": function("keras.ops", "relu"),
    "operation with a function": layer("Map", "keras.src.ops.core"),
    "operation of a layer's module": layer("GetItem", "keras.layers"),
    "layer of an operation's module": layer("Dense", "keras.src.ops.numpy", units=1),
    "optimizer as a layer": layer("Adam", "keras.optimizers"),
    "initializer as a layer": layer("Zeros", "keras.initializers"),
    "feature space": layer("FeatureSpace", "keras.utils"),
    "type specification": {"class_name": "__typespec__", "spec_name": "X", "module": "os", "config": []},
    "lambda as activation": dense(activation={"class_name": "__lambda__", "config": {"value": MARSHALLED}}),
    "layer as initializer": dense(kernel_initializer=dense(1)),
    "layer as activation with weights": dense(activation=dense(1)),
    "layer where none belongs": layer("Dropout", rate=dense(10**9)),
    "layer inside an activation": dense(activation=layer("LeakyReLU", layer=dense(10**9))),
    "layer in a call": dense() | {"inbound_nodes": [{"args": [dense(10**9)], "kwargs": {}}]},
    "function in a call": dense() | {"inbound_nodes": [{"args": [], "kwargs": {"f": function("os", "system")}}]},
    "function as a scale": layer("Rescaling", scale=function("os", "system")),
    "layer as a scale": layer("Rescaling", scale=dense(10**9)),
    "word of a gigabyte": layer(
        "Rescaling", scale={"class_name": "__numpy__", "config": {"value": "", "dtype": "U99999"}}
    ),
    "array of objects": layer("Rescaling", scale={"class_name": "__numpy__", "config": {"value": [], "dtype": "O"}}),
    "unknown activation": dense(activation="os.system"),
    "unknown initializer": dense(kernel_initializer="evil"),
    "initializer of another module": dense(kernel_initializer=layer("Zeros", "evil")),
    "tensor as initializer": dense(kernel_initializer={"class_name": "__tensor__", "config": {}}),
    "regularizer of another module": dense(kernel_regularizer=layer("L2", "os")),
    "quantized": dense(dtype=layer("QuantizedDTypePolicy", "keras", mode="int8")),
    "quantized by a word": dense(dtype="int8_from_float32"),
    "quantized by its configuration": dense(quantization_config={"class_name": "Int8QuantizationConfig"}),
    "map of policies": dense(dtype=layer("DTypePolicyMap", "keras.dtype_policies")),
    "adapted": dense(lora_rank=8),
    "standardized by a function": layer("TextVectorization", standardize=function("os", "system")),
    "standardized by a name": layer("TextVectorization", standardize="eval"),
    "vocabulary that NumPy makes large": layer("StringLookup", vocabulary=["x" * 1_000_000] + ["y"] * 1_000),
    "shape that is none": dense() | {"build_config": {"input_shape": [None, "x"]}},
    "shape with an object": dense() | {"build_config": {"input_shape": dense(1)}},
    "initializer whose name is a list": dense(kernel_initializer={"class_name": ["Zeros"], "config": {}}),
    "initializer whose module is an object": dense(kernel_initializer=layer("Zeros", {})),
    "policy whose name is a list": dense(dtype={"class_name": [], "config": {}}),
    "activation whose name is a list": dense(activation={"class_name": [], "config": {}}),
    "tensor of no type": dense() | {"inbound_nodes": [{"args": [{"class_name": "__keras_tensor__"}], "kwargs": {}}]},
    "wrapper of nothing": layer("TimeDistributed", layer={"class_name": 3}),
    "no configuration": {"module": "keras.layers", "class_name": "Dense", "config": None},
    "configuration that is a list": {"module": "keras.layers", "class_name": "Dense", "config": [1]},
    "text": "Dense",
    "nothing": None,
}


@pytest.mark.parametrize("hostile", ADVISORIES.values(), ids=ADVISORIES)
def test_a_model_with_a_hostile_layer_is_refused_wherever_it_hides(hostile):
    refused(sequential(dense(), hostile))
    refused(sequential(layer("Sequential", "keras", name="inner", layers=[dense(), hostile])))
    refused(hostile)
    refused(layer("Functional", "keras", name="net", layers=[hostile], input_layers=[], output_layers=[]))


@pytest.mark.parametrize("hostile", ["CVE-2024-3660 Lambda", "TFSMLayer", "CVE-2025-1550 os.system"])
def test_a_layer_without_module_as_an_h5_has_it_is_refused_as_well(hostile):
    bare = {key: value for key, value in ADVISORIES[hostile].items() if key != "module"}
    assert refused({"class_name": "Sequential", "config": {"name": "net", "layers": [bare]}}).rule in (
        "layer",
        "function",
    )


@pytest.mark.parametrize(
    "compiled",
    [
        pytest.param({"loss": {"class_name": "__lambda__", "config": {"value": MARSHALLED}}}, id="lambda"),
        pytest.param({"loss": function("os", "system")}, id="function"),
        pytest.param({"optimizer": layer("Popen", "subprocess")}, id="class"),
        pytest.param({"metrics": [[function("keras.config", "enable_unsafe_deserialization")]]}, id="unsafe"),
        pytest.param({"loss": function("keras.losses", "deserialize")}, id="deserialize"),
        pytest.param({"optimizer": layer("Adam", "keras.optimizers", learning_rate=layer("X", "os"))}, id="schedule"),
        pytest.param({"loss": {"class_name": "TypeSpec", "type_spec": "x", "serialized": []}}, id="type-specification"),
    ],
)
def test_code_in_the_compile_configuration_is_refused_though_nothing_of_it_is_used(compiled):
    assert refused(sequential(dense()) | {"compile_config": compiled}).part.startswith("config.json.compile_config")
    inner = layer("Sequential", "keras", name="inner", layers=[dense()]) | {"compile_config": compiled}
    assert "compile_config" in refused(sequential(inner)).part


def test_losses_that_nobody_knows_are_but_names():
    check(sequential(dense()) | {"compile_config": {"loss": function("builtins", "focal_loss"), "metrics": ["f_beta"]}})


def test_a_registered_package_passes_only_where_it_is_allowed():
    mine = layer("Mine", "lab.layers", width=3, inside=dense(2)) | {"registered_name": "lab>Mine"}
    assert refused(sequential(mine)).rule == "layer"
    check(sequential(mine), allow=("lab",))
    assert refused(sequential(mine), allow=("laboratory",)).rule == "layer"
    for module in ("keras.layers", "keras.evil", "tensorflow.python"):
        refused(sequential(mine | {"module": module}), allow=("lab",))
    refused(sequential(mine, lambda_layer(class_name="__lambda__")), allow=("lab",))


def test_an_allowed_package_is_no_way_for_a_lambda_inside_its_layer():
    config = {"function": {"class_name": "__lambda__", "config": {"value": MARSHALLED}}}
    mine = {"module": "lab", "class_name": "Mine", "config": config, "registered_name": "lab>Mine"}
    assert refused(sequential(mine), allow=("lab",)).rule == "function"


def test_one_shared_id_is_one_object():
    one, other = dense(3) | {"shared_object_id": 7}, dense(1_000) | {"shared_object_id": 7}
    check(sequential(one, copy.deepcopy(one)))
    assert "shared_object_id" in refused(sequential(one, other)).sentence


@pytest.mark.parametrize("word", ["deserialize", "serialize", "Input", "concatenate"])
def test_words_that_keras_takes_for_functions_are_refused_in_an_h5(word):
    bare = {"class_name": "Dropout", "config": {"name": word, "rate": 0.5, "seed": word}}
    assert refused({"class_name": "Sequential", "config": {"name": "net", "layers": [bare]}}).rule == "function"


def test_what_is_refused_is_named_with_its_place():
    found = refused(sequential(dense(), lambda_layer(class_name="__lambda__")))
    assert found.part == "config.json.config.layers[2]"
    assert found.rule == "layer"
    assert "'Lambda' is refused" in found.sentence


def test_a_hostile_archive_is_refused_before_its_weights_are_read(refusal):
    assert refusal(forge.archive(sequential(lambda_layer(class_name="__lambda__")), b"no HDF5")).rule == "layer"


@pytest.mark.parametrize("odd", [[], [["GlorotUniform"]], {"a": 1}, 7, None], ids=repr)
@pytest.mark.parametrize("key", ["kernel_initializer", "activation", "dtype"])
def test_what_is_of_no_kind_that_keras_writes_is_refused_and_no_error(refusal, key, odd):
    document = {"module": "keras.initializers", "class_name": odd, "config": {}, "registered_name": None}
    assert refusal(forge.archive(sequential(dense(**{key: document}))))
