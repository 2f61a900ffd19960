"""Trains a network on a data set and scores it. Knows neither the store nor where the data came from."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import keras
import numpy as np
from sklearn.utils.class_weight import compute_sample_weight

from models.signature import Task
from training.batches import Batches
from training.callbacks import EpochClock, Interruption, Overfitting, Told, losses_first
from training.checkpoint import Checkpoint, assign
from training.config import Config
from training.data import Dataset, Split
from training.determinism import repeat_exactly
from training.epochs import forget, training_steps, validation_steps
from training.errors import InvalidNetwork
from training.memory import peak_memory_mb
from training.network import PREDICTION_BATCH, answers, assemble, build
from training.optimization import loss, metrics, optimizer
from training.scores import scores
from training.targets import encoded, scaling, smoothed
from training.temperature import temperature
from training.weights import KeptWeights

History = dict[str, list[float]]  # loss, val_loss, metrics and seconds: a number per epoch


@dataclass(frozen=True)
class Run:
    """What one training gave."""

    model: keras.Model
    config: Config
    history: History  # of networks that were trained one after the other, one after the other; may be empty
    predictions: dict[str, np.ndarray]  # "validation" and "test" -> the model's answers, (rows, units)
    scores: dict[str, dict[str, float]]  # "validation" and "test" -> metric -> value
    seconds: float
    peak_memory_mb: float  # of the process that trained it, until then
    notes: tuple[str, ...] = ()  # sentences on what went otherwise than wished

    @property
    def epochs(self) -> int:
        """How many epochs were trained: fewer than the config allows where the training ended by itself."""
        return max(map(len, self.history.values()), default=0)


@dataclass(frozen=True)
class Trained:
    """One trained network of those that will answer together."""

    network: keras.Model
    history: History
    notes: tuple[str, ...]


def fit(
    dataset: Dataset,
    task: Task,
    config: Config,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    *,
    checkpoint: Checkpoint | None = None,
    start: Sequence[list[np.ndarray]] = (),
) -> Run:
    """Build the networks, train them, put them together, and score them on validation and test rows.

    Callbacks are told by their parameters `network`, from 1, and `networks` which one is trained. What the checkpoint
    holds is not trained again. `start` holds the weights of each network to begin with; else they are random.

    Raises Diverged where a loss becomes NaN or infinite before there is anything to keep, InvalidNetwork for a
    config that does not fit the data, CannotResume for a checkpoint of another network, and CannotRepeat.
    """
    if config.deterministic:
        repeat_exactly()
    checkpoint = checkpoint or Checkpoint()
    members = [
        _member(dataset, task, config, callbacks, number, checkpoint=checkpoint, start=start[number] if start else None)
        for number in range(config.members)
    ]
    return finish(members, dataset, task, config, time.monotonic() - checkpoint.seconds)


def finish(members: Sequence[Trained], dataset: Dataset, task: Task, config: Config, begin: float) -> Run:
    """Put trained networks together, calibrate and score them; `begin` is when, by time.monotonic, it all began."""
    networks = [member.network for member in members]
    model = assemble(networks, dataset, task, config)
    if config.calibration == "temperature" and task is not Task.REGRESSION:
        logits = keras.Model(model.inputs[0], model.layers[-1].input)
        warmth = temperature(task, dataset.validation.targets, answers(logits, dataset.validation.inputs))
        model = assemble(networks, dataset, task, config, warmth)
    predictions = held_out_predictions(model, dataset)
    return Run(
        model,
        config,
        _joined([member.history for member in members]),
        predictions,
        {name: scores(task, dataset.splits[name].targets, values) for name, values in predictions.items()},
        seconds=time.monotonic() - begin,
        peak_memory_mb=peak_memory_mb(),
        notes=tuple(dict.fromkeys(note for member in members for note in member.notes)),
    )


def train(
    network: keras.Model,
    dataset: Dataset,
    task: Task,
    config: Config,
    callbacks: Sequence[keras.callbacks.Callback] = (),
) -> Trained:
    """Train what network.build has built, from the weights that it has. Raises Diverged as `fit` does."""
    return _train(network, dataset, task, config, callbacks, checkpoint=Checkpoint(), number=0)


def _member(
    dataset: Dataset,
    task: Task,
    config: Config,
    callbacks: Sequence[keras.callbacks.Callback],
    number: int,
    *,
    checkpoint: Checkpoint,
    start: list[np.ndarray] | None,
) -> Trained:
    """The network of that number, from 0."""
    seeded = replace(config, seed=config.seed + number)
    network = build(dataset, task, seeded)
    if done := checkpoint.finished(number):
        assign(network.variables, done["variables"])
        return Trained(network, done["history"], tuple(done["notes"]))
    if start is not None:
        network.set_weights(start)
    return _train(network, dataset, task, seeded, callbacks, checkpoint=checkpoint, number=number)


def _train(
    network: keras.Model,
    dataset: Dataset,
    task: Task,
    config: Config,
    callbacks: Sequence[keras.callbacks.Callback],
    *,
    checkpoint: Checkpoint,
    number: int,
) -> Trained:
    _compile(network, dataset, task, config)
    batches = batches_of(dataset, task, config)
    told, clock, overfitting, kept = Told(), EpochClock(), Overfitting(), KeptWeights(config.patience)
    under_way = checkpoint.under_way(network, {"told": told, "clock": clock, "overfitting": overfitting, "kept": kept})
    averages = [keras.callbacks.SwapEMAWeights()] if config.ema else []  # validation asks the averages
    with Interruption() as interruption:
        network.fit(
            training_steps(network, batches.batch, batches.count),
            validation_data=validation_steps(network, _validation(dataset, task, config), PREDICTION_BATCH),
            epochs=config.epochs,
            initial_epoch=under_way.resume(),
            shuffle=False,  # the batches are, by themselves
            callbacks=keras.callbacks.CallbackList(
                # A caller's callback goes behind `kept`, so that weights that it puts back at the end stay.
                [batches, told, clock, *averages, kept, *callbacks, overfitting, under_way, interruption],
                model=network,
                epochs=config.epochs,
                steps=batches.count,
                network=number + 1,
                networks=config.members,
            ),
            verbose=0,
        )
    forget(network)
    history = {name: told.history[name] for name in losses_first(told.history)} | {"seconds": clock.seconds}
    notes = [note for note in (kept.divergence, overfitting.note) if note]
    checkpoint.finish(network, history, notes)
    return Trained(network, history, tuple(notes))


def held_out_predictions(model: keras.Model, dataset: Dataset) -> dict[str, np.ndarray]:
    """The model's answers for the rows that it was not fitted to, by split."""
    return {name: answers(model, split.inputs) for name, split in dataset.splits.items() if name != "train"}


