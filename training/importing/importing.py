"""The way of a file from inspection to a published version. Knows the steps, and none of their insides."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from models.golden import Golden
from models.inspection import inspect
from models.signature import SignatureSchema
from models.store import Store, checked_name
from models.version import GOLDEN_FILE, KERAS_FILE, ONNX_FILE, ModelVersion
from training.errors import ParityError
from training.importing.errors import CannotImport
from training.importing.facts import InputFacts, facts_of
from training.importing.inputs import Shape, dtype_of, shapes_of
from training.importing.limits import Limits
from training.importing.naming import input_names
from training.importing.places import ORIGINAL, RELOADED, RESULT, ROWS
from training.importing.plan import Plan, planned
from training.importing.proof import answers_of, check_same, golden_of, onnx_parity
from training.importing.publishing import Imported, publish
from training.importing.samples import Samples, samples
from training.importing.source import SAVED_MODEL, Source, given
from training.importing.wishes import Wishes
from training.importing.workshop import Workshop

Tell = Callable[[str], None]
Starts = Callable[[Limits, Sequence[str]], Workshop]


def import_file(wishes: Wishes, store: Store, tell: Tell, start: Starts = Workshop) -> ModelVersion:
    """Inspect, load, understand, prove and publish; what is found out is told. Raises TrainingError or ModelsError."""
    checked_name(wishes.model_name)
    given_model = given(wishes)
    source = given_model.source
    tell(f"{source.file}: {source.bytes:,} bytes, kind {source.kind}, by Keras {source.keras_version or 'unknown'}.")
    with start(Limits(memory_mb=wishes.memory_mb, seconds=wishes.seconds), wishes.allow) as workshop:
        placed = given_model.place(workshop.folder)
        facts = facts_of(workshop.ask("open", file=placed))
        shapes = shapes_of(facts.inputs, wishes)
        facts = facts.shaped(workshop.ask("fit", inputs=_fitted(facts.inputs, shapes)))
        plan = planned(facts, shapes, given_model.compiled, wishes)
        for line in plan.findings():
            tell(line)
        imported = _made(workshop, plan, samples(plan, wishes.samples), wishes, source)
    for note in imported.notes:
        tell(note)
    return publish(imported, store)


def _fitted(inputs: Sequence[InputFacts], shapes: Sequence[Shape]) -> list[dict[str, Any]]:
    names = input_names([tensor.name for tensor in inputs])
    return [
        {"name": name, "shape": shape, "dtype": dtype_of(tensor)}
        for name, shape, tensor in zip(names, shapes, inputs, strict=True)
    ]


def _made(workshop: Workshop, plan: Plan, its_samples: Samples, wishes: Wishes, source: Source) -> Imported:
    """What is published: written in the workshop, proven here. Raises CannotImport where it is another model."""
    signature, rows = plan.signature, its_samples.rows
    numbered: dict[str, Any] = {str(number): rows[each.name] for number, each in enumerate(signature.inputs)}
    np.savez(workshop.folder / ROWS, **numbered)
    appended = [each.appended for each in plan.inferred]
    scales = {name: asdict(scale) for name, scale in plan.scales.items()}
    workshop.ask("make", signature=SignatureSchema().dump(signature), scales=scales, appended=appended)
    files = [GOLDEN_FILE] if source.kind == SAVED_MODEL else [GOLDEN_FILE, KERAS_FILE]
    content = {file: workshop.taken(RESULT, file) for file in files}
    golden = golden_of(content[GOLDEN_FILE], signature, rows)
    original = answers_of(workshop.taken(ORIGINAL), golden)
    difference = check_same("the model as it was loaded", original, golden, appended)
    if KERAS_FILE in content:
        _check_saved(workshop, golden, wishes)
    parity, notes = _exported(workshop, content, golden)
    return Imported(
        source, wishes, plan, its_samples, golden, content, parity, difference, (*_of_the_file(source), *notes)
    )


def _of_the_file(source: Source) -> Iterator[str]:
    """What was done to it so that today's Keras reads it."""
    if source.keras_version and source.keras_version.startswith("2."):
        yield (
            f"The file is of Keras {source.keras_version}: what Keras 3 reads otherwise was put into its words, and "
            "the weights were left alone."
        )


def _check_saved(workshop: Workshop, golden: Golden, wishes: Wishes) -> None:
    """What is published must answer the same and pass the rules that it came in by; a service will ask for both."""
    reloaded = answers_of(workshop.taken(RELOADED), golden)
    check_same("itself, once it is saved and loaded again", reloaded, golden, [None] * len(reloaded))
    inspect(workshop.folder / RESULT / KERAS_FILE, allow=wishes.allow)


def _exported(
    workshop: Workshop, content: dict[str, bytes], golden: Golden
) -> tuple[Mapping[str, Any] | None, tuple[str, ...]]:
    """Add the ONNX model to the content where there is one that answers as Keras does; else say why there is none."""
    why = "ONNX cannot express it"
    if workshop.has(RESULT, ONNX_FILE):
        exported = workshop.taken(RESULT, ONNX_FILE)
        try:
            parity = onnx_parity(exported, golden)
        except ParityError as error:
            why = str(error)
        else:
            content[ONNX_FILE] = exported
            return parity, ()
    if KERAS_FILE not in content:
        raise CannotImport(f"This SavedModel cannot be served, as {why}, and nothing but ONNX can serve one.")
    return None, (f"There is no ONNX model, as {why}; the TensorFlow runtime serves this version.",)
