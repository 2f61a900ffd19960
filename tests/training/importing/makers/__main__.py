"""Makes the networks with old versions of Keras, each in an environment of its own, and imports what they saved.

`python -m tests.training.importing.makers FOLDER [VERSION ...]` needs uv and up to a gigabyte for each; a version whose
environment is there already is not installed again. Ends with 1 where a file does not answer as its Keras did.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np

from models.errors import ModelsError
from models.store import Store
from tests.training.importing.here import Here
from tests.training.importing.makers import networks
from training.errors import TrainingError
from training.importing.importing import import_file
from training.importing.wishes import Wishes

HERE = Path(__file__).parent
SHAPES = {"waves": "7x2"}
# What no Keras reads: files that the Keras that wrote them could not write whole, or not read itself.
HOPELESS = {
    "3.0": ("nested.h5", "waves.h5", "sentences.h5"),
    "3.3": ("sentences.h5",),
    "3.8": ("sentences.h5",),
}


def main(folder: Path, versions: list[str]) -> int:
    """Print a line for each file."""
    failed = 0
    for version in versions or sorted(path.stem for path in HERE.glob("*.txt")):
        _make(folder, version)
        store = Store(folder / "store")
        for path in sorted((folder / version / "saved").glob("*.[hk]*")):
            said = _imported(path, version, store)
            failed += not said.startswith("good")
            print(f"{version:5} {path.name:20} {said}", flush=True)
    return min(failed, 1)


def _make(folder, version):
    """The environment and, in it, the networks."""
    place = folder / version
    python = place / "venv" / "bin" / "python"
    uv = os.environ.get("UV") or shutil.which("uv") or "uv"
    if not python.exists():
        subprocess.run([uv, "venv", "--quiet", "--python", "3.11", place / "venv"], check=True)
        subprocess.run([uv, "pip", "install", "--quiet", "--python", python, "-r", HERE / f"{version}.txt"], check=True)
    shutil.rmtree(place / "saved", ignore_errors=True)
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}
    subprocess.run([python, networks.__file__, place / "saved"], check=True, env=environment, capture_output=True)


def _imported(path, version, store):
    if path.name in HOPELESS.get(version, ()):
        return "good  no Keras reads it"
    wishes = Wishes(path, name=f"{path.stem}-{version}-{path.suffix[1:]}", shape=SHAPES.get(path.stem, ""))
    try:
        published = import_file(wishes, store, lambda _: None, Here)
    except (TrainingError, ModelsError) as error:
        return f"BAD   {error}"
    difference = _difference(published, path)
    saved_by = published.manifest.training["keras_version"]
    return f"{'good' if difference < 1e-5 else 'BAD '}  differs by {difference:.1e} from Keras {saved_by}"


def _difference(version, path):
    """Of what serves from what the Keras that saved it answered."""
    import onnxruntime  # noqa: PLC0415  # slow, and not needed where nothing is published

    session = onnxruntime.InferenceSession(version.read("model.onnx"), providers=["CPUExecutionProvider"])
    with np.load(path.with_suffix(".npz")) as arrays:
        rows = [arrays[name] for name in arrays.files if name.startswith("row")]
        answers = arrays["answers"].astype(np.float64)
    signature = version.manifest.signature
    given = {tensor.name: values.astype(tensor.dtype) for tensor, values in zip(signature.inputs, rows, strict=True)}
    if version.manifest.training["inferred"][signature.outputs[0].name]["appended"] == "softmax":
        answers = np.exp(answers) / np.exp(answers).sum(axis=-1, keepdims=True)
    return float(np.abs(session.run(None, given)[0] - answers).max())


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
