"""The model card: what a reader must know of a version before using it. Knows only what the version itself says."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from models.golden import Golden
from models.manifest import Manifest
from models.signature import Input, Task
from models.study import TRIALS_FILE
from models.version import REPORT_FILE
from training.comparison import score_header, score_rows, verdict
from training.example import calling
from training.folds import told
from training.searched import told as told_of_search

_TASKS = {
    Task.BINARY: "binary classification: one probability, that of the second class",
    Task.MULTICLASS: "multiclass classification: a probability per class, which sum to 1",
    Task.MULTILABEL: "multilabel classification: a probability per label, each of its own",
    Task.REGRESSION: "regression",
}
_HARD_TASKS = {
    Task.BINARY: "binary classification: one decision, 1 for the second class and 0 for the first, no probability",
    Task.MULTILABEL: "multilabel classification: a decision per label, 1 or 0, no probability",
}


def model_card(manifest: Manifest, golden: Golden) -> str:
    """The card in Markdown."""
    name, signature = manifest.training["recipe"], manifest.signature
    sections = {
        "Inputs": _inputs(signature.inputs[0], "as they are" if signature.is_hard else "scaled inside the model"),
        "Outputs": _outputs(manifest),
        "Scores": _scores(manifest),
        "Data": _data(manifest.data),
        "Training": _training(manifest),
        **_search(manifest),
        "How to call it": calling(name, signature, golden),
        "Exported forms": _parity(manifest.parity),
        "Limits": _limits(manifest),
        "Made with": ", ".join(f"{library} {version}" for library, version in manifest.libraries.items()) + ".",
    }
    task = (_HARD_TASKS if signature.is_hard else _TASKS)[signature.task]
    opening = f"# {name}\n\nTells {manifest.training['summary']}. Task: {task}.\n"
    return opening + "".join(f"\n## {title}\n\n{text}\n" for title, text in sections.items())


def _inputs(tensor: Input, use: str) -> str:
    ranges = tensor.ranges or ()
    if tensor.feature_names is None:
        low, high = ranges[0]
        shape = " x ".join(map(str, tensor.shape))
        return f"`{tensor.name}`: {shape} numbers from {low:g} to {high:g}, {use}."
    names = [f"`{name}`" for name in tensor.feature_names]
    categories = tensor.categories or (None,) * len(names)
    rows = [(name, *_takes(*its)) for name, its in zip(names, zip(ranges, categories, strict=True), strict=True)]
    table = _table(("feature", "lowest in training", "highest in training"), rows)
    values = "numbers" if tensor.categories is None else "numbers and words"
    missing = " A value may be missing: null." if tensor.optional else ""
    unknown = " Words that are not listed count as missing." if tensor.optional and tensor.categories else ""
    return f"`{tensor.name}`: {len(rows)} {values} in this order, in these units, {use}.{missing}{unknown}\n\n{table}"


def _takes(bounds: tuple[float, float], words: tuple[str, ...] | None) -> tuple[str, str]:
    if words is None:
        return f"{bounds[0]:g}", f"{bounds[1]:g}"
    return f"one of: {', '.join(words)}", ""


def _outputs(manifest: Manifest) -> str:
    output = manifest.signature.outputs[0]
    if manifest.signature.task is Task.REGRESSION:
        return f"`{output.name}`, in {manifest.data['target_unit']}."
    what = "labels" if manifest.signature.task is Task.MULTILABEL else "classes"
    return f"`{output.name}` ({output.activation}) of these {what}, in this order: {', '.join(output.names)}."


def _scores(manifest: Manifest) -> str:
    sentences = [
        verdict(manifest),
        "In brackets: 95% bootstrap intervals.",
        told(manifest),
        f"More: [{REPORT_FILE}]({REPORT_FILE}).",
    ]
    return f"{_table(score_header(manifest), score_rows(manifest))}\n\n{' '.join(filter(None, sentences))}"


def _data(data: Mapping[str, Any]) -> str:
    sizes = ", ".join(f"{rows:,} {name}" for name, rows in data["rows"].items())
    return f"{data['source']}\n\nRows: {sizes}. SHA-256 of the arrays: `{data['sha256']}`."


def _training(manifest: Manifest) -> str:
    training = manifest.training
    config = "\n".join(f"- {key}: {json.dumps(value)}" for key, value in training["config"].items())
    further = f" from version {training['continues']} on" if "continues" in training else ""
    curves = "\n\n![learning curves](learning_curves.png)" if training["epochs"] else ""
    return (
        f"    {training['command']}\n\nBy {training['method']}. {training['parameters']:,} parameters, "
        f"{training['epochs']} epochs{further}, {training['seconds']:.0f} seconds, at most "
        f"{training['peak_memory_mb']:,} MB of memory, {manifest.created}.\n\n{config}{curves}"
    )


def _search(manifest: Manifest) -> dict[str, str]:
    """A section of its own, where somebody searched."""
    if not (sentences := told_of_search(manifest)):
        return {}
    command = f"To train with its settings:\n\n    {manifest.training['command']}"
    return {"Search": f"{sentences} All trials: [{TRIALS_FILE}]({TRIALS_FILE}).\n\n{command}"}


def _parity(parity: Mapping[str, Any] | None) -> str:
    if parity is None:
        return "`model.keras` only: ONNX cannot express this model, so the TensorFlow runtime serves it."
    return (
        f"`model.keras` is what was trained, `model.onnx` what is served. On the {parity['rows']} golden rows their "
        f"answers differ by at most {parity['largest_difference']:.2g}."
    )


def _limits(manifest: Manifest) -> str:
    return (
        "Meant for learning and demonstration. The scores hold for rows like the test rows: from the same source, "
        f"drawn at the same time. It was not tested on anything else. {' '.join(manifest.notes)}"
    )


def _table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    header = list(header)
    lines = [[cell.replace("|", r"\|") for cell in line] for line in (header, ["---"] * len(header), *rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
