"""A search from its words to a published version: the order of its steps, and nothing of what is in them."""

import shutil
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import optuna
from rich.console import Console

from models.errors import ModelsError
from training.errors import SearchFailed
from training.quiet import quiet_stderr, start_tensorflow
from training.search import quota
from training.search.board import board
from training.search.engines import RAY, WORK, context
from training.search.fleet import Fleet
from training.search.liveness import Watch
from training.search.place import Place, named
from training.search.post import Post
from training.search.processes import cores
from training.search.samplers import BEGINNING
from training.search.starts import starts
from training.search.stopping import Stop, asked_to_stop
from training.search.storage import OUTAGES, open_storage, outage, shown, weights_folder
from training.search.study import Sought, begin, find
from training.search.turn import lose_the_dead
from training.search.words import Search

PUBLISHED = "published"  # the attribute of a study: which version was published of how many trials


def tune(search: Search, place: Place, console: Console) -> None:
    """Search until the study has its trials, and publish the best.

    Raises KeyboardInterrupt where it was asked to stop; all that the study has then stays. Raises TrainingError.
    """
    name = search.recipe.name
    place = named(place, name)
    with place.store.staging(name):
        pass  # a store that cannot be written must fail now, not after the search
    data = search.recipe.load(place.data_dir).sha256
    storage = open_storage(place.storage)
    try:
        first = starts(search.space, search.config, search.total) if search.sampler in BEGINNING else []
        for remark in begin(storage, place.study, sought(search, data), first):
            console.print(f"{name}: {remark}")
        tuning = Tuning(search, find(storage, place.study, place.storage), place, console)
        with asked_to_stop() as stop:
            tuning.run(stop)
        if stop:
            raise KeyboardInterrupt
        tuning.publish()
    except OUTAGES as error:
        raise outage(place.storage, error) from error


@dataclass(frozen=True)
class Tuning:
    """A search whose study has begun."""

    search: Search
    study: optuna.Study
    place: Place
    console: Console

    def run(self, stop: Stop) -> None:
        """Until the study has its total, the time is over or somebody asks to stop. Raises SearchFailed."""
        watch, total = Watch(self.place.pace.lost_after_s), self.search.total
        lose_the_dead(self.study, watch)  # those of a search that was killed
        self._say_where_it_stands()
        over = quota.done(quota.trials_of(self.study))
        if len(over) >= total:
            return
        begin, shows = time.monotonic(), board(self.search.recipe.name, self.search.objectives, over, self.console)
        with closing(shows):
            engine = self.search.engine
            with closing(Fleet(self._posts(total - len(over)), WORK[engine], context(engine))) as fleet:
                while not stop and time.monotonic() - begin < self.search.timeout_s and fleet.keep_up(self._done):
                    lose_the_dead(self.study, watch)
                    shows.show(quota.trials_of(self.study), total)
                    time.sleep(self.place.pace.look_s)
            shows.show(quota.trials_of(self.study), total)
        if not stop and self._done < total:
            self._explain(fleet.is_content, time.monotonic() - begin >= self.search.timeout_s)

    def publish(self) -> None:
        """Publish the best, but not twice. Raises SearchFailed where no trial came to its end."""
        name = self.search.recipe.name
        before = self.study.user_attrs.get(PUBLISHED, {})
        if before.get("trials") == self._done and self._is_there(before["version"]):
            self.console.print(
                f"{name}: the best is published already, as {self.place.store.root / name}/{before['version']}. "
                "A larger TRIALS= goes on with the study."
            )
            return
        with quiet_stderr():
            start_tensorflow()
            from training.search.result import publish_best  # noqa: PLC0415  # imports Keras

        done = self._done
        version = publish_best(
            self.study, self.search.recipe, self.search.config, self.place.store, self.place.data_dir, self.console
        )
        self.study.set_user_attr(PUBLISHED, {"trials": done, "version": version.number})
        shutil.rmtree(self._weights, ignore_errors=True)

    @property
    def _done(self) -> int:
        return len(quota.done(quota.trials_of(self.study)))

    @property
    def _weights(self) -> Path:
        place = self.place
        return weights_folder(place.storage, place.study, place.store.studies(self.search.recipe.name))

    def _say_where_it_stands(self) -> None:
        search = self.search
        how = f"objective {', '.join(search.objectives)}, sampler {search.sampler}, pruner {search.pruner}"
        self.console.print(
            f"{search.recipe.name}: study {self.place.study} in {shown(self.place.storage)} has {self._done} trials of "
            f"{search.total}; {how}"
        )

    def _explain(self, content: bool, late: bool) -> None:
        """Why the study has less trials than were asked for."""
        has = f"study {self.place.study} has {self._done} of {self.search.total} trials"
        if late:
            self.console.print(f"The time is over: {has}. The same command goes on with it.")
        elif content:
            self.console.print(f"There is nothing left to try: {has}, and they are all there are.")
        else:
            raise SearchFailed(
                f"The workers ended, for the reasons above: {has}. What it has is kept, and the same command goes on."
            )

    def _is_there(self, number: int) -> bool:
        try:
            return number in self.place.store.numbers(self.search.recipe.name)
        except ModelsError:
            return False

    def _posts(self, left: int) -> list[Post]:
        if self.search.engine == RAY:
            return [self._post(threads=1, at_once=min(self.search.workers, left))]
        workers = min(self.search.workers, left)
        return [self._post(threads=max(1, cores() // workers), at_once=1) for _ in range(workers)]

    def _post(self, threads: int, at_once: int) -> Post:
        place = self.place
        return Post(
            place.storage,
            place.study,
            place.data_dir,
            self._weights,
            threads=threads,
            memory_mb=self.search.memory_mb,
            arguments=self.search.recipe.arguments,
            at_once=at_once,
            pace=place.pace,
        )


def sought(search: Search, data: str) -> Sought:
    """What the study of a search is of, on data of that SHA-256."""
    return Sought(
        recipe=search.name,
        arguments=search.recipe.arguments,
        words=search.words,
        space=search.space.to_dict(),
        objectives=search.objectives,
        data=data,
        config=search.config.to_dict(),
        sampler=search.sampler,
        pruner=search.pruner,
        total=search.total,
        seed=search.config.seed,
    )
