"""The OpenAPI description: it has what the service has, and says enough to tell a right answer from a wrong one."""

import re
from pathlib import Path

import pytest

from service.app import create_app
from service.responses import STATUS_AND_CODE

DOCUMENTS = Path(__file__).parents[2] / "docs"
PAGES = ("/docs", "/openapi.json")
OURS = ("Predictions", "Models", "Operations")  # the tags of what docs/api.md tells
# Before each path that a protocol wants for itself, so that nothing else is at it.
SETTINGS = {
    "by-default": {},
    "at-vertex-paths": {"aip_health_route": "/vertex/health", "aip_predict_route": "/vertex/predict"},
    "at-paths-of-other-protocols": {"aip_health_route": "/health", "aip_predict_route": "/predict"},
    "at-paths-of-ours": {"aip_health_route": "/livez", "aip_predict_route": "/models/flowers/predict"},
    "with-the-status-of-kserve": {"v1_status": "kserve"},
}


@pytest.fixture(params=SETTINGS.values(), ids=SETTINGS)
def client(request, zoo, start_worker):
    return create_app(start_worker(zoo, **request.param)).test_client()


@pytest.fixture
def described(client):
    return client.get("/openapi.json").get_json()


def operations(description):
    return {(method, path): asked for path, item in description["paths"].items() for method, asked in item.items()}


def parts(value, path=""):
    """Every object in a document, and where it stands."""
    if isinstance(value, dict):
        yield path, value
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in pairs:
        yield from parts(part, f"{path}/{key}")


def test_the_description_has_every_route_and_no_other(client, described):
    routes = {
        (method.lower(), re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule))
        for rule in client.application.url_map.iter_rules()
        if not rule.rule.startswith(PAGES)
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    assert routes == operations(described).keys()


def test_every_operation_has_the_parameters_of_its_path(described):
    known = described["components"]["parameters"]
    for (_, path), operation in operations(described).items():
        given = [
            known[asked["$ref"].split("/")[-1]] if "$ref" in asked else asked
            for asked in operation.get("parameters", ())
        ]
        in_path = [parameter["name"] for parameter in given if parameter["in"] == "path"]
        assert in_path == re.findall(r"{(\w+)}", path)


def test_every_reference_leads_somewhere_and_everything_is_referred_to(described):
    references = {part["$ref"] for _, part in parts(described) if "$ref" in part}
    components = {f"#/components/{kind}/{name}" for kind, named in described["components"].items() for name in named}
    unused = {name for name in components - references if "/responses/" not in name}  # each protocol has all of these
    assert references <= components
    assert unused == set()


def test_no_answer_may_have_keys_that_are_not_described(described):
    answers = [operation["responses"] for operation in operations(described).values()]
    answers.append(described["components"]["responses"])
    shapes = [part for _, part in parts(answers) if part.get("type") == "object"]
    waiting = [part["$ref"] for _, part in parts(answers) if "$ref" in part]
    for reference in waiting:
        *_, kind, name = reference.split("/")
        for _, part in parts(described["components"][kind][name]):
            shapes += [part] if part.get("type") == "object" else []
            waiting += [part["$ref"]] if "$ref" in part and part["$ref"] not in waiting else []
    assert len(shapes) > 50
    assert [shape for shape in shapes if "additionalProperties" not in shape] == []


def test_every_error_that_a_request_can_meet_is_described_with_its_status(described):
    found = {
        (int(status), code)
        for operation in operations(described).values()
        for status, answer in operation["responses"].items()
        if "$ref" in answer
        for code in codes(described, answer["$ref"].split("/")[-1])
    }
    assert found >= set(STATUS_AND_CODE.values())


def codes(description, name):
    (content,) = description["components"]["responses"][name]["content"].values()
    return content["schema"]["properties"]["code"]["enum"]


def test_every_tag_is_explained_and_stands_over_operations(described):
    used = [tag for operation in operations(described).values() for tag in operation["tags"]]
    assert {tag["name"] for tag in described["tags"] if tag["description"]} == set(used)
    assert all(operation["summary"] for operation in operations(described).values())


def test_the_status_of_a_model_is_described_as_the_settings_have_it(client, described):
    answer = operations(described)["get", "/v1/models/{model}"]["responses"]["200"]
    schema = answer["content"]["application/json"]["schema"]
    assert client.get("/v1/models/flowers").get_json().keys() == schema["properties"].keys() == set(schema["required"])


def test_every_route_is_in_the_documents(client):
    ours, others = (DOCUMENTS / "api.md").read_text(), (DOCUMENTS / "protocols.md").read_text()
    for (_, path), operation in operations(client.get("/openapi.json").get_json()).items():
        if operation["tags"][0] in OURS:
            assert path.replace("{model}", "<name>").replace("{version}", "<n>") in ours
        elif operation["tags"] != ["Vertex AI"]:  # an operator chooses its paths
            assert all(word in others for word in re.findall(r"[a-z]\w+", re.sub("{.*?}", "", path))), path


@pytest.mark.parametrize("name", ["at-paths-of-other-protocols", "at-paths-of-ours"])
def test_where_two_protocols_want_a_path_vertex_ai_has_it_and_is_described(zoo, start_worker, name):
    settings = SETTINGS[name]
    client = create_app(start_worker(zoo, **settings)).test_client()
    described = operations(client.get("/openapi.json").get_json())
    health, predict = settings["aip_health_route"], settings["aip_predict_route"]
    assert client.get(health).get_json() == {}
    answer = client.post(f"{predict}?model=flowers", json={"instances": [[1, 2, 3, 4]]}).get_json()
    assert answer.keys() == {"predictions"}
    assert described["get", health]["tags"] == described["post", predict]["tags"] == ["Vertex AI"]
    assert described["get", "/ping"]["tags"] == ["MLflow and Amazon SageMaker"]
