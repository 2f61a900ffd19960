"""`python -m service serve`: checks the settings, then becomes gunicorn. The entry point of the container image.

`python -m service new-key` makes an API key.
"""

import os
import sys
from pathlib import Path

from service import new_key
from service.errors import InvalidSetting
from service.key_lines import BadKeys, read
from service.servers import certificates
from service.settings import Settings

USAGE = """usage: python -m service serve   (settings come from environment variables: docs/configuration.md)
       python -m service new-key --id NAME [--models A,B] [--rate 100/min] [--at-once N] [--expires DAY] [--manages]"""
GUNICORN_CONF = Path(__file__).parent.parent / "gunicorn.conf.py"


def main(arguments: list[str]) -> int:
    """Replace this process by gunicorn, so that signals reach it; returns the exit status only where that fails."""
    if arguments in (["-h"], ["--help"]):
        print(USAGE)
        return 0
    if arguments[:1] == ["new-key"]:
        return new_key.main(arguments[1:], _path(os.environ.get("SERVICE_API_KEYS_FILE")))
    if arguments != ["serve"]:
        print(f"Unknown arguments: {' '.join(arguments) or 'none'}.\n{USAGE}", file=sys.stderr)
        return 2
    try:
        settings = Settings.from_environ(os.environ)
        _check_files(settings)
    except (InvalidSetting, BadKeys, certificates.BadCertificate) as error:
        print(error, file=sys.stderr)
        return 2
    if settings.server == "granian":
        from service.servers import granian  # noqa: PLC0415  # gunicorn's processes need nothing of it

        granian.serve(settings)
        return 0
    gunicorn = [sys.executable, "-m", "gunicorn", "--config", str(GUNICORN_CONF), "service.wsgi:create_for_greenlets()"]
    return os.execv(sys.executable, gunicorn)


def _check_files(settings: Settings) -> None:
    """Raises BadKeys or BadCertificate: better now than in each worker."""
    if settings.api_keys_file is not None and not read(settings.api_keys_file).by_digest:
        raise BadKeys(f"{settings.api_keys_file} holds no key: python -m service new-key --id NAME makes one.")
    if settings.tls_cert is not None and settings.tls_key is not None:
        certificates.check(settings.tls_cert, settings.tls_key)


def _path(text: str | None) -> Path | None:
    return Path(text) if text else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
