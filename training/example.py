"""How to call a served model, shown with a real row. Knows the REST interface from outside, as a caller does."""

import json
import math
from typing import Any

import numpy as np

from models.golden import Golden
from models.signature import Input, Signature, Task

ADDRESS = "http://localhost:8080"
LARGEST_WHOLE = 1e15  # what is larger is shorter with an exponent
LONGEST_ROW = 64  # numbers; what is longer is unreadable in a command

_SCRIPT = """\
Start the service with `make serve`. A row is too long for a command, so this takes one from `golden.npz`, in the folder
of this card:

```python
import json
import urllib.request

import numpy as np

rows = np.load("golden.npz")["input.{input}"][:1]
"""

_TABLE_SCRIPT = """\
Start the service with `make serve`. A row is too long for a command, so this takes one from `golden.npz`, and names and
words from `manifest.json`, both in the folder of this card:

```python
import json
import math
import pathlib
import urllib.request

import numpy as np

tensor = json.loads(pathlib.Path("manifest.json").read_text())["signature"]["inputs"][0]
row = np.load("golden.npz")["input.{input}"][0].tolist()
words = tensor["categories"] or [None] * len(row)
instance = {{}}
for name, number, known in zip(tensor["feature_names"], row, words):
    instance[name] = None if math.isnan(number) else known[int(number)] if known else number
"""

_SEVERAL_SCRIPT = """\
Start the service with `make serve`. A row is too long for a command, so this takes one from `golden.npz`, in the folder
of this card:

```python
import json
import urllib.request

import numpy as np

rows = np.load("golden.npz")
instance = {{name: rows["input." + name][0].tolist() for name in {inputs}}}
"""

# What each of these scripts ends with.
_ASKED = """\
request = urllib.request.Request(
    "{address}/models/{name}/{verb}",
    data=json.dumps({{"instances": {instances}}}).encode(),
    headers={{"Content-Type": "application/json"}},
)
print(urllib.request.urlopen(request).read().decode())
```

It answers {answer}."""

_CURL = """\
Start the service with `make serve`, then:

```sh
curl -X POST {address}/models/{name}/{verb} -H 'Content-Type: application/json' -d '{body}'
```

It answers {answer}."""


def calling(name: str, signature: Signature, golden: Golden) -> str:
    """A command or a script that sends the first golden row, and what comes back, in Markdown."""
    rows = {tensor.name: golden.inputs[tensor.name][0] for tensor in signature.inputs}
    is_asked_for_values = len(signature.outputs) > 1 or signature.task is Task.REGRESSION
    values = {
        "name": name,
        "input": signature.inputs[0].name,
        "inputs": tuple(rows),
        "address": ADDRESS,
        "verb": "predict" if is_asked_for_values else "predict-class",
        "answer": _answers(signature, golden),
    }
    if sum(row.size for row in rows.values()) > LONGEST_ROW:
        script, sent = _script(signature)
        return (script + _ASKED).format(**values, instances=sent)
    instances = [_instance(rows[tensor.name], tensor) for tensor in signature.inputs]
    instance = instances[0] if len(rows) == 1 else dict(zip(rows, instances, strict=True))
    body = json.dumps({"instances": [instance]}, ensure_ascii=False)
    return _CURL.format(**values, body=body.replace("'", r"'\''"))  # which is how a shell reads a quote in quotes


def _script(signature: Signature) -> tuple[str, str]:
    """How a script begins, and what it sends."""
    if len(signature.inputs) > 1:
        return _SEVERAL_SCRIPT, "[instance]"
    if signature.inputs[0].feature_names is None:
        return _SCRIPT, "rows.tolist()"
    return _TABLE_SCRIPT, "[instance]"


def _instance(row: np.ndarray, tensor: Input) -> Any:
    """The row as JSON can say it, by feature name where there are names; the shortest digits that give the float32."""
    if tensor.dtype != "float32":
        return row.tolist()
    numbers = np.array([float(str(number)) for number in row.ravel()]).reshape(row.shape).tolist()
    if tensor.feature_names is None:
        return numbers
    categories = tensor.categories or (None,) * len(numbers)
    values = [_value(number, words) for number, words in zip(numbers, categories, strict=True)]
    return dict(zip(tensor.feature_names, values, strict=True))


def _value(number: float, words: tuple[str, ...] | None) -> float | str | None:
    """A number, the word that it stands for, or nothing where it is missing."""
    if math.isnan(number):
        return None
    if words:
        return words[int(number)]
    return int(number) if number.is_integer() and abs(number) < LARGEST_WHOLE else number


def _answers(signature: Signature, golden: Golden) -> str:
    parts = signature.parts
    answers = [_answer(part, golden.outputs[part.outputs[0].name][0]) for part in parts]
    if len(parts) == 1:
        return answers[0]
    return "; ".join(f"{part.outputs[0].name}: {answer}" for part, answer in zip(parts, answers, strict=True))


def _answer(signature: Signature, units: np.ndarray) -> str:
    names = signature.outputs[0].names
    if units.ndim != 1:
        return f"{' x '.join(map(str, units.shape)) or 'one'} numbers"
    if signature.task is Task.REGRESSION:
        return ", ".join(f"{value:.4g}" for value in units)
    if signature.task is Task.MULTILABEL:
        given = [_label(name, value, signature) for name, value in zip(names, units, strict=True) if value >= 0.5]
        return " and ".join(given) or "no label"
    if signature.is_hard:
        return f"`{names[int(units[0])]}`"
    probabilities = [1 - units[0], units[0]] if signature.task is Task.BINARY else units
    best = int(np.argmax(probabilities))
    return f"`{names[best]}` with probability {probabilities[best]:.4f}"


def _label(name: str, value: float, signature: Signature) -> str:
    return f"`{name}`" if signature.is_hard else f"`{name}` ({value:.4f})"
