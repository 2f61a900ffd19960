"""Real servers: gunicorn and Granian, each with two workers on a free port of the loopback interface."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from models.store import Store
from tests.live.clients import Questions, Work, flowers
from tests.live.server import KINDS, PATIENCE_S, Server, start


@pytest.fixture(scope="module", params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    """Which server."""
    return request.param


@pytest.fixture(scope="module")
def launch(kind: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Server]]:
    """Start servers without a drain, and end them when the module's tests are done."""
    servers = []

    def launch_one(store: Store, **environ: str) -> Server:
        servers.append(start(kind, store.root, tmp_path_factory.mktemp("server") / "log", **environ))
        return servers[-1]

    yield launch_one
    for server in servers:
        server.process.terminate()
    for server in servers:
        server.process.wait(PATIENCE_S)


@pytest.fixture(scope="module")
def launch_ready(launch: Callable[..., Server]) -> Callable[..., Server]:
    """Start servers, and wait until they are ready."""

    def launch_one(store: Store, **environ: str) -> Server:
        server = launch(store, **environ)
        server.wait_until(server.is_ready)
        return server

    return launch_one


@pytest.fixture(scope="module")
def server(launch_ready: Callable[..., Server], zoo: Store) -> Server:
    """A ready server over the whole zoo."""
    return launch_ready(zoo)


@pytest.fixture(scope="session")
def slow_store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A store with one model, "slow", whose runs take long enough to be waited for. Tests must not change it."""
    if made := request.config.getoption("--zoo"):
        return Store(Path(made) / ".slow")
    from tests import zoo as animals  # noqa: PLC0415  # imports Keras

    root = tmp_path_factory.mktemp("slow")
    animals.publish_slow(root)
    return Store(root)


@pytest.fixture(params=["flowers", "slow"])
def work(request: pytest.FixtureRequest, zoo: Store, slow_store: Store) -> Work:
    """What to ask again and again: a model that answers in a moment, and one whose requests gather and wait."""
    if request.param == "flowers":
        return Work(zoo, "flowers", flowers)
    return Work(slow_store, "slow", Questions(slow_store.version("slow")).ask)


@pytest.fixture
def own_slow_store(slow_store: Store, tmp_path: Path) -> Store:
    """A copy of it that a test may change."""
    shutil.copytree(slow_store.root, tmp_path / "slow-store")
    return Store(tmp_path / "slow-store")
