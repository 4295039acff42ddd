"""Levelling: every resource in turn takes the days on which its stop relieves most, until nobody gains by moving."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from app.domain.schedules.grid import Grid
from app.domain.schedules.pattern import Days, Flags, Floats, Quota, best_pattern
from app.domain.schedules.requirements import Floor, HeatDuty
from app.domain.schedules.tasks import Layer, Task, Tasks, reach

# From evenness to nothing but the peak.
POWERS = (4, 8, 16, 32, 64, 128, 256, 512)
# A ton less in the preferred months goes before any relief of the other days, but never before the peak.
OF_TONNES, OF_OTHERS = 1e-5, 1e-8
# A move has to gain more than rounding takes.
GAIN = 1e-9
STEEPEST = 1.5
HEAT_TOLERANCE_MW = 1e-9
# The price of a day on which running would lift the peak.
FORBIDDEN = 1e3

Seen = Callable[[str, int, int], None]


@dataclass(slots=True)
class State:
    """The choices so far and what they add up to."""

    stops: Flags
    total: Floats
    heat: Floats


class Levelling:
    """One problem on its way to a schedule."""

    def __init__(self, grid: Grid, tasks: Tasks) -> None:
        self.grid, self.tasks = grid, tasks
        self.order = sorted(tasks.by_row.values(), key=lambda one: (-one.tonnes, one.row))
        self.preferred = grid.preferred
        self.floors = [one for one in grid.problem.requirements if isinstance(one, Floor)]
        self.weight = np.zeros(len(self.floors))
        # What each resource emits of a floor's pollutant on a day, and what it saves with all that follows it.
        self.emits = [[one.emission_t_d.get(floor.pollutant, 0.0) for one in grid.resources] for floor in self.floors]
        self.saves = [reach(grid, emits) for emits in self.emits]
        self.state = State(grid.forced.copy(), np.zeros(grid.days), np.zeros((0, grid.days)))
        self._sum()

    def _sum(self) -> None:
        """Tonnes and heat from scratch."""
        grid, state = self.grid, self.state
        share = self.shares()
        state.total = grid.tonnes @ share
        duties = [one for one in grid.problem.requirements if isinstance(one, HeatDuty)]
        state.heat = np.array([self._slack(one, share) for one in duties]).reshape(len(duties), grid.days)

    def shares(self) -> Floats:
        """The share of its emission that every resource has on every day, followers as those they follow let them."""
        return self.grid.followed(np.where(self.state.stops, self.grid.left, self.grid.limit))

    def _slack(self, duty: HeatDuty, share: Floats) -> Floats:
        slack = np.full(self.grid.days, np.inf)
        start, end = self.grid.span(duty.period)
        heat = sum(mw * share[self.grid.index[name], start:end] for name, mw in duty.heat_mw.items())
        slack[start:end] = heat - duty.needed_mw
        return slack

    @property
    def peak(self) -> float:
        return highest(self.state.total[self.preferred])

    @property
    def outside(self) -> float:
        return highest(self.state.total[~self.preferred])

    def cold(self) -> list[str]:
        """The duties to heat that fall short as things are."""
        duties = [one.id for one in self.grid.problem.requirements if isinstance(one, HeatDuty)]
        return [name for name, slack in zip(duties, self.state.heat, strict=True) if slack.min() < -HEAT_TOLERANCE_MW]

    def saved(self, number: int) -> float:
        """The tonnes a floor's pollutant falls by in its period, the past included."""
        floor, emits = self.floors[number], np.array(self.emits[number])
        start, end = self.grid.span(floor.period)
        past_start, past_end = self.grid.past_span(floor.period)
        ahead = emits @ (1 - self.shares()[:, start:end])
        behind = emits @ (1 - self.grid.past[:, past_start:past_end])
        return float(ahead.sum() + behind.sum())

    def insist(self, missed: Sequence[int], power: int) -> None:
        """Weigh missed floors twice as much and let everybody choose again."""
        for number in missed:
            least = 1 / max(self.peak, 1e-12)
            self.weight[number] = max(least, 2 * self.weight[number])
        for task in self.order:
            self.place(task, power)
        self._sum()

    def passes(self, seen: Seen, good_enough: Callable[[], bool]) -> list[int]:
        """Rows that found no place; whoever has one moves with growing attention to the peak."""
        lost = [task.row for task in self.order if not self.place(task, POWERS[0], first=True)]
        if lost:
            return lost
        for number, power in enumerate(POWERS):
            seen("peak", number, len(POWERS))
            for task in self.order:
                self.place(task, power)
            self._sum()
            if power >= POWERS[3] and good_enough():
                break
        return []

    def place(self, task: Task, power: int, *, first: bool = False) -> bool:
        """Whether the task found a place (first) or moved to a better one."""
        price, must_run = self.price(task, power), self.must_run(task)
        found = self.pattern(task, price, must_run)
        if found is None:
            return False
        own = self.state.stops[task.row]
        better = float(price[found].sum()) < float(price[own].sum()) - GAIN * abs(float(price[own].sum()))
        if first or better:
            self.put(task, found)
        return first or better

    def price(self, task: Task, power: int) -> Floats:
        """Minus what is gained by standing still on each day, given everybody else."""
        run = task.tonnes * self.grid.limit[task.row]
        without = self.state.total - task.tonnes * self.running(task)
        high, low = max(self.peak, 1e-12), max(self.outside, 1e-12)
        scale = np.where(self.preferred, high, low)
        # Far above the peak everything is equally bad, and a power of it would be no number.
        before, after = np.minimum(without / scale, STEEPEST), np.minimum((without + run) / scale, STEEPEST)
        steep = after**power - before**power
        gain = np.where(self.preferred, steep / power + OF_TONNES * run / high, OF_OTHERS * steep / power)
        for number, floor in enumerate(self.floors):
            if self.weight[number]:
                start, end = self.grid.span(floor.period)
                gain[start:end] += (
                    self.weight[number] * self.saves[number][task.row] * self.grid.limit[task.row, start:end]
                )
        found: Floats = -gain
        return found

    def running(self, task: Task) -> Floats:
        return np.where(self.state.stops[task.row], 0.0, self.grid.limit[task.row])

    def must_run(self, task: Task) -> Flags:
        """Days on which heat is short without this one."""
        found: Flags = task.must_run
        for duty, heat in task.heat:
            without = self.state.heat[duty] - heat * self.running(task)
            found = found | (without < -HEAT_TOLERANCE_MW)
        free: Flags = found & ~self.grid.forced[task.row]
        return free

    def pattern(self, task: Task, price: Floats, must_run: Flags) -> Flags | None:
        """The best days, layer by layer; a single block for each quota where that is all there can be to it."""
        stops: Flags = self.grid.forced[task.row]
        for layer in task.layers:
            found = None
            if not stops.any() and task.stopped_before == 0:
                found = blocks(price, must_run, layer)
            if found is None:
                days = Days(price, stops, must_run & ~stops, task.stopped_before)
                found = best_pattern(days, layer.quotas, layer.rhythm)
            if found is None:
                return None
            stops = found
        return stops

    def put(self, task: Task, stops: Flags) -> None:
        before = self.running(task)
        self.state.stops[task.row] = stops
        change = self.running(task) - before
        self.state.total += task.tonnes * change
        for duty, heat in task.heat:
            self.state.heat[duty] += heat * change


