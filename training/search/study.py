"""A study: what it searches, and whether a search may go on with one that is there. Knows no trial.

What it searches stands in an attribute of Optuna's study, so that a worker on another machine needs nothing but the
address of the storage.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import optuna
from optuna.storages import BaseStorage

from models.errors import listed
from training import recipes
from training.errors import UnusableStudy
from training.recipe import Plan
from training.search.storage import shown
from training.space import Space, Values

ATTRIBUTE = "heaviside"
FORMAT = 1


@dataclass(frozen=True)
class Sought:
    """What a study searches, and how."""

    recipe: str  # name of a recipe or a form
    arguments: tuple[str, ...]  # words that fill a form
    words: tuple[str, ...]  # settings that are the same in all trials
    space: dict[str, Any]  # as Space.to_dict gives it
    objectives: tuple[str, ...]
    data: str  # SHA-256
    config: dict[str, Any]  # of the recipe with these words
    sampler: str
    pruner: str
    total: int  # trials that the study is to have
    seed: int

    def plan(self, arguments: tuple[str, ...] = ()) -> Plan:
        """The recipe, and what trials share; other `arguments` say where the data of a form lies here.

        Raises UnusableStudy where this Heaviside has another recipe under that name.
        """
        recipe, config = recipes.find(self.recipe).plan([*(arguments or self.arguments), *self.words])
        if config.to_dict() != self.config:
            changed = [key for key, value in config.to_dict().items() if value != self.config.get(key)]
            raise UnusableStudy(
                f"The recipe {self.recipe} here has another {listed(changed)} than the study was begun with. Use the "
                "Heaviside that began it, or begin another one with STUDY=another-name."
            )
        return recipe, config

    @property
    def dimensions(self) -> Space:
        """What trials choose."""
        return Space.from_dict(self.space)

    def to_dict(self) -> dict[str, Any]:
        """As JSON can hold it."""
        return {"format": FORMAT, **{key: _plain(value) for key, value in asdict(self).items()}}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> "Sought":
        """What `to_dict` gave."""
        known: dict[str, Any] = {key: document[key] for key in cls.__dataclass_fields__}
        frozen: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value for key, value in known.items()
        }
        return cls(**frozen)


def begin(storage: BaseStorage, name: str, sought: Sought, first: Sequence[Values] = ()) -> list[str]:
    """Begin a study, or go on with the one of that name; returns sentences on what is now otherwise than before.

    Its first trials have the values `first`. Raises UnusableStudy for one that searches something else.
    """
    study = optuna.create_study(
        storage=storage, study_name=name, directions=["minimize"] * len(sought.objectives), load_if_exists=True
    )
    before = study.user_attrs.get(ATTRIBUTE)
    remarks = [] if before is None else _compared(name, Sought.from_dict(_checked(name, before)), sought)
    if before is None and study.get_trials(deepcopy=False):
        raise UnusableStudy(f"The study {name} was not begun by Heaviside. {_ANOTHER}")
    study.set_user_attr(ATTRIBUTE, sought.to_dict())
    for values in first if before is None else ():
        study.enqueue_trial(values)
    return remarks


def find(storage: BaseStorage, name: str, address: str) -> optuna.Study:
    """The study of that name, to be read. Raises UnusableStudy, which lists the known ones."""
    try:
        study = optuna.load_study(study_name=name, storage=storage)
    except KeyError as error:
        known = [each.study_name for each in storage.get_all_studies()]
        there = f"Studies there: {listed(sorted(known))}." if known else "There is none."
        raise UnusableStudy(
            f"There is no study {name!r} in {shown(address)}. {there} make tune with that STORAGE begins one."
        ) from error
    _checked(name, study.user_attrs.get(ATTRIBUTE))
    return study


def sought_by(study: optuna.Study) -> Sought:
    """What a study searches, as it stands now: another command may have changed the total."""
    return Sought.from_dict(study.user_attrs[ATTRIBUTE])


_ANOTHER = "STUDY=another-name begins a new one."


def _checked(name: str, document: Any) -> dict[str, Any]:
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise UnusableStudy(f"The study {name} was not begun by this Heaviside. {_ANOTHER}")
    return document


def _compared(name: str, then: Sought, now: Sought) -> list[str]:
    for what, was, is_now in _differences(then, now):
        raise UnusableStudy(f"The study {name} has {what} {was}, and this search has {is_now}. {_ANOTHER}")
    return [
        f"From now on the {what} is {getattr(now, what)}; it was {getattr(then, what)}."
        for what in ("sampler", "pruner")
        if getattr(then, what) != getattr(now, what)
    ]


def _differences(then: Sought, now: Sought) -> list[tuple[str, str, str]]:
    """What must be the same and is not: a name for it, and both."""
    pairs: list[tuple[str, Any, Any]] = [
        ("recipe", then.recipe, now.recipe),
        ("data by SHA-256", then.data, now.data),
        ("objectives", ",".join(then.objectives), ",".join(now.objectives)),
    ]
    pairs += [(f"the setting {key} =", then.config.get(key), now.config.get(key)) for key in now.config]
    pairs += [
        (f"for {key}", _told(then.space.get(key)), _told(now.space.get(key)))
        for key in dict.fromkeys([*then.space, *now.space])
    ]
    return [(what, str(was), str(is_now)) for what, was, is_now in pairs if was != is_now]


def _told(dimension: dict[str, Any] | None) -> str:
    if dimension is None:
        return "nothing to choose"
    (only,) = Space.from_dict({"": dimension})
    when = " and ".join(f"{key} is {' or '.join(words)}" for key, words in only.when.items())
    return f"the choice of {only.range}{f' where {when}' if when else ''}"


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
