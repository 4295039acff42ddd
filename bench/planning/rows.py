"""What a problem asks, as linear rows over the stopped share of every resource on every day.

`asked` is what requirements want at least. `ceilings` say that nobody stands still longer than asked: without them the
least peak is reached by stopping everything, which no plan wants (A-G24 counts hours, it gives none away).
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from math import inf

import numpy as np

from app.domain.schedules.problem import Problem
from app.domain.schedules.requirements import (
    Cap,
    Cohort,
    Coupling,
    Cut,
    Cycle,
    Floor,
    HeatDuty,
    Requirement,
    Stop,
    StopHours,
    members,
)
from bench.planning.measures import DAY_HOURS, Table, days_of, span, stopped

NEGLIGIBLE = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """low <= Σ coefficient × stopped share <= high from day to day, or (not `daily`) summed over the days."""

    serves: str
    terms: Mapping[int, float]
    first: int
    until: int
    daily: bool
    low: float = -inf
    high: float = inf


@dataclass(frozen=True, slots=True)
class Asks:
    """Bounds of each share, rows, and the floors, which speak of tonnes."""

    lower: Table
    upper: Table
    asked: tuple[Row, ...]
    ceilings: tuple[Row, ...]
    floors: tuple[Floor, ...]


def asks(problem: Problem) -> Asks:
    """Raises ValueError for what no row is known for: cycles, and a resource in two joint requirements."""
    place = {each.id: number for number, each in enumerate(problem.resources)}
    days, start = days_of(problem), (problem.from_day - problem.first).days
    own: dict[int, float] = defaultdict(float)
    lower, open_ = np.zeros((len(place), days)), np.zeros((len(place), days), dtype=bool)
    asked: list[Row] = []
    for one in problem.requirements:
        window = slice(*_window(problem, one))
        match one:
            case StopHours():
                own[place[one.resource]] += one.hours / DAY_HOURS
                open_[place[one.resource], window] = True
            case Stop() | Cap():
                share = 1 - one.share if isinstance(one, Cap) else 1.0
                own[place[one.resource]] += share * (window.stop - window.start)
                row = lower[place[one.resource], window]
                np.maximum(row, share, out=row)
            case Cut() | Cohort():
                open_[[place[each] for each in members(one)], window] = True
            case Coupling():
                open_[place[one.downstream]] = True
            case _:
                pass
        if type(one) in _ROWS:
            asked.append(_ROWS[type(one)](one, place, window))
    upper = np.where(open_, 1.0, lower)
    past = stopped(problem, problem.past)[:, :start]
    lower[:, :start] = upper[:, :start] = past
    ceilings = tuple(_ceilings(problem, asked, place, own, start))
    return Asks(lower, upper, tuple(asked), ceilings, tuple(x for x in problem.requirements if isinstance(x, Floor)))


def shortfalls(problem: Problem, given: Asks, shares: Table, emitted: Table) -> list[str]:
    """The requirements whose rows a schedule does not reach, by id; a resource's own where it is fixed by bounds."""
    found = [row.serves for row in given.asked if missed(row, shares) > NEGLIGIBLE]
    found += [problem.resources[each].id for each in np.unique(np.nonzero(shares < given.lower - NEGLIGIBLE)[0])]
    for floor in given.floors:
        amounts = np.array([each.emission_t_d.get(floor.pollutant, 0.0) for each in problem.resources])
        saved = amounts @ (1 - emitted)
        if saved[slice(*span(problem, floor.period))].sum() < floor.tonnes - NEGLIGIBLE:
            found.append(floor.id)
    return found


def beyond(given: Asks, shares: Table) -> float:
    """Stopped days (times the weights of a cut or a mean) that nobody asked for: for them the bound does not hold."""
    outside = np.maximum(shares - given.upper, 0)
    return float(outside[outside > NEGLIGIBLE].sum()) + sum(
        over for row in given.ceilings if (over := missed(row, shares)) > NEGLIGIBLE
    )


def missed(row: Row, shares: Table) -> float:
    places = list(row.terms)
    daily = np.array([row.terms[place] for place in places]) @ shares[places, row.first : row.until]
    sums = daily if row.daily else daily.sum(keepdims=True)
    return float(np.maximum(row.low - sums, sums - row.high).max(initial=0.0))