def blocks(price: Floats, must_run: Flags, layer: Layer) -> Flags | None:
    """One block for each quota at the least price; None where blocks get in each other's way or may not be so short."""
    if len(layer.quotas) > layer.rhythm.max_stops:
        return _in_one(must_run, layer)
    sums = np.concatenate(([0.0], np.cumsum(price + FORBIDDEN * 1e6 * must_run)))
    found = np.zeros(len(price), np.bool_)
    last = -layer.rhythm.min_run
    for quota in layer.quotas:
        if quota.days < layer.rhythm.min_stop or quota.end - quota.start < quota.days:
            return None
        start = _cheapest(sums, quota)
        if sums[start + quota.days] - sums[start] > FORBIDDEN or 0 < start - last < layer.rhythm.min_run:
            return None
        found[start : start + quota.days] = True
        last = start + quota.days
    return found


def _in_one(must_run: Flags, layer: Layer) -> Flags | None:
    """Two quotas in a single stop leave no choice: it lies across the edge between them."""
    if layer.rhythm.max_stops != 1 or len(layer.quotas) != 2:
        return None
    found = _joined(np.zeros(len(must_run), np.bool_), layer)
    return None if found is None or (found & must_run).any() else found


def _cheapest(sums: Floats, quota: Quota) -> int:
    costs = sums[quota.start + quota.days : quota.end + 1] - sums[quota.start : quota.end + 1 - quota.days]
    return quota.start + int(np.argmin(costs))


def highest(values: Floats) -> float:
    return float(values.max()) if len(values) else 0.0


def stops_of(stops: Flags, *, stopped_before: int) -> int:
    """How many stops begin."""
    return int((stops & ~np.concatenate(([stopped_before > 0], stops[:-1]))).sum())


def fewer_stops(levelling: Levelling, tasks: Sequence[Task]) -> None:
    """Join stops where no peak rises and no preferred month loses."""
    peak, outside = levelling.peak * (1 + GAIN), levelling.outside * (1 + GAIN)
    for task in tasks:
        own = levelling.state.stops[task.row]
        run = task.tonnes * levelling.grid.limit[task.row]
        without = levelling.state.total - task.tonnes * levelling.running(task)
        lifts = without + run > np.where(levelling.preferred, peak, outside)
        # Of days without tonnes none is better than another.
        price = np.where(lifts, -FORBIDDEN, np.where(levelling.preferred, -1.0, 0.0)) * (run > 0)
        for found in _with_fewer(levelling, task, price, own):
            if float(price[found].sum()) <= float(price[own].sum()) + GAIN:
                levelling.put(task, found)
                break


def _with_fewer(levelling: Levelling, task: Task, price: Floats, own: Flags) -> Iterator[Flags]:
    """Patterns with fewer stops than a task has now, the fewest first."""
    if len(task.layers) != 1:
        return
    (layer,) = task.layers
    forced = levelling.grid.forced[task.row]
    must_run = levelling.must_run(task) & ~forced
    count = stops_of(own, stopped_before=task.stopped_before)
    if count == len(layer.quotas) and not forced.any():
        # With one stop for each quota, fewer means that two of them meet at the edge between their quotas.
        joined = _joined(own, layer)
        if joined is not None and not (joined & must_run).any():
            yield joined
        return
    for fewer in range(1, count):
        rhythm = replace(layer.rhythm, max_stops=min(fewer, layer.rhythm.max_stops))
        found = best_pattern(Days(price, forced, must_run, task.stopped_before), layer.quotas, rhythm)
        if found is not None:
            yield found


def _joined(own: Flags, layer: Layer) -> Flags | None:
    """The first two neighbours with their stops moved up to the edge between them."""
    for first, second in pairwise(layer.quotas):
        edge = first.end
        room = first.end - first.start >= first.days and second.end - second.start >= second.days
        if edge == second.start and first.days and second.days and room and not (own[edge - 1] and own[edge]):
            found = own.copy()
            found[first.start : second.end] = False
            found[edge - first.days : edge + second.days] = True
            return found
    return None
