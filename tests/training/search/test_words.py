"""The words of a search: what is understood, and what gets one sentence."""

import pytest

from training import recipes
from training.errors import InvalidOverride
from training.search.words import understood


def test_words_are_options_ranges_and_settings_that_stay():
    search = understood(recipes.find("digits"), ["sampler=tpe", "units=32..64", "dropout=0.1", "workers=3"], "20")

    assert (search.sampler, search.pruner, search.objectives, search.workers, search.total) == (
        "tpe",
        "median",
        ("error",),
        3,
        20,
    )
    ranges = {dimension.key: str(dimension.range) for dimension in search.space}
    assert ranges["units"] == "32 to 64 by logarithm"
    assert "dropout" not in ranges
    assert search.config.dropout == 0.1
    assert search.words == ("dropout=0.1",)


@pytest.mark.parametrize(
    ("words", "trials", "expected"),
    [
        ([], "100", "gp"),
        ([], "101", "tpe"),
        (["objectives=error,size"], "20", "tpe"),
        (["sampler=cmaes"], "20", "cmaes"),
    ],
    ids=["few trials", "many trials", "several objectives", "as asked for"],
)
def test_the_sampler_suits_the_trials_where_none_is_given(words, trials, expected):
    assert understood(recipes.find("iris"), words, trials).sampler == expected


@pytest.mark.parametrize(
    ("words", "pruner"),
    [
        pytest.param([], "median", id="one objective"),
        pytest.param(["objectives=error,size"], "none", id="several objectives"),
        pytest.param(["sampler=pbt"], "none", id="trials that go on from others"),
    ],
)
def test_trials_that_cannot_be_compared_before_their_end_are_left_alone(words, pruner):
    assert understood(recipes.find("iris"), words, "20").pruner == pruner


def test_a_seed_is_that_of_the_sampler_and_of_the_trainings():
    assert understood(recipes.find("iris"), ["seed=7"], "20").config.seed == 7


@pytest.mark.parametrize(
    ("name", "words", "trials", "message"),
    [
        pytest.param("iris", ["sampler=magic"], "9", "sampler=magic does not fit: sampler is one of ", id="sampler"),
        pytest.param("iris", ["pruner=magic"], "9", "pruner=magic does not fit: pruner is one of ", id="pruner"),
        pytest.param("iris", ["objectives=beauty"], "9", "one or more of error, loss, size, latency", id="objective"),
        pytest.param("iris", ["objectives=error,error"], "9", "each once", id="objective twice"),
        pytest.param(
            "iris", ["objectives=error,size", "sampler=pbt"], "9", "pbt seeks one objective", id="sampler of one"
        ),
        pytest.param(
            "iris", ["objectives=error,size", "pruner=median"], "9", "compares by one objective", id="pruner of one"
        ),
        pytest.param(
            "iris", ["objectives=size", "pruner=median"], "9", "no epoch changes the size", id="nothing to prune by"
        ),
        pytest.param("iris", ["workers=0"], "9", "workers is a whole number from 1 to 1000", id="workers"),
        pytest.param("iris", ["memory_mb=10"], "9", "memory_mb is a whole number from 600 on", id="memory"),
        pytest.param("iris", ["samplr=tpe"], "9", "Did you mean sampler=?", id="misspelt"),
        pytest.param(
            "iris", ["epochs=2..9"], "9", "A range for epochs fits nothing that is searched: ", id="range for nothing"
        ),
        pytest.param(
            "logic", [], "9", "There is nothing to search in logic, which is by weights set by hand", id="logic"
        ),
        pytest.param(
            "iris-perceptron", [], "9", "nothing to search in iris-perceptron, which is by the perceptron", id="rule"
        ),
        pytest.param("iris", [], "0", "TRIALS='0' does not fit: TRIALS is a whole number from 1", id="no trials"),
        pytest.param("iris", [], "many", "TRIALS='many' does not fit", id="trials in words"),
        pytest.param("iris", [], "", "TRIALS= is missing", id="trials left out"),
    ],
)
def test_a_wrong_word_gets_one_sentence_that_says_what_would_be_right(name, words, trials, message):
    with pytest.raises(InvalidOverride) as caught:
        understood(recipes.find(name), words, trials)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_search_with_every_setting_fixed_has_nothing_to_choose():
    space = [
        f"{dimension.key}=1" for dimension in recipes.find("iris").space if dimension.key not in ("layers", "units")
    ]
    fixed = [
        *{"optimizer": "optimizer=adam", "activation": "activation=relu"}.values(),
        "normalization=none",
        "hidden=8",
    ]
    rest = [
        word for word in space if word.partition("=")[0] not in ("optimizer", "activation", "normalization", "dropout")
    ]
    with pytest.raises(InvalidOverride, match="leaves nothing to search in iris"):
        understood(recipes.find("iris"), [*fixed, *rest, "dropout=0.1"], "9")
