"""What a schedule comes to: stopped shares and remaining tonnes day by day, counted here and never taken on trust."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, time
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from app.domain.periods import SHANGHAI, Period
from app.domain.schedules.problem import Plan, Problem, Stretch

HOUR = 3600
DAY_HOURS = 24
Table = NDArray[np.float64]


def days_of(problem: Problem) -> int:
    return (problem.end - problem.first).days


def span(problem: Problem, period: Period) -> tuple[int, int]:
    """A period as days counted from the first of the calendar, cut off at its end (half-open)."""
    until = problem.end if period.until is None else min(period.until, problem.end)
    return max(0, (period.start - problem.first).days), max(0, (until - problem.first).days)


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), SHANGHAI)


def stopped(problem: Problem, plan: Plan) -> Table:
    """1 minus the running share, by resource and day."""
    return _table(problem, plan, lambda _, stretch: 1 - stretch.share)


def remaining(problem: Problem, plan: Plan) -> Table:
    """Emission share by resource and day: ovens kept hot without coal still emit their idle share."""
    idle = [each.idle_share for each in problem.resources]

    def saved(row: int, stretch: Stretch) -> float:
        return 1 - (idle[row] if stretch.kind == "stop_charging" else stretch.share)

    return 1 - _table(problem, plan, saved)


def preferred(problem: Problem) -> NDArray[np.bool_]:
    """Which days are still to be planned and lie in a month to be relieved first."""
    days = [date.fromordinal(problem.first.toordinal() + day) for day in range(days_of(problem))]
    return np.array([day >= problem.from_day and day.month in problem.preferred_months for day in days])


def peak_preferred(problem: Problem, plan: Plan) -> float:
    """The most tonnes that remain on one day of the preferred months, all pollutants together."""
    tonnes = np.array([each.tonnes for each in problem.resources])
    return float((tonnes @ remaining(problem, plan))[preferred(problem)].max())


def digest(plan: Plan) -> str:
    """Equal for equal schedules only, whatever the order in which the resources come."""
    lines = (
        f"{name} {each.from_at.isoformat()} {each.until_at.isoformat()} {each.kind} {each.share!r} {each.serves!r}\n"
        for name in sorted(plan)
        for each in plan[name]
    )
    return sha256("".join(lines).encode()).hexdigest()


def _table(problem: Problem, plan: Plan, saved: Callable[[int, Stretch], float]) -> Table:
    found = np.zeros((len(problem.resources), days_of(problem)))
    start = midnight(problem.first)
    for row, resource in enumerate(problem.resources):
        for stretch in plan.get(resource.id, ()):
            part = saved(row, stretch) / DAY_HOURS
            for day, hours in _hours_by_day(stretch, start, found.shape[1]):
                found[row, day] += hours * part
    return found


def _hours_by_day(stretch: Stretch, start: datetime, days: int) -> Iterator[tuple[int, float]]:
    begin = max(0.0, (stretch.from_at - start).total_seconds() / HOUR)
    finish = min(days * float(DAY_HOURS), (stretch.until_at - start).total_seconds() / HOUR)
    for day in range(int(begin // DAY_HOURS), -int(-finish // DAY_HOURS)):
        yield day, min(finish, (day + 1) * DAY_HOURS) - max(begin, day * DAY_HOURS)
