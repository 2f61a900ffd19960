"""From a recipe to an answer over HTTP, with nothing between them but the store."""

import os
import subprocess
import sys
from importlib.util import find_spec

import numpy as np
import pytest

from models.store import Store
from tests.live.server import ROOT

pytestmark = pytest.mark.skipif(find_spec("tensorflow") is None, reason="training needs TensorFlow")


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A store that one real epoch of training has filled, by the command that `make train` runs."""
    root = tmp_path_factory.mktemp("store")
    subprocess.run(
        [sys.executable, "-m", "training", "train", "digits", "breast-cancer", "diabetes", "epochs=1"],
        cwd=ROOT,
        env={**os.environ, "MODEL_STORE": str(root)},
        check=True,
        capture_output=True,
    )
    return Store(root)


def test_a_trained_model_answers_over_http_as_keras_did(trained, launch):
    server = launch(trained)
    server.wait_until(server.is_ready)
    for name in trained.names():
        version = trained.version(name)
        (rows,), (expected,) = version.golden().inputs.values(), version.golden().outputs.values()
        given = np.array(server.predict(name, rows.tolist()).json()["predictions"])
        if name == "breast-cancer":
            given = given[:, 1:]
        np.testing.assert_allclose(given.reshape(expected.shape), expected, rtol=1e-5, atol=1e-5)


def test_a_row_by_feature_name_gets_the_same_answer(trained, launch):
    server = launch(trained)
    server.wait_until(server.is_ready)
    version = trained.version("breast-cancer")
    row = version.golden().inputs["features"][0].tolist()
    by_name = dict(zip(version.manifest.signature.inputs[0].feature_names, row, strict=True))
    assert (
        server.predict("breast-cancer", [by_name]).json()["predictions"]
        == server.predict("breast-cancer", [row]).json()["predictions"]
    )


def test_the_model_card_is_served(trained, launch):
    server = launch(trained)
    server.wait_until(server.is_ready)
    shown = server.call("GET", "/models/digits").json()
    assert shown["card"].startswith("# digits")
    assert shown["scores"]["test"]["accuracy"] > 0.2
    assert shown["training"]["config"]["epochs"] == 1
