"""Trains a network for few rows whose lower layers come from a network that was trained on many. Knows no data set.

J. Yosinski, J. Clune, Y. Bengio and H. Lipson, How Transferable Are Features in Deep Neural Networks?, 2014.
"""

import time
from collections.abc import Sequence
from dataclasses import replace

import keras

from models.signature import Task
from training.config import Config
from training.data import Dataset
from training.fit import Run, Trained, finish, train
from training.network import build

SLOWER = 0.1  # times the learning rate, once the lent layers learn too: great steps would undo what they know


def fit(
    dataset: Dataset,
    task: Task,
    config: Config,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    *,
    lender: Dataset,
) -> Run:
    """A network that reuses all but the last layer of one that was trained on `lender`, which holds rows of classes.

    First only the new last layer learns, for `config.epochs`, then all layers for as many. The notes tell what the same
    network reaches from scratch, on the same rows in as many epochs. Raises what fit.fit raises.
    """
    begin = time.monotonic()
    lent = train(build(lender, Task.MULTICLASS, config), lender, Task.MULTICLASS, config, callbacks)
    network = build(dataset, task, config)
    first = train(reusing(network, lent.network), dataset, task, config, callbacks)
    slower = replace(config, learning_rate=config.learning_rate * SLOWER)
    then = train(unfrozen(network), dataset, task, slower, callbacks)
    history = {name: [*first.history[name], *then.history[name]] for name in first.history}
    member = Trained(network, history, (*first.notes, *then.notes))
    run = finish([member], dataset, task, config, begin)
    return replace(run, notes=(_note(run, _from_scratch(dataset, task, config), dataset, lender), *run.notes))


def reusing(network: keras.Model, lent: keras.Model) -> keras.Model:
    """`network` with the weights of `lent` in all layers but the last, which is the only one to learn."""
    for layer, other in zip(network.layers[:-1], lent.layers[:-1], strict=True):
        layer.set_weights(other.get_weights())
        layer.trainable = False
    return network


def unfrozen(network: keras.Model) -> keras.Model:
    """`network`, of which all layers learn."""
    for layer in network.layers:
        layer.trainable = True
    return network


def _from_scratch(dataset: Dataset, task: Task, config: Config) -> Run:
    longer = replace(config, epochs=2 * config.epochs)
    return finish([train(build(dataset, task, longer), dataset, task, longer)], dataset, task, longer, time.monotonic())


def _note(run: Run, scratch: Run, dataset: Dataset, lender: Dataset) -> str:
    metric = next(iter(run.scores["test"]))
    reached = {split: (run.scores[split][metric], scratch.scores[split][metric]) for split in ("validation", "test")}
    words = [f"{split} {metric} {ours:.4f}, from scratch {others:.4f}" for split, (ours, others) in reached.items()]
    return (
        f"Its lower layers were trained on {lender.train.rows:,} rows of {len(lender.output_names)} other classes. The "
        f"same network was trained on the same {dataset.train.rows:,} rows from scratch: {'; '.join(words)}."
    )
