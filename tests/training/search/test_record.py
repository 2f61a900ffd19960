"""A study as plain values: what a trial was, which is the best, what mattered, and what a foreign study is told."""

import csv
import json
import math
import random
from dataclasses import asdict

import optuna
import pytest

from tests.training.search.studies import SENTENCE, add, new_study, recorded, searched
from training import spaces
from training.errors import UnusableStudy
from training.record import Found, TrialRecord
from training.report.trials import write_trials
from training.search.record import MOST_POINTS, record_of

SPACE = spaces.TABLE
SETTINGS = {"learning_rate": 0.01, "optimizer": "adam", "layers": 2}


def test_a_record_is_what_json_can_hold_and_comes_back_the_same():
    record = recorded(SPACE, 30)
    document = json.loads(json.dumps(asdict(record), allow_nan=False))
    first = document["trials"][0]
    again = TrialRecord(**first | {"values": tuple(first["values"]), "course": tuple(map(tuple, first["course"]))})
    assert again == record.trials[0]
    assert document["space"] == SPACE.to_dict()


def test_a_trial_is_told_as_its_worker_left_it():
    study = new_study(SPACE)
    told = {"epochs": 3, "seconds": 1.5, "parameters": 99, "scores": {"accuracy": 0.9}, "worker": "here:7", "parent": 0}
    add(study, SPACE, SETTINGS, [0.2])
    add(study, SPACE, SETTINGS, [0.1], course=[0.3, 0.2, 0.1], retry_of=0, **told)
    assert record_of(study).trials[1] == TrialRecord(
        number=1,
        state="complete",
        values=(0.1,),
        params=SETTINGS,
        course=((1, 0.3), (2, 0.2), (3, 0.1)),
        retry_of=0,
        **told,
    )


def test_each_state_is_counted_and_a_lost_trial_is_not_a_failed_one():
    study = new_study(SPACE)
    study.ask()
    study.enqueue_trial(SETTINGS)
    add(study, SPACE, SETTINGS, [0.1])
    add(study, SPACE, SETTINGS, [0.2], state="PRUNED", course=[0.2])
    add(study, SPACE, SETTINGS, state="FAIL", error=SENTENCE)
    add(study, SPACE, SETTINGS, state="FAIL")
    counts = {"complete": 1, "pruned": 1, "failed": 1, "lost": 1, "running": 1, "waiting": 1}
    assert record_of(study).counts == counts


def test_the_best_is_the_least_complete_one_and_of_equal_ones_the_first():
    study = new_study(SPACE)
    add(study, SPACE, SETTINGS, [0.01], state="PRUNED", course=[0.01])
    for value in (0.3, 0.2, 0.2, math.inf):
        add(study, SPACE, SETTINGS, [value])
    record = record_of(study)
    assert record.best.number == 2
    assert [trial.number for trial in record.ranked()] == [2, 3, 1]
    assert new_study(SPACE).trials == []
    assert record_of(new_study(SPACE)).best is None


def test_of_several_objectives_the_least_error_is_best_and_the_front_is_known():
    study = new_study(SPACE, ("size", "error"))
    for values in ([100, 0.3], [200, 0.1], [300, 0.2], [50, 0.5]):
        add(study, SPACE, SETTINGS, values)
    record = record_of(study)
    assert record.best.number == 1
    assert record.front == (3, 0, 1)
    found = Found(record, record.best).study()
    assert list(found.objectives.items()) == [("error", 0.1), ("size", 200)]
    assert found.front == (3, 0, 1)


def test_a_long_course_is_thinned_and_keeps_its_end():
    study = new_study(SPACE)
    add(study, SPACE, SETTINGS, [0.1], course=[1 / epoch for epoch in range(1, 1001)] + [math.nan])
    course = record_of(study).trials[0].course
    assert len(course) <= MOST_POINTS
    assert course[-1] == (1000, 0.001)
    assert record_of(study).trials[0].epochs == 1001


def test_what_decides_is_the_most_important_also_where_settings_are_there_in_some_trials_only():
    importances = recorded(SPACE, 90).importances
    assert next(iter(importances)) == "learning_rate"
    assert set(importances) == {dimension.key for dimension in SPACE}
    assert sum(importances.values()) == pytest.approx(1)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ([0.1, 0.2], "It takes 20 complete trials to tell which settings matter; the study has 2."),
        ([0.1] * 25, "All trials are equally good, so no setting matters."),
    ],
    ids=["few", "all alike"],
)
def test_where_nobody_can_tell_what_matters_a_sentence_says_so(values, sentence):
    study, draw = new_study(SPACE), random.Random(1)
    for value in values:
        add(study, SPACE, SETTINGS | {"learning_rate": draw.uniform(0.001, 0.02)}, [value])
    record = record_of(study)
    assert record.importances == {}
    assert record.without_importances == sentence


def test_importances_of_several_objectives_are_told_too():
    assert recorded(SPACE, 40, ("error", "size")).importances


@pytest.mark.parametrize("attribute", [None, "words", {"format": 2}], ids=["none", "no object", "another format"])
def test_a_study_of_another_maker_is_refused(attribute):
    study = optuna.create_study(study_name="theirs")
    if attribute:
        study.set_user_attr("heaviside", attribute)
    with pytest.raises(UnusableStudy, match="The study theirs was not begun by this Heaviside"):
        record_of(study)


def test_a_lineage_goes_back_to_the_first_and_one_that_contradicts_itself_is_refused():
    study = new_study(SPACE)
    for parent in (None, 0, None, 1, 9, 4):
        add(study, SPACE, SETTINGS, [0.1], **({} if parent is None else {"parent": parent}))
    record = record_of(study)
    assert [trial.number for trial in record.lineage(record.trial(3))] == [0, 1, 3]
    with pytest.raises(UnusableStudy, match="trial 4 began with the weights of trial 9, which came later"):
        record.lineage(record.trial(5))
    with pytest.raises(UnusableStudy, match="has no trial 17"):
        record.trial(17)


def test_the_table_of_trials_has_every_trial_whatever_its_words(tmp_path):
    study = searched(SPACE, 40)
    add(study, SPACE, SETTINGS, state="FAIL")
    write_trials(record_of(study), tmp_path)
    with (tmp_path / "trials.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["trial"]) for row in rows] == list(range(41))
    assert [row["state"] for row in rows[-2:]] == ["failed", "lost"]
    assert rows[39]["failure"] == SENTENCE
    assert rows[40]["objective_error"] == rows[40]["parent"] == rows[40]["setting_weight_decay"] == ""
    trials = study.trials
    for row, trial in zip(rows[:-1], trials, strict=False):
        if trial.values:
            assert float(row["objective_error"]) == trial.values[0]
        assert float(row["setting_learning_rate"]) == trial.params["learning_rate"]
        assert (row["setting_weight_decay"] != "") == (trial.params["optimizer"] == "adamw")
    assert rows[0]["course"].startswith("1:0.")
    assert "validation_accuracy" in rows[0]
