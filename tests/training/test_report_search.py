"""The report's part on a search: each picture where there is something to draw, thin however many trials there were."""

import re
from dataclasses import replace
from functools import cache

import pytest

from models.manifest import Manifest
from tests.training.search.studies import SENTENCE, add, new_study, recorded
from tests.training.test_report import Page, report
from training import recipes
from training.card import model_card
from training.record import Found
from training.report.page import report_page
from training.report.parallel import MOST_AXES, MOST_LINES, keys, lines
from training.report.search_charts import MOST_CURVES, curves
from training.search.record import record_of

SPACE = recipes.find("diabetes").space
ALWAYS = ["Trial by trial", "Settings and values", "Which settings matter"]
ENDING = ["Courses of the trials", "The best 10 trials", "What could be chosen"]
SETTINGS = {"learning_rate": 0.01, "optimizer": "adam", "layers": 2}


@pytest.fixture(scope="module")
def plain():
    """A report without a search."""
    return report("diabetes")


@pytest.fixture(scope="module")
def pages(plain):
    """The page of a study of so many trials and these objectives."""
    return cache(lambda count, objectives=("error",): page(plain, recorded(SPACE, count, objectives)))


def page(plain, record, ancestors=()):
    found = Found(record, record.best, ancestors)
    manifest = replace(plain.evidence.manifest, study=found.study())
    return report_page(replace(plain.evidence, manifest=manifest, found=found))


def subheadings(text):
    return re.findall("<h3>(.*?)</h3>", text)


def section(text):
    return re.search('<section id="search">.*?</section>', text, re.DOTALL).group()


def test_a_version_that_nobody_searched_for_has_no_such_section(plain):
    assert 'id="search"' not in plain.text
    assert plain.evidence.manifest.study is None


def test_a_search_has_every_picture_and_the_page_stays_whole(pages):
    text = pages(60)
    its_page = Page(text)
    assert "Search" in its_page.headings
    assert len(its_page.ids) == len(set(its_page.ids))
    assert subheadings(section(text)) == [*ALWAYS, *ENDING]
    assert section(text).count("<svg") == 4
    for reference in its_page.references:
        assert reference.startswith("data:image/png;base64,") or reference[0] == "#"
    assert not its_page.tags & {"script", "link", "iframe", "object"}


@pytest.mark.parametrize(("objectives", "panels"), [(("error", "size"), 1), (("error", "size", "latency"), 2)])
def test_several_objectives_have_a_front_against_each_other_one(pages, objectives, panels):
    text = section(pages(60, objectives))
    assert subheadings(text) == [ALWAYS[0], "Pareto front", "The front", *ALWAYS[1:], *ENDING]
    front = re.search('<div class="chart"[^>]*aria-label="Pareto front">.*?</svg>', text, re.DOTALL).group()
    assert front.count(">error on validation rows<") == panels
    assert ">parameters<" in front


def test_a_study_of_one_trial_is_drawn_too(plain):
    study = new_study(SPACE)
    add(study, SPACE, SETTINGS, [0.0])
    text = section(page(plain, record_of(study)))
    assert subheadings(text) == [*ALWAYS, "The only complete trial", "What could be chosen"]
    assert "It takes 20 complete trials to tell which settings matter; the study has 1." in text


def test_pruned_and_failed_trials_are_counted_and_their_words_escaped(plain):
    study = new_study(SPACE, name="<b>")
    add(study, SPACE, SETTINGS, [0.1], course=[0.3, 0.1])
    add(study, SPACE, SETTINGS, [0.4], state="PRUNED", course=[0.5, 0.4])
    add(study, SPACE, SETTINGS, state="FAIL", error=SENTENCE)
    record = replace(record_of(study), name="<script>")
    text = section(page(plain, record))
    assert "the best of the study &lt;script&gt; (1 complete, 1 pruned, 1 failed)" in text
    assert ">pruned: its value then<" in text


def test_many_trials_are_thinned_and_the_page_says_so(pages):
    record = recorded(SPACE, 1000)
    found = Found(record, record.best)
    assert len(lines(found)) == MOST_LINES
    assert lines(found)[0] == record.best
    assert len(curves(found)) == MOST_CURVES
    text = pages(1000)
    assert f"Of 600 complete trials {MOST_LINES} are drawn" in text
    assert f"Of 900 trials {MOST_CURVES} are drawn" in text
    assert len(section(text)) < 3 * len(section(pages(60)))


def test_of_many_settings_those_that_matter_have_an_axis():
    record = recorded(SPACE, 5)
    names = [f"setting{number}" for number in range(20)]
    space = dict.fromkeys(names, next(iter(record.space.values())))
    trials = tuple(replace(trial, params=dict.fromkeys(names, 1)) for trial in record)
    many = replace(record, space=space, trials=trials, importances={"setting19": 0.9})
    assert len(keys(many)) == MOST_AXES
    assert keys(many)[-1] == "setting19"


def test_the_best_ten_stand_in_order_with_what_they_chose(pages):
    record = recorded(SPACE, 60)
    shown = re.search("<h3>The best 10 trials</h3>(.*?)</table>", pages(60), re.DOTALL).group()
    numbers = re.findall(r'<tr><td class="l">(\d+)</td>', shown)
    assert numbers == [str(trial.number) for trial in record.ranked()[:10]]


def test_the_card_tells_what_was_searched_and_what_mattered(published):
    record = recorded(SPACE, 90)
    manifest = replace(published.manifest, study=Found(record, record.best).study())
    card = model_card(Manifest.from_json(manifest.to_json().encode()), published.golden())
    for told in ("## Search", f"trial {record.best.number}", "learning_rate (", "[trials.csv](trials.csv)"):
        assert told in card
    assert "## Search" not in model_card(published.manifest, published.golden())
