"""The trials of a search and what they could choose, as tables. Knows no picture."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from training.record import Found, Record, TrialRecord, evenly
from training.report.elements import Html, code, element, paragraph, table

SHOWN = 10  # trials of a table


def best_trials(found: Found) -> Iterator[Html]:
    """The complete trials of the least error."""
    ranked = found.record.ranked()
    title = f"The best {min(len(ranked), SHOWN)} trials" if len(ranked) > 1 else "The only complete trial"
    yield from _trials(found.record, title, ranked[:SHOWN])


def front_trials(found: Found) -> Iterator[Html]:
    """Where there are several objectives, the trials that none is better than in each: an even choice of many."""
    if not (numbers := found.record.front):
        return
    chosen = evenly([found.record.trial(number) for number in numbers], SHOWN)
    yield from _trials(found.record, "The front", chosen)
    if len(chosen) < len(numbers):
        yield paragraph(f"{len(chosen)} of {len(numbers):,}, an even choice; all are in ", code("trials.csv"), ".")


def lineage(found: Found) -> Iterator[Html]:
    """The trainings that led to the published weights, where there were several."""
    if not found.ancestors:
        return
    record, line = found.record, found.record.lineage(found.trial)
    yield element("h3", "Lineage")
    yield paragraph(
        "The weights came by several trainings one after another, each of which began with the weights of the one "
        "before. All were repeated for the published version."
    )
    rows = [
        (trial.number, _or_dash(trial.epochs), _value(record, trial), _changes(before, trial))
        for before, trial in zip([None, *line], line, strict=False)
    ]
    yield table(("trial", "epochs", record.objectives[record.deciding], "settings, or what changed"), rows, "lrrl")


def space(found: Found) -> Iterator[Html]:
    """What could be chosen, and what was."""
    chosen = found.trial.params
    yield element("h3", "What could be chosen")
    rows = [
        (code(key), _range(about), _when(about), _text(chosen[key]) if key in chosen else "-")
        for key, about in found.record.space.items()
    ]
    yield table(("setting", "from", "only where", "chosen"), rows, "lllr")


def _trials(record: Record, title: str, trials: Sequence[TrialRecord]) -> Iterator[Html]:
    keys = [key for key in record.space if any(key in trial.params for trial in record)]
    yield element("h3", title)
    yield table(("trial", *record.objectives, *keys, "epochs", "seconds"), [_row(keys, trial) for trial in trials])


def _row(keys: Sequence[str], trial: TrialRecord) -> tuple[str, ...]:
    settings = (_text(trial.params[key]) if key in trial.params else "-" for key in keys)
    seconds = "-" if trial.seconds is None else f"{trial.seconds:.1f}"
    return str(trial.number), *map(_text, trial.values), *settings, _or_dash(trial.epochs), seconds


def _changes(before: TrialRecord | None, trial: TrialRecord) -> str:
    changed = {key: value for key, value in trial.params.items() if before is None or before.params.get(key) != value}
    return ", ".join(f"{key}={_text(value)}" for key, value in changed.items()) or "the same"


def _range(about: Mapping[str, Any]) -> str:
    if about["kind"] == "choice":
        return " or ".join(map(str, about["words"]))
    return f"{about['low']:g} to {about['high']:g}{', by logarithm' if about['log'] else ''}"


def _when(about: Mapping[str, Any]) -> str:
    return ", ".join(f"{key} is {' or '.join(words)}" for key, words in about.get("when", {}).items())


def _value(record: Record, trial: TrialRecord) -> str:
    return _text(trial.values[record.deciding]) if trial.values else "-"


def _or_dash(number: int | None) -> str:
    return "-" if number is None else str(number)


def _text(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4g}" if abs(value) < 10_000 else f"{value:,.0f}"
    return str(value)
