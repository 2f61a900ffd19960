"""An unmodified tritonclient and models of other forms: several inputs and outputs, whole numbers, images and steps."""

import numpy as np
import pytest
from tritonclient.http import InferenceServerClient, InferInput, InferRequestedOutput

from tests.clients.triton import refused

MODELS = ["parcels", "reviews", "sentences", "signs", "sketches"]


@pytest.fixture
def client(server):
    with InferenceServerClient(f"127.0.0.1:{server.port}") as one:
        yield one


def inputs_of(client, name, rows, *, binary):
    """As the model's metadata tells them, and in the opposite order."""
    tensors = []
    for told in client.get_model_metadata(name)["inputs"][::-1]:
        tensor = InferInput(told["name"], list(rows[told["name"]].shape), told["datatype"])
        tensor.set_data_from_numpy(rows[told["name"]], binary_data=binary)
        tensors.append(tensor)
    return tensors


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("binary_in", [False, True], ids=["json-in", "bytes-in"])
@pytest.mark.parametrize("binary_out", [False, True], ids=["json-out", "bytes-out"])
def test_all_outputs_come_as_keras_gave_them_in_the_shape_that_the_metadata_tells(
    client, zoo, name, binary_in, binary_out
):
    golden = zoo.version(name).golden()
    told = client.get_model_metadata(name)["outputs"]
    wanted = [InferRequestedOutput(output["name"], binary_data=binary_out) for output in told]
    result = client.infer(name, inputs_of(client, name, golden.inputs, binary=binary_in), outputs=wanted)
    for output in told:
        values = result.as_numpy(output["name"])
        assert values.shape == (golden.rows, *output["shape"][1:])
        np.testing.assert_allclose(values, golden.outputs[output["name"]], atol=1e-6)


def test_classes_of_one_output_come_beside_the_numbers_of_another(client, zoo):
    golden = zoo.version("parcels").golden()
    wanted = [InferRequestedOutput("kind", class_count=2), InferRequestedOutput("weight")]
    result = client.infer("parcels", inputs_of(client, "parcels", golden.inputs, binary=True), outputs=wanted)
    assert result.as_numpy("kind").shape == (golden.rows, 2)
    np.testing.assert_allclose(result.as_numpy("weight"), golden.outputs["weight"], atol=1e-6)
    assert result.as_numpy("is_fragile") is None


def test_a_number_beyond_the_bounds_is_refused(client):
    with refused(400, "expected a whole number from 0 to 19, got 20"):
        client.infer("reviews", inputs_of(client, "reviews", {"words": np.full((1, 6), 20, np.int32)}, binary=True))
