"""Real servers for other people's clients, which are installed where the service is not.

`make test` runs these tests, in an environment of their own; elsewhere they are not even collected.
"""

from collections.abc import Callable, Iterator
from importlib.util import find_spec

import pytest

from models.store import Store
from tests.live.server import KINDS, PATIENCE_S, ROOT, Server, start

PYTHON = ROOT / ".venv" / "bin" / "python"  # which has the service

collect_ignore_glob = [] if find_spec("tritonclient") else ["test_*.py"]


@pytest.fixture(scope="session", params=KINDS)
def launch(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Server]]:
    """Start servers of one kind, wait until they are ready, and end them when all tests of that kind are done."""
    servers = []

    def launch_one(store: Store, **environ: str) -> Server:
        folder = tmp_path_factory.mktemp("server")
        servers.append(start(request.param, store.root, folder / "log", python=str(PYTHON), **environ))
        servers[-1].wait_until(servers[-1].is_ready)
        return servers[-1]

    yield launch_one
    for server in servers:
        server.process.terminate()
    for server in servers:
        server.process.wait(PATIENCE_S)


@pytest.fixture(scope="session")
def server(launch: Callable[..., Server], zoo: Store) -> Server:
    """A ready server over the whole zoo."""
    return launch(zoo)


@pytest.fixture(scope="session")
def controlled_server(launch: Callable[..., Server], zoo: Store) -> Server:
    """The same, whose operator lets clients load and unload models."""
    return launch(zoo, SERVICE_REPOSITORY_CONTROL="1")
