"""Studies as searches leave them, made with Optuna itself: trials that are complete, pruned, lost or failed."""

import math

import optuna
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.study import Study
from optuna.trial import FrozenTrial, TrialState, create_trial

from training.record import Record
from training.search.record import record_of
from training.space import Choice, Real, Space, Values, Whole

SENTENCE = 'The loss became NaN, in "epoch 2",\nand then no number.'


def new_study(space: Space, objectives=("error",), recipe="iris", **about) -> Study:
    """Without trials."""
    study = optuna.create_study(study_name="a-study", directions=["minimize"] * len(objectives))
    about = {
        "format": 1,
        "recipe": recipe,
        "arguments": [],
        "words": [],
        "space": space.to_dict(),
        "objectives": list(objectives),
        "data": "0" * 64,
        "sampler": "tpe",
        "pruner": "median",
        "total": 50,
        "seed": 42,
    } | about
    study.set_user_attr("heaviside", about)
    return study


def add(study: Study, space: Space, params: Values, values=None, *, state="COMPLETE", course=(), **told) -> None:
    """A trial that is over."""
    study.add_trial(trial(space, params, values, TrialState[state], course, **told))


def trial(space: Space, params: Values, values, state: TrialState, course, **told) -> FrozenTrial:
    """As a worker leaves it."""
    return create_trial(
        state=state,
        values=values,
        params=params,
        distributions={each.key: _distribution(each.range) for each in space if each.key in params},
        user_attrs=told,
        intermediate_values=dict(enumerate(course, start=1)),
    )


def searched(space: Space, count: int, objectives=("error",), recipe="iris", **about) -> Study:
    """Many trials drawn evenly, best with large networks and a learning rate of 3e-3: a third is pruned, some fail."""
    study = new_study(space, objectives, recipe, total=count, **about)
    drawing = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=1))
    for number in range(count):
        asked = drawing.ask()
        params = suggested(asked, space)
        drawing.tell(asked, 0.0)
        _add_one(study, space, number, params, len(objectives))
    return study


def suggested(asked: optuna.Trial, space: Space) -> Values:
    """A value for each dimension that is there."""
    values: Values = {}
    for each in space:
        if each.is_there(values):
            distribution = _distribution(each.range)
            values[each.key] = asked._suggest(each.key, distribution)
    return values


def recorded(*arguments, **options) -> Record:
    """What is known of `searched`."""
    return record_of(searched(*arguments, **options))


def _add_one(study: Study, space: Space, number: int, params: Values, objectives: int) -> None:
    error = 0.02 + 0.05 * (math.log10(params["learning_rate"]) + 2.5) ** 2 + 0.01 * math.sin(number)
    course = [error * (1 + 2 / epoch) for epoch in range(1, 13)]
    size = 200 * (number % 17 + 1)
    error += 4 / size
    told = {"epochs": 12, "seconds": 1.5, "parameters": size, "worker": "here:7", "scores": {"accuracy": 1 - error}}
    if number % 10 == 9:
        add(study, space, params, state="FAIL", **told | {"error": SENTENCE})
    elif number % 3 == 2 and objectives == 1:
        add(study, space, params, [course[3]], state="PRUNED", course=course[:4], **told | {"epochs": 4})
    else:
        add(study, space, params, [error, size, 10 + 0.01 * size * (1 + error)][:objectives], course=course, **told)


def _distribution(its_range: Whole | Real | Choice) -> optuna.distributions.BaseDistribution:
    if isinstance(its_range, Choice):
        return CategoricalDistribution(its_range.words)
    kind = IntDistribution if isinstance(its_range, Whole) else FloatDistribution
    return kind(its_range.low, its_range.high, log=its_range.log)
