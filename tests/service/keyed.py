"""A service that needs keys, and those who have some."""

import json
from pathlib import Path

from flask.testing import FlaskClient

from models.store import Store
from service.app import create_app
from service.key_lines import parse
from service.keys import Keys, new_key
from tests.service.conftest import worker_of
from tests.service.protocols import VERTEX


class Keyed:
    """The app over the zoo, with a key for each of `holders`: what its line says besides id and hash."""

    def __init__(self, store: Store, folder: Path, holders: dict[str, dict], **settings: object) -> None:
        self.file = folder / "keys.jsonl"
        self.keys = {}
        lines = ""
        for name, options in holders.items():
            self.keys[name], digest = new_key()
            lines += json.dumps({"id": name, "sha256": digest, **options}) + "\n"
        self.file.write_text(lines)
        self.worker = worker_of(folder, store, **VERTEX, api_keys_file=self.file, **settings)
        self.worker.keys = self.held()
        self.app = create_app(self.worker)
        self.client: FlaskClient = self.app.test_client()

    def held(self) -> Keys:
        """What the file says."""
        return parse(self.file.read_text(), self.file)

    def ask(self, method: str, path: str, holder: str | None = None, **options):
        """The answer to one of those who have keys, or to nobody."""
        headers = {"X-API-Key": self.keys[holder]} if holder else {}
        return self.client.open(path, method=method, headers=headers | options.pop("headers", {}), **options)
