"""What holds for every protocol: the same numbers, the same options, HEAD, metrics, and paths that nobody serves."""

import gzip
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tests.service.protocols import IN_JSON, Asked, Question, in_json, questions, serve
from tests.service.test_operations import samples

MODELS = (
    "flowers", "pictures", "tumours", "tags", "prices", "boxes", "half_plus_two", "tickets", "gates", "lamps"
)  # fmt: skip
ROW = [[1, 2, 3, 4]]


@pytest.fixture(scope="module")
def client(zoo, tmp_path_factory):
    """A client of a service over the whole zoo, with Vertex AI's routes."""
    return serve(zoo, tmp_path_factory.mktemp("peers"))


def shortest(rows):
    """The rows as numbers in the fewest digits that float32 can be told from."""
    return np.vectorize(lambda number: float(str(number)), otypes=[float])(rows).tolist()


@given(st.data())
@settings(deadline=None, max_examples=60)
def test_the_same_rows_give_the_same_numbers_through_every_protocol_bit_for_bit(client, zoo, data):
    model = data.draw(st.sampled_from(MODELS))
    signature = zoo.version(model).manifest.signature
    rows = data.draw(rows_of(signature.inputs[0]))
    numbers = in_json(data.draw(st.sampled_from([rows.tolist(), shortest(rows)])))
    is_compressed = data.draw(st.booleans())
    units = signature.outputs[0].units
    answers = {}
    for name, question in questions(Asked(model, signature, rows, numbers)):
        values = (compressed(question) if is_compressed else question).ask(client)
        answers[name] = values[:, -units:]  # of a binary model, some answer with both classes
    expected = answers["native-nested"]
    assert expected.shape == (len(rows), units)
    for name, values in answers.items():
        np.testing.assert_array_equal(values.view(np.uint32), expected.view(np.uint32), name, strict=True)


@st.composite
def rows_of(draw, tensor):
    """Up to four rows; where the model takes it, some with the numbers of words, and some without a number."""
    shape = (draw(st.integers(1, 4)), *tensor.shape)
    rows = draw(arrays(np.float32, shape, elements=st.floats(-10_000, 10_000, width=32)))
    for place, words in enumerate(tensor.categories or ()):
        if words is not None:
            rows[:, place] = draw(arrays(np.float32, len(rows), elements=st.sampled_from(range(len(words)))))
    if tensor.optional:
        rows[draw(arrays(bool, shape))] = np.nan
    return rows


def compressed(question):
    headers = {**question.headers, "Content-Encoding": "gzip"}
    return Question(question.path, gzip.compress(question.body), headers, question.read)


@pytest.mark.parametrize("model", MODELS)
def test_each_kind_of_model_is_asked_in_every_protocol(zoo, model):
    signature = zoo.version(model).manifest.signature
    rows = zoo.version(model).golden().inputs[signature.inputs[0].name][:1]
    asked = Counter(name.split("-")[0] for name, _ in questions(Asked(model, signature, rows, in_json(rows.tolist()))))
    assert asked.keys() == {"native", "openinference", "tfserving", "mlflow", "vertex"}
    assert asked["openinference"] == 7
    assert min(asked["tfserving"], asked["mlflow"]) >= 4


WAYS = {
    # path, key of the options, document from rows and the names of features
    "tfserving-rows": ("/v1/models/{}:predict", "parameters", lambda rows, _: {"instances": rows}),
    "tfserving-column": ("/v1/models/{}:predict", "parameters", lambda rows, _: {"inputs": rows}),
    "tfserving-version": ("/v1/models/{}/versions/1:predict", "parameters", lambda rows, _: {"inputs": {"row": rows}}),
    "vertex": ("/vertex/predict?model={}", "parameters", lambda rows, _: {"instances": rows}),
    "mlflow-instances": ("/invocations?model={}", "params", lambda rows, _: {"instances": rows}),
    "mlflow-inputs": ("/invocations?model={}", "params", lambda rows, _: {"inputs": rows}),
    "mlflow-split": ("/invocations?model={}", "params", lambda rows, _: {"dataframe_split": {"data": rows}}),
    "mlflow-records": (
        "/invocations?model={}",
        "params",
        lambda rows, names: {"dataframe_records": [dict(zip(names, row, strict=True)) for row in rows]},
    ),
}
ways = pytest.mark.parametrize("way", WAYS)


@pytest.fixture(scope="module")
def ask(client, zoo):
    """Ask for golden rows of a model with options, in one of the WAYS."""

    def ask_with(way, model, options):
        path, key, document = WAYS[way]
        rows = [np.ravel(row).tolist() for row in golden_rows(zoo, model)]
        names = zoo.version(model).manifest.signature.inputs[0].feature_names or [f"{n}" for n in range(len(rows[0]))]
        return client.post(path.format(model), json=document(rows, names) | {key: options}, headers=IN_JSON)

    return ask_with


