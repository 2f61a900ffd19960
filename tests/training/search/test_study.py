"""A study: it is gone on with by the same search only, and what differs is named."""

from dataclasses import replace

import optuna
import pytest

from training import recipes
from training.errors import UnusableStudy
from training.search.study import begin, find, sought_by
from training.search.tune import sought
from training.search.words import understood


def of(name="iris", *words, trials="4", data="abc"):
    """What such a search seeks."""
    return sought(understood(recipes.find(name), words, trials), data)


@pytest.fixture
def storage():
    """One that holds the study of a search on iris."""
    storage = optuna.storages.InMemoryStorage()
    begin(storage, "study", of())
    return storage


def test_a_study_knows_all_that_a_worker_needs(storage):
    read = sought_by(find(storage, "study", "there"))
    recipe, config = read.plan()
    assert read == of()
    assert (recipe.name, config) == ("iris", recipes.find("iris").config)
    assert read.dimensions == recipes.find("iris").space


def test_a_study_of_data_of_ones_own_knows_where_it_lies_and_may_be_told_where_it_does_here(tmp_path):
    here, there = tmp_path / "here.csv", tmp_path / "there.csv"
    for path in (here, there):
        path.write_text("size,price\n" + "".join(f"{row * row % 97},{row % 7 * 2.5}\n" for row in range(200)))
    study = of("csv", f"path={here}", "target=price", "units=4..8")
    assert (study.recipe, study.words) == ("csv", ())
    assert study.plan()[0].arguments == (f"path={here}", "target=price")
    assert study.plan((f"path={there}", "target=price"))[0].arguments == (f"path={there}", "target=price")


def test_the_same_search_goes_on_and_may_ask_for_more_trials(storage):
    assert begin(storage, "study", of(trials="9")) == []
    assert sought_by(find(storage, "study", "there")).total == 9


def test_another_sampler_or_pruner_goes_on_and_says_so(storage):
    remarks = begin(storage, "study", of("iris", "sampler=random", "pruner=none"))
    assert remarks == [
        "From now on the sampler is random; it was gp.",
        "From now on the pruner is none; it was median.",
    ]


@pytest.mark.parametrize(
    ("other", "message"),
    [
        pytest.param(of("wine"), "has recipe iris, and this search has wine", id="recipe"),
        pytest.param(of(data="def"), "has data by SHA-256 abc, and this search has def", id="data"),
        pytest.param(of("iris", "objectives=loss"), "has objectives error, and this search has loss", id="objectives"),
        pytest.param(of("iris", "epochs=3"), "has the setting epochs = ", id="setting"),
        pytest.param(of("iris", "units=16..20"), "has for units the choice of 16 to 256", id="range"),
    ],
)
def test_another_search_is_refused_with_what_differs_and_the_study_stays(other, message, storage):
    with pytest.raises(UnusableStudy) as caught:
        begin(storage, "study", other)
    assert message in str(caught.value)
    assert str(caught.value).endswith("STUDY=another-name begins a new one.")
    assert sought_by(find(storage, "study", "there")) == of()


def test_a_study_that_is_not_there_is_missed_with_those_that_are(storage):
    with pytest.raises(UnusableStudy, match=r"no study 'stduy' in there\. Studies there: study\."):
        find(storage, "stduy", "there")


def test_a_study_of_others_is_left_alone(storage):
    optuna.create_study(storage=storage, study_name="theirs").ask()
    with pytest.raises(UnusableStudy, match="was not begun by Heaviside"):
        begin(storage, "theirs", of())


def test_a_recipe_that_has_changed_since_is_refused_by_a_worker():
    changed = replace(of(), config=of().config | {"epochs": 1})
    with pytest.raises(UnusableStudy, match="has another epochs than the study was begun with"):
        changed.plan()
