"""Levelling: every resource in turn takes the days on which its stop relieves most, until nobody gains by moving."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from app.domain.schedules.blocks import Layer, blocks, joined
from app.domain.schedules.grid import DAY_HOURS, Grid
from app.domain.schedules.pattern import Days, Flags, Floats, best_pattern
from app.domain.schedules.relax import Relaxed
from app.domain.schedules.requirements import Floor, HeatDuty
from app.domain.schedules.stretches import Trimmed, trims_of
from app.domain.schedules.tasks import Task, Tasks, reach
from app.domain.schedules.turns import Turn

# From evenness to nothing but the peak.
POWERS = (4, 8, 16, 32, 64, 128, 256, 512)
# A ton less in the preferred months goes before any relief of the other days, but never before the peak.
OF_TONNES, OF_OTHERS = 1e-5, 1e-8
# What a missed floor's tonne weighs at least, in peaks, and how much more each time it is missed. What goes beyond the
# floor weighs less and less, and nothing from here on, so that nobody is drawn to it who is not needed.
OF_FLOORS, MORE, ENOUGH = 0.3, 1.4, 1.005
# So much higher a peak is aimed at when floors are missed, and how much more each further time.
HIGHER, AND_MORE = 1e-4, 1.12
# So much lower a peak is tried once they are met.
LOWER = (5e-3, 2e-3, 5e-4, 0.0)
# A move has to gain more than rounding takes.
GAIN = 1e-9
STEEPEST = 3.0
EXACTLY = 60
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
        self.periods = [grid.span(one.period) for one in self.floors]
        self.state = State(grid.forced.copy(), np.zeros(grid.days), np.zeros((0, grid.days)))
        # Few choose their days exactly each time; of many, common patterns are tried first.
        self.exact = len(self.order) <= EXACTLY
        self.trims: dict[int, list[Trimmed]] = {}
        self.aim, self.higher = 0.0, HIGHER
        self._sum()
        self._measure()

    def _sum(self) -> None:
        """Tonnes and heat from scratch."""
        grid, state = self.grid, self.state
        share = self.shares()
        state.total = grid.tonnes @ share
        self.reached = [self.saved(at) for at in range(len(self.floors))]
        duties = [one for one in grid.problem.requirements if isinstance(one, HeatDuty)]
        state.heat = np.array([self._slack(one, share) for one in duties]).reshape(len(duties), grid.days)

    def shares(self) -> Floats:
        """The share of its emission that every resource has on every day, followers as those they follow let them."""
        share = np.where(self.state.stops, self.grid.left, self.grid.limit)
        for row, given_back in self.trims.items():
            for one in given_back:
                share[row, one.day] = self.grid.limit[row, one.day] * one.hours / DAY_HOURS
        return self.grid.followed(share)

    def trim(self) -> None:
        """Give back the hours that whole days are too long by; whose hours are given back stays where it is."""
        for task in self.order:
            if not task.trims:
                continue
            self.trims[task.row] = trims_of(self.grid, task, self.state.stops[task.row], self.state.total)
            for one in self.trims[task.row]:
                self.state.total[one.day] += task.tonnes * self.grid.limit[task.row, one.day] * one.hours / DAY_HOURS
        self.order = [task for task in self.order if not self.trims.get(task.row)]
        self._sum()

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

    def insist(self) -> bool:
        """Weigh missed floors more and let everybody choose again; whether all are met."""
        for at, floor in enumerate(self.floors):
            if self.reached[at] < floor.tonnes:
                self.weight[at] = max(OF_FLOORS / self.high, float(self.weight[at]) * MORE)
        self.aim *= 1 + self.higher
        self.higher *= AND_MORE
        self._measure()
        self._pass(POWERS[-2])
        return self.met()

    def polish(self) -> bool:
        """Try for a lower peak, boldly and then less so; what misses a floor or rises is taken back."""
        peak, before, forced = self.peak, self.state.stops.copy(), self.grid.forced.copy()
        turns = [list(turns) for turns in self.tasks.turns]
        for lower in LOWER:
            self.high = peak * (1 - lower)
            self._pass(POWERS[-1])
            if self.met() and self.peak < peak * (1 - GAIN):
                return True
            self.state.stops[:], self.grid.forced[:] = before, forced
            for known, old in zip(self.tasks.turns, turns, strict=True):
                known[:] = old
            self._sum()
        return False

    def weigh(self, relaxed: Relaxed) -> None:
        """Start from what the relaxation says a floor is worth: of the peak, which all preferred days share."""
        self.aim = relaxed.peak
        days = float(self.preferred.sum())
        self.weight = np.array(relaxed.floor_prices) * days / max(relaxed.peak, 1e-12)

    def met(self) -> bool:
        return all(self.saved(at) >= one.tonnes * (1 - GAIN) for at, one in enumerate(self.floors))

    def _pass(self, power: int) -> None:
        """Everybody once, and the turns of every cohort."""
        for task in self.order:
            self.place(task, power)
        for turns in self.tasks.turns:
            self._swap(turns, power)
        self._sum()

    def _measure(self) -> None:
        """The peaks that prices are told in, the same for everybody in a pass."""
        floors = bool(self.weight.any())
        self.high = max(self.aim if floors else self.peak, 1e-12)
        self.low = max(self.outside, 1e-12)

    def _swap(self, turns: list[Turn], power: int) -> None:
        """Let two groups of a cohort change places where that relieves more."""
        free = [at for at, turn in enumerate(turns) if not any(row in self.tasks.by_row for row in turn.rows)]
        for at, other in combinations(free, 2):
            one, two = turns[at], turns[other]
            if one.start == two.start or {one.rows, two.rows} & self._twice(turns):
                continue
            change = np.zeros(self.grid.days)
            more = self._tonnes(one) - self._tonnes(two)
            change[one.start : one.end] += more
            change[two.start : two.end] -= more
            if self.cost(self.state.total + change, power) < self.cost(self.state.total, power) * (1 - GAIN):
                turns[at], turns[other] = replace(one, rows=two.rows), replace(two, rows=one.rows)
                self._stand(one, two)
                self.state.total += change

    def _twice(self, turns: list[Turn]) -> set[tuple[int, ...]]:
        """Groups with more than one turn stay where they are."""
        seen: set[tuple[int, ...]] = set()
        return {turn.rows for turn in turns if turn.rows in seen or seen.add(turn.rows)}

    def _tonnes(self, turn: Turn) -> float:
        return sum(self.tasks.reach[row] for row in turn.rows)

    def _stand(self, one: Turn, two: Turn) -> None:
        for turn, other in ((one, two), (two, one)):
            for stops in (self.grid.forced, self.state.stops):
                stops[list(turn.rows), turn.start : turn.end] = False
                stops[list(turn.rows), other.start : other.end] = True

    def cost(self, total: Floats, power: int) -> float:
        """How bad daily totals are, in the same measure as prices."""
        inside, others = total[self.preferred] / self.high, total[~self.preferred] / self.low
        steep = np.minimum(inside, STEEPEST) ** power
        mild = np.minimum(others, STEEPEST) ** power
        return float((steep / power + OF_TONNES * inside).sum() + OF_OTHERS * mild.sum() / power)

    def passes(self, seen: Seen, good_enough: Callable[[], bool]) -> list[int]:
        """Rows that found no place; whoever has one moves with growing attention to the peak."""
        self._measure()
        lost = [task.row for task in self.order if not self.place(task, POWERS[0], first=True)]
        if lost:
            return lost
        for number, power in enumerate(POWERS):
            seen("peak", number, len(POWERS))
            self._measure()
            self._pass(power)
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
        high, scale = self.high, np.where(self.preferred, self.high, self.low)
        # Far above the peak everything is equally bad, and a power of it would be no number.
        before, after = np.minimum(without / scale, STEEPEST), np.minimum((without + run) / scale, STEEPEST)
        steep = after**power - before**power
        gain = np.where(self.preferred, steep / power + OF_TONNES * run / high, OF_OTHERS * steep / power)
        for at in np.flatnonzero(self.weight).tolist():
            start, end = self.periods[at]
            gain[start:end] += self._worth(at, task) * self.grid.limit[task.row, start:end]
        found: Floats = -gain
        return found

    def _worth(self, at: int, task: Task) -> float:
        """What a day of standing still is worth for a floor, given what all others do for it."""
        floor, saves = self.floors[at], self.saves[at][task.row]
        start, end = self.periods[at]
        own = saves * float((self.grid.limit[task.row] - self.running(task))[start:end].sum())
        short = (floor.tonnes * ENOUGH - self.reached[at] + own) / max(floor.tonnes * (ENOUGH - 1), 1e-12)
        return float(self.weight[at]) * saves * min(1.0, max(0.0, short))

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
            found = self.within(task, price, must_run, layer, stops)
            if found is None:
                return None
            stops = found
        return stops

    def within(self, task: Task, price: Floats, must_run: Flags, layer: Layer, stops: Flags) -> Flags | None:
        """The best days for one layer, on top of stops that stand."""
        found = None
        if not stops.any() and task.stopped_before == 0 and not self.exact:
            found = blocks(price, must_run, layer)
        if found is None:
            days = Days(price, stops, must_run & ~stops, task.stopped_before)
            found = best_pattern(days, layer.quotas, layer.rhythm)
        return found

    def keeps_floors(self, task: Task, stops: Flags) -> bool:
        """Whether no floor would be missed with other days."""
        change = np.where(stops, 0.0, self.grid.limit[task.row]) - self.running(task)
        return all(
            self.reached[at] - self.saves[at][task.row] * float(change[start:end].sum())
            >= self.floors[at].tonnes * (1 - GAIN)
            for at, (start, end) in enumerate(self.periods)
        )

    def put(self, task: Task, stops: Flags) -> None:
        before = self.running(task)
        self.state.stops[task.row] = stops
        change = self.running(task) - before
        for at, (start, end) in enumerate(self.periods):
            self.reached[at] -= self.saves[at][task.row] * float(change[start:end].sum())
        self.state.total += task.tonnes * change
        for duty, heat in task.heat:
            self.state.heat[duty] += heat * change


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
            if float(price[found].sum()) <= float(price[own].sum()) + GAIN and levelling.keeps_floors(task, found):
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
        met = joined(own, layer)
        if met is not None and not (met & must_run).any():
            yield met
        return
    for fewer in range(1, count):
        narrow = replace(layer, rhythm=replace(layer.rhythm, max_stops=min(fewer, layer.rhythm.max_stops)))
        found = levelling.within(task, price, must_run, narrow, forced)
        if found is not None:
            yield found
