"""A schedule line by line, and what it keeps out of the air, day by day, against a normal day's emission."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import reduce
from typing import Any

from app.domain.periods import ONE_DAY, SHANGHAI, midnight
from app.domain.quantities import POLLUTANTS, Pollutant
from app.domain.schedules.problem import Resource, Stretch
from app.domain.schedules.requirements import Clause

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduledLine:
    """One resource of a schedule; `clauses` are the requirements its stretches serve, by id."""

    position: int
    resource: Resource
    stretches: tuple[Stretch, ...]
    clauses: Mapping[str, Clause] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """What is hashed and stored of it: its stretches and clauses."""
        return {
            "resource": self.resource.id,
            "stretches": [stretch_json(one) for one in self.stretches],
            "clauses": {name: clause_json(one) for name, one in self.clauses.items()},
        }

    @property
    def stops(self) -> tuple[tuple[datetime, datetime], ...]:
        """When it stands still, in order; what touches is one."""
        found: list[tuple[datetime, datetime]] = []
        for one in self.stretches:
            if one.share > 0:
                continue
            if found and found[-1][1] == one.from_at:
                found[-1] = (found[-1][0], one.until_at)
            else:
                found.append((one.from_at, one.until_at))
        return tuple(found)

    @property
    def stop_hours(self) -> float:
        return sum((until - start) / timedelta(hours=1) for start, until in self.stops)

    def given_up(self) -> dict[date, float]:
        """The share of a normal day's emission that each day goes without; ovens kept hot still emit."""
        found: dict[date, float] = {}
        for one in self.stretches:
            kept = self.resource.idle_share if one.kind == "stop_charging" else one.share
            for day, share in day_shares(one):
                found[day] = found.get(day, 0.0) + share * (1 - kept)
        return found

    def running(self) -> dict[date, float]:
        """The running share of every day on which it is not 1."""
        found: dict[date, float] = {}
        for one in self.stretches:
            for day, share in day_shares(one):
                found[day] = found.get(day, 1.0) - share * (1 - one.share)
        return found


def day_shares(one: Stretch) -> Iterator[tuple[date, float]]:
    """The civil days a stretch touches, and the part of each that lies in it."""
    day = one.from_at.astimezone(SHANGHAI).date()
    while (begins := midnight(day)) < one.until_at:
        inside = min(one.until_at, begins + DAY) - max(one.from_at, begins)
        yield day, inside / DAY
        day += ONE_DAY


def stretch_json(one: Stretch) -> dict[str, Any]:
    return {
        "from_at": one.from_at.astimezone(SHANGHAI).isoformat(),
        "until_at": one.until_at.astimezone(SHANGHAI).isoformat(),
        "kind": one.kind,
        "share": one.share,
        "serves": list(one.serves),
    }


def stretch_of(stored: Mapping[str, Any]) -> Stretch:
    return Stretch(
        from_at=datetime.fromisoformat(stored["from_at"]),
        until_at=datetime.fromisoformat(stored["until_at"]),
        kind=stored["kind"],
        share=float(stored["share"]),
        serves=tuple(stored["serves"]),
    )


def clause_json(one: Clause) -> dict[str, Any]:
    return {"pack": one.pack, "rule": one.rule, "cites": list(one.cites), "says": dict(one.says)}


def clause_of(stored: Mapping[str, Any]) -> Clause:
    return Clause(pack=stored["pack"], rule=stored["rule"], cites=tuple(stored["cites"]), says=dict(stored["says"]))


@dataclass(slots=True)
class Tonnes:
    """Tonnes of one pollutant: what normal days would emit, and what the schedule keeps back."""

    normal: float = 0.0
    reduced: float = 0.0

    @property
    def remaining(self) -> float:
        return self.normal - self.reduced


Sums = dict[Pollutant, Tonnes]


def nothing() -> Sums:
    return {pollutant: Tonnes() for pollutant in POLLUTANTS}


