"""The service trusts a store only as far as its hashes, its signatures and what may be inspected."""

from importlib.util import find_spec

import numpy as np
import pytest

from models.errors import BadVersion
from models.keys import read_keyring
from models.store import Store
from models.version import KERAS_FILE, ONNX_FILE
from service.errors import InvalidSetting
from service.loading import Loader
from service.metrics import Metrics
from service.runtimes.onnx import OnnxRuntime
from service.runtimes.opening import open_runtime
from service.settings import Settings
from tests.models.keys import some_key
from tests.service.conftest import opener

needs_tensorflow = pytest.mark.skipif(find_spec("tensorflow") is None, reason="TensorFlow is not installed here")


@pytest.fixture
def key(tmp_path):
    pytest.importorskip("cryptography", reason="signatures are an extra")
    return some_key(tmp_path)


def loader_of(store, **settings):
    settings = Settings.from_environ({"MODEL_STORE": str(store.root), **settings})
    return Loader(Store(settings.model_store, trusted=settings.trusted_keys), settings, Metrics(), opener())


def test_an_unsigned_version_leaves_the_signed_one_before_serving_and_says_so(own_zoo, republish, key, caplog):
    own_zoo.sign("flowers", 1, key)
    republish(own_zoo, own_zoo.version("flowers"))
    loader = loader_of(own_zoo, SERVICE_TRUSTED_KEYS=key.public)
    model = loader.load().model("flowers")
    assert sorted(model.predictors) == [1]
    assert "flowers/2: It is not signed, and only versions signed by" in model.refused[2]
    assert "version refused" in caplog.text


def test_a_version_is_served_once_it_is_signed(own_zoo, republish, key):
    own_zoo.sign("flowers", 1, key)
    republish(own_zoo, own_zoo.version("flowers"))
    loader = loader_of(own_zoo, SERVICE_TRUSTED_KEYS=key.public)
    assert loader.load().find("flowers").version.number == 1
    own_zoo.sign("flowers", 2, key)
    assert loader.load().find("flowers").version.number == 2


def test_an_old_version_under_a_new_number_is_refused(own_zoo, key):
    own_zoo.sign("flowers", 1, key)
    (own_zoo.root / "flowers" / "1").rename(own_zoo.root / "flowers" / "3")
    model = loader_of(own_zoo, SERVICE_TRUSTED_KEYS=key.public).load().model("flowers")
    assert "renamed or given another number" in model.refused[3]


def test_without_trusted_keys_nothing_has_to_be_signed(own_zoo):
    assert loader_of(own_zoo).load().find("flowers").version.number == 1


@pytest.mark.parametrize("value", ["nowhere.pub", "AAAA", ","])
def test_a_setting_that_names_no_key_stops_the_program(value):
    with pytest.raises(InvalidSetting, match=r"SERVICE_TRUSTED_KEYS=.* public keys, or files or folders"):
        Settings.from_environ({"SERVICE_TRUSTED_KEYS": value})


def test_a_setting_reads_a_folder_of_keys(tmp_path, key):
    (tmp_path / "trusted").mkdir()
    (tmp_path / "trusted" / "ci.pub").write_text(f"{key.public} CI\n")
    settings = Settings.from_environ({"SERVICE_TRUSTED_KEYS": str(tmp_path / "trusted")})
    assert settings.trusted_keys == read_keyring(key.public)


def published_anew(store, republish, file, content, name="flowers"):
    """The next version of a model with another file, and a manifest that has its hash."""
    (store.root / name / "1" / file).write_bytes(content)
    return republish(store, store.version(name))


def outside_model():
    """A model whose weights lie in the working directory, in weights.bin."""
    onnx = pytest.importorskip("onnx", reason="made with the package onnx")
    weights = onnx.TensorProto(name="w", data_type=onnx.TensorProto.FLOAT, dims=[4, 1024])
    weights.data_location = onnx.TensorProto.EXTERNAL
    weights.external_data.add(key="location", value="weights.bin")
    row = onnx.helper.make_tensor_value_info("row", onnx.TensorProto.FLOAT, ["N", 4])
    answer = onnx.helper.make_tensor_value_info("answer", onnx.TensorProto.FLOAT, ["N", 1024])
    product = onnx.helper.make_node("MatMul", ["row", "w"], ["answer"])
    graph = onnx.helper.make_graph([product], "g", [row], [answer], [weights])
    opsets = [onnx.helper.make_opsetid("", 17)]
    return onnx.helper.make_model(graph, opset_imports=opsets, ir_version=9).SerializeToString()


def test_a_model_that_onnx_runtime_would_read_a_file_for_is_refused(own_zoo, republish, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    np.full((4, 1024), 7, np.float32).tofile("weights.bin")
    model, signature = outside_model(), own_zoo.version("flowers").manifest.signature
    runtime = OnnxRuntime(model, signature, threads=1)  # it does read it, though the model came as bytes
    assert runtime.predict({"row": np.ones((1, 4), np.float32)})["answer"][0, 0] == 28
    version = published_anew(own_zoo, republish, ONNX_FILE, model)
    with pytest.raises(BadVersion, match=r"flowers/2/model.onnx holds a tensor in another file \(external data\)"):
        open_runtime(version, "auto", threads=1)


def test_a_file_in_the_runtimes_own_format_is_refused(own_zoo, republish, tmp_path):
    onnxruntime = pytest.importorskip("onnxruntime")
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.optimized_model_filepath = str(tmp_path / "model.ort")
    options.add_session_config_entry("session.save_model_format", "ORT")
    onnxruntime.InferenceSession(own_zoo.version("flowers").read(ONNX_FILE), options)
    content = (tmp_path / "model.ort").read_bytes()
    with pytest.raises(onnxruntime.capi.onnxruntime_pybind11_state.InvalidProtobuf):
        OnnxRuntime(content, own_zoo.version("flowers").manifest.signature, threads=1)
    with pytest.raises(BadVersion, match="no ONNX file that can be checked"):
        open_runtime(published_anew(own_zoo, republish, ONNX_FILE, content), "auto", threads=1)


def with_a_lambda(path):
    """A model that would write a file when it is loaded, or called."""
    import keras  # noqa: PLC0415  # only where TensorFlow is installed

    row = keras.Input((4,), name="row")
    answer = keras.layers.Dense(3, activation="softmax")(keras.layers.Lambda(lambda values: values)(row))
    keras.Model(row, answer).save(path)
    return path.read_bytes()


@needs_tensorflow
@pytest.mark.parametrize("choice", ["tensorflow", "auto"])
def test_an_archive_with_a_lambda_is_refused_by_the_rule_even_where_its_hash_fits(own_zoo, republish, tmp_path, choice):
    content = with_a_lambda(tmp_path / "hostile.keras")
    (own_zoo.root / "flowers" / "1" / ONNX_FILE).unlink()
    version = published_anew(own_zoo, republish, KERAS_FILE, content)
    version.verify()
    with pytest.raises(BadVersion, match=r"flowers/2/model.keras must not be given to Keras.*Lambda"):
        open_runtime(version, choice, threads=1)


@pytest.mark.parametrize("choice", ["auto", "onnx"])
def test_no_archive_is_opened_where_onnx_runtime_serves(own_zoo, republish, choice):
    version = published_anew(own_zoo, republish, KERAS_FILE, b"whatever it is")
    assert open_runtime(version, choice, threads=1).name == "onnx"
