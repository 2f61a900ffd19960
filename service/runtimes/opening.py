"""Chooses and opens the runtime of a version. The one place that knows which runtimes there are."""

from importlib.util import find_spec

from models.errors import BadVersion
from models.inspection import Refused
from models.onnx_file import check_onnx
from models.version import KERAS_FILE, ONNX_FILE, ModelVersion
from service.runtimes.onnx import OnnxRuntime
from service.runtimes.runtime import Runtime


def open_runtime(version: ModelVersion, choice: str, threads: int) -> Runtime:
    """The runtime that is to execute `version`; `choice` is 'auto', 'onnx' or 'tensorflow'.

    'auto' takes ONNX Runtime, or TensorFlow where the version was published without model.onnx. Either way nothing is
    opened before its bytes have been inspected. Raises BadVersion for what the runtime must not have or cannot load,
    and where it is not installed.
    """
    if choice == "tensorflow" or (choice == "auto" and not version.has(ONNX_FILE)):
        return _open_tensorflow(version)
    return _open_onnx(version, threads)


def _open_onnx(version: ModelVersion, threads: int) -> Runtime:
    model = version.read(ONNX_FILE)
    check_onnx(model, f"{version.place}/{ONNX_FILE}")
    try:
        return OnnxRuntime(model, version.manifest.signature, threads)
    except Exception as error:  # ONNX Runtime's classes have no common base
        raise BadVersion(f"ONNX Runtime cannot load {version}: {error}") from error


def _open_tensorflow(version: ModelVersion) -> Runtime:
    if find_spec("tensorflow") is None:
        raise BadVersion(
            f"{version} needs the TensorFlow runtime, which is not installed here. Install tensorflow beside the "
            "service, or publish the model in a form that ONNX can express."
        )
    from service.runtimes.tensorflow import TensorFlowRuntime  # noqa: PLC0415  # costs 3 s and 500 MB: only when needed

    model = version.read(KERAS_FILE)
    try:
        return TensorFlowRuntime(model, version.manifest.signature)
    except Refused as error:
        raise BadVersion(f"{version.place}/{KERAS_FILE} must not be given to Keras. {error}") from error
    except Exception as error:  # so many kinds of exceptions does Keras raise for a file that it refuses
        raise BadVersion(f"TensorFlow cannot load {version}: {error}") from error
