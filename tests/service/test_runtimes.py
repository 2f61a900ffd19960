"""One contract for every runtime, and which runtime a version gets."""

from importlib.util import find_spec

import numpy as np
import pytest

from models.errors import BadVersion
from models.golden import concatenated
from models.version import KERAS_FILE, ONNX_FILE
from service.runtimes.opening import open_runtime

needs_tensorflow = pytest.mark.skipif(find_spec("tensorflow") is None, reason="TensorFlow is not installed here")
NAMES = (
    "boxes", "flowers", "gates", "lamps", "parcels", "pictures", "prices", "reviews", "sentences", "signs", "sketches",
    "tags", "tickets", "tumours",
)  # fmt: skip


@pytest.fixture(scope="module", params=["onnx", pytest.param("tensorflow", marks=needs_tensorflow)])
def kind(request):
    return request.param


@pytest.mark.parametrize("name", NAMES)
def test_a_runtime_answers_as_keras_did(zoo, kind, name):
    version = zoo.version(name)
    runtime = open_runtime(version, kind, threads=1)
    assert runtime.name == kind
    assert version.golden().agrees(runtime.predict(version.golden().inputs))


@pytest.mark.parametrize("name", ["pictures", "parcels", "sentences", "sketches"])
def test_rows_are_answered_alone_as_together(zoo, kind, name):
    version = zoo.version(name)
    runtime, golden = open_runtime(version, kind, threads=1), version.golden()
    rows = [{key: values[index : index + 1] for key, values in golden.inputs.items()} for index in range(golden.rows)]
    together, alone = runtime.predict(golden.inputs), concatenated([runtime.predict(row) for row in rows])
    assert list(together) == [output.name for output in version.manifest.signature.outputs]
    for key, values in together.items():
        np.testing.assert_allclose(values, alone[key], atol=1e-6)
        assert values.dtype == np.float32


def test_a_model_that_cannot_be_loaded_is_refused(own_zoo, republish, kind):
    file = {"onnx": ONNX_FILE, "tensorflow": KERAS_FILE}[kind]
    (own_zoo.root / "flowers" / "1" / file).write_bytes(b"no model")
    version = republish(own_zoo, own_zoo.version("flowers"))
    with pytest.raises(BadVersion, match="cannot load flowers version 2"):
        open_runtime(version, kind, threads=1)


def without_onnx(store, republish):
    (store.root / "flowers" / "1" / ONNX_FILE).unlink()
    return republish(store, store.version("flowers"))


@needs_tensorflow
def test_a_version_without_onnx_is_opened_by_tensorflow(own_zoo, republish):
    assert open_runtime(without_onnx(own_zoo, republish), "auto", threads=1).name == "tensorflow"


@pytest.mark.skipif(find_spec("tensorflow") is not None, reason="TensorFlow is installed here")
def test_without_tensorflow_such_a_version_is_refused_with_what_to_install(own_zoo, republish):
    with pytest.raises(BadVersion, match="Install tensorflow"):
        open_runtime(without_onnx(own_zoo, republish), "auto", threads=1)


def test_a_version_without_onnx_is_refused_where_only_onnx_is_wanted(own_zoo, republish):
    with pytest.raises(BadVersion, match=r"published without model\.onnx"):
        open_runtime(without_onnx(own_zoo, republish), "onnx", threads=1)


def test_a_version_with_onnx_is_opened_by_onnx_runtime(zoo):
    assert open_runtime(zoo.version("flowers"), "auto", threads=1).name == "onnx"
