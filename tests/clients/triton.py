"""What the tests of tritonclient ask, with threads or with asyncio: it has the same messages for both."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO

import numpy as np
import pytest
from tritonclient.http import InferenceServerException, InferInput, InferRequestedOutput

from models.store import Store
from tests.live.server import Server


def golden(zoo: Store, name: str = "flowers") -> tuple[np.ndarray, np.ndarray]:
    """Rows that a model knows, and Keras's answers to them."""
    rows = zoo.version(name).golden()
    return rows.inputs["row"], rows.outputs["answer"]


def tensor(rows: np.ndarray, *, binary: bool = True) -> list[InferInput]:
    """The input of all models of the zoo."""
    row = InferInput("row", list(rows.shape), "FP32")
    row.set_data_from_numpy(rows, binary_data=binary)
    return [row]


def wanted(**how: object) -> list[InferRequestedOutput]:
    """Their output."""
    return [InferRequestedOutput("answer", **how)]


def own_answer(server: Server, name: str, rows: np.ndarray) -> np.ndarray:
    """What the service's own API answers to the same rows, in NumPy's format both ways."""
    body = BytesIO()
    np.save(body, rows)
    answer = server.call("POST", f"/models/{name}/predict", body.getvalue(), Accept="application/x-npy")
    assert answer.status == 200
    return np.load(BytesIO(answer.body))


@contextmanager
def refused(status: int, words: str) -> Iterator[None]:
    """That the client raises what it raises for an answer with that status, with those words in its message."""
    with pytest.raises(InferenceServerException) as raised:
        yield
    assert raised.value.status() == str(status)
    assert words in raised.value.message()
