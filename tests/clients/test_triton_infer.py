"""An unmodified tritonclient: inference in JSON and in bytes, classes, compression, many at once, and its options."""

from uuid import uuid4

import numpy as np
import pytest
from tritonclient.http import InferenceServerClient, InferInput
from tritonclient.utils import triton_to_np_dtype

from tests.clients.triton import golden, own_answer, refused, tensor, wanted

MODELS = ["boxes", "flowers", "pictures", "prices", "tags", "tumours"]


@pytest.fixture
def client(server):
    with InferenceServerClient(f"127.0.0.1:{server.port}", concurrency=4) as one:
        yield one


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("binary_in", [False, True], ids=["json-in", "bytes-in"])
@pytest.mark.parametrize("binary_out", [False, True], ids=["json-out", "bytes-out"])
def test_every_model_answers_as_keras_did_in_json_in_bytes_and_in_both(client, zoo, name, binary_in, binary_out):
    rows, expected = golden(zoo, name)
    result = client.infer(name, tensor(rows, binary=binary_in), outputs=wanted(binary_data=binary_out))
    np.testing.assert_allclose(result.as_numpy("answer"), expected, atol=1e-6)
    output = result.get_output("answer")
    assert ("data" not in output) is binary_out
    assert (output["datatype"], output["shape"]) == ("FP32", list(expected.shape))


@pytest.mark.parametrize("name", MODELS)
def test_bytes_hold_the_same_bits_as_the_service_s_own_answer(client, server, zoo, name):
    rows, _ = golden(zoo, name)
    answer = client.infer(name, tensor(rows)).as_numpy("answer")
    own = own_answer(server, name, rows)
    own = own[:, 1:] if name == "tumours" else own  # both classes; the output itself is the second
    assert answer.tobytes() == own.tobytes()
    in_json = client.infer(name, tensor(rows, binary=False), outputs=wanted(binary_data=False)).as_numpy("answer")
    assert in_json.tobytes() == answer.tobytes()


def test_without_named_outputs_all_come_in_bytes(client, zoo):
    rows, _ = golden(zoo)
    (output,) = client.infer("flowers", tensor(rows, binary=False)).get_response()["outputs"]
    assert output["name"] == "answer"
    assert output["parameters"] == {"binary_data_size": 4 * 3 * len(rows)}


@pytest.mark.parametrize("datatype", ["BOOL", "INT8", "INT16", "INT32", "INT64", "UINT8", "UINT16", "UINT32", "UINT64",
                                      "FP16", "FP64", "BF16"])  # fmt: skip
def test_rows_of_other_datatypes_are_the_same_numbers(client, datatype):
    numbers = np.array([[0, 1, 1, 0]], np.float32)
    row = InferInput("row", [1, 4], datatype)
    row.set_data_from_numpy(numbers.astype(triton_to_np_dtype(datatype)))
    expected = client.infer("flowers", tensor(numbers)).as_numpy("answer")
    np.testing.assert_array_equal(client.infer("flowers", [row]).as_numpy("answer"), expected)


@pytest.mark.parametrize("binary", [False, True], ids=["json", "bytes"])
@pytest.mark.parametrize(("count", "given"), [(1, 1), (2, 2), (9, 3)])
def test_class_count_asks_for_the_best_classes(client, zoo, binary, count, given):
    rows, expected = golden(zoo)
    names = zoo.version("flowers").manifest.signature.classes
    outputs = wanted(binary_data=binary, class_count=count)
    answers = client.infer("flowers", tensor(rows), outputs=outputs).as_numpy("answer")
    assert answers.shape == (len(rows), given)
    for given_texts, probabilities in zip(answers, expected, strict=True):
        texts = [text.decode() if binary else text for text in given_texts]
        values, indexes, labels = zip(*(text.split(":") for text in texts), strict=True)
        best = np.argsort(-probabilities, kind="stable")[:given]
        assert list(map(int, indexes)) == best.tolist()
        assert list(labels) == [names[index] for index in best]
        np.testing.assert_allclose(list(map(float, values)), probabilities[best], atol=1e-6)


@pytest.mark.parametrize("binary", [False, True], ids=["json", "bytes"])
@pytest.mark.parametrize("request_by", [None, "gzip", "deflate"])
@pytest.mark.parametrize("response_by", [None, "gzip", "deflate"])
def test_requests_and_answers_are_compressed(client, server, binary, request_by, response_by):
    rows, name = np.ones((512, 4), np.float32), uuid4().hex
    plain = client.infer("flowers", tensor(rows)).as_numpy("answer")
    result = client.infer(
        "flowers",
        tensor(rows, binary=binary),
        outputs=wanted(binary_data=binary),
        headers={"X-Request-Id": name},
        request_compression_algorithm=request_by,
        response_compression_algorithm=response_by,
    )
    np.testing.assert_array_equal(result.as_numpy("answer"), plain)
    server.wait_until(lambda: name in server.answered())
    line = next(line for line in server.lines() if line.get("request_id") == name)
    assert (line["bytes_in"] < rows.nbytes / 2) is (request_by is not None)
    assert (line["bytes_out"] < plain.nbytes / 2) is (response_by is not None)


