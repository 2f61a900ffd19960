"""`make tune` from its words to a published version, in one short search that all tests here look at."""

import pytest

from models.store import Store
from tests.training.search.searches import SPACE, command, ended, journal, trials
from training.__main__ import main
from training.search import quota

FIXED = ("epochs=2", "layers=1..2", "folds=0")
SEARCH = command("epochs=2", "workers=2", *SPACE[:-2], "sampler=tpe", "pruner=none", "--trials", "3")


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return tmp_path_factory.mktemp("store")


@pytest.fixture(scope="module")
def searched(store):
    """Three trials of two epochs by two workers."""
    return ended(SEARCH, store)


@pytest.fixture
def searched_store(searched, store, monkeypatch):
    """The store that it has searched in, which is also that of the test."""
    assert searched.returncode == 0
    for variable, value in {
        "MODEL_STORE": str(store),
        "STORAGE": journal(store),
        "STUDY": "iris",
        "TRIALS": "9",
    }.items():
        monkeypatch.setenv(variable, value)
    return store


def _counted(store):
    """Two workers that ask at once may have one trial too many in a study, which does not count."""
    return quota.counted(trials(journal(store)))


def test_a_search_reaches_its_total_and_publishes_the_best(searched, store):
    assert (searched.returncode, searched.stderr) == (0, "")
    assert len(_counted(store)) == 3
    assert Store(store).numbers("iris") == [1]
    assert searched.stdout.endswith("make serve\n")


def test_the_first_trial_has_the_settings_of_the_recipe(searched, store):
    assert searched.returncode == 0
    first, *others = _counted(store)
    assert (first.params["layers"], first.params["units"], first.params["activation"]) == (1, 8, "relu")  # 8 for 16
    assert not any("fixed_params" in each.system_attrs for each in others)


def test_a_line_is_printed_per_trial_where_output_is_no_terminal(searched):
    lines = [line for line in searched.stdout.splitlines() if " of 3, trial " in line]
    assert [line.partition(" of 3")[0] for line in lines] == ["iris: 1", "iris: 2", "iris: 3"]
    assert all(" error 0." in line and ": hidden=" in line for line in lines)
    assert searched.stdout.replace("\n", "").isprintable()


def test_a_trial_knows_all_that_a_report_tells(searched, store):
    assert searched.returncode == 0
    for trial in _counted(store):
        assert trial.values == [1 - trial.user_attrs["scores"]["accuracy"]]
        assert list(trial.intermediate_values) == [1, 2]
        assert {"seconds", "epochs", "parameters", "worker", "peak_memory_mb"} <= trial.user_attrs.keys()
        assert trial.user_attrs["epochs"] == 2


def test_the_same_command_says_that_all_is_done_and_publishes_nothing_twice(searched, store):
    assert searched.returncode == 0
    again = ended(SEARCH, store)
    assert again.returncode == 0
    assert "has 3 trials of 3" in again.stdout
    assert f"the best is published already, as {store}/iris/1. A larger TRIALS= goes on" in again.stdout
    assert Store(store).numbers("iris") == [1]


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        pytest.param(["tune", "wine", *FIXED, "units=4..8"], 1, "The study iris has recipe iris", id="other recipe"),
        pytest.param(["tune", "iris", *FIXED, "units=4..9"], 1, "has for units the choice of 4 to 8", id="other space"),
        pytest.param(
            ["tune", "iris", *FIXED, "--storage", "postgresql://me:secret@127.0.0.1:9/trials"],
            1,
            "postgresql://me:***@127.0.0.1:9/trials cannot be used: ",
            id="unreachable database",
        ),
        pytest.param(["tune", "iris", "sampler=magic"], 2, "sampler=magic does not fit", id="unknown sampler"),
        pytest.param(["tune", "logic"], 2, "There is nothing to search in logic", id="empty space"),
        pytest.param(["tune", "irsi"], 2, "There is no recipe 'irsi'", id="unknown recipe"),
        pytest.param(["tune-worker", "iris", "--study", "isri"], 1, "There is no study 'isri' in", id="no study"),
        pytest.param(
            ["tune-worker", "iris", "epochs=9"], 1, "A worker takes its settings from the study", id="settings"
        ),
    ],
)
def test_a_wrong_word_ends_it_with_one_line_and_loses_nothing(words, status, message, searched_store, capsys):
    assert main(words) == status
    printed, error = capsys.readouterr()
    assert message in error
    assert (printed, error.count("\n")) == ("", 1)
    assert len(_counted(searched_store)) == 3


@pytest.mark.usefixtures("searched_store")
def test_a_worker_that_joins_a_study_which_has_its_total_says_so_and_ends(capsys):
    assert main(["tune-worker", "iris"]) == 0
    assert capsys.readouterr().out.endswith("iris: ends, 3 of 3 trials are over\n")
