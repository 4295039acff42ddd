"""The cheapest pattern of stops for one resource: exact, by dynamic programming over its days."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
# What a day more than is asked costs: more than any day can gain.
SURPLUS = 1e6


@dataclass(frozen=True, slots=True)
class Quota:
    """So many whole days standing still within [start, end) of the days looked at; quotas of one pattern are disjoint."""

    start: int
    end: int
    days: int


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How a resource may be stopped: lengths in days, and how many chosen stops there may be."""

    min_stop: int
    min_run: int
    max_stops: int


@dataclass(frozen=True, slots=True)
class Days:
    """What holds on each day: the price of standing still, and where there is no choice.

    On the eve of the first day the resource had been standing still for `stopped_before` days (0: it ran), or running for
    `ran_before` days.
    """

    price: Floats
    must_stop: Flags
    must_run: Flags
    stopped_before: int = 0
    ran_before: int = 10_000


def best_pattern(days: Days, quotas: Sequence[Quota], rhythm: Rhythm) -> Flags | None:
    """The days to stand still at the least total price that fill every quota; None where there are none.

    Nobody stands still outside the quotas, and for longer than a quota only where the rhythm leaves no other way. Days
    that must be stopped for another reason count toward the quota they lie in and need no minimum length by themselves.
    """
    walk = _Walk(days, quotas, rhythm)
    return walk.backwards() if walk.forwards(days) else None


