"""Population-based training and evolution: whose weights a trial begins with, and what it changes."""

import math
from collections import Counter

import optuna
import pytest
from optuna.trial import TrialState

from tests.training.search.toy import SPACE, error, run, study_of
from training.search.samplers import sampler
from training.search.samplers.pbt import KEPT
from training.search.suggestions import suggest


@pytest.mark.parametrize(
    ("total", "epochs", "population", "generations", "each"),
    [
        (40, 30, 8, 5, 6),
        (50, 30, 8, 6, 5),
        (20, 30, 5, 4, 7),
        (100, 5, 20, 5, 1),
        (3, 30, 3, 1, 30),
        (1, 1, 1, 1, 1),
    ],
)
def test_trials_are_shared_out_among_members_and_epochs_among_generations(total, epochs, population, generations, each):
    pbt = sampler("pbt", SPACE, total=total, seed=1, epochs=epochs)

    assert (pbt.population, pbt.generations, pbt.epochs_per_trial) == (population, generations, each)
    assert pbt.inherits


def test_every_member_trains_every_generation():
    study = run(study_of("pbt", 24, seed=1), 24)

    turns = [(trial.user_attrs["member"], trial.user_attrs["generation"]) for trial in study.trials]
    assert turns == [(member, generation) for generation in range(1, 5) for member in range(6)]
    assert all(("parent" in trial.user_attrs) is (trial.user_attrs["generation"] > 1) for trial in study.trials)


def _first_generation(errors):
    study = study_of("pbt", 4 * len(errors), seed=3)
    for each in errors:
        trial = study.ask()
        suggest(trial, SPACE)
        study.tell(trial, each)
    return study


def test_the_worst_quarter_goes_on_from_the_best_and_the_others_from_themselves():
    study = _first_generation([5.0, 1.0, 3.0, 8.0, 2.0, 6.0, 4.0, 7.0])
    second = []
    for _ in range(8):  # all at once, so that the first generation is what each is compared with
        second.append(study.ask())
        suggest(second[-1], SPACE)

    parents = {trial.user_attrs["member"]: trial.user_attrs["parent"] for trial in second}
    assert {member: parent for member, parent in parents.items() if member not in (3, 7)} == {
        member: member for member in (0, 1, 2, 4, 5, 6)
    }
    assert {parents[3], parents[7]} <= {1, 4}
    for trial in second:
        before = study.trials[trial.user_attrs["parent"]].params
        if trial.user_attrs["member"] in (3, 7):
            assert trial.params != before
            assert {key: trial.params[key] for key in KEPT if key in before} == {
                key: before[key] for key in KEPT if key in before
            }
        else:
            assert trial.params == before


def test_what_is_inherited_pays():
    """Where progress adds up along the lineage, the population gets further than its first generation's best could."""
    study = study_of("pbt", 40, seed=2)
    skill = {}
    for _ in range(40):
        trial = study.ask()
        gain = 1 / (0.1 + error(suggest(trial, SPACE)))
        skill[trial.number] = skill.get(trial.user_attrs.get("parent"), 0.0) + gain
        study.tell(trial, -skill[trial.number])

    alone = study.sampler.generations * max(skill[number] for number in range(8))
    assert max(skill.values()) > 1.1 * alone


@pytest.mark.parametrize("state", ["lost", "failed", "pruned"])
def test_a_member_whose_trial_does_not_end_well_goes_on(state):
    study = _first_generation([5.0, 1.0, 3.0, 8.0, 2.0, 6.0, 4.0, 7.0])
    trial = study.ask()  # of member 0
    suggest(trial, SPACE)
    if state == "failed":
        trial.set_user_attr("error", "The loss is no number.")
    study.tell(trial, state=TrialState.PRUNED if state == "pruned" else TrialState.FAIL)
    others = [study.ask() for _ in range(7)]
    for other in others:
        suggest(other, SPACE)
        study.tell(other, study.trials[other.user_attrs["member"]].value)
    again = study.ask()
    suggest(again, SPACE)

    assert Counter(each.user_attrs["member"] for each in others) == Counter(range(1, 8))
    assert again.user_attrs["member"] == 0
    assert again.user_attrs["generation"] == (2 if state == "lost" else 3)
    assert (again.user_attrs["parent"] == 0) is (state == "lost")
    assert study.trials[again.user_attrs["parent"]].state is TrialState.COMPLETE


