"""How a server starts: when it says that it is ready, and what keeps it from that."""

import os
import subprocess
import sys

import pytest

from tests.live.server import PATIENCE_S, ROOT


def test_once_ready_no_worker_answers_that_it_is_starting(launch_ready, zoo):
    for _ in range(3):
        fresh = launch_ready(zoo)
        assert {fresh.predict().status for _ in range(40)} == {200}


def test_a_store_with_a_bad_model_serves_the_others_and_says_that_it_is_not_ready(launch, own_zoo):
    (own_zoo.root / "flowers" / "1" / "model.onnx").write_bytes(b"")
    partial = launch(own_zoo)
    partial.wait_until(lambda: len(partial.loaded()) == 2)
    assert partial.predict("prices", [[1, 2]]).status == 200
    assert partial.call("GET", "/readyz").status == 503
    assert partial.predict().json()["code"] == "model_unavailable"


@pytest.mark.parametrize(
    ("arguments", "environ", "complaint"),
    [
        (["serve"], {"SERVICE_THRAEDS": "1"}, "Unknown setting SERVICE_THRAEDS. Known settings: "),
        (["serve"], {"PORT": "http"}, "PORT='http' does not fit"),
        (["serve"], {"SERVER": "apache"}, "SERVER='apache' does not fit"),
        (["dance"], {}, "Unknown arguments: dance."),
        ([], {}, "Unknown arguments: none."),
    ],
)
def test_a_wrong_call_ends_at_once_with_one_sentence(arguments, environ, complaint):
    result = subprocess.run(
        [sys.executable, "-m", "service", *arguments],
        cwd=ROOT,
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert result.returncode == 2
    assert result.stderr.startswith(complaint)
