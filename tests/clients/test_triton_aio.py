"""An unmodified tritonclient with asyncio: the same as the one with threads, on one connection pool of aiohttp."""

import asyncio

import numpy as np
import pytest
from tritonclient.http.aio import InferenceServerClient

from tests.clients.triton import golden, refused, tensor, wanted


@pytest.fixture
def run(server):
    """Run a coroutine function with a client of the server."""

    def run_one(ask):
        async def with_client():
            async with InferenceServerClient(f"127.0.0.1:{server.port}") as client:
                return await ask(client)

        return asyncio.run(with_client())

    return run_one


def test_the_server_and_its_models_tell_of_themselves(run, zoo):
    async def ask(client):
        assert await client.is_server_live()
        assert await client.is_server_ready()
        assert await client.is_model_ready("flowers", "1")
        assert not await client.is_model_ready("roses")
        assert (await client.get_server_metadata())["name"] == "heaviside"
        assert (await client.get_model_metadata("flowers"))["versions"] == ["1"]
        assert (await client.get_model_config("flowers"))["name"] == "flowers"
        assert [line["name"] for line in await client.get_model_repository_index()] == zoo.names()
        assert (await client.get_inference_statistics("flowers"))["model_stats"][0]["name"] == "flowers"

    run(ask)


@pytest.mark.parametrize("binary", [False, True], ids=["json", "bytes"])
@pytest.mark.parametrize("by", [None, "gzip", "deflate"])
def test_many_requests_at_once_get_their_own_answers(run, zoo, binary, by):
    rows, expected = golden(zoo)

    async def ask(client):
        return await asyncio.gather(
            *(
                client.infer(
                    "flowers",
                    tensor(rows[[number % 8]], binary=binary),
                    outputs=wanted(binary_data=binary),
                    request_id=str(number),
                    request_compression_algorithm=by,
                    response_compression_algorithm=by,
                )
                for number in range(100)
            )
        )

    for number, result in enumerate(run(ask)):
        assert result.get_response()["id"] == str(number)
        np.testing.assert_allclose(result.as_numpy("answer"), expected[[number % 8]], atol=1e-6)


def test_classes_and_errors_are_those_of_the_other_client(run, zoo):
    rows, expected = golden(zoo)

    async def ask(client):
        with refused(404, "Request for unknown model: 'roses' is not found"):
            await client.infer("roses", tensor(rows))
        with refused(400, "explicit model load / unload is not allowed"):
            await client.unload_model("flowers")
        return await client.infer("flowers", tensor(rows), outputs=wanted(class_count=1))

    answers = run(ask).as_numpy("answer")
    assert [int(text.decode().split(":")[1]) for (text,) in answers] == expected.argmax(axis=1).tolist()
