"""A store of small real models, one per kind of prediction: Keras models of a few weights, exported and published.

Run as `python -m tests.zoo FOLDER` to make the store once, for tests in an environment without TensorFlow; the slow
model gets a store of its own, FOLDER/.slow, so that only the tests that ask for it have to wait for it.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import keras
import numpy as np

from models.conformal import Conformal
from models.manifest import Manifest
from models.signature import STEP, Input, Output, Signature, Task
from models.store import Store
from models.version import CARD_FILE, REPORT_FILE, ModelVersion
from service.predictions import predictions
from tests.truths import CALIBRATED, calibrated
from training.export import write_model

FLOWER_FEATURES = ("sepal length", "sepal width", "petal length", "petal width")
STEPS = 600  # of the slow model: some 8 ms for one row, and 70 ms for 64


@dataclass(frozen=True)
class Animal:
    """What it takes to build one small model."""

    name: str
    task: Task
    shape: tuple[int, ...]
    names: tuple[str, ...]
    activation: str
    feature_names: tuple[str, ...] | None = None
    categories: tuple[tuple[str, ...] | None, ...] | None = None
    optional: bool = False


TICKETS = ("sex", "age", "class")
TICKET_WORDS = (("female", "male"), None, ("first", "second", "third"))
ANIMALS = (
    Animal("flowers", Task.MULTICLASS, (4,), ("setosa", "versicolor", "virginica"), "softmax", FLOWER_FEATURES),
    Animal("pictures", Task.MULTICLASS, (3, 2), ("cat", "dog", "eel"), "softmax"),
    Animal("tumours", Task.BINARY, (3,), ("malignant", "benign"), "sigmoid", ("radius", "texture", "area")),
    Animal("tags", Task.MULTILABEL, (3,), ("large", "odd"), "sigmoid"),
    Animal("prices", Task.REGRESSION, (2,), ("price",), "linear", ("rooms", "age")),
    Animal("boxes", Task.REGRESSION, (3, 2), ("x", "y", "width", "height"), "linear"),
    Animal("tickets", Task.BINARY, (3,), ("lost", "saved"), "sigmoid", TICKETS, TICKET_WORDS, optional=True),
    Animal("gates", Task.BINARY, (2,), ("closed", "open"), STEP, ("left", "right")),
    Animal("lamps", Task.MULTILABEL, (3,), ("red", "green"), STEP),
)
HALF_PLUS_TWO = Signature(
    Task.REGRESSION, (Input("x", (1,)),), (Output("y", 1, "linear", ("y",)),)
)  # the model of TensorFlow Serving's own documentation
# Models of other forms than a row in and a list of numbers out.
PARCELS = Signature(
    Task.MULTICLASS,
    (Input("sides", (2,), feature_names=("height", "width")), Input("picture", (2, 2))),
    (
        Output("weight", 1, "linear", ("kg",), task=Task.REGRESSION),
        Output("kind", 3, "softmax", ("letter", "box", "tube")),
        Output("is_fragile", 1, "sigmoid", ("no", "yes"), task=Task.BINARY),
    ),
)
REVIEWS = Signature(
    Task.BINARY, (Input("words", (6,), "int32", ranges=((0, 19),)),), (Output("mood", 1, "sigmoid", ("bad", "good")),)
)
SENTENCES = Signature(
    Task.MULTICLASS,
    (Input("letters", (5,), "int64", ranges=((0, 9),)),),
    (Output("parts", 15, "softmax", ("noun", "verb", "other"), shape=(5, 3)),),
)
SKETCHES = Signature(
    Task.REGRESSION, (Input("image", (4, 4, 1)),), (Output("copy", 16, "sigmoid", (), shape=(4, 4, 1)),)
)
SIGNS = Signature(
    Task.MULTICLASS, (Input("image", (6, 6, 3)),), (Output("sign", 3, "softmax", ("stop", "give way", "end")),)
)
SLOTH = Animal("slow", Task.MULTICLASS, (8,), tuple("abcdefghij"), "softmax")


def publish_all(root: Path) -> None:
    """Publish each animal once into the store at `root`, and TensorFlow Serving's example."""
    for animal in ANIMALS:
        publish(animal, Store(root))
    publish_model(build_half_plus_two(), HALF_PLUS_TWO, Store(root), "half_plus_two")
    for name, (build_it, its_signature) in OTHERS.items():
        keras.utils.set_random_seed(1)
        publish_model(build_it(), its_signature, Store(root), name)


