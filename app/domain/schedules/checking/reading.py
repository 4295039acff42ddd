"""What a schedule says, read onto the clock and day by day, for the checker alone."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from operator import itemgetter

import numpy as np
import numpy.typing as npt

from app.domain.periods import ONE_DAY, SHANGHAI, Period
from app.domain.schedules.checking.breaches import Breach
from app.domain.schedules.checking.hours import DAY, Span, clipped, merged
from app.domain.schedules.problem import Plan, Problem, Resource, Stretch
from app.domain.schedules.requirements import Cycle

# Shares and tonnes are floats; below this nothing is a difference.
TOLERANCE = 1e-6
Shares = npt.NDArray[np.float64]
Placed = tuple[Span, Stretch]
Clocked = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Clock:
    """Microseconds from the first midnight of the calendar on; `planned` is when the fixed past is over."""

    first: date
    midnight: datetime
    planned: int
    end: int

    @classmethod
    def of(cls, problem: Problem) -> "Clock":
        first = problem.first
        return cls(
            first=first,
            midnight=datetime.combine(first, time(), SHANGHAI),
            planned=(problem.from_day - first).days * DAY,
            end=(problem.end - first).days * DAY,
        )

    @property
    def days(self) -> int:
        return self.end // DAY

    def at(self, instant: datetime) -> int:
        since = instant - self.midnight
        return since.days * DAY + since.seconds * 1_000_000 + since.microseconds

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

    `told` holds the stretches as they are given, `placed` what of them lies in the calendar, in order of time; `still`
    all hours of standing still, `cold` those without a warm oven, `still_days` the microseconds of each day that stand
    still; `running` and `emitting` are shares of a normal day.
    """

    problem: Problem
    clock: Clock
    row: Mapping[str, int]
    resources: Mapping[str, Resource]
    told: Mapping[str, list[Placed]]
    placed: Mapping[str, list[Placed]]
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
    told = {name: [(clock.span(one), one) for one in plan.get(name, ())] for name in names}
    placed = {name: _placed(clock, told[name]) for name in names}
    still = {name: merged(span for span, one in placed[name] if one.kind != "limit") for name in names}
    warm = _days(clock, (merged(span for span, one in placed[name] if one.kind == "stop_charging") for name in names))
    running = running_shares(clock, placed.values())
    idle_share = np.array([one.idle_share for one in problem.resources], dtype=np.float64)
    return Reading(
        problem=problem,
        clock=clock,
        row={name: number for number, name in enumerate(names)},
        resources={one.id: one for one in problem.resources},
        told=told,
        placed=placed,
        still=still,
        cold={name: merged(span for span, one in placed[name] if one.kind == "stop") for name in names},
        running=running,
        emitting=running + idle_share[:, None] * warm / DAY,
        still_days=_days(clock, still.values()),
    )


def shares_of(problem: Problem, plan: Plan) -> Shares:
    """The running shares of another plan for the same resources and days."""
    clock = Clock.of(problem)
    told = ([(clock.span(each), each) for each in plan.get(one.id, ())] for one in problem.resources)
    return running_shares(clock, (_placed(clock, several) for several in told))


def running_shares(clock: Clock, placed: Iterable[Iterable[Placed]]) -> Shares:
    lost = [_by_day(clock, ((span, 1 - one.share) for span, one in several)) for several in placed]
    return 1 - np.array(lost, dtype=np.float64).reshape(-1, clock.days) / DAY


def _placed(clock: Clock, told: Iterable[Placed]) -> list[Placed]:
    found = [((max(start, 0), min(end, clock.end)), one) for (start, end), one in told]
    return sorted(((span, one) for span, one in found if span[0] < span[1]), key=itemgetter(0))


def _days(clock: Clock, spans: Iterable[Iterable[Span]]) -> Clocked:
    found = [_by_day(clock, ((span, 1) for span in several)) for several in spans]
    return np.array(found, dtype=np.int64).reshape(-1, clock.days)


def _by_day(clock: Clock, weighed: Iterable[tuple[Span, float]]) -> list[float]:
    """Microseconds of each day that spans cover, each with its weight; exact where that is 1."""
    found: list[float] = [0] * clock.days
    for (start, end), weight in weighed:
        for day in range(start // DAY, -(-end // DAY)):
            found[day] += weight * (min(end, (day + 1) * DAY) - max(start, day * DAY))
    return found
