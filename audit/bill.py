"""Writes the bill of materials of a virtual environment. Knows what to ask cyclonedx-bom, not what is in the bill."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any


def write_bill(environment: Path, path: Path) -> dict[str, Any]:
    """Write a CycloneDX bill of the packages that are installed in an environment, and return it."""
    path.parent.mkdir(exist_ok=True)
    words = ["environment", "--pyproject", "pyproject.toml", "--output-reproducible", "--output-file", str(path)]
    subprocess.run([_program(), *words, str(environment / "bin" / "python")], check=True)
    bill: dict[str, Any] = json.loads(path.read_text())
    return bill


def _program() -> str:
    return str(Path(sys.executable).with_name("cyclonedx-py"))