def publish_slow(root: Path) -> None:
    """Publish the model whose runs take so long that requests wait for it, and run together."""
    publish_model(build_slow(), signature(SLOTH), Store(root), SLOTH.name)


def publish(animal: Animal, store: Store, seed: int = 1) -> ModelVersion:
    """Build one model with random weights drawn from `seed`, and publish it; some with thresholds and a report."""
    model, its_signature = build(animal, seed), signature(animal)
    conformal = _conformal(model, its_signature) if animal.name in CALIBRATED else None
    return publish_model(model, its_signature, store, animal.name, conformal)


def publish_model(
    model: keras.Model, its_signature: Signature, store: Store, name: str, conformal: Conformal | None = None
) -> ModelVersion:
    """Export and publish any Keras model, with the least that a manifest needs; with thresholds there is a report."""
    rows = {tensor.name: some_rows(tensor) for tensor in its_signature.inputs}
    with store.staging(name) as folder:
        parity = write_model(model, its_signature, rows, folder)
        (folder / CARD_FILE).write_text(f"# {name}\n")
        if conformal is not None:
            (folder / REPORT_FILE).write_text(f"<!DOCTYPE html><title>{name}</title>\n")
        return store.publish(name, folder, replace(manifest(its_signature, parity), conformal=conformal))


def some_rows(tensor: Input) -> np.ndarray:
    """Eight rows, with the numbers of words where it takes words, and with gaps where numbers may be missing."""
    generator = np.random.default_rng(7)
    if tensor.bounds is not None:
        ((least, greatest),) = tensor.bounds
        return generator.integers(least, greatest, (8, *tensor.shape), tensor.dtype, endpoint=True)
    rows = generator.normal(size=(8, *tensor.shape)).astype(np.float32)
    for place, words in enumerate(tensor.categories or ()):
        if words is not None:
            rows[:, place] = generator.integers(len(words), size=len(rows))
    if tensor.optional:
        rows[1::3, 0], rows[2::3, -1] = np.nan, np.nan
    return rows


def build(animal: Animal, seed: int) -> keras.Model:
    """One hidden layer of four units."""
    keras.utils.set_random_seed(seed)
    row = keras.Input(animal.shape, name="row")
    known = keras.ops.where(keras.ops.isnan(row), -1.0, row) if animal.optional else row
    bent = "tanh" if animal.activation == STEP else "relu"  # of both signs, so that not all rows are decided alike
    hidden = keras.layers.Dense(4, activation=bent)(keras.layers.Flatten()(known))
    if animal.activation != STEP:
        return keras.Model(row, keras.layers.Dense(_units(animal), activation=animal.activation)(hidden))
    return keras.Model(row, keras.ops.cast(keras.layers.Dense(_units(animal))(hidden) >= 0, "float32"))


def build_half_plus_two() -> keras.Model:
    """One unit, y = x / 2 + 2."""
    x = keras.Input((1,), name="x")
    unit = keras.layers.Dense(1)
    model = keras.Model(x, unit(x))
    unit.set_weights([np.array([[0.5]]), np.array([2.0])])
    return model


