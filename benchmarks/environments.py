"""A virtual environment per peer, made anew where its requirements changed. Knows not what the peers do with it."""

import subprocess
import sys
import venv
from pathlib import Path

from benchmarks.errors import PeerFailed


def environment(name: str, requirements: Path, root: Path) -> Path:
    """The folder with the programs of the environment `root/name`, which holds `requirements`. Raises PeerFailed."""
    home = root / name
    installed = home / ".installed"
    wanted = requirements.read_text()
    if not installed.exists() or installed.read_text() != wanted:
        print(f"Installing {name} into {home} (once).", flush=True)
        _install(home, requirements)
        installed.write_text(wanted)
    return home / "bin"


def _install(home: Path, requirements: Path) -> None:
    venv.create(home, with_pip=True, clear=True)
    pip = [str(home / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check"]
    done = subprocess.run(
        [*pip, "--requirement", str(requirements)], stderr=subprocess.PIPE, stdout=sys.stderr, text=True, check=False
    )
    if done.returncode:
        raise PeerFailed(f"its requirements cannot be installed: {done.stderr.strip().splitlines()[-1]}")
