"""The one interface of all runtimes. Knows none of them."""

from typing import Protocol

from models.golden import Tensors


class Runtime(Protocol):
    """Executes one version. Safe to call from several threads at once."""

    name: str

    def predict(self, rows: Tensors) -> Tensors:
        """Input arrays (rows, *shape) by name -> output arrays (rows, *shape) float32 by name."""
        ...