@dataclass(slots=True, kw_only=True)
class Tally:
    """Tonnes of some lines from `first` until `end` (exclusive): in all, by day, by industry.

    `unknown` counts the lines whose normal emission of a pollutant is not known; they count as nothing.
    """

    first: date
    end: date
    lines: int = 0
    stop_hours: float = 0.0
    whole: Sums = field(default_factory=nothing)
    by_day: dict[date, Sums] = field(default_factory=dict)
    by_industry: dict[str | None, Sums] = field(default_factory=dict)
    unknown: dict[Pollutant, int] = field(default_factory=lambda: dict.fromkeys(POLLUTANTS, 0))

    def add(self, line: ScheduledLine) -> None:
        self.lines += 1
        self.stop_hours += line.stop_hours
        emission = {one: line.resource.emission_t_d.get(one) for one in POLLUTANTS}
        for pollutant, t_d in emission.items():
            self.unknown[pollutant] += t_d is None
        known = {pollutant: t_d for pollutant, t_d in emission.items() if t_d is not None}
        days = (self.end - self.first).days
        inside = {day: share for day, share in line.given_up().items() if self.first <= day < self.end}
        total = sum(inside.values())
        industry = self.by_industry.setdefault(line.resource.industry, nothing())
        for pollutant, t_d in known.items():
            for sums in (self.whole, industry):
                sums[pollutant].normal += t_d * days
                sums[pollutant].reduced += t_d * total
        for day, share in inside.items():
            sums = self.by_day.setdefault(day, nothing())
            for pollutant, t_d in known.items():
                sums[pollutant].reduced += t_d * share

    def add_all(self, lines: Iterable[ScheduledLine]) -> None:
        for line in lines:
            self.add(line)

    @property
    def days(self) -> Iterator[tuple[date, Sums]]:
        """Every day with its normal tonnes."""
        length = (self.end - self.first).days
        day = self.first
        while day < self.end:
            reduced = self.by_day.get(day)
            yield (
                day,
                {
                    pollutant: Tonnes(
                        normal=self.whole[pollutant].normal / length,
                        reduced=reduced[pollutant].reduced if reduced else 0.0,
                    )
                    for pollutant in POLLUTANTS
                },
            )
            day += ONE_DAY

    def by_month(self) -> dict[str, Sums]:
        """By `YYYY-MM`, in order."""
        found: dict[str, Sums] = {}
        for day, sums in self.days:
            month = found.setdefault(f"{day:%Y-%m}", nothing())
            for pollutant, one in sums.items():
                month[pollutant].normal += one.normal
                month[pollutant].reduced += one.reduced
        return found


@dataclass(slots=True, kw_only=True)
class Difference:
    """What one schedule plans otherwise than another: lines, and days of a line on which its running share differs."""

    lines: int = 0
    line_days: int = 0

    def add(self, before: ScheduledLine | None, after: ScheduledLine | None) -> None:
        """A line that only one of them knows runs normally in the other."""
        was, now = ({} if one is None else one.running() for one in (before, after))
        days = sum(1 for day in was.keys() | now.keys() if abs(was.get(day, 1.0) - now.get(day, 1.0)) > 1e-9)
        self.line_days += days
        self.lines += days > 0

    def add_all(self, pairs: Iterable[tuple[ScheduledLine | None, ScheduledLine | None]]) -> None:
        for before, after in pairs:
            self.add(before, after)


def joined(past: tuple[Stretch, ...], planned: tuple[Stretch, ...], from_day: date) -> tuple[Stretch, ...]:
    """The fixed past until the day of planning, then what was planned, whichever of both a planner hands back."""
    cut = midnight(from_day)
    before = [_clipped(one, one.from_at, min(one.until_at, cut)) for one in past if one.from_at < cut]
    after = [_clipped(one, max(one.from_at, cut), one.until_at) for one in planned if one.until_at > cut]
    return tuple(sorted([*before, *after], key=lambda one: one.from_at))


def _clipped(one: Stretch, start: datetime, end: datetime) -> Stretch:
    return Stretch(from_at=start, until_at=end, kind=one.kind, share=one.share, serves=one.serves)


Interval = tuple[datetime, datetime]


def stops_by_subject(lines: Iterable[ScheduledLine]) -> dict[str, tuple[Interval, ...]]:
    """When each resource stands still, and each line while all its resources do."""
    found: dict[str, tuple[Interval, ...]] = {}
    of_line: dict[str, list[tuple[Interval, ...]]] = {}
    for line in lines:
        found[line.resource.id] = line.stops
        of_line.setdefault(line.resource.line_id, []).append(line.stops)
    return found | {name: reduce(_common, stops) for name, stops in of_line.items() if name not in found}


def _common(some: tuple[Interval, ...], others: tuple[Interval, ...]) -> tuple[Interval, ...]:
    pairs = ((max(a[0], b[0]), min(a[1], b[1])) for a in some for b in others)
    return tuple(sorted(one for one in pairs if one[0] < one[1]))
