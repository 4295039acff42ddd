"""Swapping: two groups of a cohort change places, where nothing but their turns binds them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from app.domain.schedules.planning.grid import Grid
from app.domain.schedules.planning.pattern import Flags, Floats
from app.domain.schedules.planning.tasks import Tasks
from app.domain.schedules.planning.turns import Turn


@dataclass(frozen=True, slots=True)
class Swap:
    """Two turns of a cohort, by their places in its list."""

    at: int
    other: int
    one: Turn
    two: Turn

    def change(self, tonnes: Sequence[float], days: int) -> Floats:
        """By how much the tonnes of each day rise."""
        found = np.zeros(days)
        more = _sum_of(tonnes, self.one) - _sum_of(tonnes, self.two)
        found[self.one.start : self.one.end] += more
        found[self.two.start : self.two.end] -= more
        return found

    def saved(self, saves: Sequence[float], start: int, end: int) -> float:
        """How much more is saved within a period."""
        days = [max(0, min(turn.end, end) - max(turn.start, start)) for turn in (self.one, self.two)]
        return (_sum_of(saves, self.two) - _sum_of(saves, self.one)) * (days[0] - days[1])

    def write(self, turns: list[Turn], forced: Flags, stops: Flags) -> None:
        turns[self.at] = replace(self.one, rows=self.two.rows)
        turns[self.other] = replace(self.two, rows=self.one.rows)
        for turn, other in ((self.one, self.two), (self.two, self.one)):
            for days in (forced, stops):
                days[list(turn.rows), turn.start : turn.end] = False
                days[list(turn.rows), other.start : other.end] = True


def swaps_of(grid: Grid, tasks: Tasks, stops: Flags, turns: Sequence[Turn]) -> Iterator[Swap]:
    """Every pair that may change places, looked at when its time comes: those before it may have changed."""
    free = [at for at, turn in enumerate(turns) if not any(row in tasks.by_row for row in turn.rows)]
    for at, other in combinations(free, 2):
        found = Swap(at, other, turns[at], turns[other])
        once = not {found.one.rows, found.two.rows} & _twice(turns)
        if found.one.start != found.two.start and once and _may(grid, tasks, stops, found):
            yield found


def _may(grid: Grid, tasks: Tasks, stops: Flags, swap: Swap) -> bool:
    """Whether both groups stop for nothing but their turns, have rested, may stop for so long and heat nobody."""
    return all(
        int(stops[row].sum()) == turn.end - turn.start
        and grid.stopped_before(row) == 0
        and grid.ran_before(row) >= grid.resources[row].min_run_days
        and to.end - to.start >= grid.resources[row].min_stop_days
        and row not in tasks.heating
        for turn, to in ((swap.one, swap.two), (swap.two, swap.one))
        for row in turn.rows
    )


def _twice(turns: Sequence[Turn]) -> set[tuple[int, ...]]:
    """Groups with more than one turn stay where they are."""
    seen: set[tuple[int, ...]] = set()
    twice: set[tuple[int, ...]] = set()
    for turn in turns:
        (twice if turn.rows in seen else seen).add(turn.rows)
    return twice


def _sum_of(amounts: Sequence[float], turn: Turn) -> float:
    return sum(amounts[row] for row in turn.rows)
