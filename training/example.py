"""How to call a served model, shown with a real row. Knows the REST interface from outside, as a caller does."""

import json
from typing import Any

import numpy as np

from models.golden import Golden
from models.signature import Signature, Task

ADDRESS = "http://localhost:8080"
LONGEST_ROW = 64  # numbers; what is longer is unreadable in a command

_SCRIPT = """\
Start the service with `make serve`. A row is too long for a command, so this takes one from `golden.npz`, in the folder
of this card:

```python
import json
import urllib.request

import numpy as np

rows = np.load("golden.npz")["input.{input}"][:1]
request = urllib.request.Request(
    "{address}/models/{name}/{verb}",
    data=json.dumps({{"instances": rows.tolist()}}).encode(),
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
    tensor = signature.inputs[0]
    row = golden.inputs[tensor.name][0]
    values = {
        "name": name,
        "input": tensor.name,
        "address": ADDRESS,
        "verb": "predict" if signature.task is Task.REGRESSION else "predict-class",
        "answer": _answer(signature, golden.outputs[signature.outputs[0].name][0]),
    }
    if row.size > LONGEST_ROW:
        return _SCRIPT.format(**values)
    return _CURL.format(**values, body=json.dumps({"instances": [_instance(row, tensor.feature_names)]}))


def _instance(row: np.ndarray, feature_names: tuple[str, ...] | None) -> Any:
    """The row as JSON can say it, by feature name where there are names; the shortest digits that give the float32."""
    numbers = np.array([float(str(number)) for number in row.ravel()]).reshape(row.shape).tolist()
    return numbers if feature_names is None else dict(zip(feature_names, numbers, strict=True))


def _answer(signature: Signature, units: np.ndarray) -> str:
    names = signature.outputs[0].names
    if signature.task is Task.REGRESSION:
        return ", ".join(f"{value:.4g}" for value in units)
    if signature.task is Task.MULTILABEL:
        given = [f"`{name}` ({value:.4f})" for name, value in zip(names, units, strict=True) if value >= 0.5]
        return " and ".join(given) or "no label"
    probabilities = [1 - units[0], units[0]] if signature.task is Task.BINARY else units
    best = int(np.argmax(probabilities))
    return f"`{names[best]}` with probability {probabilities[best]:.4f}"
