"""Fixtures: inspect bytes as a file of some name."""

import importlib.util
from collections.abc import Callable
from pathlib import Path

import pytest

from models.inspection import ModelFile, Refused, inspect

# The service's tests run where h5py, which comes with Keras, is not installed: no model file is inspected there.
collect_ignore_glob = [] if importlib.util.find_spec("h5py") else ["*.py"]


@pytest.fixture
def inspected(tmp_path: Path) -> Callable[..., ModelFile]:
    """What `inspect` says of bytes in a file."""

    def look(content: bytes, name: str = "model.keras", **options: object) -> ModelFile:
        path = tmp_path / name
        path.write_bytes(content)
        return inspect(path, **options)

    return look


@pytest.fixture
def refusal(inspected: Callable[..., ModelFile]) -> Callable[..., Refused]:
    """The refusal of bytes in a file; it names a part, and is a sentence."""

    def refuse(content: bytes, name: str = "model.keras", **options: object) -> Refused:
        with pytest.raises(Refused) as caught:
            inspected(content, name, **options)
        refused = caught.value
        assert refused.rule
        assert refused.part
        assert refused.sentence.rstrip().endswith(".")
        assert len(str(refused)) < 2_000
        return refused

    return refuse
