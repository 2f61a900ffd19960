"""The commands of a search: tune and tune-worker. They know neither the environment nor how a search goes."""

from collections.abc import Sequence
from functools import partial

import optuna
from rich.console import Console

from training import recipes
from training.errors import UnusableStudy
from training.options import parted
from training.search import quota
from training.search.engines import PROCESSES
from training.search.place import Place, named
from training.search.post import Post
from training.search.processes import cores, machine_mb, start_server
from training.search.storage import is_there, open_storage, shown, weights_folder
from training.search.study import find, sought_by
from training.search.tune import tune
from training.search.words import JOINING, understood
from training.search.worker import DONE, work


def tune_recipe(
    name: str, words: Sequence[str], trials: str, place: Place, console: Console, *, engine: str = ""
) -> int:
    """Search for the best settings of a recipe, and publish what is trained with them; returns the exit status."""
    search = understood(recipes.find(name), words, trials, engine)
    if search.engine == PROCESSES:
        start_server()  # while the data is read; where nothing is left to be trained, it ends with the command
    if search.recipe.findings:
        console.print(f"{search.recipe.findings}\n")
    tune(search, place, console)
    console.print("\nTo serve what is published: make serve")
    return 0


def join_study(name: str, words: Sequence[str], place: Place, console: Console) -> int:
    """Work on a study that another command has begun, from this machine; returns the exit status."""
    asked = recipes.find(name)
    of_form = tuple(word for word in words if asked.takes(word))
    options, fixed = parted(JOINING, [word for word in words if word not in of_form], "a worker")
    if fixed:
        raise UnusableStudy(f"A worker takes its settings from the study, and not {' '.join(fixed)}.")
    place = named(place, name)
    if not is_there(place.storage):
        raise UnusableStudy(f"There is no journal {place.storage} to join. make tune with that STORAGE begins one.")
    study = find(open_storage(place.storage), place.study, place.storage)
    if (searched := sought_by(study).recipe) != name:
        raise UnusableStudy(f"The study {place.study} is of the recipe {searched}, and not of {name}.")
    post = Post(
        place.storage,
        place.study,
        place.data_dir,
        weights_folder(place.storage, place.study, place.store.studies(name)),
        options.get("threads", cores()),
        options.get("memory_mb", machine_mb()),
        arguments=of_form,
        pace=place.pace,
    )
    console.print(f"{place.study}: joins in {shown(place.storage)}, {_standing(study)}")
    status = work(post, partial(_say, console, place.study))
    console.print(f"{place.study}: ends, {_standing(study)}")
    return 0 if status == DONE else 1


def _say(console: Console, study: str, sentence: str) -> None:
    console.print(f"{study}: {sentence}")


def _standing(study: optuna.Study) -> str:
    return f"{len(quota.done(quota.trials_of(study)))} of {sought_by(study).total} trials are over"
