"""The outputs of a version, from those of a loaded model and what was inferred of them. Knows no Keras."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from models.signature import Output, Task
from training.errors import InvalidWish
from training.importing.errors import CannotImport
from training.importing.facts import Facts, OutputFacts
from training.importing.inference import Inferred, infer
from training.importing.losses import losses
from training.importing.naming import output_names
from training.importing.wishes import Wishes, by_tensor, words_of

SEVERAL = "output"  # the name of outputs that nobody has named, where there are several
SHOWN = 10  # names in a sentence


def outputs_of(
    facts: Facts, compiled: Mapping[str, Any] | None, wishes: Wishes, taken: Sequence[str]
) -> list[tuple[Output, Inferred]]:
    """Each output as callers see it, under a name that is not `taken`, and what it is for. Raises InvalidWish."""
    saved = [output.name for output in facts.outputs]
    names = output_names(saved, [SEVERAL] * len(saved), taken)
    classes = by_tensor(wishes.classes, names, "CLASSES", "output")
    given = [words_of(classes[name], "CLASSES") if name in classes else () for name in names]
    triples = zip(facts.outputs, losses(compiled, saved), given, strict=True)
    inferred = [infer(output, loss, wishes.task, words) for output, loss, words in triples]
    if len(names) == 1:
        names = output_names(saved, [_word(inferred[0])], taken)
    outputs = [_output(*each) for each in zip(names, facts.outputs, inferred, given, strict=True)]
    return list(zip(_with_tasks(outputs, inferred), inferred, strict=True))


def _with_tasks(outputs: Sequence[Output], inferred: Sequence[Inferred]) -> list[Output]:
    """Each with its task where that is another one than the first output's, which is that of the signature."""
    tasks = [each.task if each.task is not inferred[0].task else None for each in inferred]
    return [replace(output, task=task) for output, task in zip(outputs, tasks, strict=True)]


def _word(inferred: Inferred) -> str:
    """What an output that nobody has named is called."""
    return {Task.REGRESSION: "values", Task.BINARY: "probability"}.get(inferred.task, "probabilities")


def _output(name: str, output: OutputFacts, inferred: Inferred, given: tuple[str, ...]) -> Output:
    sizes = tuple(size for size in output.shape if size is not None)
    if len(sizes) < len(output.shape):
        raise CannotImport(f"The output {name} has a shape that its rows decide, which no caller could rely on.")
    needed = 2 if inferred.task is Task.BINARY else sizes[-1] if sizes else 1
    what = {Task.REGRESSION: "targets", Task.MULTILABEL: "labels"}.get(inferred.task, "classes")
    if given and len(given) != needed:
        raise InvalidWish(
            f"CLASSES names {len(given)} {what} ({', '.join(given[:SHOWN])}), and the output {name} ({inferred.task}) "
            f"needs {needed} names, in the order of its units."
        )
    names = given or _numbered(name, inferred.task, sizes, needed)
    return Output(name, math.prod(sizes), inferred.activation, names, sizes)


def _numbered(name: str, task: Task, sizes: tuple[int, ...], needed: int) -> tuple[str, ...]:
    if task is not Task.REGRESSION:
        return tuple(map(str, range(needed)))
    if len(sizes) > 1:
        return ()
    return (name,) if needed == 1 else tuple(f"{name}_{number}" for number in range(needed))
