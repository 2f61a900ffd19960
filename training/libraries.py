"""Which versions of which libraries have a part in a model's numbers. Imports none of them."""

import platform
from importlib.metadata import version

LIBRARIES = ("keras", "tensorflow", "numpy", "scikit-learn", "tf2onnx", "onnx", "onnxruntime")


def library_versions() -> dict[str, str]:
    """Of all that has a part in the numbers, with Python's."""
    return {"python": platform.python_version()} | {library: version(library) for library in LIBRARIES}
