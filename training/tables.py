"""The two tables that the command line prints: of recipes, and of what became of them. Knows no Keras."""

import textwrap
from collections.abc import Iterable, Sequence

from rich.console import Console

from training.folds import told
from training.outcomes import Outcome
from training.recipe import Form, Recipe

INDENT = "    "  # of the sentence below a row: reasons and paths are too long for a column


def print_recipes(recipes: Iterable[Recipe | Form], console: Console) -> None:
    """A row per recipe: what to expect of it, and below that what it tells from what data."""
    recipes = list(recipes)
    rows = [_expectations(recipe) for recipe in recipes]
    sentences = [f"Tells {recipe.summary}. Data: {recipe.data}." for recipe in recipes]
    _print(console, ("recipe", "task", "expected", "minutes"), rows, sentences)


def print_outcomes(outcomes: Iterable[Outcome], console: Console) -> None:
    """A row per recipe: its score, half its 95% interval, the linear score, and below that its folder or why not."""
    outcomes = list(outcomes)
    sentences = [_sentence(outcome) for outcome in outcomes]
    rows = [_cells(outcome) for outcome in outcomes]
    _print(console, ("recipe", "", "test score", "linear", "seconds"), rows, sentences)


def print_columns(header: Sequence[str], rows: Sequence[Sequence[str]], console: Console) -> None:
    """A line per row below a header, each column as wide as it must be."""
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    for row in (header, *rows):
        console.print(_line(row, widths))


def _expectations(recipe: Recipe | Form) -> tuple[str, ...]:
    if isinstance(recipe, Form) or recipe.expected is None:
        return recipe.name, "your own", "-", "-"
    return recipe.name, recipe.task.value, str(recipe.expected), f"{recipe.minutes:g}"


def _sentence(outcome: Outcome) -> str:
    if outcome.version is None:
        return str(outcome.error)
    metrics = [outcome.recipe.expected.metric] if outcome.recipe.expected else []
    return f"{outcome.version.folder}\n{told(outcome.version.manifest, metrics)}"


def _cells(outcome: Outcome) -> tuple[str, ...]:
    name, seconds = outcome.recipe.name, f"{outcome.seconds:.0f}"
    if outcome.version is None:
        return name, outcome.word, "-", "-", seconds
    manifest, expected = outcome.version.manifest, outcome.recipe.expected
    metric = expected.metric if expected else next(iter(manifest.scores["test"]))
    score, linear = manifest.scores["test"][metric], manifest.baseline["test"][metric]
    low, high = manifest.intervals["test"].get(metric, (0.0, 0.0))
    half = f" ±{(high - low) / 2:.2g}" if low < high else ""
    return name, outcome.word, f"{metric} {score:.4f}{half}", f"{linear:.4f}", seconds


def _print(console: Console, header: Sequence[str], rows: Sequence[Sequence[str]], sentences: Iterable[str]) -> None:
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    console.print(f"\n{_line(header, widths)}")
    for row, sentence in zip(rows, sentences, strict=True):
        console.print(_line(row, widths))
        for line in sentence.splitlines():
            console.print(_indented(line, console.width))


def _indented(line: str, width: int) -> str:
    filling = textwrap.TextWrapper(width, INDENT, INDENT, break_long_words=False, break_on_hyphens=False)
    return filling.fill(line)


def _line(cells: Iterable[str], widths: Iterable[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()
