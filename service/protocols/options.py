"""What our own options, among the parameters of another protocol, make of its answer. Knows none of the protocols."""

from collections.abc import Mapping
from typing import Any

from models.golden import Tensors
from models.manifest import Manifest
from models.signature import Task
from service.coverage import intervals, sets
from service.predictions import classes


def answer_to(options: Mapping[str, Any], manifest: Manifest, outputs: Tensors, path: str) -> dict[str, Any]:
    """What stands in the answer's place or beside it: "predictions" that are classes, "sets", "intervals".

    A classifier answers any of the options with classes; a regression model knows `coverage` only. `path` is the place
    of the options in the request. Raises what `classes`, `intervals` and `sets` raise.
    """
    coverage = options.get("coverage")
    of_classes = {name: value for name, value in options.items() if name != "coverage"}
    if manifest.signature.task is Task.REGRESSION and not of_classes:
        return {} if coverage is None else {"intervals": intervals(manifest, outputs, coverage, path)}
    answer: dict[str, Any] = {"predictions": classes(manifest.signature, outputs, **of_classes, path=path)}
    if coverage is not None:
        answer["sets"] = sets(manifest, outputs, coverage, path)
    return answer
