"""Levelling: every resource in turn takes the days on which its stop relieves most, until nobody gains by moving."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from app.domain.schedules.planning.blocks import Layer, blocks
from app.domain.schedules.planning.grid import DAY_HOURS, Grid, wished_days
from app.domain.schedules.planning.pattern import Days, Flags, Floats, best_pattern, highest, stops_of
from app.domain.schedules.planning.relax import Relaxed
from app.domain.schedules.planning.stretches import Trimmed, trims_of
from app.domain.schedules.planning.swapping import swaps_of
from app.domain.schedules.planning.tasks import Task, Tasks, reach
from app.domain.schedules.planning.turns import Turn
from app.domain.schedules.requirements import Floor, HeatDuty

# From evenness to nothing but the peak.
POWERS = (4, 8, 16, 32, 64, 128, 256, 512)
INSISTING, POLISHING = 512, 1024
# A ton less in the preferred months goes before any relief of the other days, but never before the peak.
OF_TONNES, OF_OTHERS = 1e-5, 1e-8
# A wish decides where neither the peak nor the months do.
OF_WISHES = 1e-7
# What a missed floor's tonne weighs at least, in peaks, and how much more each time it is missed. What goes beyond the
# floor weighs less and less, and nothing from here on, so that nobody is drawn to it who is not needed.
OF_FLOORS, MORE, ENOUGH = 0.3, 1.6, 1.005
# So much higher a peak is aimed at when floors are missed, and how much more each further time.
HIGHER, AND_MORE = 1e-4, 1.05
# Where that does not do, floors matter more than a part in some thousands of the peak.
UNTIL, HURRY = 3e-4, 1.3
# So much lower a peak is tried once they are met.
LOWER = (5e-3, 2e-3, 5e-4, 0.0)
# A move has to gain more than rounding takes.
GAIN = 1e-9
# The largest power of e that is safely a number.
STEEPEST = 600.0
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


@dataclass(frozen=True, slots=True)
class Kept:
    """Everything that moves, as it was."""

    stops: Flags
    forced: Flags
    trims: dict[int, list[Trimmed]]
    turns: list[list[Turn]]


class Levelling:
    """One problem on its way to a schedule."""

    def __init__(self, grid: Grid, tasks: Tasks) -> None:
        self.grid, self.tasks = grid, tasks
        self.order = sorted(tasks.by_row.values(), key=lambda one: (-one.tonnes, one.row))
        self.preferred = grid.preferred
        self.floors = [one for one in grid.problem.requirements if isinstance(one, Floor)]
        self.weight = self.first_weight = np.zeros(len(self.floors))
        self.guarded = False
        # Days to begin with, by row.
        self.starts: dict[int, Flags] = {}
        self.wished = wished_days(grid)
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
        return self._followed(np.where(self.state.stops, self.grid.left, self.grid.limit))

    def running_shares(self) -> Floats:
        """The share that every resource runs at on every day."""
        return self._followed(np.where(self.state.stops, 0.0, self.grid.limit))

    def _followed(self, share: Floats) -> Floats:
        for row, given_back in self.trims.items():
            for one in given_back:
                share[row, one.day] = self.grid.limit[row, one.day] * one.hours / DAY_HOURS
        return self.grid.followed(share)

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
        self._weigh_more()
        self.aim *= 1 + self.higher
        self.higher *= AND_MORE if self.higher < UNTIL else HURRY
        self._measure()
        self._pass(INSISTING)
        return self.met()

    def _weigh_more(self) -> None:
        for at, floor in enumerate(self.floors):
            if self.reached[at] < floor.tonnes:
                self.weight[at] = max(OF_FLOORS / self.high, float(self.weight[at]) * MORE)

    def polish(self) -> bool:
        """Try for a lower peak, boldly and then less so, by moves of which none misses a floor."""
        peak, weights, kept = self.peak, self.weight, self._kept()
        self.guarded, self.weight = True, self.first_weight
        for lower in LOWER:
            self.high = max(peak * (1 - lower), 1e-12)
            self._pass(POLISHING)
            if self.peak < peak * (1 - GAIN):
                break
            self._back_to(kept)
        self.guarded, self.weight = False, weights
        return self.peak < peak * (1 - GAIN)

    def _kept(self) -> Kept:
        return Kept(
            self.state.stops.copy(), self.grid.forced.copy(), dict(self.trims), [list(one) for one in self.tasks.turns]
        )

    def _back_to(self, kept: Kept) -> None:
        self.state.stops[:], self.grid.forced[:], self.trims = kept.stops, kept.forced, dict(kept.trims)
        for turns, before in zip(self.tasks.turns, kept.turns, strict=True):
            turns[:] = before
        self._sum()

    def weigh(self, relaxed: Relaxed) -> None:
        """Start from what the relaxation says a floor is worth: of the peak, which all preferred days share."""
        self.aim = relaxed.peak
        days = float(self.preferred.sum())
        self.weight = np.array(relaxed.floor_prices) * days / max(relaxed.peak, 1e-12)
        self.first_weight = self.weight.copy()

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
        for swap in swaps_of(self.grid, self.tasks, self.state.stops, turns):
            total = self.state.total + swap.change(self.tasks.reach, self.grid.days)
            reached = [
                tonnes + swap.saved(saves, *days)
                for tonnes, saves, days in zip(self.reached, self.saves, self.periods, strict=True)
            ]
            if self._gains(total, reached, power):
                swap.write(turns, self.grid.forced, self.state.stops)
                self.state.total, self.reached = total, reached

    def _gains(self, total: Floats, reached: list[float], power: int) -> bool:
        """Whether others days' totals and floors are better than those there are."""
        if self.guarded and any(
            after < floor.tonnes * (1 - GAIN) for after, floor in zip(reached, self.floors, strict=True)
        ):
            return False
        before = self.cost(self.state.total, power) - self._credit(self.reached)
        return self.cost(total, power) - self._credit(reached) < before - GAIN * abs(before)

    def _credit(self, reached: Sequence[float]) -> float:
        """What the floors are worth as far as they are reached, and no further."""
        return sum(
            float(weight) * min(tonnes, floor.tonnes * ENOUGH)
            for weight, tonnes, floor in zip(self.weight, reached, self.floors, strict=True)
        )

    def cost(self, total: Floats, power: int) -> float:
        """How bad daily totals are, in the same measure as prices."""
        inside, others = total[self.preferred] / self.high, total[~self.preferred] / self.low
        most = np.exp(STEEPEST / power)
        steep, mild = np.minimum(inside, most) ** power, np.minimum(others, most) ** power
        return float((steep / power + OF_TONNES * inside).sum() + OF_OTHERS * mild.sum() / power)

    def passes(self, seen: Seen, good_enough: Callable[[], bool]) -> list[int]:
        """Rows that found no place; whoever has one moves with growing attention to the peak."""
        self._measure()
        lost = [task.row for task in self.order if not (self._starts(task) or self.place(task, POWERS[0], first=True))]
        if lost:
            return lost
        # Where most stand already, evenness has been seen to and only the peak is left.
        powers = POWERS if 2 * len(self.starts) < len(self.order) else POWERS[-3:]
        for number, power in enumerate(powers):
            seen("peak", number, len(powers))
            self._measure()
            self._pass(power)
            if power >= POWERS[3] and good_enough():
                break
        return []

    def _starts(self, task: Task) -> bool:
        """Whether the task can begin with the days it had."""
        days = self.starts.get(task.row)
        if days is None or (days & self.must_run(task)).any():
            return False
        self.put(task, days)
        return True

    def place(self, task: Task, power: int, *, first: bool = False) -> bool:
        """Whether the task found a place (first) or moved to a better one."""
        price, must_run = self.price(task, power), self.must_run(task)
        found = self.pattern(task, price, must_run)
        if found is None:
            return False
        own = self.state.stops[task.row]
        better = float(price[found].sum()) < float(price[own].sum()) - GAIN * abs(float(price[own].sum()))
        if first or (better and (not self.guarded or self.keeps_floors(task, found))):
            self.put(task, found)
            return True
        return False

    def price(self, task: Task, power: int) -> Floats:
        """Minus what is gained by standing still on each day, given everybody else."""
        run = task.tonnes * self.grid.limit[task.row]
        without = self.state.total - task.tonnes * self.running(task)
        high, scale = self.high, np.where(self.preferred, self.high, self.low)
        # Far above the peak everything is equally bad, and a power of it would be no number.
        most = np.exp(STEEPEST / power)
        before, after = np.clip(without / scale, 0, most), np.clip((without + run) / scale, 0, most)
        steep = after**power - before**power
        gain = np.where(self.preferred, steep / power + OF_TONNES * run / high, OF_OTHERS * steep / power)
        if task.row in self.wished:
            gain += self.wished[task.row] * (OF_WISHES * run / high)
        for at in np.flatnonzero(self.weight).tolist():
            start, end = self.periods[at]
            gain[start:end] += self._worth(at, task) * self.grid.limit[task.row, start:end]
        # Only proportions matter; far above the peak they would otherwise outweigh what is forbidden.
        found: Floats = -gain / max(1.0, float(np.abs(gain).max(initial=0.0)))
        return found

    def _worth(self, at: int, task: Task) -> float:
        """What a day of standing still is worth for a floor, given what all others do for it."""
        floor, saves = self.floors[at], self.saves[at][task.row]
        start, end = self.periods[at]
        own = saves * float((self.grid.limit[task.row] - self.running(task))[start:end].sum())
        short = (floor.tonnes * ENOUGH - self.reached[at] + own) / max(floor.tonnes * (ENOUGH - 1), 1e-12)
        return float(self.weight[at]) * saves * min(1.0, max(0.0, short))

    def running(self, task: Task) -> Floats:
        return self._running(task, self.state.stops[task.row], self.trims.get(task.row, ()))

    def running_on(self, task: Task, stops: Flags) -> Floats:
        """The running share of every day, were these the days of standing still."""
        return self._running(task, stops, self._trimmed(task, stops))

    def _running(self, task: Task, stops: Flags, trims: Sequence[Trimmed]) -> Floats:
        """The running share of every day; of a stop that hours were given back of, what they let run."""
        limit = self.grid.limit[task.row]
        share = np.where(stops, 0.0, limit)
        for one in trims:
            share[one.day] = limit[one.day] * one.hours / DAY_HOURS
        return share

    def _trimmed(self, task: Task, stops: Flags) -> list[Trimmed]:
        return trims_of(self.grid, task, stops, self.state.total) if task.trims else []

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
            begun = (
                stops_of(stops & ~self.grid.forced[task.row], stopped_before=0) if layer is not task.layers[0] else 0
            )
            left = replace(layer, rhythm=replace(layer.rhythm, max_stops=layer.rhythm.max_stops - begun))
            found = self.within(task, price, must_run, left, stops) if left.rhythm.max_stops >= 0 else None
            if found is None:
                return None
            stops = found
        return stops

    def within(self, task: Task, price: Floats, must_run: Flags, layer: Layer, stops: Flags) -> Flags | None:
        """The best days for one layer, on top of stops that stand."""
        found = None
        rested = task.stopped_before == 0 and task.ran_before >= layer.rhythm.min_run
        if not stops.any() and rested and not self.exact:
            found = blocks(price, must_run, layer)
        if found is None:
            days = Days(price, stops, must_run & ~stops, task.stopped_before, task.ran_before)
            found = best_pattern(days, layer.quotas, layer.rhythm)
        return found

    def keeps_floors(self, task: Task, stops: Flags) -> bool:
        """Whether no floor would be missed with other days."""
        change = self.running_on(task, stops) - self.running(task)
        return all(
            self.reached[at] - self.saves[at][task.row] * float(change[start:end].sum())
            >= self.floors[at].tonnes * (1 - GAIN)
            for at, (start, end) in enumerate(self.periods)
        )

    def put(self, task: Task, stops: Flags) -> None:
        before = self.running(task)
        self.state.stops[task.row] = stops
        self.trims[task.row] = self._trimmed(task, stops)
        change = self.running(task) - before
        for at, (start, end) in enumerate(self.periods):
            self.reached[at] -= self.saves[at][task.row] * float(change[start:end].sum())
        self.state.total += task.tonnes * change
        for duty, heat in task.heat:
            self.state.heat[duty] += heat * change
