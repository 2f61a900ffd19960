"""A manifest comes back as it was written, or is refused with the reason."""

import json
from dataclasses import replace

import pytest

from models.errors import BadVersion, InvalidConformal
from models.manifest import Manifest, _digest


@pytest.fixture
def document(zoo):
    return json.loads(zoo.version("flowers").manifest.to_json())


def test_a_manifest_comes_back_as_it_was_written(zoo):
    for name in zoo.names():
        manifest = zoo.version(name).manifest
        assert Manifest.from_json(manifest.to_json().encode()) == manifest


def test_what_older_services_do_not_know_stands_in_a_manifest_only_where_it_says_something(zoo):
    def told(name):
        return [output.keys() for output in json.loads(zoo.version(name).manifest.to_json())["signature"]["outputs"]]

    known = {"name", "units", "activation", "names"}
    assert told("flowers") == [known]
    assert told("sketches") == [known | {"shape"}]
    assert told("parcels") == [known | {"task"}, known, known | {"task"}]


def sealed(document):
    """With the digest that a careful forger would write."""
    body = {key: value for key, value in document.items() if key != "digest"}
    return json.dumps(body | {"digest": _digest(body)}).encode()


def test_an_edited_manifest_is_refused(document):
    document["signature"]["outputs"][0]["names"][0] = "rose"
    with pytest.raises(BadVersion, match=r"manifest\.json was changed"):
        Manifest.from_json(json.dumps(document).encode())


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        pytest.param(b"", "no JSON", id="empty"),
        pytest.param(b'{"format_version": 1, "sig', "truncated", id="truncated"),
        pytest.param(b"[]", "no JSON object", id="array"),
        pytest.param(b"[" * 100_000, "no JSON", id="deep"),
        pytest.param(b'{"format_version": 2}', "format 2", id="newer-format"),
        pytest.param(b'{"format_version": 1}', "changed", id="no-digest"),
    ],
)
def test_what_is_no_manifest_is_refused(content, complaint):
    with pytest.raises(BadVersion, match=complaint):
        Manifest.from_json(content)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        pytest.param({"signature": None}, "signature", id="no-signature"),
        pytest.param({"surprise": 1}, "surprise", id="unknown-key"),
        pytest.param({"files": {"../../etc/passwd": {"sha256": "0" * 64, "bytes": 1}}}, "files", id="path-traversal"),
        pytest.param({"files": {"model.onnx": {"sha256": "0", "bytes": 1}}}, "files", id="bad-hash"),
    ],
)
def test_a_manifest_that_does_not_follow_the_format_is_refused_even_with_a_right_digest(document, change, complaint):
    with pytest.raises(BadVersion, match=complaint):
        Manifest.from_json(sealed(document | change))


@pytest.mark.parametrize(
    ("side", "change", "complaint"),
    [
        pytest.param("outputs", {"units": 7}, "7 units", id="units"),
        pytest.param("outputs", {"shape": [2, 2]}, "their product", id="shape"),
        pytest.param("outputs", {"task": "regression"}, "one task", id="task"),
        pytest.param("outputs", {"task": "clustering"}, "task", id="unknown-task"),
        pytest.param("inputs", {"dtype": "float64"}, "float64", id="dtype"),
        pytest.param("inputs", {"dtype": "int32", "ranges": [[0, 0.5]]}, "whole numbers", id="ranges"),
    ],
)
def test_a_signature_that_contradicts_itself_is_refused(document, side, change, complaint):
    document["signature"][side][0] |= change
    with pytest.raises(BadVersion, match=complaint):
        Manifest.from_json(sealed(document))


@pytest.mark.parametrize("name", ["parcels", "sketches", "sentences"])
def test_only_one_list_of_numbers_a_row_has_thresholds(zoo, name):
    manifest = zoo.version(name).manifest
    with pytest.raises(InvalidConformal, match="one output of one axis"):
        replace(manifest, conformal=zoo.version("flowers").manifest.conformal)
