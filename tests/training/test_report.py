"""The report of a real version of each task: well-formed, complete, self-contained, and its numbers are right."""

import re
from dataclasses import dataclass, field, replace
from functools import cache
from html.parser import HTMLParser

import numpy as np
import pytest

from models.signature import STEP, Task
from training import recipes
from training.baseline import baseline_scores
from training.config import override
from training.fit import Run, fit
from training.publish import Trained, manifest_of
from training.report.classes import confusion_counts
from training.report.coverage import ASKED, measured
from training.report.elements import element, table
from training.report.evidence import Evidence
from training.report.page import report_page
from training.report.probabilities import roc_curve
from training.report.rows import png
from training.scores import hard_scores

EVERYWHERE = {"What it is", "Scores", "Learning curves", "The model", "Configuration", "Limits"}
CLASSES = {"Confusion matrix", "Each class", "Reliability", "Worst mistakes", "Set coverage"}
SECTIONS = {
    "digits": CLASSES,
    "breast-cancer": CLASSES | {"ROC curve"},
    "digits-multilabel": {"Each label", "Reliability", "Worst mistakes"},
    "diabetes": {"Residuals", "Largest errors", "Interval coverage"},
}
HARD = {"Confusion matrix", "Each class", "Worst mistakes"}
VOID = {"meta", "img"}
LARGEST = 1_500_000  # bytes


