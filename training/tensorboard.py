"""The course of a training as files that TensorBoard shows, written without TensorBoard. Knows no data."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

Logs = dict[str, Any] | None  # metric -> value, as Keras hands them over

VALIDATION = "val_"


def run_folder(logs: Path, name: str) -> Path:
    """A folder of its own for each training, so that TensorBoard tells them apart and sorts them."""
    return logs / f"{name}-{datetime.now():%Y-%m-%d-%H%M%S}"


class Scalars(keras.callbacks.Callback):  # type: ignore[misc]  # Keras is untyped
    """Writes a point per epoch: losses, metrics and the learning rate. To be closed.

    Training and validation go into folders of the same names, by which TensorBoard draws both into one chart; of
    several networks each has its own pair.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        self._writers: dict[Path, Any] = {}

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Write the points, at once, so that a training can be watched."""
        values = logs or {}
        trained = {name: value for name, value in values.items() if not name.startswith(VALIDATION)}
        held_out = {name.removeprefix(VALIDATION): value for name, value in values.items() if name not in trained}
        self._write("train", epoch + 1, {**trained, "learning_rate": float(self.model.optimizer.learning_rate)})
        self._write("validation", epoch + 1, held_out)

    def close(self) -> None:
        """Let go of the files."""
        for writer in self._writers.values():
            writer.close()

    def _write(self, part: str, epoch: int, values: Mapping[str, float]) -> None:
        folder = self._folder
        if self.params["networks"] > 1:
            folder /= f"network-{self.params['network']}"
        writer = self._writer(folder / part)
        with writer.as_default():
            for name, value in values.items():
                tf.summary.write(name, tf.constant(value, tf.float32), step=epoch, metadata=_scalar())
        writer.flush()

    def _writer(self, folder: Path) -> Any:
        if folder not in self._writers:
            self._writers[folder] = tf.summary.create_file_writer(str(folder))
        return self._writers[folder]


def _scalar() -> Any:
    """What tells TensorBoard to draw a line. tf.summary.scalar says the same, and takes TensorBoard to be installed."""
    plugin = tf.compat.v1.SummaryMetadata.PluginData(plugin_name="scalars")
    return tf.compat.v1.SummaryMetadata(plugin_data=plugin, data_class="DATA_CLASS_SCALAR")
