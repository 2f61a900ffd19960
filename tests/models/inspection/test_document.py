"""JSON of a model file is bounded in size, depth and number of nodes, and means one thing only."""

import pytest

from models.inspection.document import parse
from models.inspection.limits import Limits
from models.inspection.refused import Refused
from tests.models.inspection import forge

LIMITS = Limits()


def test_negative_numbers_and_nested_values_come_back_as_they_stand():
    assert parse(b'{"a": [-1, 0, 2.5, -1e3, null, true, {"b": "c"}]}', "here", LIMITS) == {
        "a": [-1, 0, 2.5, -1000.0, None, True, {"b": "c"}]
    }


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        pytest.param(b"", "json", id="empty"),
        pytest.param(b"[]", "json", id="array"),
        pytest.param(b'"Sequential"', "json", id="text"),
        pytest.param(b'{"a": 1', "json", id="truncated"),
        pytest.param(b'{"a": 1} {"b": 2}', "json", id="two-documents"),
        pytest.param(b'{"a": 1, "a": 2}', "json", id="key-twice"),
        pytest.param(b'{"x": {"class_name": "Dense", "class_name": "Lambda"}}', "json", id="class-twice"),
        pytest.param(b'{"a": NaN}', "json", id="nan"),
        pytest.param(b'{"a": -Infinity}', "json", id="infinity"),
        pytest.param(b'{"a": 1e999}', "json", id="float-overflow"),
        pytest.param(b'{"a": ' + b"9" * 5_000 + b"}", "json", id="huge-integer"),
        pytest.param(b'{"a": 99999999999999999999}', "json", id="large-integer"),
        pytest.param(b'{"a": "\xff\xfe"}', "json", id="no-utf-8"),
        pytest.param(b'\xef\xbb\xbf{"a": 1}', "json", id="byte-order-mark"),
        pytest.param('{"a": 1}'.encode("utf-16"), "json", id="utf-16"),
        pytest.param(b"[" * 400_000, "depth", id="open-brackets"),
        pytest.param(b'{"a":' * 90_000 + b"1" + b"}" * 90_000, "depth", id="deep-objects"),
        pytest.param(b'{"a": ' + b"[" * 200 + b"]" * 200 + b"}", "depth", id="two-hundred-deep"),
        pytest.param(b'{"a": [' + b"0," * 600_000 + b"0]}", "nodes", id="many-values"),
        pytest.param(b'{"a": "' + b"x" * (17 << 20) + b'"}', "bomb", id="long"),
    ],
)
def test_other_json_is_refused(text, rule):
    with pytest.raises(Refused) as caught:
        parse(text, "config.json", LIMITS)
    assert (caught.value.rule, caught.value.part) == (rule, "config.json")


def test_a_refusal_can_be_shown_whatever_stands_in_the_file(refusal):
    refused = refusal(forge.archive(b'{"module": "keras", "class_name": "\\ud800\\u202e\\u001b[2J", "config": {}}'))
    assert str(refused).encode()
    assert "\x1b" not in str(refused)


@pytest.mark.parametrize("document", [b"[1]", b"null", b'{"keras_version": 3}', b'{"date_saved": ["x"]}'])
def test_metadata_that_is_none_is_refused(refusal, document):
    assert refusal(forge.archive(names={"metadata.json": document})).rule == "json"