class Page(HTMLParser):
    """Reads a page, and holds that every element is closed where it should be."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.headings, self.ids, self.references = [], set(), [], [], []
        self.text = ""
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        if tag not in VOID:
            self.open.append(tag)
        for name, value in attributes:
            assert not name.startswith("on"), name
            if name == "id":
                self.ids.append(value)
            if name in ("src", "href", "xlink:href", "srcset", "action", "data"):
                self.references.append(value)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open[-1:] == ["h2"]:
            self.headings.append(data)
        self.text += data


@dataclass(frozen=True)
class Report:
    """A page, and what it was drawn from."""

    evidence: Evidence
    text: str = field(repr=False)


@pytest.fixture(scope="module")
def reports():
    """The report of each recipe after one real epoch, made when it is first asked for."""
    return cache(report)


@pytest.fixture(params=sorted(SECTIONS))
def reported(request, reports):
    return reports(request.param)


@pytest.fixture
def digits(reports):
    return reports("digits")


def report(name):
    recipe = recipes.find(name)
    data = recipe.load(None)
    run = fit(data, recipe.task, override(recipe.config, ["epochs=1"]))
    trained = Trained(recipe, data, run, baseline_scores(recipe.baseline, data, recipe.task))
    evidence = Evidence(manifest_of(trained, parity=None), data, run, earlier=0)
    return Report(evidence, report_page(evidence))


def test_a_report_is_well_formed_and_has_the_sections_of_its_task(reported):
    page = Page(reported.text)
    assert set(page.headings) == EVERYWHERE | SECTIONS[reported.evidence.name]
    assert len(page.ids) == len(set(page.ids))


def test_a_report_needs_nothing_but_itself(reported):
    page = Page(reported.text)
    for reference in page.references:
        assert reference.startswith("data:image/png;base64,") or (reference[0] == "#" and reference[1:] in page.ids)
    assert not page.tags & {"script", "link", "iframe", "object", "embed", "base", "form"}
    assert not re.search(r"@import|url\((?!#)|https?://", reported.text)
    assert len(reported.text.encode()) < LARGEST


def test_a_report_tells_scores_data_and_command(reported):
    manifest, text = reported.evidence.manifest, Page(reported.text).text
    metric, (low, high) = next(iter(manifest.intervals["test"].items()))
    for expected in (
        manifest.training["summary"],
        manifest.training["command"],
        manifest.data["sha256"],
        manifest.baseline["name"],
        f"of {reported.evidence.run.model.count_params():,} ".split()[1],
        manifest.notes[0],
        "No other version of this model in the store was scored on the same data before.",
    ):
        assert expected in text
    if low < 100:
        assert f"{manifest.scores['test'][metric]:.4f} ({low:.4f} to {high:.4f})" in text


def test_every_layer_is_in_the_picture_with_its_parameters(reported):
    drawing = re.search('<svg class="layers".*?</svg>', reported.text).group()
    for layer in reported.evidence.run.model.layers:
        assert layer.name in drawing
        if layer.count_params():
            assert f"{layer.count_params():,} parameters" in drawing


def test_the_second_version_on_the_same_data_says_that_there_was_one(digits):
    page = report_page(replace(digits.evidence, earlier=1))
    assert "1 version of this model in the store was scored on the same data before." in page


def test_the_confusion_matrix_counts_every_test_row(digits):
    chosen = digits.evidence.predictions.argmax(axis=1)
    truth = digits.evidence.targets
    cells = re.search('<table class="matrix">.*?</table>', digits.text).group()
    rows = re.findall("<tr><th>[^<]*</th>(<td.*?)</tr>", cells)
    cells = [re.findall("<td[^>]*>([0-9]*)", row) for row in rows]
    counts = [[int(cell or 0) for cell in row] for row in cells]
    assert counts == [[int(np.sum((truth == i) & (chosen == j))) for j in range(10)] for i in range(10)]


def test_the_worst_mistakes_are_pictures_of_the_rows_that_were_wrong_and_surest(digits):
    probabilities, truth = digits.evidence.predictions, digits.evidence.targets
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != truth)
    worst = wrong[np.argsort(-probabilities.max(axis=1)[wrong], kind="stable")][:24]
    assert re.findall('alt="test row ([0-9]+)"', digits.text) == [str(row) for row in worst]


def test_coverage_is_the_share_of_test_rows_that_the_interval_holds(reports):
    diabetes = reports("diabetes")
    conformal = diabetes.evidence.manifest.conformal
    errors = np.abs(diabetes.evidence.predictions - diabetes.evidence.targets)
    table_rows = re.findall(
        r'<td class="l">progression</td><td class="r">([\d.]+)(?: \*)?</td><td class="r">([\d.]+)</td>'
        r'<td class="r">([\d.]+)</td>',
        diabetes.text,
    )
    assert [float(asked) for asked, _, _ in table_rows] == list(ASKED)
    for asked, share, width in table_rows:
        (threshold,) = conformal.threshold(float(asked))
        assert float(share) == pytest.approx(np.mean(errors <= threshold), abs=1e-3)
        assert float(width) == pytest.approx(2 * threshold, rel=1e-3)


def test_sets_hold_the_true_class_about_as_often_as_is_asked(digits):
    evidence = digits.evidence
    shares = measured(digits.evidence.manifest.conformal, evidence.task, evidence.targets, evidence.predictions).ravel()
    np.testing.assert_allclose(shares, ASKED, atol=0.08)
    assert f'<td class="r">{shares[0]:.3f}</td>' in digits.text


def test_decisions_have_neither_probabilities_nor_promises(digits):
    test = digits.evidence.targets
    decisions = np.eye(10, dtype=np.float32)[digits.evidence.predictions.argmax(axis=1)]
    run = Run(**vars(digits.evidence.run) | {"predictions": {"test": decisions}})
    manifest = digits.evidence.manifest
    output = replace(manifest.signature.outputs[0], activation=STEP)
    hard = replace(
        manifest,
        signature=replace(manifest.signature, outputs=(output,)),
        scores={"validation": {}, "test": hard_scores(Task.MULTICLASS, test, decisions)},
        conformal=None,
    )
    page = Page(report_page(Evidence(hard, digits.evidence.dataset, run, earlier=0)))
    assert set(page.headings) == EVERYWHERE | HARD
    assert "probability " not in page.text


def test_the_roc_curve_goes_through_every_threshold():
    falsely, truly = roc_curve(np.array([0, 1, 0, 1]), np.array([0.1, 0.4, 0.4, 0.8]))
    np.testing.assert_allclose(falsely, [0, 0, 0.5, 1])
    np.testing.assert_allclose(truly, [0, 0.5, 1, 1])


def test_confusions_are_counted_by_true_class_and_given_class():
    counts = confusion_counts(np.array([0, 0, 1, 2]), np.array([0, 2, 1, 1]), 3)
    assert counts.tolist() == [[1, 0, 1], [0, 1, 0], [0, 1, 0]]


@pytest.mark.parametrize(
    "shape", [(8, 8), (28, 28, 1), (300, 200, 3)], ids=["grey", "one colour", "large and coloured"]
)
def test_a_picture_is_a_small_png(shape):
    content = png(np.full(shape, 0.5))
    assert content.startswith(b"\x89PNG")
    assert len(content) < 2000


def test_foreign_words_are_escaped():
    assert element("p", "a < b & c", title='"') == '<p title="&quot;">a &lt; b &amp; c</p>'
    assert "&lt;script&gt;" in table(("<script>",), [("x",)])
