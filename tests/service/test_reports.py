"""The report of a model is a page that loads nothing, from a file that is what was published."""

import shutil

import pytest

from models.version import REPORT_FILE
from service.app import create_app
from tests.service.asking import ask
from tests.service.attacks import Attack

PATH = "/models/flowers/report"


def test_the_report_is_the_page_that_was_published(client, zoo):
    response = client.get(PATH)
    assert (response.status_code, response.content_type) == (200, "text/html; charset=utf-8")
    assert response.data == (zoo.version("flowers").folder / REPORT_FILE).read_bytes()
    assert client.head(PATH).status_code == 200


def test_the_page_can_run_and_load_nothing(client):
    headers = client.get(PATH).headers
    loads = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
    policy = f"{loads}; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    assert headers["Content-Security-Policy"] == policy
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_the_report_is_that_of_the_newest_version_that_is_served(own_zoo, republish, start_worker):
    version = own_zoo.version("flowers")
    republish(own_zoo, version)
    republish(own_zoo, version)
    (own_zoo.root / "flowers" / "2" / REPORT_FILE).unlink()
    (own_zoo.root / "flowers" / "3" / REPORT_FILE).write_text("<script>")
    client = create_app(start_worker(own_zoo)).test_client()
    assert client.get(PATH).data == (version.folder / REPORT_FILE).read_bytes()


def test_a_model_tells_where_its_report_is(client):
    assert client.get("/models/flowers").get_json()["report"] == PATH
    assert client.get("/models/tags").get_json()["report"] is None


def damage(folder):
    (folder / REPORT_FILE).write_text("<script>")


GONE = {
    "the-store": lambda store: shutil.rmtree(store.root),
    "the-file": lambda store: (store.root / "flowers" / "1" / REPORT_FILE).unlink(),
    "what-was-published": lambda store: damage(store.root / "flowers" / "1"),
}


@pytest.mark.parametrize("remove", GONE.values(), ids=GONE)
def test_a_report_that_is_not_what_was_published_any_more_is_not_found(own_zoo, start_worker, remove):
    client = create_app(start_worker(own_zoo)).test_client()
    assert client.get(PATH).status_code == 200
    remove(own_zoo)
    response = client.get(PATH)
    answer = response.get_json()
    assert (response.status_code, answer["code"]) == (404, "no_report")
    assert answer["error"].startswith("flowers/1/report.html")
    assert str(own_zoo.root) not in answer["error"]
    assert client.post("/models/flowers/predict", json={"instances": [[1, 2, 3, 4]]}).status_code == 200


def test_a_version_without_a_report_says_so(client):
    response = client.get("/models/tags/report")
    assert (response.status_code, response.get_json()["code"]) == (404, "no_report")
    assert response.get_json()["error"].startswith("tags version 1 was published without a report;")


def test_there_is_no_report_of_an_unknown_model_and_nothing_can_be_posted_to_one(client):
    assert client.get("/models/roses/report").get_json()["code"] == "unknown_model"
    assert client.post(PATH, json={}).status_code == 405


def test_a_report_goes_out_as_wsgi_has_it(client):
    told = ask(client.application, Attack("GET", PATH))
    assert int(told.headers["content-length"]) == len(told.body)
