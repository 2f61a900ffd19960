"""The spaces that recipes declare, by the kind of network. They know no data.

The ranges of `TABLE` and `IMAGE` hold what the chapter's cell searches (layers, neurons, learning rate) and what its
tables of typical architectures recommend; those of `BINNED` follow the search of TabM (Gorishniy et al., 2024).
"""

from collections.abc import Mapping

from training.space import LAYERS, UNITS, Choice, Dimension, Real, Space, Value, Whole


def _dense(most_units: int, starts: Mapping[str, Value]) -> Space:
    """Layers of so many units each, and how they are trained."""
    return Space(
        (
            Dimension(LAYERS, Whole(1, 4), start=2),
            Dimension(UNITS, Whole(16, most_units, log=True), start=starts[UNITS]),
            Dimension("activation", Choice(("relu", "silu", "selu", "tanh")), start=starts["activation"]),
            Dimension("normalization", Choice(("none", "batch")), start="none"),
            Dimension("dropout", Real(0.0, 0.5), start=starts["dropout"]),
            Dimension("optimizer", Choice(("adam", "adamw", "nadam")), start=starts["optimizer"]),
            Dimension("learning_rate", Real(1e-4, 3e-2, log=True), start=starts["learning_rate"]),
            Dimension(
                "weight_decay",
                Real(1e-4, 0.3, log=True),
                when={"optimizer": ("adamw",)},
                start=starts["weight_decay"],
            ),
            Dimension("batch_size", Choice(("32", "64", "128", "256")), start=starts["batch_size"]),
        )
    )


# Each start was the best of six or more on validation rows: of breast cancer and diabetes, and of Fashion-MNIST with
# 1,500 images to learn from.
TABLE = _dense(
    256,
    {
        UNITS: 128,
        "activation": "selu",
        "dropout": 0.1,
        "optimizer": "adam",
        "learning_rate": 5e-3,
        "weight_decay": 0.01,
        "batch_size": "32",
    },
)
IMAGE = _dense(
    1024,
    {
        UNITS: 512,
        "activation": "relu",
        "dropout": 0.5,
        "optimizer": "adamw",
        "learning_rate": 5e-4,
        "weight_decay": 0.1,
        "batch_size": "64",
    },
)

BINNED = Space(
    (
        Dimension("bins", Whole(8, 128, log=True), start=48),
        Dimension("embedding", Whole(8, 32), start=16),
        Dimension(LAYERS, Whole(1, 4), start=3),
        Dimension(UNITS, Whole(64, 512, log=True), start=256),
        Dimension("heads", Choice(("0", "8", "16", "32")), start="16"),
        Dimension("dropout", Real(0.0, 0.5), start=0.1),
        Dimension("learning_rate", Real(1e-4, 5e-3, log=True), start=1e-3),
        Dimension("weight_decay", Real(1e-4, 0.1, log=True), start=0.01),
    )
)

PATCHES = Space(
    (
        Dimension(LAYERS, Whole(1, 4), start=2),
        Dimension(UNITS, Whole(32, 256, log=True), start=64),
        Dimension("token_units", Whole(16, 128, log=True), start=64),
        Dimension("channels", Whole(16, 128, log=True), start=64),
        Dimension("dropout", Real(0.0, 0.5), start=0.1),
        Dimension("learning_rate", Real(1e-4, 1e-2, log=True), start=2e-3),
    )
)