@pytest.mark.parametrize("name", ["pbt", "evolution"])
def test_a_trial_that_repeats_a_lost_one_comes_from_where_that_came(name):
    study = run(study_of(name, 24, seed=1), 12)
    lost = study.ask()
    values = suggest(lost, SPACE)
    study.tell(lost, state=TrialState.FAIL)
    study.enqueue_trial(values, user_attrs={"retry_of": lost.number})
    again = study.ask()

    assert suggest(again, SPACE) == values
    assert again.user_attrs == {**lost.user_attrs, "retry_of": lost.number}


def test_a_population_in_which_nothing_trains_begins_anew():
    study = study_of("pbt", 16, seed=1)
    for _ in range(16):
        trial = study.ask()
        suggest(trial, SPACE)
        assert "parent" not in trial.user_attrs
        trial.set_user_attr("error", "The loss is no number.")
        study.tell(trial, state=TrialState.FAIL)


def test_a_worker_leaves_a_member_to_one_that_began_before_it_and_has_not_chosen():
    study = _first_generation([5.0, 1.0, 3.0, 8.0])
    study._storage.create_new_trial(study._study_id)  # as another process does, just before it chooses

    assert study.ask().user_attrs["member"] == 1


def test_more_workers_than_members_all_get_something_to_do():
    study = study_of("pbt", 16, seed=1)
    trials = [study.ask() for _ in range(10)]
    for trial in trials:
        suggest(trial, SPACE)

    assert Counter(trial.user_attrs["member"] for trial in trials[:4]) == Counter(range(4))
    assert all(trial.user_attrs["member"] in range(4) for trial in trials)


def test_a_child_of_evolution_differs_from_its_parent_in_one_dimension():
    study = run(study_of("evolution", 60, seed=4), 60)

    children = [trial for trial in study.trials if "parent" in trial.user_attrs]
    assert len(children) == 48  # a fifth are random first
    for child in children:
        parent = study.trials[child.user_attrs["parent"]].params
        changed = {key for key in parent.keys() | child.params.keys() if parent.get(key) != child.params.get(key)}
        assert len(changed - {"weight_decay"}) <= 1
        assert changed
        if "weight_decay" in changed and len(changed) == 2:
            assert "optimizer" in changed


def test_a_parent_of_evolution_is_young_and_good():
    study = run(study_of("evolution", 100, seed=4), 100)
    size = study.sampler.population
    values = [trial.value for trial in study.trials]

    for child in study.trials[size:]:
        parent = child.user_attrs["parent"]
        alive = sorted(values[child.number - size : child.number])
        assert child.number - size <= parent < child.number
        assert alive.index(values[parent]) <= size // 2  # the best of half of them


def test_evolution_takes_no_parent_without_weights():
    study = study_of("evolution", 40, seed=4)
    for number in range(40):
        trial = study.ask()
        suggest(trial, SPACE)
        study.tell(trial, math.inf) if number % 2 else study.tell(trial, state=TrialState.PRUNED)

    assert not any("parent" in trial.user_attrs for trial in study.trials)


@pytest.mark.parametrize("name", ["random", "grid", "tpe", "gp", "cmaes", "nsga2", "zoom"])
def test_other_trials_begin_with_weights_of_their_own(name):
    how = sampler(name, SPACE, total=24, seed=1, epochs=12)

    assert (how.inherits, how.epochs_per_trial) == (False, None)
    assert name == "grid" or not how.exhausted(optuna.create_study())