def _validation(dataset: Dataset, task: Task, config: Config) -> tuple[np.ndarray, ...]:
    split = dataset.validation
    rows = split.inputs, encoded(split.targets, dataset, task, config)
    return rows if split.weights is None else (*rows, split.weights)


def _compile(network: keras.Model, dataset: Dataset, task: Task, config: Config) -> None:
    steps = -(-dataset.train.rows // config.batch_size)
    network.compile(
        optimizer(config, steps),
        loss(task, config),
        metrics=metrics(task, config, scaling(dataset, task, config).scale),
    )


def batches_of(dataset: Dataset, task: Task, config: Config) -> Batches:
    """The training rows as a network of that config is shown them."""
    targets = smoothed(encoded(dataset.train.targets, dataset, task, config), task, config)
    return Batches(dataset.train.inputs, targets, row_weights(dataset.train, task, config), config)


def row_weights(train: Split, task: Task, config: Config) -> np.ndarray | None:
    """The weight of each training row: its own times that of its class. Keras takes one of the two only."""
    if config.class_weight == "none":
        return train.weights
    if task not in (Task.BINARY, Task.MULTICLASS):
        raise InvalidNetwork(f"class_weight=balanced takes rows of one class each, which a {task} task has not.")
    of_class: np.ndarray = compute_sample_weight("balanced", train.targets.ravel())
    return of_class if train.weights is None else of_class * train.weights


def _joined(histories: Sequence[History]) -> History:
    joined = {name: [value for history in histories for value in history[name]] for name in histories[0]}
    if len(histories) > 1:
        lengths = [len(history["loss"]) for history in histories]
        joined["network"] = [float(number) for number, length in enumerate(lengths, start=1) for _ in range(length)]
    return joined
