"""The spaces that recipes declare, by the kind of network. They know no data.

The ranges of `TABLE` and `IMAGE` hold what the chapter's cell searches (layers, neurons, learning rate) and what its
tables of typical architectures recommend; those of `BINNED` follow the search of TabM (Gorishniy et al., 2024).
"""

from collections.abc import Sequence

from training.space import LAYERS, UNITS, Choice, Dimension, Real, Space, Value, Whole


def _dense(most_units: int, starts: Sequence[tuple[Value, ...]]) -> Space:
    """Layers of so many units each, and how they are trained; each of the starts a value for each dimension."""
    dimensions = (
        Dimension(LAYERS, Whole(1, 4)),
        Dimension(UNITS, Whole(16, most_units, log=True)),
        Dimension("activation", Choice(("relu", "silu", "selu", "tanh"))),
        Dimension("normalization", Choice(("none", "batch"))),
        Dimension("dropout", Real(0.0, 0.5)),
        Dimension("optimizer", Choice(("adam", "adamw", "nadam"))),
        Dimension("learning_rate", Real(1e-4, 3e-2, log=True)),
        Dimension("weight_decay", Real(1e-4, 0.3, log=True), when={"optimizer": ("adamw",)}),
        Dimension("batch_size", Choice(("32", "64", "128", "256"))),
    )
    keys = [dimension.key for dimension in dimensions]
    return Space(dimensions, tuple(dict(zip(keys, start, strict=True)) for start in starts))


# As benchmarks/starts.py chooses (docs/search-strategies.md), of 118 settings for seven tables, and of 117 for
# parts of Fashion-MNIST: the one that suits most of them, and what suits those that it does not suit.
TABLE = _dense(
    256,
    [
        (3, 175, "relu", "none", 0.0, "nadam", 1.25e-3, 0.01, "32"),
        (1, 103, "tanh", "batch", 0.35, "nadam", 6e-3, 0.01, "128"),
        (4, 73, "relu", "none", 0.0, "adam", 1.75e-3, 0.01, "128"),
        (2, 189, "relu", "none", 0.0, "nadam", 2.3e-3, 0.01, "64"),
        (4, 158, "silu", "none", 0.0, "adam", 1.2e-3, 0.01, "64"),
    ],
)
IMAGE = _dense(
    1024,
    [
        (2, 246, "relu", "batch", 0.31, "adam", 3.8e-4, 0.01, "32"),
        (2, 167, "relu", "none", 0.0, "adamw", 7.6e-3, 5e-4, "128"),
        (2, 231, "relu", "batch", 0.29, "adamw", 7e-4, 0.1, "32"),
        (3, 307, "relu", "batch", 0.38, "adamw", 8e-4, 0.05, "32"),
    ],
)

BINNED = Space(
    (
        Dimension("bins", Whole(8, 128, log=True)),
        Dimension("embedding", Whole(8, 32)),
        Dimension(LAYERS, Whole(1, 4)),
        Dimension(UNITS, Whole(64, 512, log=True)),
        Dimension("heads", Choice(("0", "8", "16", "32"))),
        Dimension("dropout", Real(0.0, 0.5)),
        Dimension("learning_rate", Real(1e-4, 5e-3, log=True)),
        Dimension("weight_decay", Real(1e-4, 0.1, log=True)),
    ),
    (
        {
            "bins": 48,
            "embedding": 16,
            LAYERS: 3,
            UNITS: 256,
            "heads": "16",
            "dropout": 0.1,
            "learning_rate": 1e-3,
            "weight_decay": 0.01,
        },
    ),
)
