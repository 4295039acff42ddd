"""What a schedule says, read onto the clock and day by day, for the checker alone."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import numpy as np
import numpy.typing as npt

from app.domain.periods import ONE_DAY, SHANGHAI, Period
from app.domain.schedules.breaches import Breach
from app.domain.schedules.check_hours import DAY, Span, clipped, merged
from app.domain.schedules.problem import Plan, Problem, Resource, Stretch
from app.domain.schedules.requirements import Cycle

# Shares and tonnes are floats; below this nothing is a difference.
TOLERANCE = 1e-6
Shares = npt.NDArray[np.float64]
Clocked = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Clock:
    """Microseconds from the first midnight of the calendar on; `planned` is when the fixed past is over."""

    first: date
    planned: int
    end: int

    @classmethod
    def of(cls, problem: Problem) -> "Clock":
        first = problem.first
        return cls(first, (problem.from_day - first).days * DAY, (problem.end - first).days * DAY)

    @property
    def days(self) -> int:
        return self.end // DAY

    def at(self, instant: datetime) -> int:
        return (instant - datetime.combine(self.first, time(), SHANGHAI)) // timedelta(microseconds=1)

    def day(self, at: int) -> date:
        return self.first + at // DAY * ONE_DAY

    def span(self, stretch: Stretch) -> Span:
        return self.at(stretch.from_at), self.at(stretch.until_at)

    def window(self, period: Period) -> Span:
        """The part of a period that lies in the calendar."""
        until = self.end if period.until is None else (period.until - self.first).days * DAY
        return max(0, (period.start - self.first).days * DAY), min(self.end, until)

    def ahead(self, period: Period) -> Span:
        """The part of a period that is still to be planned."""
        start, end = self.window(period)
        return max(start, self.planned), end

    def phases(self, cycle: Cycle) -> list[Span]:
        """When a cycle asks to stand still, in the calendar."""
        start, until = self.at(cycle.from_at), self.at(cycle.until_at)
        still, step = timedelta(hours=cycle.stop_hours), timedelta(hours=cycle.stop_hours + cycle.run_hours)
        width, every = still // timedelta(microseconds=1), step // timedelta(microseconds=1)
        return clipped(((at, min(at + width, until)) for at in range(start, until, every)), (0, self.end))


def days_of(span: Span) -> slice:
    """The days of a span that begins and ends at midnight."""
    return slice(span[0] // DAY, max(span[0], span[1]) // DAY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A schedule on the clock: by resource its stretches and stops, and by resource and day its running share.

    `still` holds all hours of standing still, `cold` those without a warm oven, `still_days` the microseconds of each day
    that stand still; `running` and `emitting` are shares of a normal day.
    """

    problem: Problem
    clock: Clock
    row: Mapping[str, int]
    resources: Mapping[str, Resource]
    placed: Mapping[str, list[tuple[Span, Stretch]]]
    still: Mapping[str, list[Span]]
    cold: Mapping[str, list[Span]]
    running: Shares
    emitting: Shares
    still_days: Clocked

    def rows(self, names: Iterable[str]) -> list[int]:
        return [self.row[name] for name in names]

    def of_resource(self, code: str, name: str, *, at: int = 0, needed: float = 0, found: float = 0) -> Breach:
        """A breach of the form of what one resource does."""
        return Breach(
            code=code,
            resource=name,
            label=self.resources[name].label,
            day=self.clock.day(at),
            needed=needed,
            found=found,
        )


def read(problem: Problem, plan: Plan) -> Reading:
    """Read what lies in the calendar, of resources the problem knows."""
    clock = Clock.of(problem)
    names = [one.id for one in problem.resources]
    placed = {name: _placed(clock, plan.get(name, ())) for name in names}
    still = {name: merged(span for span, one in placed[name] if one.kind != "limit") for name in names}
    warm = _days(clock, [merged(span for span, one in placed[name] if one.kind == "stop_charging") for name in names])
    running = running_shares(clock, list(placed.values()))
    idle_share = np.array([one.idle_share for one in problem.resources], dtype=np.float64)
    return Reading(
        problem=problem,
        clock=clock,
        row={name: number for number, name in enumerate(names)},
        resources={one.id: one for one in problem.resources},
        placed=placed,
        still=still,
        cold={name: merged(span for span, one in placed[name] if one.kind == "stop") for name in names},
        running=running,
        emitting=running + idle_share[:, None] * warm / DAY,
        still_days=_days(clock, list(still.values())),
    )


def shares_of(problem: Problem, plan: Plan) -> Shares:
    """The running shares of another plan for the same resources and days."""
    clock = Clock.of(problem)
    return running_shares(clock, [_placed(clock, plan.get(one.id, ())) for one in problem.resources])


def running_shares(clock: Clock, placed: list[list[tuple[Span, Stretch]]]) -> Shares:
    found = np.ones((len(placed), clock.days), dtype=np.float64)
    for row, stretches in enumerate(placed):
        for span, stretch in stretches:
            for days, part in _by_day(span):
                found[row, days] -= part / DAY * (1 - stretch.share)
    return found


def _placed(clock: Clock, stretches: Iterable[Stretch]) -> list[tuple[Span, Stretch]]:
    whole = (0, clock.end)
    found = [(span, one) for one in stretches for span in clipped([clock.span(one)], whole)]
    return sorted(found, key=lambda each: each[0])


def _days(clock: Clock, spans: list[list[Span]]) -> Clocked:
    found = np.zeros((len(spans), clock.days), dtype=np.int64)
    for row, several in enumerate(spans):
        for span in several:
            for days, part in _by_day(span):
                found[row, days] += part
    return found


def _by_day(span: Span) -> Iterable[tuple[slice, int]]:
    """A span as a first part of a day, whole days, and a last part of a day: which days, and how much of each."""
    start, end = span
    first, last = start // DAY, end // DAY
    if first == last:
        return [(slice(first, first + 1), end - start)]
    parts = [(slice(first, first + 1), (first + 1) * DAY - start), (slice(first + 1, last), DAY)]
    return [*parts, (slice(last, last + 1), end - last * DAY)] if end % DAY else parts
