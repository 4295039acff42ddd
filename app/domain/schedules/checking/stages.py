"""Stage values computed anew: peaks and tonnes of the remaining emissions, restarts, and changes to what is published."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import numpy as np

from app.domain.schedules.checking.breaches import Breach
from app.domain.schedules.checking.reading import TOLERANCE, Reading, days_of, shares_of
from app.domain.schedules.problem import Schedule


def judge_stages(reading: Reading, schedule: Schedule) -> Iterator[Breach]:
    """Each soft goal is told once, with its true value and no bound above it."""
    values = _values(reading)
    told = Counter[str](one.name for one in schedule.stages)
    for name in values:
        if told[name] != 1:
            yield Breach(code="stage_missing", label=name, needed=1, found=told[name])
    for one in schedule.stages:
        value = values[one.name]
        slack = TOLERANCE * max(1.0, abs(value))
        if not abs(one.value - value) <= slack:
            yield Breach(code="stage_value", label=one.name, needed=value, found=one.value)
        if one.bound is not None and not one.bound <= value + slack:
            yield Breach(code="stage_bound", label=one.name, needed=value, found=one.bound)


def _values(reading: Reading) -> dict[str, float]:
    problem, clock = reading.problem, reading.clock
    days = days_of((clock.planned, clock.end))
    normal = np.array([one.tonnes for one in problem.resources], dtype=np.float64)
    remaining = (normal @ reading.emitting)[days]
    months = [(problem.from_day + timedelta(days=number)).month for number in range(remaining.size)]
    preferred = np.array([month in problem.preferred_months for month in months], dtype=np.bool_)
    # Against nothing published nothing changes.
    published = shares_of(problem, problem.published)[:, days] if problem.published else reading.running[:, days]
    return {
        "peak_preferred": float(remaining[preferred].max(initial=0.0)),
        "tonnes_preferred": float(remaining[preferred].sum()),
        "peak_outside": float(remaining[~preferred].max(initial=0.0)),
        "restarts": float(sum(start >= clock.planned for spans in reading.still.values() for start, _ in spans)),
        "changes": float((np.abs(reading.running[:, days] - published) > TOLERANCE).sum()),
    }
