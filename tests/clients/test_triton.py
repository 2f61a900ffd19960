"""An unmodified tritonclient: health, metadata, configuration, statistics, the repository, versions and errors."""

import numpy as np
import pytest
from tritonclient.http import InferenceServerClient, InferenceServerException, InferInput, InferRequestedOutput

from tests.clients.triton import golden, refused, tensor


@pytest.fixture
def client(server):
    with InferenceServerClient(f"127.0.0.1:{server.port}") as one:
        yield one


@pytest.fixture
def controller(controlled_server):
    with InferenceServerClient(f"127.0.0.1:{controlled_server.port}") as one:
        yield one


def test_the_server_and_its_models_are_ready(client):
    assert client.is_server_live()
    assert client.is_server_ready()
    assert client.is_model_ready("flowers")
    assert client.is_model_ready("flowers", "1")
    assert not client.is_model_ready("flowers", "7")
    assert not client.is_model_ready("roses")


def test_the_server_tells_its_name_and_extensions(client):
    metadata = client.get_server_metadata()
    assert metadata["name"] == "heaviside"
    assert metadata["version"]
    assert "binary_tensor_data" in metadata["extensions"]


@pytest.mark.parametrize("version", ["", "1"])
def test_what_a_model_tells_is_enough_to_ask_it(client, zoo, version):
    rows, expected = golden(zoo, "pictures")
    metadata = client.get_model_metadata("pictures", version)
    assert (metadata["name"], metadata["versions"]) == ("pictures", ["1"])
    (described,), (output,) = metadata["inputs"], metadata["outputs"]
    shape = [len(rows), *described["shape"][1:]]
    given = InferInput(described["name"], shape, described["datatype"])
    given.set_data_from_numpy(rows.reshape(shape))
    result = client.infer("pictures", [given], version, outputs=[InferRequestedOutput(output["name"])])
    np.testing.assert_allclose(result.as_numpy(output["name"]), expected, atol=1e-6)
    assert result.as_numpy(output["name"]).shape[1:] == tuple(output["shape"][1:])


@pytest.mark.parametrize("version", ["", "1"])
def test_the_configuration_is_that_of_the_model(client, version):
    config = client.get_model_config("pictures", version)
    assert config["name"] == "pictures"
    assert config["max_batch_size"] == 16384
    assert config["input"] == [{"name": "row", "data_type": "TYPE_FP32", "dims": [3, 2]}]


def test_the_index_lists_every_version(client, zoo):
    lines = client.get_model_repository_index()
    assert lines == [{"name": name, "version": "1", "state": "READY"} for name in zoo.names()]


def test_statistics_grow_with_each_inference(client):
    def counted(name="tags"):
        (statistics,) = client.get_inference_statistics(name)["model_stats"]
        return statistics

    before = counted()
    for _ in range(5):
        client.infer("tags", tensor(np.ones((3, 3), np.float32)))
    with refused(400, "unexpected shape"):
        client.infer("tags", tensor(np.ones((3, 5), np.float32)))
    after = counted()
    assert after["inference_count"] - before["inference_count"] == 15
    assert after["execution_count"] - before["execution_count"] == 5
    assert after["last_inference"] > before["last_inference"]
    for phase, count in (("success", 5), ("fail", 1), ("compute_infer", 5)):
        grown = {
            key: after["inference_stats"][phase][key] - before["inference_stats"][phase][key] for key in ("count", "ns")
        }
        assert grown["count"] == count
        assert (grown["ns"] > 0) is (phase != "fail")


def test_statistics_are_of_a_version_or_of_all_models(client, zoo):
    (one,) = client.get_inference_statistics("boxes", "1")["model_stats"]
    assert (one["name"], one["version"]) == ("boxes", "1")
    assert [one["name"] for one in client.get_inference_statistics()["model_stats"]] == zoo.names()


@pytest.fixture
def versions(launch, own_zoo, republish):
    """A client of a server with two versions of `flowers`, of which the second is another model."""
    republish(own_zoo, own_zoo.version("pictures"), name="flowers")
    with InferenceServerClient(f"127.0.0.1:{launch(own_zoo).port}") as one:
        yield one


