"""Asks pip-audit which known vulnerabilities the packages of a lock have. Knows its words; a lock is a file to it.

pip-audit skips a package that its database does not have, and then finds "no known vulnerabilities": behind a mirror
that serves packages alone that is all of them. So what was not looked up is told here, and never passes for good.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Answer:
    """What is known of the packages of one lock."""

    lock: Path
    known: int  # packages that the database has
    vulnerable: tuple[str, ...]  # a line each
    unknown: tuple[str, ...]  # packages that it does not have
    failure: str = ""  # why nothing was looked up

    def lines(self) -> Iterator[str]:
        """What to print."""
        if self.failure or not self.known:
            reason = (
                self.failure or f"it has none of the {len(self.unknown)} packages, as where a mirror answers for it"
            )
            yield f"{self.lock}: the database of vulnerabilities cannot be reached ({reason}), so none was looked up."
            return
        yield f"{self.lock}: {self.known} packages looked up, {len(self.vulnerable)} known vulnerabilities."
        yield from self.vulnerable
        if self.unknown:
            yield f"{self.lock}: the database does not have {', '.join(self.unknown)}."


def look_up(lock: Path) -> Answer:
    """Ask pip-audit about every package of a lock."""
    words = ["--requirement", str(lock), "--require-hashes", "--disable-pip", "--progress-spinner", "off"]
    result = subprocess.run(
        [sys.executable, "-m", "pip_audit", *words, "--format", "json"], capture_output=True, text=True, check=False
    )
    return answer(lock, result.stdout, result.stderr)


def answer(lock: Path, output: str, errors: str) -> Answer:
    """What pip-audit said: `output` is its JSON, and no JSON where it failed."""
    try:
        dependencies = json.loads(output)["dependencies"]
    except ValueError:
        return Answer(lock, 0, (), (), (errors.strip().splitlines() or ["pip-audit said nothing"])[-1][:200])
    told = [dependency for dependency in dependencies if "vulns" in dependency]
    unknown = tuple(dependency["name"] for dependency in dependencies if "vulns" not in dependency)
    return Answer(lock, len(told), tuple(line for dependency in told for line in _vulnerabilities(dependency)), unknown)


def _vulnerabilities(dependency: dict[str, Any]) -> Iterator[str]:
    for fault in dependency["vulns"]:
        fixed = ", ".join(fault["fix_versions"]) or "none yet"
        yield f"  {dependency['name']} {dependency['version']}: {fault['id']}, fixed in {fixed}"