def golden_rows(zoo, model):
    return zoo.version(model).golden().inputs["row"].tolist()


@pytest.mark.parametrize(
    "asked",
    [
        ("flowers", {"top_k": 1}),
        ("flowers", {"top_k": 2}),
        ("flowers", {"top_k": 99, "what-we-do-not-know": [1]}),
        ("tumours", {"threshold": 0.9}),
        ("tumours", {"threshold": 0, "top_k": 2}),
        ("tags", {"threshold": 0.3}),
        ("tags", {"threshold": 1}),
    ],
    ids=str,
)
@ways
def test_with_options_the_predictions_are_those_of_predict_class(client, zoo, ask, way, asked):
    model, options = asked
    rows = golden_rows(zoo, model)
    known = {name: value for name, value in options.items() if name in ("top_k", "threshold")}
    expected = client.post(f"/models/{model}/predict-class", json={"instances": rows} | known).get_json()
    response = ask(way, model, options)
    assert response.status_code == 200
    assert response.get_json() == {"predictions": expected["predictions"]}


@pytest.mark.parametrize("options", [None, {}, {"what-we-do-not-know": 1}], ids=str)
@ways
def test_without_options_of_ours_the_predictions_are_the_outputs(client, zoo, ask, way, options):
    expected = client.post("/models/tags/predict", json={"instances": golden_rows(zoo, "tags")}).get_json()
    assert list(ask(way, "tags", options).get_json().values()) == [expected["predictions"]]


BAD_OPTIONS = [
    ("flowers", {"top_k": 0}, "invalid_request", "/top_k"),
    ("flowers", {"top_k": "2"}, "invalid_request", "/top_k"),
    ("flowers", {"top_k": True}, "invalid_request", "/top_k"),
    ("flowers", {"top_k": 1.5}, "invalid_request", "/top_k"),
    ("flowers", {"top_k": None}, "invalid_request", "/top_k"),
    ("flowers", {"threshold": 0.5}, "invalid_request", "/threshold"),
    ("tumours", {"threshold": 1.01}, "invalid_request", "/threshold"),
    ("tumours", {"threshold": "0.5"}, "invalid_request", "/threshold"),
    ("tags", {"top_k": 1}, "invalid_request", "/top_k"),
    ("gates", {"top_k": 1}, "invalid_request", "/top_k"),
    ("gates", {"threshold": 0.5}, "invalid_request", "/threshold"),
    ("lamps", {"threshold": 0.5}, "invalid_request", "/threshold"),
    ("flowers", [2], "invalid_request", ""),
    ("flowers", "top_k", "invalid_request", ""),
    ("boxes", {"top_k": 1}, "not_a_classifier", None),
]


@pytest.mark.parametrize("bad", BAD_OPTIONS, ids=str)
@ways
def test_options_that_do_not_fit_are_refused_with_their_place(ask, way, bad):
    model, options, code, path = bad
    response = ask(way, model, options)
    answer = response.get_json()
    assert (response.status_code, answer["code"]) == (400, code)
    assert [detail["path"] for detail in answer["details"]] == ([] if path is None else [f"/{WAYS[way][1]}{path}"])


def infer(client, rows, **more):
    tensor = {"name": "row", "shape": [len(rows), 4], "datatype": "FP32", "data": rows}
    response = client.post("/v2/models/flowers/infer", json={"inputs": [tensor], "id": "x", **more})
    return response.status_code, response.get_json()


def test_of_the_open_inference_protocol_top_k_is_the_classification_of_every_output(client, zoo):
    rows = golden_rows(zoo, "flowers")
    expected = infer(client, rows, outputs=[{"name": "answer", "parameters": {"classification": 2}}])
    assert expected[1]["outputs"][0]["shape"] == [len(rows), 2]
    assert infer(client, rows, parameters={"top_k": 2}) == expected
    both = infer(
        client, rows, parameters={"top_k": 1}, outputs=[{"name": "answer", "parameters": {"classification": 2}}]
    )
    assert both == expected  # what is asked of one output goes before


def test_of_the_open_inference_protocol_threshold_changes_nothing(client, zoo):
    rows = golden_rows(zoo, "flowers")
    assert infer(client, rows, parameters={"threshold": 0.9}) == infer(client, rows)


