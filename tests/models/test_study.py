"""What a manifest tells of a search: comes back as it was written, may be absent, and is refused where it is odd."""

import json
from dataclasses import replace

import pytest

from models.errors import BadVersion, InvalidStudy
from models.manifest import Manifest, _digest
from models.study import Link
from tests.truths import STUDY


@pytest.fixture
def searched(zoo):
    return replace(zoo.version("flowers").manifest, study=STUDY)


@pytest.fixture
def document(searched):
    return json.loads(searched.to_json())


def sealed(document):
    body = {key: value for key, value in document.items() if key != "digest"}
    return json.dumps(body | {"digest": _digest(body)}).encode()


def test_it_comes_back_as_it_was_written(searched):
    assert Manifest.from_json(searched.to_json().encode()) == searched


def test_a_manifest_from_before_there_were_searches_opens(document):
    del document["study"]
    assert Manifest.from_json(sealed(document)).study is None


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        pytest.param({"surprise": 1}, "surprise", id="unknown key"),
        pytest.param({"trial": -1}, "trial", id="no number of a trial"),
        pytest.param({"trial": "3"}, "trial", id="a word"),
        pytest.param({"objectives": {"error": "small"}}, "objectives", id="no number"),
        pytest.param({"objectives": {}}, "an objective at least", id="no objective"),
        pytest.param({"lineage": [{"trial": 3}]}, "lineage", id="half a link"),
        pytest.param({"lineage": [{"trial": 1, "epochs": 2, "params": {}}]}, "ends with the trial", id="another end"),
    ],
)
def test_what_does_not_follow_the_format_is_refused(document, change, complaint):
    document["study"] |= change
    with pytest.raises(BadVersion, match=complaint):
        Manifest.from_json(sealed(document))


def test_a_lineage_ends_with_the_chosen_trial():
    assert replace(STUDY, lineage=(Link(0, 2, {}), Link(3, 2, {}))).lineage[-1].trial == STUDY.trial
    with pytest.raises(InvalidStudy, match="ends with the trial that was chosen, 3"):
        replace(STUDY, lineage=(Link(3, 2, {}), Link(0, 2, {})))