class _Walk:
    """The table: blocks begun × what the resource has been doing for how long × days chosen in the current quota.

    Of the middle axis the first `run` places are days of running, then `stop` of a chosen stop, then `stop` of one that
    is only forced; the last place of each stands for "so long or longer".
    """

    def __init__(self, known: Days, quotas: Sequence[Quota], rhythm: Rhythm) -> None:
        self.price, self.must_stop, self.must_run = known.price, known.must_stop, known.must_run
        self.run, self.stop = max(1, rhythm.min_run), max(1, rhythm.min_stop)
        self.days = len(known.price)
        self.need = np.zeros(self.days, np.int64)
        self.inside = np.zeros(self.days, np.bool_)
        self.ends: dict[int, int] = {}
        for one in quotas:
            # Forced days fill their part of it whatever is chosen.
            need = max(0, one.days - int(known.must_stop[one.start : one.end].sum()))
            self.need[one.start : one.end] = self.ends[one.end] = need
            self.inside[one.start : one.end] = True
        most = max(self.ends.values(), default=0)
        self.forces = bool(known.must_stop.any()) or known.stopped_before > 0
        kinds = self.run + self.stop * (2 if self.forces else 1)
        # Behind all places where nothing is forced, so that slices from there on are empty.
        self.forced_from = self.run + self.stop
        shape = (self.days + 1, rhythm.max_stops + 1, kinds, most + 1)
        self.table = np.full(shape, np.inf)

    def forwards(self, known: Days) -> bool:
        self.table[0, 0, self._first(known), 0] = 0.0
        for day in range(self.days):
            here, there = self.table[day], self.table[day + 1]
            if not self.must_stop[day]:
                self._run(here, there)
            if not self.must_run[day]:
                self._stop(here, there, day)
            self._close(there, day + 1)
        # What was chosen and is still too short when the days end is too short.
        self.table[self.days, :, self.run : self.run + self.stop - 1] = np.inf
        return bool(np.isfinite(self.table[self.days, :, :, 0]).any())

    def _first(self, known: Days) -> int:
        if known.stopped_before == 0:
            return min(self.run, max(1, known.ran_before)) - 1
        # A stop that is under way may end or go on.
        return self.forced_from + min(known.stopped_before, self.stop) - 1

    def _run(self, here: Floats, there: Floats) -> None:
        run, last = self.run, self.run - 1
        there[:, 1:run] = here[:, : run - 1]
        there[:, last] = np.minimum(there[:, last], here[:, last])
        free = here[:, run + self.stop - 1]
        if self.forces:
            free = np.minimum(free, here[:, self.forced_from :].min(axis=1))
        there[:, 0] = np.minimum(there[:, 0], free)

    def _stop(self, here: Floats, there: Floats, day: int) -> None:
        price = float(self.price[day])
        if self.must_stop[day]:
            self._stop_forced(here, there)
            return
        base = self.run
        longer = np.full_like(here[:, base : base + self.stop], np.inf)
        longer[:, 1:] = here[:, base : base + self.stop - 1]
        longer[:, -1] = np.minimum(longer[:, -1], here[:, base + self.stop - 1])
        if self.forces:
            forced = here[:, self.forced_from :]
            longer[:, 1:] = np.minimum(longer[:, 1:], forced[:, :-1])
            longer[:, -1] = np.minimum(longer[:, -1], forced[:, -1])
        longer[1:, 0] = np.minimum(longer[1:, 0], here[:-1, self.run - 1])
        self._count(longer, there[:, base : base + self.stop], day, price)

    def _stop_forced(self, here: Floats, there: Floats) -> None:
        base, forced = self.run, self.forced_from
        mixed = np.full_like(here[:, base:forced], np.inf)
        mixed[:, 1:] = here[:, base : forced - 1]
        mixed[:, -1] = np.minimum(mixed[:, -1], here[:, forced - 1])
        np.minimum(there[:, base:forced], mixed, out=there[:, base:forced])
        only = np.full_like(here[:, forced:], np.inf)
        only[:, 1:] = here[:, forced:-1]
        only[:, -1] = np.minimum(only[:, -1], here[:, -1])
        only[:, 0] = np.minimum(only[:, 0], here[:, : self.run].min(axis=1))
        np.minimum(there[:, forced:], only, out=there[:, forced:])

    def _count(self, cost: Floats, there: Floats, day: int, price: float) -> None:
        """A chosen day more on the count; beyond the quota it is surplus."""
        need, over = int(self.need[day]), price + SURPLUS
        if not self.inside[day]:
            # Nobody stands still where nothing asks for it.
            return
        there[:, :, 1 : need + 1] = np.minimum(there[:, :, 1 : need + 1], cost[:, :, :need] + price)
        there[:, :, need] = np.minimum(there[:, :, need], cost[:, :, need] + over)

    def _close(self, there: Floats, day: int) -> None:
        """At the end of a quota only what filled it goes on, and the count begins anew."""
        need = self.ends.get(day)
        if need is not None:
            full = there[:, :, need].copy()
            there[:] = np.inf
            there[:, :, 0] = full

    def backwards(self) -> Flags:
        """Follow the cheapest way back; of equals the one with fewer stops and the later one is taken."""
        last = self.table[self.days, :, :, 0]
        block, place = np.unravel_index(int(np.argmin(last)), last.shape)
        state, count = (int(block), int(place)), 0
        found = np.zeros(self.days, np.bool_)
        for day in range(self.days, 0, -1):
            if day in self.ends:
                count = self.ends[day]
            found[day - 1] = state[1] >= self.run
            state, count = self._before(day, state, count)
        return found

    def _before(self, day: int, state: tuple[int, int], count: int) -> tuple[tuple[int, int], int]:
        """The place a value came from, found by trying the ways there are."""
        block, place = state
        here = self.table[day - 1]
        counts = self._counts(day - 1, count) if place >= self.run else [count]
        ways = [(here[b, p, c], b, p, c) for b, p in self._ways(block, place, day - 1) for c in counts]
        # The price of the day is the same for all but the surplus, which is weighed here.
        best = min(ways, key=lambda way: (way[0] + self._extra(day - 1, way[3], place), way[1], -way[2]))
        return (best[1], best[2]), best[3]

    def _counts(self, day: int, count: int) -> list[int]:
        if self.must_stop[day] or not self.inside[day]:
            return [count]
        need = int(self.need[day])
        found = [count - 1] if count > 0 else []
        return [*found, need] if count == need else found

    def _extra(self, day: int, count: int, place: int) -> float:
        surplus = place >= self.run and self.inside[day] and count == int(self.need[day]) and not self.must_stop[day]
        return SURPLUS if surplus else 0.0

    def _ways(self, block: int, place: int, day: int) -> list[tuple[int, int]]:
        run, stop, forced = self.run, self.stop, self.forced_from
        if place < run:
            found = [(block, place - 1)] if place else [(block, run + stop - 1)]
            if place == run - 1:
                found.append((block, place))
            if place == 0 and self.forces:
                found += [(block, each) for each in range(forced, forced + stop)]
            return found
        return self._ways_of_stop(block, place, day)

    def _ways_of_stop(self, block: int, place: int, day: int) -> list[tuple[int, int]]:
        run, stop, forced = self.run, self.stop, self.forced_from
        base = run if place < forced else forced
        length = place - base
        found = [(block, place - 1)] if length else []
        if length == stop - 1:
            found.append((block, place))
        if base == run and not self.must_stop[day]:
            if length == 0 and block:
                found.append((block - 1, run - 1))
            if self.forces:
                found += [(block, forced + length - 1)] if length else []
                found += [(block, forced + length)] if length == stop - 1 else []
        elif base != run and length == 0:
            found += [(block, each) for each in range(run)]
        return found


def highest(values: Floats) -> float:
    return float(values.max()) if len(values) else 0.0


def stops_of(stops: Flags, *, stopped_before: int) -> int:
    """How many stops begin."""
    return int((stops & ~np.concatenate(([stopped_before > 0], stops[:-1]))).sum())
