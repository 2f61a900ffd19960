"""The program of the throw-away process: binds itself, then does with a model file what it is asked to, line by line.

Each line of standard input is a request in JSON, each of standard output the answer. Knows how it is bound, not what a
model is.
"""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

from training.importing import kernel
from training.importing.confinement import confine
from training.importing.limits import Limits, bind, bind_memory

LONGEST = 500  # characters of a foreign message


def main(folder: Path, limits: Limits, make_bench: Callable[[Path], Any]) -> None:
    """Answer requests until there are no more; each names a method of the bench, which is made within the limits."""
    kernel.end_with_parent()
    answers = _answers()
    bind(limits)
    kernel.leave_network()
    bench = make_bench(folder)
    bind_memory(limits)
    tried: list[str] = []
    confine(folder, tried.append)
    for line in sys.stdin:
        request = json.loads(line)
        answer = _answer(getattr(bench, request.pop("do")), request)
        print(json.dumps({**answer, "tried": tried[:5]}), file=answers, flush=True)


def _answers() -> TextIO:
    """Standard output for answers only: what libraries print there goes where errors go."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return answers


def _bench(folder: Path, allow: list[str]) -> Any:
    """One for models, with all that takes long to import; the packages that the caller allows register their layers."""
    from training.importing.bench import Bench  # noqa: PLC0415  # imports Keras

    for package in allow:
        __import__(package)
    return Bench(folder)


def _answer(method: Callable[..., Any], request: dict[str, Any]) -> dict[str, Any]:
    try:
        return {"answer": method(**request)}
    except MemoryError:
        return {"memory": True}
    except Exception as error:  # noqa: BLE001  # Keras and TensorFlow raise of any class
        if type(error).__name__ == "ResourceExhaustedError":
            return {"memory": True}
        text = " ".join(str(error).split()) or "no reason given"
        return {"error": f"{type(error).__name__}: {text}"[:LONGEST]}


if __name__ == "__main__":
    main(Path(sys.argv[1]), Limits(**json.loads(sys.argv[2])), lambda folder: _bench(folder, json.loads(sys.argv[3])))
