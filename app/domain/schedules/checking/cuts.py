"""Cuts: what all members together stop of what they can make, or how far each is capped, and what is stopped for nothing."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from app.domain.schedules.checking.breaches import Breach
from app.domain.schedules.checking.hours import DAY, clipped, in_hours, length
from app.domain.schedules.checking.reading import TOLERANCE, Reading, days_of
from app.domain.schedules.requirements import Cut

# Beside the tolerance of shares, what sums of float capacities may be off by, relative to the whole.
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class _Weighed:
    """A cut in tonnes: all its members could make, what must not be made, and what is not made."""

    cut: Cut
    whole: float
    needed: float
    found: float
    # The least by which stops can differ: somebody's shortest one.
    shortest: float

    @property
    def slack(self) -> float:
        return TOLERANCE + _ROUNDING * self.whole

    @property
    def surplus(self) -> float:
        return self.found - self.needed

    @property
    def one_day(self) -> float:
        return max(self.cut.weights_t_d.values())

    @property
    def loose(self) -> bool:
        return self.surplus >= max(self.one_day, self.shortest) - self.slack


def judge_cuts(reading: Reading) -> Iterator[Breach]:
    """All cuts, for a stop that serves several of them is too much only when none of them needs it."""
    weighed = [_weigh(reading, one) for one in reading.problem.requirements if isinstance(one, Cut)]
    loose = frozenset(each.cut.id for each in weighed if each.loose)
    for each in weighed:
        yield from _met(reading, each)
        yield from _method(reading, each.cut)
        if each.loose:
            yield from _surplus(reading, each, loose)


def _weigh(reading: Reading, cut: Cut) -> _Weighed:
    rows, days = reading.rows(cut.weights_t_d), days_of(reading.clock.window(cut.period))
    weights = np.fromiter(cut.weights_t_d.values(), dtype=np.float64)
    # A limit counts where the plan lets load count; elsewhere only standing still does.
    by_load = "load" in cut.methods
    stopped = 1 - reading.running[rows, days] if by_load else reading.still_days[rows, days] / DAY
    whole = float(weights.sum()) * stopped.shape[1]
    shortest = min(weight * reading.resources[name].min_stop_days for name, weight in cut.weights_t_d.items())
    return _Weighed(cut, whole, cut.share * whole, float(weights @ stopped.sum(axis=1)), shortest)


def _met(reading: Reading, each: _Weighed) -> Iterator[Breach]:
    cut = each.cut
    start, end = reading.clock.ahead(cut.period)
    if cut.by_load and end <= start:
        # What is over cannot be limited any more.
        return
    by_stops = cut.methods != ("load",) and each.found >= each.needed - each.slack
    if by_stops or ("load" in cut.methods and _capped(reading, cut)):
        return
    yield Breach(
        code="cut",
        requirement=cut.id,
        day=reading.clock.day(reading.clock.window(cut.period)[0]),
        needed=cut.share * 100,
        found=each.found / each.whole * 100 if each.whole else 0.0,
    )


def _capped(reading: Reading, cut: Cut) -> bool:
    """Whether each member keeps its own share on every day that is still to be planned, of which there are some."""
    running = reading.running[reading.rows(cut.weights_t_d), days_of(reading.clock.ahead(cut.period))]
    return bool(running.size) and bool((running <= 1 - cut.share + TOLERANCE).all())


def _method(reading: Reading, cut: Cut) -> Iterator[Breach]:
    if "load" in cut.methods:
        return
    ahead = reading.clock.ahead(cut.period)
    for name in cut.weights_t_d:
        limits = [span for span, one in reading.placed[name] if one.kind == "limit" and cut.id in one.serves]
        if limited := clipped(limits, ahead):
            yield Breach(
                code="method",
                requirement=cut.id,
                resource=name,
                label=reading.resources[name].label,
                day=reading.clock.day(limited[0][0]),
                found=in_hours(length(limited)),
            )


def _surplus(reading: Reading, each: _Weighed, loose: frozenset[str]) -> Iterator[Breach]:
    """Stops that serve nothing but cuts with a day to spare could be shorter; what others force may be more."""
    cut, ahead = each.cut, reading.clock.ahead(each.cut.period)
    spare, starts = 0.0, []
    for name, weight in cut.weights_t_d.items():
        own = [
            span
            for span, one in reading.placed[name]
            if one.kind != "limit" and cut.id in one.serves and loose.issuperset(one.serves)
        ]
        own = clipped(own, ahead)
        spare += weight * length(own) / DAY
        starts += [start for start, _ in own]
    spare = min(spare, each.surplus)
    if starts and spare >= each.one_day - each.slack:
        day = reading.clock.day(min(starts))
        yield Breach(code="surplus", requirement=cut.id, day=day, needed=each.one_day, found=spare)