def test_a_version_is_chosen_and_else_the_newest(versions, zoo):
    rows, expected = golden(zoo, "flowers")
    result = versions.infer("flowers", tensor(rows), model_version="1")
    assert result.get_response()["model_version"] == "1"
    np.testing.assert_allclose(result.as_numpy("answer"), expected, atol=1e-6)
    rows, expected = golden(zoo, "pictures")
    result = versions.infer("flowers", tensor(rows))
    assert result.get_response()["model_version"] == "2"
    np.testing.assert_allclose(result.as_numpy("answer"), expected, atol=1e-6)
    assert versions.get_model_metadata("flowers")["versions"] == ["1", "2"]


def test_nothing_is_loaded_or_unloaded_unless_the_operator_lets_clients(client):
    for ask in (client.load_model, client.unload_model):
        with refused(400, "explicit model load / unload is not allowed"):
            ask("flowers")
    assert client.is_model_ready("flowers")


def test_models_are_unloaded_and_loaded_where_the_operator_lets_clients(controller):
    def state():
        return next(line["state"] for line in controller.get_model_repository_index() if line["name"] == "flowers")

    rows = np.ones((1, 4), np.float32)
    controller.unload_model("flowers", unload_dependents=True)
    assert state() == "UNAVAILABLE"
    assert not controller.is_model_ready("flowers")
    assert controller.is_server_ready()
    with refused(404, "Request for unknown model: 'flowers' is not found"):
        controller.infer("flowers", tensor(rows))
    controller.load_model("flowers")
    assert state() == "READY"
    assert controller.infer("flowers", tensor(rows)).as_numpy("answer").shape == (1, 3)


def test_no_client_brings_a_model_of_its_own(controller):
    with refused(400, "failed to load"):
        controller.load_model("flowers", config="{}")
    with refused(400, "failed to load 'roses'"):
        controller.load_model("roses")
    with refused(404, "Request for unknown model"):
        controller.unload_model("roses")
    assert controller.is_model_ready("flowers")


ROWS = np.ones((2, 4), np.float32)


def column():
    return [InferInput("column", [1], "FP32").set_data_from_numpy(ROWS[0, :1])]


UNKNOWN = "Request for unknown model: 'roses' is not found"
ERRORS = [
    # id, status, words of the message, and what is asked
    ("metadata", 404, UNKNOWN, lambda client: client.get_model_metadata("roses")),
    ("config", 404, UNKNOWN, lambda client: client.get_model_config("roses")),
    ("statistics", 404, UNKNOWN, lambda client: client.get_inference_statistics("roses")),
    ("infer", 404, UNKNOWN, lambda client: client.infer("roses", tensor(ROWS))),
    ("quoted-name", 404, "'red roses%' is not found", lambda client: client.get_model_metadata("red roses%")),
    ("version", 404, "version 7 is not found", lambda client: client.infer("flowers", tensor(ROWS), "7")),
    ("input", 400, "inference input 'column'", lambda client: client.infer("flowers", column())),
    ("output", 400, "inference output 'x'",
     lambda client: client.infer("flowers", tensor(ROWS), outputs=[InferRequestedOutput("x")])),
    ("shape", 400, "unexpected shape for input 'row'",
     lambda client: client.infer("flowers", tensor(np.ones((2, 3), np.float32)))),
    ("nan", 400, "float32", lambda client: client.infer("flowers", tensor(ROWS * np.float32("nan")))),
    ("trace", 404, "nothing at /v2/trace", lambda client: client.get_trace_settings()),
]  # fmt: skip


@pytest.mark.parametrize(("status", "words", "ask"), [case[1:] for case in ERRORS], ids=[case[0] for case in ERRORS])
def test_an_error_has_a_status_and_a_message_and_the_connection_goes_on(client, status, words, ask):
    with refused(status, words):
        ask(client)
    assert client.infer("flowers", tensor(ROWS)).as_numpy("answer").shape == (2, 3)


def test_text_is_refused_with_a_message(client):
    text = InferInput("row", [1, 4], "BYTES")
    text.set_data_from_numpy(np.array([["1", "2", "3", "4"]], object))
    with pytest.raises(InferenceServerException, match="none of numbers"):
        client.infer("flowers", [text])
