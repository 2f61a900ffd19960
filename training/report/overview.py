"""What a version is, how good it is beside a linear model, and what it was made with, in words and numbers."""

import json

from training.comparison import score_header, score_rows, verdict
from training.intervals import resamples
from training.report.elements import Html, Section, code, element, joined, paragraph, table
from training.report.evidence import Evidence


def tiles(evidence: Evidence) -> Html:
    """The numbers that most readers want, large."""
    manifest, training = evidence.manifest, evidence.manifest.training
    metric, score = next(iter(manifest.scores["test"].items()))
    baseline = manifest.baseline["test"].get(metric)
    shown = {
        f"{metric} on {evidence.dataset.test.rows:,} test rows": _short(score),
        f"{metric} of the linear model": "-" if baseline is None else _short(baseline),
        "parameters": f"{training['parameters']:,}",
        "epochs": f"{training['epochs']:,}",
        "of training": _duration(training["seconds"]),
    }
    return element("div", *(_tile(value, word) for word, value in shown.items()), class_="tiles")


def identity(evidence: Evidence) -> Section:
    """What the model tells of what, and how it came to be."""
    manifest, training, data = evidence.manifest, evidence.manifest.training, evidence.manifest.data
    facts: dict[str, object] = {
        "Tells": training["summary"],
        "Task": evidence.task.value,
        "Input": _input(evidence),
        "Output": _output(evidence),
        "Data": data["source"],
        "Rows": ", ".join(f"{rows:,} {split}" for split, rows in data["rows"].items()),
        "SHA-256 of the data": code(data["sha256"]),
        "Command": code(training["command"]),
        "Training": f"{training['epochs']} epochs in {training['seconds']:,.1f} seconds; the process that trained it "
        f"needed at most {training['peak_memory_mb']:,} MB of memory, libraries and data included",
        "Made": manifest.created,
        "Made with": ", ".join(f"{library} {version}" for library, version in manifest.libraries.items()),
        "Served from": _served(evidence),
    }
    return Section("What it is", (_facts(facts),))


def scores(evidence: Evidence) -> Section:
    """Each metric beside the linear model's, and what may be read from them."""
    manifest, rows = evidence.manifest, evidence.dataset.test.rows
    return Section(
        "Scores",
        (
            table(score_header(manifest), score_rows(manifest)),
            paragraph(element("strong", verdict(manifest))),
            paragraph(
                f"In brackets: 95% intervals. In {resamples(rows):,} bootstrap resamples of the {rows:,} test rows, "
                "95% of the scores lay between these bounds. They tell what other test rows could change, and not what "
                "another training would."
            ),
            paragraph(_looks(evidence.earlier)),
        ),
    )


def configuration(evidence: Evidence) -> Section:
    """Every setting of the training."""
    rows = [(code(key), code(json.dumps(value))) for key, value in evidence.manifest.training["config"].items()]
    return Section("Configuration", (table(("setting", "value"), rows, align="ll"),))


def limits(evidence: Evidence) -> Section:
    """What the scores say nothing about."""
    return Section(
        "Limits",
        (
            paragraph(
                "Meant for learning and demonstration. The scores hold for rows like the test rows: from the same "
                "source, drawn at the same time. It was not tested on anything else."
            ),
            *map(paragraph, evidence.manifest.notes),
        ),
    )


def _facts(facts: dict[str, object]) -> Html:
    rows = (element("tr", element("td", name), element("td", fact)) for name, fact in facts.items())
    return element("table", element("tbody", *rows), class_="facts")


def _tile(value: str, word: str) -> Html:
    return element("div", element("b", value), element("span", word), class_="tile")


def _short(value: float) -> str:
    return f"{value:.4f}" if abs(value) < 100 else f"{value:,.0f}"


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.1f} min"


def _input(evidence: Evidence) -> Html:
    tensor = evidence.signature.inputs[0]
    shape = " x ".join(map(str, tensor.shape))
    if tensor.feature_names is None:
        return joined((code(tensor.name), f": {shape} numbers"))
    return joined((code(tensor.name), f": {shape} numbers, {', '.join(tensor.feature_names)}"))


def _output(evidence: Evidence) -> Html:
    output, unit = evidence.signature.outputs[0], evidence.manifest.data["target_unit"]
    words = f" ({output.activation}) for {', '.join(output.names)}{f', in {unit}' if unit else ''}"
    return joined((code(output.name), words))


def _served(evidence: Evidence) -> str:
    parity = evidence.manifest.parity
    if parity is None:
        return "model.keras, by the TensorFlow runtime: ONNX cannot express this model"
    return (
        f"model.onnx, whose answers to the {parity['rows']} golden rows differ from those of model.keras by at most "
        f"{parity['largest_difference']:.2g}"
    )


def _looks(earlier: int) -> str:
    once = "The test rows were looked at once for this version, after its training."
    if not earlier:
        return f"{once} No other version of this model in the store was scored on the same data before."
    were = "version of this model in the store was" if earlier == 1 else "versions of this model in the store were"
    return (
        f"{once} {earlier:,} {were} scored on the same data before. Whoever keeps the best of several by their test "
        "scores keeps some luck with it."
    )
