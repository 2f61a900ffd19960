"""A workshop that is no process of its own: what a real one is asked is done here, by the same bench.

For tests of what becomes of a model, of which a hundred would otherwise import TensorFlow a hundred times.
"""

import json
import tempfile
from pathlib import Path

from training.importing.bench import Bench
from training.importing.limits import Limits
from training.importing.workbench import _answer
from training.importing.workshop import Workshop


class Here(Workshop):
    """The same interface, and the same answers in JSON, without process and limits."""

    def __init__(self, limits: Limits, _allow=()):
        self._limits = limits
        self._place = tempfile.TemporaryDirectory()
        self.folder = Path(self._place.name).resolve()
        self._bench = Bench(self.folder)

    def __exit__(self, *_):
        self._place.cleanup()

    def _answered(self, line):
        request = json.loads(line)
        return json.loads(json.dumps(_answer(getattr(self._bench, request.pop("do")), request)))
