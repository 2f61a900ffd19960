"""The report as one HTML page: which sections a task has, in which order. Knows not what is in them."""

import re
from collections.abc import Callable

from models.signature import Task
from training.report.charts import chart
from training.report.classes import confusion, per_class, per_label
from training.report.coverage import coverage
from training.report.diagram import model
from training.report.elements import Html, Section, element, figure, joined
from training.report.evidence import Evidence
from training.report.history import learning_curves
from training.report.mistakes import mistakes
from training.report.overview import configuration, identity, limits, scores, tiles
from training.report.probabilities import reliability, roc
from training.report.residuals import largest_errors, residuals
from training.report.search import search
from training.report.style import CSS

_OF_TASK: dict[Task, tuple[Callable[[Evidence], Section | None], ...]] = {
    Task.BINARY: (confusion, per_class, roc, reliability, mistakes, coverage),
    Task.MULTICLASS: (confusion, per_class, reliability, mistakes, coverage),
    Task.MULTILABEL: (per_label, reliability, mistakes),
    Task.REGRESSION: (residuals, largest_errors, coverage),
}


def report_page(evidence: Evidence) -> str:
    """The page: no script, and nothing that would have to be fetched from elsewhere."""
    makers = (identity, scores, curves, *_OF_TASK[evidence.task], model, search, configuration, limits)
    sections = [section for make in makers if (section := make(evidence)) is not None]
    body = element("body", _header(evidence), _contents(sections), element("main", *map(_section, sections)), _footer())
    return f"<!DOCTYPE html>\n{element('html', _head(evidence), body, lang='en')}\n"


def curves(evidence: Evidence) -> Section | None:
    """Loss and metrics by epoch; nothing where nothing was trained."""
    if not evidence.run.history:
        return None
    drawn = chart(lambda: learning_curves(evidence.run.history, ""), "learning curves")
    caption = (
        "A validation value is taken at the end of its epoch. A training value is the mean over an epoch, while the "
        "network still learns, so it is drawn half an epoch to the left."
    )
    return Section("Learning curves", (figure(drawn, caption),))


def _head(evidence: Evidence) -> Html:
    return element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("title", f"{evidence.name}: report"),
        element("style", Html(CSS)),
    )


def _header(evidence: Evidence) -> Html:
    summary = f"Tells {evidence.manifest.training['summary']}."
    return element("header", element("h1", evidence.name), element("p", summary), tiles(evidence))


def _contents(sections: list[Section]) -> Html:
    return element("nav", *(element("a", section.title, href=f"#{_anchor(section)}") for section in sections))


def _section(section: Section) -> Html:
    return element("section", element("h2", section.title), joined(section.content), id=_anchor(section))


def _anchor(section: Section) -> str:
    return re.sub("[^a-z]+", "-", section.title.lower())


def _footer() -> Html:
    return element("footer", "Written by Heaviside when the version was published.")