GOOD = [
    # protocol, method, path, route as metrics name it
    ("native", "POST", "/models/flowers/predict", "/models/<model>/predict"),
    ("tfserving", "POST", "/v1/models/flowers:predict", "/v1/models/<name:model>:predict"),
    ("tfserving", "GET", "/v1/models/flowers", "/v1/models/<name:model>"),
    ("tfserving", "GET", "/v1/models/flowers/metadata", "/v1/models/<name:model>/metadata"),
    ("openinference", "GET", "/v2", "/v2"),
    ("openinference", "GET", "/v2/models/flowers/config", "/v2/models/<model>/config"),
    ("openinference", "POST", "/v2/repository/index", "/v2/repository/index"),
    ("kserve", "GET", "/", "/"),
    ("kserve", "GET", "/v1/models", "/v1/models"),
    ("mlflow", "GET", "/ping", "/ping"),
    ("mlflow", "POST", "/invocations?model=flowers", "/invocations"),
    ("vertex", "GET", "/vertex/health", "/vertex/health"),
    ("vertex", "POST", "/vertex/predict?model=flowers", "/vertex/predict"),
]
BAD = [
    ("native", "POST", "/models/roses/predict", "/models/<model>/predict", 404),
    ("tfserving", "POST", "/v1/models/roses:predict", "/v1/models/<name:model>:predict", 404),
    ("tfserving", "GET", "/v1/nothing", "/v1/<path:rest>", 400),
    ("openinference", "POST", "/v2/models/roses/infer", "/v2/models/<model>/infer", 404),
    ("mlflow", "POST", "/invocations", "/invocations", 400),
    ("vertex", "POST", "/vertex/predict?model=roses", "/vertex/predict", 404),
]


def test_every_request_is_counted_with_its_protocol_its_route_and_its_status(zoo, tmp_path):
    client = serve(zoo, tmp_path)
    expected = {(*good, 200): 1 for good in GOOD} | dict.fromkeys(BAD, 1)
    for _, method, path, _, status in expected:
        body = {"json": {"instances": ROW}} if method == "POST" else {}
        assert client.open(path, method=method, **body).status_code == status, path
    counted = {
        tuple(dict(labels)[name] for name in ("protocol", "method", "route", "status")): value
        for (metric, *labels), value in samples(client).items()
        if metric == "heaviside_requests_total"
    }
    assert counted == {(protocol, method, route, str(status)): 1 for protocol, method, _, route, status in expected}


@pytest.mark.parametrize(
    ("path", "status"),
    [
        *((path, 200) for _, method, path, _ in GOOD if method == "GET"),
        ("/v2/health/live", 200),
        ("/version", 200),
        ("/v1/models/roses", 404),
        ("/v2/models/roses", 404),
        ("/v2/nothing", 404),
    ],
)
def test_head_answers_as_get_without_a_body(client, path, status):
    get, head = client.get(path), client.head(path)
    assert (get.status_code, head.status_code) == (status, status)
    assert head.get_data() == b""
    for name in ("Content-Type", "Content-Length"):
        assert head.headers[name] == get.headers[name]
    assert int(head.headers["Content-Length"]) == len(get.get_data())


@pytest.mark.parametrize(
    ("path", "status"), [("/invocations", 405), ("/v2/models/flowers/infer", 405), ("/v1/models/flowers:predict", 400)]
)
def test_head_of_what_takes_post_only_is_refused_without_a_body(client, path, status):
    head = client.head(path)
    assert (head.status_code, head.content_type, head.get_data()) == (status, "application/json", b"")


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    "path",
    [
        "/v1/nothing",
        "/v1/models/flowers:explain",
        "/v1/models/flowers:predict/",
        "/v1/models/flowers/versions/1:explain",
        "/v1/models/flowers/versions/x:predict",
        "/v1/models/flowers/versions/-1:predict",
        "/v1/models/flowers/versions/99999999999999999999:predict",
        "/v1/models/flowers/labels/stable/1:predict",
        "/v1/models//versions/1:predict",
        "/v1/models/:predict",
        "/v1/models/a/b/c",
        "/v1/models/flowers/metadata/more",
    ],
)
def test_whatever_else_is_asked_under_v1_is_malformed(client, method, path):
    response = client.open(path, method=method, json={"instances": ROW})
    answer = response.get_json()
    assert (response.status_code, answer["code"]) == (400, "invalid_request")
    assert answer["error"] == f"Malformed request: {method} {path}"


@pytest.mark.parametrize("path", ["/v1", "/v1/", "/v3/models", "/v2/nothing", "/invocations/flowers", "/vertex"])
def test_paths_of_no_protocol_are_not_found(client, path):
    for response in (client.get(path), client.post(path, json={"instances": ROW})):
        assert (response.status_code, response.get_json()["code"]) == (404, "not_found")