def _window(problem: Problem, one: Requirement) -> tuple[int, int]:
    match one:
        case Coupling():
            return 0, days_of(problem)
        case Cycle():
            raise ValueError(f"no row is known for {one.id}")
        case _:
            return span(problem, one.period)


def _hours(one: StopHours, place: Mapping[str, int], days: slice) -> Row:
    """Hours of a limit would count too, which only lets the bound be lower."""
    return _row(one, {place[one.resource]: 1.0}, days, daily=False, low=one.hours / DAY_HOURS)


def _cut(one: Cut, place: Mapping[str, int], days: slice) -> Row:
    terms = {place[each]: weight for each, weight in one.weights_t_d.items()}
    return _row(one, terms, days, daily=False, low=one.share * sum(terms.values()) * (days.stop - days.start))


def _cohort(one: Cohort, place: Mapping[str, int], days: slice) -> Row:
    """Where a whole group stands still, so does the mean of its resources."""
    terms: dict[int, float] = defaultdict(float)
    for group in one.groups:
        for each in group:
            terms[place[each]] += 1 / len(group)
    return _row(one, terms, days, daily=True, low=one.count)


def _heat(one: HeatDuty, place: Mapping[str, int], days: slice) -> Row:
    terms = {place[each]: heat for each, heat in one.heat_mw.items()}
    return _row(one, terms, days, daily=True, high=sum(terms.values()) - one.needed_mw)


def _coupling(one: Coupling, place: Mapping[str, int], days: slice) -> Row:
    total = sum(one.upstream_t_d.values())
    terms = {place[each]: -weight / total for each, weight in one.upstream_t_d.items()}
    return _row(one, terms | {place[one.downstream]: 1.0}, days, daily=True, low=0.0)


def _row(
    one: Requirement, terms: Mapping[int, float], days: slice, *, daily: bool, low: float = -inf, high: float = inf
) -> Row:
    return Row(serves=one.id, terms=terms, first=days.start, until=days.stop, daily=daily, low=low, high=high)


_ROWS: dict[type, Callable[..., Row]] = {
    StopHours: _hours,
    Cut: _cut,
    Cohort: _cohort,
    HeatDuty: _heat,
    Coupling: _coupling,
}


def _ceilings(
    problem: Problem, asked: Iterable[Row], place: Mapping[str, int], own: Mapping[int, float], start: int
) -> Iterable[Row]:
    """From the day of planning on; joint requirements allow what their members owe together and each for itself."""
    by_id = {row.serves: row for row in asked}
    joint = set[int]()
    for one in problem.requirements:
        if not isinstance(one, Cut | Cohort | Coupling):
            continue
        row = by_id[one.id]
        bound = {place[one.downstream]} if isinstance(one, Coupling) else set(row.terms)
        if bound & joint:
            raise ValueError(f"{one.id} speaks of a resource that another joint requirement speaks of")
        joint |= bound
        daily = isinstance(one, Coupling)
        selves = sum(row.terms[each] * own.get(each, 0.0) for each in bound)
        yield replace(
            row, first=start, until=days_of(problem), low=-inf, high=_together(one, row) + selves, daily=daily
        )
    yield from _turns(problem, place, start)
    for each, days in own.items():
        if each not in joint:
            name = problem.resources[each].id
            yield Row(serves=name, terms={each: 1.0}, first=start, until=days_of(problem), daily=False, high=days)


def _turns(problem: Problem, place: Mapping[str, int], start: int) -> Iterable[Row]:
    """Nobody is picked for longer than a cohort allows."""
    for one in problem.requirements:
        if isinstance(one, Cohort) and one.most_days is not None:
            days = slice(max(start, span(problem, one.period)[0]), span(problem, one.period)[1])
            for group in one.groups:
                yield _row(one, {place[each]: 1 / len(group) for each in group}, days, daily=False, high=one.most_days)


def _together(one: Cut | Cohort | Coupling, row: Row) -> float:
    """A cut may overshoot by a day of its largest member; a cohort is counted over its days; what hangs on others is even."""
    match one:
        case Cut():
            return row.low + max(one.weights_t_d.values())
        case Cohort():
            return row.low * (row.until - row.first)
        case _:
            return 0.0