def test_many_requests_at_once_get_their_own_answers(client, zoo):
    rows, expected = golden(zoo)
    asked = [client.async_infer("flowers", tensor(rows[[n % 8]]), request_id=str(n)) for n in range(200)]
    for number, one in enumerate(asked):
        result = one.get_result()
        assert result.get_response()["id"] == str(number)
        np.testing.assert_allclose(result.as_numpy("answer"), expected[[number % 8]], atol=1e-6)


def test_one_bad_request_among_many_at_once_fails_alone(client, zoo):
    rows, _ = golden(zoo)
    asked = [client.async_infer("flowers", tensor(rows[:, : 3 + (n != 5)].copy())) for n in range(10)]
    with refused(400, "unexpected shape"):
        asked.pop(5).get_result()
    assert {one.get_result().as_numpy("answer").shape for one in asked} == {(8, 3)}


@pytest.mark.parametrize("request_id", ["", "42", "a/b \u00e9", "<array 0>"])
def test_an_answer_has_the_id_of_its_request_or_one_of_its_own(client, zoo, request_id):
    rows, _ = golden(zoo)
    for binary in (False, True):
        result = client.infer("flowers", tensor(rows, binary=binary), request_id=request_id)
        given = result.get_response()["id"]
        assert given == request_id if request_id else given


def test_bodies_are_made_and_read_without_the_client_s_own_connection(server, zoo):
    rows, expected = golden(zoo)
    for binary in (False, True):
        inputs, outputs = tensor(rows, binary=binary), wanted(binary_data=binary)
        body, json_size = InferenceServerClient.generate_request_body(inputs, outputs=outputs, request_id="7")
        headers = {} if json_size is None else {"Inference_Header_Content_Length": str(json_size)}
        answer = server.call("POST", "/v2/models/flowers/infer", body, Accept_Encoding="gzip", **headers)
        told = {name.lower(): value for name, value in answer.headers.items()}
        size = told.get("inference-header-content-length")
        result = InferenceServerClient.parse_response_body(
            answer.body, header_length=size and int(size), content_encoding=told["content-encoding"]
        )
        assert (size is not None) is binary
        assert result.get_response()["id"] == "7"
        np.testing.assert_allclose(result.as_numpy("answer"), expected, atol=1e-6)


def test_a_timeout_is_a_deadline(client, zoo):
    rows, _ = golden(zoo)
    with refused(504, "time was over"):
        client.infer("flowers", tensor(rows), timeout=1)
    assert client.infer("flowers", tensor(rows), timeout=60_000_000).as_numpy("answer").shape == (8, 3)


def test_parameters_of_sequences_and_priority_change_nothing_and_top_k_asks_for_classes(client, zoo):
    rows, expected = golden(zoo)
    options = {"sequence_id": 3, "sequence_start": True, "sequence_end": True, "priority": 1}
    result = client.infer("flowers", tensor(rows), parameters={"own": "any"}, **options)
    np.testing.assert_allclose(result.as_numpy("answer"), expected, atol=1e-6)
    result = client.infer("flowers", tensor(rows), parameters={"top_k": 1})
    assert result.get_output("answer")["datatype"] == "BYTES"
    assert [text.decode().split(":")[1] for (text,) in result.as_numpy("answer")] == list(map(str, expected.argmax(1)))
    with refused(400, "parameters"):
        client.infer("flowers", tensor(rows), parameters={"top_k": 0})


def test_headers_and_query_parameters_go_along(client, zoo):
    rows, _ = golden(zoo)
    options = {"headers": {"X-Request-Id": "mine"}, "query_params": {"unknown": "1"}}
    assert client.infer("flowers", tensor(rows), **options).get_response()["id"] == "mine"


def test_as_many_rows_as_may_come_and_go(client):
    rows = np.random.default_rng(3).normal(size=(16384, 4)).astype(np.float32)
    answer = client.infer("flowers", tensor(rows)).as_numpy("answer")
    assert answer.shape == (16384, 3)
    np.testing.assert_allclose(answer.sum(axis=1), 1, atol=1e-5)
    with refused(413, "16385 rows"):
        client.infer("flowers", tensor(np.ones((16385, 4), np.float32)))
