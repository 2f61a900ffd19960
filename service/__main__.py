"""`python -m service serve`: checks the settings, then becomes gunicorn. The entry point of the container image."""

import os
import sys
from pathlib import Path

from service.errors import InvalidSetting
from service.settings import Settings

USAGE = "usage: python -m service serve   (settings come from environment variables: docs/configuration.md)"
GUNICORN_CONF = Path(__file__).parent.parent / "gunicorn.conf.py"


def main(arguments: list[str]) -> int:
    """Replace this process by gunicorn, so that signals reach it; returns the exit status only where that fails."""
    if arguments in (["-h"], ["--help"]):
        print(USAGE)
        return 0
    if arguments != ["serve"]:
        print(f"Unknown arguments: {' '.join(arguments) or 'none'}.\n{USAGE}", file=sys.stderr)
        return 2
    try:
        settings = Settings.from_environ(os.environ)
    except InvalidSetting as error:
        print(error, file=sys.stderr)
        return 2
    if settings.server == "granian":
        from service.servers import granian  # noqa: PLC0415  # gunicorn's processes need nothing of it

        granian.serve(settings)
        return 0
    gunicorn = [sys.executable, "-m", "gunicorn", "--config", str(GUNICORN_CONF), "service.wsgi:create_for_greenlets()"]
    return os.execv(sys.executable, gunicorn)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
