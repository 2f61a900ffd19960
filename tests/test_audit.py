"""`make audit` lets no licence pass that is not allowed, and nothing for safe that was not looked up."""

import json
from pathlib import Path

import pytest

from audit.advisories import answer
from audit.licences import faults, is_allowed

LOCK = Path("requirements/dev.txt")


@pytest.mark.parametrize(
    ("expression", "allowed"),
    [
        ("MIT", True),
        ("GPL-3.0-only", False),
        ("GPL-3.0-only OR MIT", True),
        ("MIT OR GPL-3.0-only", True),
        ("GPL-3.0-only AND MIT", False),
        ("MPL-2.0 AND (Apache-2.0 OR MIT)", True),
        ("MIT AND (GPL-2.0-only OR AGPL-3.0-only)", False),
        ("MIT AND BSD-3-Clause OR GPL-2.0-only AND MIT", True),
        ("Apache-2.0 WITH LLVM-exception", True),
        ("GPL-2.0-only WITH Classpath-exception-2.0", False),
        ("", False),
        ("MIT MIT", False),
        ("(MIT", False),
        ("mit", False),
    ],
)
def test_an_expression_is_allowed_where_a_choice_of_it_is(expression, allowed):
    assert is_allowed(expression) is allowed


@pytest.mark.parametrize(
    ("component", "fault"),
    [
        ({"name": "a", "version": "1", "licenses": [{"license": {"id": "MIT"}}]}, None),
        ({"name": "a", "version": "1", "licenses": [{"expression": "MIT OR GPL-3.0-only"}]}, None),
        ({"name": "a", "licenses": [{"license": {"name": "License :: OSI Approved :: BSD License"}}]}, None),
        ({"name": "keras", "version": "3"}, None),
        (
            {"name": "a", "version": "1", "licenses": [{"license": {"id": "AGPL-3.0-only"}}]},
            "a 1 is under AGPL-3.0-only",
        ),
        ({"name": "a", "version": "1", "licenses": [{"license": {"name": "Ask me"}}]}, "a 1 is under Ask me"),
        ({"name": "a", "licenses": [{"license": {"id": "MIT"}}, {"license": {"id": "GPL-2.0-only"}}]}, "GPL-2.0-only"),
        ({"name": "a", "version": "1"}, "a 1 tells no licence"),
        ({"name": "a", "version": "1", "licenses": []}, "a 1 tells no licence"),
    ],
)
def test_each_package_needs_a_licence_that_is_allowed(component, fault):
    found = faults({"components": [component]})
    assert bool(found) is (fault is not None)
    assert (fault or "") in "".join(found)


KNOWN = {"name": "flask", "version": "3.1.3", "vulns": []}
SKIPPED = {"name": "click", "skip_reason": "Dependency not found on PyPI and could not be audited: click (8.5.1)"}
BROKEN = {"name": "flask", "version": "3.0.0", "vulns": [{"id": "PYSEC-1", "fix_versions": ["3.1"], "aliases": []}]}


def told(*dependencies):
    return answer(LOCK, json.dumps({"dependencies": dependencies, "fixes": []}), "No known vulnerabilities found")


@pytest.mark.parametrize(
    ("dependencies", "lines"),
    [
        ([KNOWN], ["requirements/dev.txt: 1 packages looked up, 0 known vulnerabilities."]),
        ([BROKEN], ["1 packages looked up, 1 known", "  flask 3.0.0: PYSEC-1, fixed in 3.1"]),
        ([KNOWN, SKIPPED], ["1 packages looked up", "the database does not have click"]),
        ([SKIPPED], ["cannot be reached (it has none of the 1 packages"]),
    ],
    ids=["good", "vulnerable", "one unknown", "all unknown"],
)
def test_what_the_database_does_not_have_does_not_pass_for_good(dependencies, lines):
    given = list(told(*dependencies).lines())
    assert len(given) == len(lines)
    assert all(part in line for part, line in zip(lines, given, strict=True))


def test_a_database_that_does_not_answer_is_told_in_one_sentence():
    errors = "Traceback (most recent call last):\n  File\nrequests.exceptions.ConnectionError: no such host\n"
    (line,) = answer(LOCK, "", errors).lines()
    assert line == (
        "requirements/dev.txt: the database of vulnerabilities cannot be reached "
        "(requests.exceptions.ConnectionError: no such host), so none was looked up."
    )


def test_only_a_known_vulnerability_fails_the_audit():
    assert told(BROKEN).vulnerable
    assert not told(KNOWN, SKIPPED).vulnerable
