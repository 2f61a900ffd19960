"""The model card of an imported version: what is known of it, and what is not. Knows only what it is given."""

from collections.abc import Iterable, Mapping
from typing import Any

from models.golden import Golden
from models.manifest import Manifest
from models.signature import Input, Output, Task
from training.example import calling
from training.importing.source import SAVED_MODEL

_TASKS = {
    Task.BINARY: "one probability, that of the second of two classes",
    Task.MULTICLASS: "a number per class",
    Task.MULTILABEL: "a probability per label, each of its own",
    Task.REGRESSION: "values",
}


def model_card(name: str, manifest: Manifest, golden: Golden) -> str:
    """The card in Markdown."""
    signature, training = manifest.signature, manifest.training
    sections = {
        "Where it comes from": _origin(training),
        "Inputs": "\n".join(map(_input, signature.inputs)),
        "Outputs": "\n".join(_output(output, output.task or signature.task) for output in signature.outputs),
        "What was found out": _lines(training["findings"]),
        "What was said": _lines(f"{key}: {value}" for key, value in training["given"].items()) or "Nothing.",
        "How to call it": calling(name, signature, golden),
        "Exported forms": _forms(manifest),
        "Limits": " ".join(map(_escaped, manifest.notes)),
        "Made with": ", ".join(f"{library} {version}" for library, version in manifest.libraries.items()) + ".",
    }
    opening = f"# {_escaped(name)}\n\nImported from a file. Task: {signature.task}.\n"
    return opening + "".join(f"\n## {title}\n\n{text}\n" for title, text in sections.items())


def _origin(training: Mapping[str, Any]) -> str:
    saved_by = (
        f"Keras {training['keras_version']}" if training["keras_version"] else "a Keras that the file does not name"
    )
    saved = f" on {training['saved']}" if training["saved"] else ""
    return (
        f"    {training['command']}\n\n`{training['file']}`, {training['bytes']:,} bytes, kind {training['kind']}, "
        f"written by {saved_by}{saved}, as the file itself says. SHA-256: `{training['sha256']}`. "
        f"{training['parameters']:,} parameters."
    )


def _input(tensor: Input) -> str:
    numbers = "numbers" if tensor.dtype == "float32" else f"whole numbers ({tensor.dtype})"
    shape = " x ".join(map(str, tensor.shape)) or "one"
    low, high = tensor.ranges[0] if tensor.ranges else (None, None)
    bounds = f" from {low:g} to {high:g}" if tensor.ranges else ""
    names = f", in this order: {_words(tensor.feature_names)}" if tensor.feature_names else ""
    return f"- `{tensor.name}`: {shape} {numbers}{bounds}{names}."


def _output(output: Output, task: Task) -> str:
    what = {Task.REGRESSION: "targets", Task.MULTILABEL: "labels"}.get(task, "classes")
    shape = " x ".join(map(str, output.shape)) or "one"
    names = f"; {what} in this order: {_words(output.names)}" if output.names else ""
    return f"- `{output.name}` ({task}, {output.activation}): {shape}, {_TASKS[task]}{names}."


def _forms(manifest: Manifest) -> str:
    training, parity = manifest.training, manifest.parity
    if training["kind"] == SAVED_MODEL and parity:
        return (
            f"`model.onnx` only, as no Keras model can be made of a SavedModel. ONNX Runtime's answers to the "
            f"{parity['rows']} golden rows differ from the SavedModel's by at most {parity['largest_difference']:.2g}."
        )
    kept = (
        f"`model.keras` is the model, saved anew by Keras {manifest.libraries['keras']}: on the golden rows its "
        f"answers differ by at most {training['largest_difference']:.2g} from those of the file that was imported."
    )
    if parity is None:
        return f"{kept} There is no `model.onnx`: the TensorFlow runtime serves this version."
    return (
        f"{kept} `model.onnx` is what is served; ONNX Runtime's answers to the {parity['rows']} golden rows differ "
        f"from Keras's by at most {parity['largest_difference']:.2g}."
    )


def _lines(lines: Iterable[str]) -> str:
    return "\n".join(f"- {_escaped(line)}" for line in lines)


def _words(words: Iterable[str]) -> str:
    return ", ".join(map(_escaped, words))


def _escaped(text: str) -> str:
    """A stranger's words as text: neither Markdown's nor HTML's signs."""
    plain = " ".join(text.split())
    return "".join(f"\\{sign}" if sign in r"\`*_[]<>|#" else sign for sign in plain)
