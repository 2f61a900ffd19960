"""Which licences the packages may have. Knows a CycloneDX bill and SPDX expressions, and no network."""

import re
from collections.abc import Iterator
from typing import Any

# By SPDX's names: what this project, under MIT, can use and pass on in a container image without more than naming it.
ALLOWED = frozenset(
    {
        "0BSD",
        "Apache-2.0",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "CC0-1.0",
        "ISC",
        "LGPL-3.0-only",  # psycopg: an extra of training that the image does not have, imported and unchanged
        "MIT",
        "MIT-0",
        "MIT-CMU",
        "MPL-2.0",  # binds changes to its own files: certifi, hypothesis, orjson, pathspec, tqdm are unchanged
        "PSF-2.0",
        "Python-2.0",
        "ZPL-2.1",
        "Zlib",
    }
)
NAMES = {  # of classifiers, which are no SPDX
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}
READ = {  # packages whose metadata names none that a tool understands, and what their LICENSE file is
    "keras": "Apache-2.0",
    "namex": "Apache-2.0",
    "protobuf": "BSD-3-Clause",
    "pysimdjson": "MIT",
    "ray": "Apache-2.0",
}


def faults(bill: dict[str, Any]) -> list[str]:
    """A sentence for each package of the bill whose licence is not allowed, or not known."""
    return [sentence for component in bill["components"] for sentence in _of(component)]


def _of(component: dict[str, Any]) -> Iterator[str]:
    package = f"{component['name']} {component.get('version', '')}".strip()
    stated = [_stated(licence) for licence in component.get("licenses") or ()] or [READ.get(component["name"], "")]
    for licence in stated:
        if not licence:
            yield f"{package} tells no licence; read its LICENSE file, and add it to READ in audit/licences.py."
        elif not is_allowed(licence):
            yield f"{package} is under {licence}, which audit/licences.py does not allow."


def _stated(licence: dict[str, Any]) -> str:
    """One licence, or an expression of several, by SPDX's names where they are known."""
    if "expression" in licence:
        return str(licence["expression"])
    stated = licence["license"]
    name: str = stated.get("id") or stated["name"].rpartition(" :: ")[2]
    return NAMES.get(name, name)


def is_allowed(expression: str) -> bool:
    """Whether an SPDX expression leaves a choice that is allowed: of OR one side, of AND both."""
    words = re.findall(r"[()]|[^()\s]+", expression)
    allowed = _either(words)
    return allowed and not words


def _either(words: list[str]) -> bool:
    allowed = _both(words)
    while words and words[0] == "OR":
        words.pop(0)
        allowed = _both(words) or allowed
    return allowed


def _both(words: list[str]) -> bool:
    allowed = _one(words)
    while words and words[0] == "AND":
        words.pop(0)
        allowed = _one(words) and allowed
    return allowed


def _one(words: list[str]) -> bool:
    """A licence, or an expression in brackets. An exception to a licence (WITH) only ever allows more."""
    if not words:
        return False
    if (word := words.pop(0)) == "(":
        allowed = _either(words)
        return bool(words) and words.pop(0) == ")" and allowed
    if words and words[0] == "WITH":
        del words[:2]
    return word in ALLOWED
