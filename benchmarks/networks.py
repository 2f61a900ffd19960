"""The networks that are served, published once with fixed seeds. Knows no server; only `publish` needs Keras."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.manifest import Manifest
from models.signature import Input, Output, Signature, Task
from models.store import Store
from models.version import CARD_FILE

SEED = 1
GOLDEN_ROWS = 32


@dataclass(frozen=True)
class Network:
    """A dense network with random weights: what it computes matters to nobody, only that all compute the same."""

    name: str
    task: Task
    shape: tuple[int, ...]  # of one row
    hidden: tuple[int, ...]
    names: tuple[str, ...]  # of classes or targets

    def rows(self, count: int) -> np.ndarray:
        """(count, *shape) float32: whole grey levels of which half are 0, as in Fashion-MNIST, or numbers near 0."""
        random = np.random.default_rng(SEED)
        if self.task is Task.REGRESSION:
            return random.normal(size=(count, *self.shape)).round(4).astype(np.float32)
        levels = random.integers(1, 256, size=(count, *self.shape))
        return (levels * (random.random(levels.shape) < 0.5)).astype(np.float32)


CLOTHES = Network("clothes", Task.MULTICLASS, (28, 28), (300, 100), tuple(f"class {index}" for index in range(10)))
HOUSES = Network("houses", Task.REGRESSION, (8,), (30,), ("value",))
NETWORKS = (CLOTHES, HOUSES)  # what every peer serves
# Its 20 million weights, 80 MB, are far beyond the cache: a run of it takes about as long for one row as for many.
LARGE = Network("large", Task.MULTICLASS, (28, 28), (4096, 4096), CLOTHES.names)


def publish(root: Path, networks: Sequence[Network] = NETWORKS) -> None:
    """Publish those of `networks` that the store at `root` does not have yet."""
    store = Store(root)
    if missing := [network for network in networks if network.name not in store.names()]:
        from training.quiet import quiet_stderr, start_tensorflow  # noqa: PLC0415  # see _publish

        with quiet_stderr():
            start_tensorflow()
            for network in missing:
                _publish(network, store)


def folder(root: Path, network: Network) -> Path:
    """Where the only version of `network` lies in the store at `root`."""
    return root / network.name / "1"


def _publish(network: Network, store: Store) -> None:
    import keras  # noqa: PLC0415  # takes seconds, and only the first run needs it

    from training.export import write_model  # noqa: PLC0415  # imports Keras

    keras.utils.set_random_seed(SEED)
    tensor = inputs = keras.Input(network.shape, name="row")
    for layer in _layers(network):
        tensor = layer(tensor)
    signature = _signature(network)
    with store.staging(network.name) as folder:
        parity = write_model(keras.Model(inputs, tensor), signature, {"row": network.rows(GOLDEN_ROWS)}, folder)
        (folder / CARD_FILE).write_text(f"# {network.name}\n\nRandom weights, for the benchmark.\n")
        store.publish(network.name, folder, _manifest(signature, keras.__version__, parity))


def _layers(network: Network) -> list:  # type: ignore[type-arg]  # of Keras layers, which have no types
    from keras import layers  # noqa: PLC0415  # see _publish

    first = [layers.Rescaling(1 / 255), layers.Flatten()] if len(network.shape) > 1 else []
    hidden = [layers.Dense(units, activation="relu") for units in network.hidden]
    return [*first, *hidden, layers.Dense(len(network.names), activation=_activation(network))]


def _signature(network: Network) -> Signature:
    output = Output("answer", len(network.names), _activation(network), network.names)
    return Signature(network.task, (Input("row", network.shape),), (output,))


def _activation(network: Network) -> str:
    return "linear" if network.task is Task.REGRESSION else "softmax"


def _manifest(signature: Signature, keras_version: str, parity: dict[str, float] | None) -> Manifest:
    return Manifest(
        signature=signature,
        created="2026-01-01T00:00:00Z",
        training={},
        scores={},
        baseline={},
        data={},
        libraries={"keras": keras_version},
        parity=parity,
    )
