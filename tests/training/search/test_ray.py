"""Trials of a study as Ray gets them and gives them back, without a Ray that runs: those are in test_ray_cluster.py."""

import json
import subprocess
import sys

import numpy as np
import pytest
from optuna.trial import TrialState

from training import recipes
from training.errors import InvalidOverride, UnusableCluster
from training.search import quota
from training.search.assignment import Died, Epoch, Failed, Finished, Refused
from training.search.engines import WORK
from training.search.on_ray.members import config as config_of
from training.search.on_ray.members import scheduler as scheduler_of_members
from training.search.on_ray.population import Population
from training.search.on_ray.session import Over
from training.search.on_ray.spaces import domain, drawn, mutations, there, within
from training.search.on_ray.trainables import MESSAGE, PARENT, VALUE, WEIGHTS
from training.search.on_ray.trials import TIME, Asha, End, Trials
from training.search.post import Post
from training.search.stopping import Stop
from training.search.storage import open_storage
from training.search.study import begin
from training.search.tune import sought
from training.search.words import understood
from training.search.worker import bench_of
from training.space import Choice, Dimension, Real, Space, Whole

SPACE = Space(
    (
        Dimension("units", Whole(4, 64, log=True)),
        Dimension("batch_size", Whole(8, 16)),
        Dimension("optimizer", Choice(("adam", "adamw", "adam"))),
        Dimension("learning_rate", Real(1e-4, 1e-1, log=True)),
        Dimension("dropout", Real(0.0, 0.5)),
        Dimension("weight_decay", Real(1e-4, 0.3, log=True), when={"optimizer": ("adamw",)}),
    )
)
FINISHED = Finished((0.25,), {"accuracy": 0.75}, parameters=99, epochs=2, seconds=1.0)
FROM_RAY = {"hostname": "there", "pid": 7}


@pytest.fixture
def bench(tmp_path):
    """A new study on iris by these words, as a worker has it."""

    def of(*words, total="4"):
        journal = str(tmp_path / "iris.journal")
        search = understood(recipes.find("iris"), ["epochs=9", *words], total, "ray")
        begin(open_storage(journal), "iris", sought(search, recipes.find("iris").load(None).sha256))
        post = Post(journal, "iris", None, tmp_path / "weights", threads=1, memory_mb=0)
        return bench_of(post, Stop())

    return of


@pytest.fixture
def taken(bench):
    """Trials of a random search, and its study."""
    its = bench("sampler=random", "pruner=asha")
    return Trials(its, at_once=2, memory_mb=900), its.study


def result(message, **more):
    return {MESSAGE: message, VALUE: 0.5, **FROM_RAY, **more}


def states(study):
    return [trial.state for trial in quota.trials_of(study)]


@pytest.mark.parametrize("dimension", list(SPACE), ids=lambda dimension: dimension.key)
def test_ray_draws_what_the_range_holds_and_both_its_ends(dimension):
    known, chance = dimension.range, np.random.RandomState(1)
    values = [domain(known).sample(random_state=chance) for _ in range(400)]

    if isinstance(known, Choice):
        assert set(values) == set(known.words)
    else:
        assert min(values) >= known.low
        assert max(values) <= known.high
    if isinstance(known, Whole):
        assert {known.low, known.high} <= set(values)


def test_half_of_the_draws_by_logarithm_lie_below_the_geometric_mean():
    values = [domain(Real(1e-4, 1.0, log=True)).sample(random_state=np.random.RandomState(n)) for n in range(400)]

    assert 160 < sum(value < 1e-2 for value in values) < 240


@pytest.mark.parametrize("known", [Whole(5, 5, log=True), Real(0.5, 0.5, log=True), Real(0.5, 0.5)], ids=str)
def test_a_range_of_one_value_is_that_value(known):
    assert domain(known).sample(random_state=np.random.RandomState(1)) == known.low


def test_a_point_has_python_s_numbers_so_that_json_takes_it():
    point = drawn(SPACE, np.random.RandomState(1))

    assert json.loads(json.dumps(point)) == point
    assert list(point) == [dimension.key for dimension in SPACE]


@pytest.mark.parametrize(("word", "is_there"), [("adam", False), ("adamw", True)])
def test_what_depends_on_a_word_is_in_the_values_only_with_that_word(word, is_there):
    values = there(SPACE, drawn(SPACE, np.random.RandomState(1)) | {"optimizer": word})

    assert ("weight_decay" in values) is is_there


def test_ray_changes_all_but_the_network():
    assert list(mutations(SPACE)) == ["batch_size", "optimizer", "learning_rate", "dropout", "weight_decay"]
    assert mutations(SPACE)["optimizer"] == ["adam", "adamw"]


