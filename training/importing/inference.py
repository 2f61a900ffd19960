"""What a model is for, from its last layer and the loss that it was trained with. Knows no Keras and no file."""

from collections.abc import Sequence
from dataclasses import dataclass

from models.errors import listed
from models.signature import Task
from training.errors import InvalidWish
from training.importing.facts import LINEAR, OutputFacts
from training.importing.losses import CLASSES, YES_OR_NO, Loss

SIGMOIDS = ("sigmoid", "hard_sigmoid")
SOFTMAX = "softmax"
SIGMOID = "sigmoid"


@dataclass(frozen=True)
class Inferred:
    """What an output is for, why that is thought, and what is put behind it so that it is so."""

    task: Task
    activation: str  # of what is published
    appended: str | None  # the activation that the saved model lacks: SOFTMAX or SIGMOID
    why: str  # a sentence part


def infer(output: OutputFacts, loss: Loss | None, wished: Task | None, names: Sequence[str]) -> Inferred:
    """By the wish where there is one, else by activation, loss and number of names. Raises InvalidWish."""
    if output.activation == SOFTMAX and output.shape[-1:] == (1,):
        raise InvalidWish(
            f"The output {output.name} is a softmax over one unit, which answers 1 for every row. Train it again with "
            "a sigmoid, or with a unit per class."
        )
    if wished is None:
        return _by_itself(output, loss, names)
    _check(output, wished)
    return _appended(output, wished, f"TASK={wished} says so")


def _by_itself(output: OutputFacts, loss: Loss | None, names: Sequence[str]) -> Inferred:
    told = f"its last layer is {_article(output)}"
    if output.activation == SOFTMAX:
        return Inferred(Task.MULTICLASS, SOFTMAX, None, f"{told} of {_units(output)}")
    if output.activation in SIGMOIDS:
        return _of_sigmoids(output, loss, told)
    if output.activation != LINEAR:
        return Inferred(Task.REGRESSION, output.activation, None, told)
    return _of_linear(output, loss, names, told)


def _of_sigmoids(output: OutputFacts, loss: Loss | None, told: str) -> Inferred:
    if not _is_flat(output):
        why = f"{told} for each of {'x'.join(map(str, output.shape))} places, and labels have one axis"
        return Inferred(Task.REGRESSION, output.activation, None, why)
    if output.shape == (1,):
        return Inferred(Task.BINARY, output.activation, None, f"{told} of 1 unit")
    if loss and loss.name in CLASSES:
        why = f"its loss is {loss}, though its last layer has sigmoids, which do not sum to 1"
        return Inferred(Task.MULTICLASS, output.activation, None, why)
    return Inferred(Task.MULTILABEL, output.activation, None, f"{told} of {_units(output)}, each with a yes or no")


def _of_linear(output: OutputFacts, loss: Loss | None, names: Sequence[str], told: str) -> Inferred:
    if loss and loss.name in CLASSES and _several(output):
        return _appended(output, Task.MULTICLASS, f"{told}, and its loss is {loss}")
    if loss and loss.name in YES_OR_NO and _is_flat(output):
        task = Task.BINARY if output.shape == (1,) else Task.MULTILABEL
        return _appended(output, task, f"{told}, and its loss is {loss}")
    if not loss and names and _is_flat(output):
        if output.shape == (1,) and len(names) == 2:
            return _appended(output, Task.BINARY, f"{told} of 1 unit, and CLASSES names two classes")
        if output.shape[-1] == len(names) and _several(output):
            return _appended(output, Task.MULTICLASS, f"{told} of {_units(output)}, and CLASSES names as many classes")
    return Inferred(Task.REGRESSION, LINEAR, None, f"{told}, and its loss is {loss or 'not told'}")


def _appended(output: OutputFacts, task: Task, why: str) -> Inferred:
    """With the activation behind it that makes probabilities of a linear layer's numbers."""
    if task is Task.REGRESSION or output.activation != LINEAR:
        return Inferred(task, output.activation, None, why)
    activation = SOFTMAX if task is Task.MULTICLASS else SIGMOID
    return Inferred(task, activation, activation, f"{why}; so a {activation} is put behind it")


def _check(output: OutputFacts, wished: Task) -> None:
    fits = {
        Task.BINARY: output.shape == (1,),
        Task.MULTICLASS: _several(output),
        Task.MULTILABEL: _is_flat(output),
        Task.REGRESSION: True,
    }
    if fits[wished]:
        return
    needs = {Task.BINARY: "one unit", Task.MULTICLASS: "at least two units", Task.MULTILABEL: "one axis"}[wished]
    possible = listed(task for task, fit in fits.items() if fit)
    raise InvalidWish(
        f"TASK={wished} needs an output of {needs}, and {output.name} has the shape "
        f"({', '.join(map(str, output.shape))}). Possible here: {possible}."
    )


def _article(output: OutputFacts) -> str:
    return f"{output.layer} without an activation" if output.activation == LINEAR else f"a {output.activation}"


def _units(output: OutputFacts) -> str:
    return f"{output.shape[-1]} unit{'s' * (output.shape[-1] != 1)}"


def _is_flat(output: OutputFacts) -> bool:
    return len(output.shape) == 1


def _several(output: OutputFacts) -> bool:
    return bool(output.shape) and (output.shape[-1] or 0) > 1