def build_parcels() -> keras.Model:
    """Two inputs, and three outputs in another order than they are made in."""
    sides, picture = keras.Input((2,), name="sides"), keras.Input((2, 2), name="picture")
    both = keras.layers.Concatenate()([sides, keras.layers.Flatten()(picture)])
    hidden = keras.layers.Dense(4, activation="relu")(both)
    is_fragile = keras.layers.Dense(1, activation="sigmoid")(hidden)
    kind = keras.layers.Dense(3, activation="softmax")(hidden)
    return keras.Model([sides, picture], [keras.layers.Dense(1)(hidden), kind, is_fragile])


def build_reviews() -> keras.Model:
    """Words by number."""
    words = keras.Input((6,), dtype="int32", name="words")
    known = keras.layers.GlobalAveragePooling1D()(keras.layers.Embedding(20, 3)(words))
    return keras.Model(words, keras.layers.Dense(1, activation="sigmoid")(known))


def build_sentences() -> keras.Model:
    """A class for each of five letters."""
    letters = keras.Input((5,), dtype="int64", name="letters")
    near = keras.layers.Conv1D(4, 3, padding="same", activation="relu")(keras.layers.Embedding(10, 3)(letters))
    return keras.Model(letters, keras.layers.Dense(3, activation="softmax")(near))


def build_sketches() -> keras.Model:
    """An autoencoder: an image in, and one out."""
    image = keras.Input((4, 4, 1), name="image")
    code = keras.layers.Conv2D(2, 3, strides=2, padding="same", activation="relu")(image)
    return keras.Model(image, keras.layers.Conv2DTranspose(1, 3, strides=2, padding="same", activation="sigmoid")(code))


def build_signs() -> keras.Model:
    """A convolutional network, made as most are."""
    return keras.Sequential(
        [
            keras.Input((6, 6, 3), name="image"),
            keras.layers.Conv2D(4, 3, activation="relu"),
            keras.layers.MaxPooling2D(2),
            keras.layers.Flatten(),
            keras.layers.Dense(3, activation="softmax"),
        ]
    )


OTHERS: dict[str, tuple[Callable[[], keras.Model], Signature]] = {
    "parcels": (build_parcels, PARCELS),
    "reviews": (build_reviews, REVIEWS),
    "sentences": (build_sentences, SENTENCES),
    "sketches": (build_sketches, SKETCHES),
    "signs": (build_signs, SIGNS),
}


def build_slow() -> keras.Model:
    """Few weights, used in many steps one after the other: as quick to publish and to load as it is slow to run."""
    keras.utils.set_random_seed(1)
    row = keras.Input(SLOTH.shape, name="row")
    state = keras.layers.SimpleRNN(256)(keras.layers.RepeatVector(STEPS)(row))
    return keras.Model(row, keras.layers.Dense(_units(SLOTH), activation=SLOTH.activation)(state))


def signature(animal: Animal) -> Signature:
    """The signature that fits what `build` builds."""
    row = Input(
        "row",
        animal.shape,
        feature_names=animal.feature_names,
        categories=animal.categories,
        optional=animal.optional,
    )
    output = Output("answer", _units(animal), animal.activation, animal.names)
    return Signature(animal.task, (row,), (output,))


def manifest(its_signature: Signature, parity: dict[str, float] | None = None) -> Manifest:
    """A manifest with nothing to tell but the signature."""
    return Manifest(
        signature=its_signature,
        created="2026-01-01T00:00:00Z",
        training={},
        scores={},
        baseline={},
        data={},
        libraries={"keras": keras.__version__},
        parity=parity,
    )


def _conformal(model: keras.Model, its_signature: Signature) -> Conformal:
    rows = np.random.default_rng(5).normal(size=(10_000, *its_signature.inputs[0].shape)).astype(np.float32)
    output = its_signature.outputs[0]
    values = predictions(its_signature, {output.name: np.asarray(model(rows))})
    return calibrated(its_signature.task, values.reshape(len(rows), -1))


def _units(animal: Animal) -> int:
    return 1 if animal.task is Task.BINARY else len(animal.names)


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    publish_all(folder)
    publish_slow(folder / ".slow")