def test_what_ray_multiplied_is_within_its_range_again():
    point = drawn(SPACE, np.random.RandomState(1)) | {"dropout": 0.6, "batch_size": 20, "learning_rate": 1e-5}

    assert within(SPACE, point) == point | {"dropout": 0.5, "batch_size": 16, "learning_rate": 1e-4}


def test_ray_explores_a_point_of_the_space(bench):
    its = bench("sampler=pbt")
    space = its.sought.dimensions
    begun = config_of(its, 900)
    config = {"brood": begun["brood"], "member": begun["member"]["grid_search"][0]}
    clone = type("Clone", (), {"config": config})()

    for _ in range(50):
        changed, _ = scheduler_of_members(its)._get_new_config(None, clone)
        assert its.sought.dimensions.config(there(space, changed["member"]["point"]), its.config)
        assert within(space, changed["member"]["point"]) == changed["member"]["point"]


def test_trials_are_asked_for_so_many_at_a_time_and_none_beyond_the_total(taken):
    trials, study = taken

    assert [trials.suggest(name) is not None for name in "abc"] == [True, True, False]
    for name in "ab":
        trials.on_trial_complete(name, result(FINISHED))
    assert [trials.suggest(name) is not None for name in "cde"] == [True, True, False]
    for name in "cd":
        trials.on_trial_complete(name, result(FINISHED))
    assert trials.suggest("e") == Trials.FINISHED
    assert states(study) == [TrialState.COMPLETE] * 4


def test_an_assignment_has_the_values_of_the_trial_and_the_memory_of_all(taken):
    trials, study = taken
    config = trials.suggest("a")

    (trial,) = quota.trials_of(study)
    assert config["memory_mb"] == 900
    assert config["assignment"].config.learning_rate == trial.params["learning_rate"]
    assert config["assignment"].config.epochs == 9


@pytest.mark.parametrize(
    ("ending", "state", "attributes"),
    [
        pytest.param(result(FINISHED), TrialState.COMPLETE, {"worker": "there:7", "epochs": 2}, id="to its end"),
        pytest.param(result(Epoch(1, 0.4)), TrialState.PRUNED, {}, id="stopped by Ray"),
        pytest.param(result(Failed("It diverged.")), TrialState.FAIL, {"error": "It diverged."}, id="failed"),
        pytest.param(result(Died("It was killed.")), TrialState.FAIL, {"lost": "died"}, id="its process died"),
        pytest.param(None, TrialState.FAIL, {"lost": "died"}, id="Ray's process died"),
    ],
)
def test_a_trial_ends_in_the_study_as_it_ended_on_ray(ending, state, attributes, taken):
    trials, study = taken
    trials.suggest("a")
    trials.on_trial_complete("a", ending, error=ending is None)

    trial = quota.trial(study, 0)
    assert trial.state is state
    assert attributes.items() <= trial.user_attrs.items()
    lost = attributes.get("lost") == "died"
    assert [each.state for each in quota.trials_of(study)[1:]] == [TrialState.WAITING] * lost


def test_each_epoch_is_in_the_study(taken):
    trials, study = taken
    trials.suggest("a")
    trials.on_trial_result("a", result(Epoch(1, 0.4)))
    trials.on_trial_complete("a", result(Epoch(2, 0.3)))

    assert quota.trial(study, 0).intermediate_values == {1: 0.4, 2: 0.3}


def test_what_another_took_for_dead_is_left_to_who_repeats_it(taken):
    trials, study = taken
    trials.suggest("a")
    quota.lose(study, 0, quota.DIED)
    trials.on_trial_complete("a", result(FINISHED))

    assert states(study) == [TrialState.FAIL, TrialState.WAITING]


def test_whoever_asks_to_stop_gets_the_running_trials_given_back(bench):
    its = bench("sampler=random")
    trials = Trials(its, at_once=2, memory_mb=900)
    trials.suggest("a")
    its.stop.ask()

    with pytest.raises(Over):
        End(trials).stop_all()
    assert states(its.study) == [TrialState.FAIL, TrialState.WAITING]
    assert quota.trial(its.study, 0).user_attrs["lost"] == quota.RETURNED


def test_a_cluster_with_other_data_ends_the_search_with_its_sentence(taken):
    trials, _ = taken
    trials.suggest("a")
    trials.on_trial_complete("a", result(Refused("The data is not that of the study.")))

    with pytest.raises(Over, match="The data is not that of the study"):
        trials.suggest("b")


class Named:
    """Of Ray's trials, what ASHA looks at."""

    def __init__(self, name):
        self.trial_id = name


@pytest.mark.parametrize(
    ("epoch", "decision"),
    [pytest.param(1, "STOP", id="at a rung"), pytest.param(9, "CONTINUE", id="at its last")],
)
def test_asha_stops_the_worst_at_a_rung_and_nothing_at_its_last_epoch(epoch, decision):
    asha = Asha(9)
    for number in range(5):
        asha.on_trial_add(None, Named(number))
        decided = asha.on_trial_result(None, Named(number), {TIME: epoch, VALUE: float(number)})

    assert decided == decision


