"""The sentence on the linear model: the same scores mean as good, better ones too, and worse ones only outside."""

import re
from dataclasses import replace

import pytest

from training.comparison import score_rows, verdict

BOUNDS = {"accuracy": (0.9, 0.96), "log_loss": (0.2, 0.3)}


@pytest.fixture
def judged(published):
    def judge(baseline):
        of = {"validation": {}, "test": {"accuracy": 0.93, "log_loss": 0.25, "ece": 0.02}}
        beside = {"name": "a line", "test": baseline}
        return replace(published.manifest, scores=of, intervals={"test": BOUNDS}, baseline=beside)

    return judge


@pytest.mark.parametrize(
    ("accuracy", "log_loss", "sentence"),
    [
        (0.8, 0.4, "By accuracy and log_loss this model is better than the linear one, which scores outside"),
        (0.95, 0.4, "By accuracy the linear model is at least as good: .* By log_loss this model is better."),
        (0.97, 0.1, "By accuracy and log_loss the linear model is at least as good: .* So the linear model will do"),
        (0.8, 0.3, "By log_loss the linear model is at least as good: .* By accuracy this model is better."),
    ],
)
def test_a_linear_model_within_the_interval_or_beyond_is_as_good(judged, accuracy, log_loss, sentence):
    assert re.match(sentence, verdict(judged({"accuracy": accuracy, "log_loss": log_loss})))


def test_without_intervals_there_is_no_verdict(judged):
    assert verdict(replace(judged({"accuracy": 0.8}), intervals={})) == ""


def test_a_score_stands_with_its_interval_and_what_is_missing_as_a_dash(judged):
    rows = score_rows(judged({"accuracy": 0.8}))
    assert rows[0] == ("accuracy", "0.9300 (0.9000 to 0.9600)", "0.8000", "-")
    assert rows[2] == ("ece", "0.0200", "-", "-")
