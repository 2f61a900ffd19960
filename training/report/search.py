"""How a search came to the settings of a version, in words and pictures. Knows no Optuna and no table."""

from collections.abc import Iterator

from training.record import Found
from training.report.charts import chart
from training.report.elements import Html, Section, code, element, figure, paragraph
from training.report.evidence import Evidence
from training.report.parallel import MOST_LINES, keys, lines, parallel
from training.report.search_charts import courses, curves, front, history, importances
from training.report.search_tables import best_trials, front_trials, lineage, space
from training.searched import told


def search(evidence: Evidence) -> Section | None:
    """All of it; None where nobody searched."""
    if (found := evidence.found) is None:
        return None
    makers = (lineage, _history, _front, front_trials, _parallel, _importances, _courses, best_trials, space)
    return Section("Search", (*_opening(evidence), *(part for make in makers for part in make(found))))


def _opening(evidence: Evidence) -> Iterator[Html]:
    yield paragraph(
        told(evidence.manifest),
        " The best of many trials is luckier on the validation rows than it is elsewhere; the test rows were looked at "
        "for the published version alone. All trials are in ",
        code("trials.csv"),
        ", beside this page.",
    )
    command = evidence.manifest.training["command"]
    own = "ARGS=" not in command
    yield paragraph("They are the recipe's own: " if own else "To train with them: ", code(command))


def _history(found: Found) -> Iterator[Html]:
    yield element("h3", "Trial by trial")
    caption = "A mark per trial that came to a value, the smaller the better. The star is the published one."
    yield figure(chart(lambda: history(found), "values of the trials"), caption)


def _front(found: Found) -> Iterator[Html]:
    if not found.record.front:
        return
    yield element("h3", "Pareto front")
    caption = "The front: the trials that no other is better than in each objective. The star is the published one."
    yield figure(chart(lambda: front(found), "Pareto front"), caption)


def _parallel(found: Found) -> Iterator[Html]:
    drawn, every, shown = lines(found), found.record.ranked(), set(keys(found.record))
    left_out = [key for key in found.record.space if key not in shown and any(key in trial.params for trial in every)]
    sentences = [
        "A line per complete trial, from orange, the best, to blue, the worst; thick the published one. A line that "
        "passes below an axis is of a trial without that setting.",
    ]
    if len(drawn) < len(every):
        choice = f"the best {MOST_LINES // 2}, and of the others an even choice by their values"
        sentences.append(f"Of {len(every):,} complete trials {len(drawn)} are drawn: {choice}.")
    if left_out:
        sentences.append(f"Not drawn: {', '.join(left_out)}.")
    yield element("h3", "Settings and values")
    yield figure(chart(lambda: parallel(found), "settings of the trials"), " ".join(sentences))


def _importances(found: Found) -> Iterator[Html]:
    yield element("h3", "Which settings matter")
    if not (parts := found.record.importances):
        yield paragraph(found.record.without_importances)
        return
    caption = (
        "How far the best trials lie together in each setting, compared with an even draw from its range (conditional "
        "PED-ANOVA), as parts of a whole. It tells what mattered in this space and among these trials, and not why."
    )
    yield figure(chart(lambda: importances(parts), "importances of the settings"), caption)


def _courses(found: Found) -> Iterator[Html]:
    if not (drawn := curves(found)):
        return
    every = sum(len(trial.course) > 1 for trial in found.record)
    some = f" Of {every:,} trials {len(drawn)} are drawn, an even choice by their last values."
    caption = f"The value at the end of each epoch.{some if len(drawn) < every else ''}"
    yield element("h3", "Courses of the trials")
    yield figure(chart(lambda: courses(found), "courses of the trials"), caption)
