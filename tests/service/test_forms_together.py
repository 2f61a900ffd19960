"""Models with several inputs and outputs behind a batcher, and with a shadow: rows stay whole, and so do outputs."""

import time
from functools import partial

import numpy as np
import pytest

from models.golden import concatenated
from models.traffic import Traffic
from service.app import create_app
from service.batcher import Batcher
from service.limits import Limits
from service.runtimes.opening import open_runtime
from tests.service.conftest import worker_of
from tests.service.crowds import CROWDS, PATIENCE_S
from tests.service.doubles import SLOW, Tally
from tests.service.test_operations import samples

PARCEL = {"sides": [1, 2], "picture": [[1, 2], [3, 4]]}


def part(rows, start, end):
    return {name: values[start:end] for name, values in rows.items()}


@pytest.mark.parametrize("crowd_of", CROWDS)
@pytest.mark.parametrize("model", ["parcels", "sentences", "sketches"])
def test_calls_that_run_together_get_the_outputs_of_their_own_rows(zoo, crowd_of, model):
    version = zoo.version(model)
    golden = version.golden()
    with crowd_of() as crowd:
        tally = Tally()
        limits = Limits(queue_wait_ms=10**9, batch_rows=8)
        batcher = Batcher(open_runtime(version, "onnx", 1), SLOW, limits, crowd.flow, tally)
        calls = [
            partial(batcher.predict, part(golden.inputs, start, start + 2), time.perf_counter() + PATIENCE_S)
            for start in range(0, golden.rows, 2)
        ]
        answers = crowd.ask(*calls * 3)
    assert sum(rows for rows, _ in tally.runs) == 3 * golden.rows
    for index in range(3):
        count = len(calls)
        assert golden.agrees(concatenated(answers[index * count : (index + 1) * count]))


@pytest.mark.parametrize("number", [20, 2**31 - 1])
def test_a_number_beyond_its_bounds_would_fail_the_whole_run(zoo, number):
    """Which is why it is refused before."""
    runtime = open_runtime(zoo.version("reviews"), "onnx", 1)
    words = np.zeros((3, 6), np.int32)
    runtime.predict({"words": words})
    words[1, 2] = number
    with pytest.raises(Exception, match="out of data bounds"):
        runtime.predict({"words": words})


class OtherKinds:
    """A runtime that gives each class of one output the probability of another, and leaves the other outputs alone."""

    name = "other-kinds"

    def __init__(self, runtime):
        self._runtime = runtime

    def predict(self, rows):
        outputs = self._runtime.predict(rows)
        return outputs | {"kind": np.roll(outputs["kind"], 1, axis=1)}


@pytest.mark.parametrize(("is_turned", "expected"), [(False, {"same": 4}), (True, {"different": 4})])
def test_a_shadow_decides_the_same_where_all_outputs_do(own_zoo, republish, tmp_path, is_turned, expected):
    version = own_zoo.version("parcels")
    republish(own_zoo, version)
    own_zoo.label("parcels", "canary", 1)
    own_zoo.route("parcels", Traffic(shadow="canary"))
    worker = worker_of(tmp_path, own_zoo)
    batcher = worker.catalog.models["parcels"].shadow.batcher
    if is_turned:
        batcher._runtime = OtherKinds(batcher._runtime)
    client = create_app(worker).test_client()
    assert client.post("/models/parcels/predict", json={"instances": [PARCEL] * 4}).status_code == 200
    worker.shadows.finish()
    counted = {dict(labels)["result"]: rows for (name, *labels), rows in samples(client).items()
               if name == "heaviside_shadow_rows_total" and rows}  # fmt: skip
    assert counted == expected
