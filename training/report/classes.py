"""Which classes or labels are taken for which: confusion matrix, precision and recall. Knows no probability."""

import numpy as np

from training.report.elements import Html, Section, element, figure, paragraph, table
from training.report.evidence import Evidence

MOST_CLASSES = 30  # of which a matrix can still be read
PAIRS = 20  # of confused classes that are listed


def confusion(evidence: Evidence) -> Section:
    """How often each class was taken for each other."""
    counts = confusion_counts(evidence.truth, evidence.chosen, len(evidence.names))
    pairs = _pairs(evidence.names, counts)
    if len(evidence.names) > MOST_CLASSES:
        return Section("Confusions", (pairs,))
    caption = "A row per true class, a column per class that was given: test rows, and below them per cent of the row."
    return Section("Confusion matrix", (figure(_matrix(evidence.names, counts), caption), pairs))


def per_class(evidence: Evidence) -> Section:
    """How far each class can be trusted, and how much of it is found."""
    counts = confusion_counts(evidence.truth, evidence.chosen, len(evidence.names))
    hits, given, support = counts.diagonal(), counts.sum(axis=0), counts.sum(axis=1)
    return Section("Each class", (_quality(evidence.names, "class", hits, given, support), _EXPLANATION))


def per_label(evidence: Evidence) -> Section:
    """The same of labels, of which a row may have several."""
    truth, given = evidence.targets == 1, evidence.predictions >= 0.5
    hits, said, support = (truth & given).sum(axis=0), given.sum(axis=0), truth.sum(axis=0)
    right = [f"{share:.4f}" for share in (truth == given).mean(axis=0)]
    return Section("Each label", (_quality(evidence.names, "label", hits, said, support, accuracy=right), _EXPLANATION))


def confusion_counts(truth: np.ndarray, chosen: np.ndarray, classes: int) -> np.ndarray:
    """How many rows of each true class were given each class, (classes, classes)."""
    return np.bincount(truth * classes + chosen, minlength=classes**2).reshape(classes, classes)


_EXPLANATION = paragraph(
    "Precision: of the rows that were given it, the share that has it. Recall: of the rows that have it, the share "
    "that was given it. F1: their harmonic mean. Support: the test rows that have it."
)


def _quality(
    names: tuple[str, ...], what: str, hits: np.ndarray, given: np.ndarray, support: np.ndarray, **more: list[str]
) -> Html:
    rows = [
        (name, _share(hit, said), _share(hit, has), _share(2 * hit, said + has), *others, f"{has:,}")
        for name, hit, said, has, *others in zip(names, hits, given, support, *more.values(), strict=True)
    ]
    return table((what, "precision", "recall", "F1", *more, "support"), rows)


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.4f}" if whole else "-"


def _matrix(names: tuple[str, ...], counts: np.ndarray) -> Html:
    heads = [element("th", element("div", name, class_="up")) for name in names]
    head = element("thead", element("tr", element("th"), *heads))
    body = element("tbody", *(_matrix_row(names, place, row) for place, row in enumerate(counts)))
    return element("table", head, body, class_="matrix")


def _matrix_row(names: tuple[str, ...], place: int, row: np.ndarray) -> Html:
    total = max(int(row.sum()), 1)
    cells = [_cell(int(count), total, "--hit" if place == at else "--miss") for at, count in enumerate(row)]
    return element("tr", element("th", names[place]), *cells)


def _cell(count: int, total: int, colour: str) -> Html:
    if not count:
        return element("td")
    share = count / total
    opacity = 0.1 + 0.5 * share**0.5  # by the root, so that one error in a hundred can be seen
    per_cent = f"{100 * share:.0f}" if share >= 0.095 else f"{100 * share:.1f}"
    style = f"background: rgb(var({colour}) / {opacity:.2f})"
    return element("td", f"{count:,}", element("small", f"{per_cent}%"), style=style)


def _pairs(names: tuple[str, ...], counts: np.ndarray) -> Html:
    """The most frequent confusions, or that there are none."""
    errors = counts * (1 - np.eye(len(counts), dtype=counts.dtype))
    order = np.argsort(-errors, axis=None, kind="stable")[:PAIRS]
    places = [divmod(int(place), len(counts)) for place in order if errors.flat[place]]
    if not places:
        return paragraph("No test row was given a wrong class.")
    most = places if len(names) > MOST_CLASSES else places[:5]
    rows = [
        (
            names[true],
            names[given],
            f"{counts[true, given]:,}",
            f"{100 * counts[true, given] / counts[true].sum():.1f}%",
        )
        for true, given in most
    ]
    return table(("true class", "most often taken for", "rows", "of the true class"), rows, align="llrr")