def test_each_generation_is_a_trial_with_a_parent_and_the_total_is_reached_exactly(bench, tmp_path):
    its = bench("sampler=pbt", total="7")
    begun = config_of(its, 900)["member"]["grid_search"]
    assert [member["index"] for member in begun] == [0, 1]
    population = Population(its, len(begun))
    population.begun("a", 0)
    population.begun("b", 1)
    values = {"learning_rate": begun[0]["point"]["learning_rate"]}

    def generation(of, made, parent=None, message=FINISHED):
        return population(of, result(message, values=values, course=[0.5, 0.25], parent=parent, made=made))

    assert not generation("a", "a1")
    assert not generation("b", "b1")
    assert not generation("b", "b2", "a1")
    (tmp_path / WEIGHTS).write_bytes(b"weights")
    (tmp_path / PARENT).write_text('"b2"')
    population.keep(tmp_path)
    assert not generation("a", "a2", "a1", Failed("It diverged."))
    assert not generation("a", "a3", "a1")
    assert generation("a", "a4", "a3")  # the other one is under way, and is the seventh
    assert generation("b", "b3", "b2")

    trials = quota.trials_of(its.study)
    assert [trial.user_attrs.get("parent") for trial in trials] == [None, None, 0, 0, 0, 4, 2]
    assert [trial.user_attrs["generation"] for trial in trials] == [1, 1, 2, 2, 3, 4, 3]
    assert [trial.state.name for trial in trials] == ["COMPLETE"] * 3 + ["FAIL"] + ["COMPLETE"] * 3
    assert trials[0].intermediate_values == {1: 0.5, 2: 0.25}
    assert (its.post.weights / "2.npz").read_bytes() == b"weights"


def test_a_population_goes_on_with_the_latest_weights_of_each_member(bench):
    its = bench("sampler=pbt", total="6")
    population = Population(its, 2)
    population.begun("a", 0)
    values = {"learning_rate": 0.001}
    population("a", result(FINISHED, values=values, course=[], parent=None, made="a1"))

    fresh, known = config_of(its, 900)["member"]["grid_search"]
    assert (known["index"], known["parent"], known["point"]["learning_rate"]) == (0, 0, 0.001)
    assert known["start"] == its.post.weights.resolve() / "0.npz"
    assert (fresh["index"], fresh["parent"], fresh["start"]) == (1, None, None)


def test_a_member_that_ray_gives_up_counts_once_and_the_others_go_on(bench):
    its = bench("sampler=pbt", total="4")
    population = Population(its, 2)
    population.begun("a", 0)
    population.begun("b", 1)
    population.lost("a")
    made = [population("b", result(FINISHED, values={}, course=[], parent=None, made=str(n))) for n in range(3)]

    assert made == [False, False, True]
    assert quota.trial(its.study, 0).user_attrs["error"] == "Its process or its worker died 3 times."


@pytest.mark.parametrize(
    ("words", "engine", "message"),
    [
        pytest.param([], "spark", "ENGINE=spark does not fit: ENGINE is one of processes, ray.", id="engine"),
        pytest.param(["pruner=median"], "ray", "ENGINE=ray has no pruner median: choose among none, asha", id="pruner"),
        pytest.param(["sampler=pbt", "pruner=asha"], "ray", "use pruner=none", id="two schedulers"),
        pytest.param(["sampler=magic"], "ray", "sampler=magic does not fit", id="sampler"),
    ],
)
def test_what_does_not_fit_gets_one_sentence(words, engine, message):
    with pytest.raises(InvalidOverride, match=message):
        understood(recipes.find("iris"), words, "9", engine)


@pytest.mark.parametrize(
    ("words", "pruner"),
    [((), "asha"), (("sampler=pbt",), "none"), (("objectives=error,size", "sampler=random"), "none")],
)
def test_where_nothing_is_said_ray_prunes_as_it_can(words, pruner):
    assert understood(recipes.find("iris"), words, "9", "ray").pruner == pruner


def test_without_ray_there_is_one_sentence_on_how_to_install_it(monkeypatch, tmp_path, capsys):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(UnusableCluster, match=r'pip install "heaviside\[ray\]"'):
        understood(recipes.find("iris"), [], "9", "ray")

    monkeypatch.delitem(sys.modules, "training.search.on_ray.worker", raising=False)
    post = Post(str(tmp_path / "iris.journal"), "iris", None, tmp_path, threads=1, memory_mb=0)
    assert WORK["ray"](post) != 0
    assert capsys.readouterr().err.endswith('pip install "heaviside[ray]".\n')


def test_a_search_without_ray_does_not_import_it():
    code = "import sys, training.search.commands; sys.exit('ray' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
