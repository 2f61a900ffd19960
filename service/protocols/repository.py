"""The messages of the Open Inference Protocol that are about models: the index of a repository, and statistics."""

from collections.abc import Iterable
from typing import Any

from service.catalog import ServedModel
from service.errors import Detail, InvalidRequest, pointer
from service.statistics import Statistics

Document = dict[str, Any]


def read_index(document: Document) -> bool:
    """Whether only what is ready is asked for. Raises InvalidRequest."""
    only_ready = document.get("ready", False)
    if type(only_ready) is not bool:
        raise InvalidRequest("Invalid value for 'ready': expected a boolean", [Detail("/ready", "expected a boolean")])
    return only_ready


def index(models: Iterable[ServedModel], unloaded: Iterable[str], only_ready: bool) -> list[Document]:
    """A line per version, served or refused, and one per model that was unloaded; the last two with the reason."""
    lines: list[Document] = []
    if not only_ready:
        lines += [{"name": name, "state": "UNAVAILABLE", "reason": "unloaded"} for name in sorted(unloaded)]
    for served in models:
        lines += [
            {"name": served.name, "version": str(number), "state": "READY"} for number in sorted(served.predictors)
        ]
        if not only_ready:
            lines += [
                {"name": served.name, "version": str(number), "state": "UNAVAILABLE", "reason": reason}
                for number, reason in sorted(served.refused.items())
            ]
    return lines


def check_load(document: Document) -> None:
    """A model's files and configuration come from the store, not from a client. Raises InvalidRequest."""
    parameters = document.get("parameters") or {}
    if not isinstance(parameters, dict):
        raise InvalidRequest("Parameters are an object.", [Detail("/parameters", "expected an object")])
    if parameters:
        name = next(iter(parameters))
        raise InvalidRequest(
            "failed to load: a model's configuration and files come from the store, not with a request.",
            [Detail("/parameters" + pointer(name), "not taken")],
        )


def statistics(name: str, number: int, counted: Statistics) -> Document:
    """The statistics of one version. Times are of all good requests together, that of a run counted once."""
    phases = {phase: {"count": counted.answered, "ns": _ns(seconds)} for phase, seconds in counted.seconds.items()}
    nothing = {"count": 0, "ns": 0}
    return {
        "name": name,
        "version": str(number),
        "last_inference": int(counted.last_s * 1000),
        "inference_count": counted.rows,
        "execution_count": counted.runs,
        "inference_stats": {
            "success": {"count": counted.answered, "ns": _ns(sum(counted.seconds.values()))},
            "fail": {"count": counted.failed, "ns": 0},
            "queue": phases.get("queue", nothing),
            "compute_input": phases.get("decode", nothing),
            "compute_infer": phases.get("run", nothing),
            "compute_output": phases.get("encode", nothing),
            "cache_hit": nothing,
            "cache_miss": nothing,
        },
        "response_stats": {},
        "batch_stats": [],
        "memory_usage": [],
    }


def _ns(seconds: float) -> int:
    return int(seconds * 1e9)
