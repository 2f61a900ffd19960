"""What a training that goes on from a published version keeps of its config, and what may change. Knows no Keras."""

from collections.abc import Iterable
from typing import Any

from models.version import ModelVersion
from training.config import OF_THE_NETWORK, Config, override
from training.errors import CannotContinue


def config_of(version: ModelVersion) -> Config:
    """What a version was trained with. Raises CannotContinue for one that no training of this package has published."""
    settings: Any = version.manifest.training.get("config")
    if not isinstance(settings, dict):
        raise CannotContinue(f"{version} was published without the config of a training, so none can go on from it.")
    return Config.from_dict(settings)


def further(config: Config, words: Iterable[str]) -> Config:
    """The config with `key=value` words that change how it is trained, not what.

    Raises InvalidOverride, and CannotContinue for a word about the network.
    """
    changed = override(config, words)
    for key in OF_THE_NETWORK:
        if getattr(changed, key) != getattr(config, key):
            raise CannotContinue(
                f"{key} is of the network, whose weights would mean nothing in another one. Leave it out, or begin "
                "anew with make train."
            )
    return changed
