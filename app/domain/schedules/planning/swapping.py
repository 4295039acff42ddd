"""Swapping: groups of a cohort change places where that relieves more and binds nobody otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from app.domain.schedules.planning.turns import Turn

if TYPE_CHECKING:
    from app.domain.schedules.planning.level import Levelling


def swap(level: Levelling, turns: list[Turn], power: int) -> None:
    """Let two groups change places where that relieves more."""
    free = [at for at, turn in enumerate(turns) if not any(row in level.tasks.by_row for row in turn.rows)]
    for at, other in combinations(free, 2):
        one, two = turns[at], turns[other]
        if one.start == two.start or {one.rows, two.rows} & _twice(turns):
            continue
        if not (_may_move(level, one, two) and _may_move(level, two, one)):
            continue
        change = np.zeros(level.grid.days)
        more = _sum_of(level.tasks.reach, one) - _sum_of(level.tasks.reach, two)
        change[one.start : one.end] += more
        change[two.start : two.end] -= more
        reached = _reached_after(level, one, two)
        if level.gains(level.state.total + change, reached, power):
            turns[at], turns[other] = replace(one, rows=two.rows), replace(two, rows=one.rows)
            _stand(level, one, two)
            level.state.total += change
            level.reached = reached


def _may_move(level: Levelling, own: Turn, to: Turn) -> bool:
    """Whether a group stops for nothing but its turn, has rested, may stop for the other's length and heats nobody."""
    grid = level.grid
    return all(
        int(level.state.stops[row].sum()) == own.end - own.start
        and grid.stopped_before(row) == 0
        and grid.ran_before(row) >= grid.resources[row].min_run_days
        and to.end - to.start >= grid.resources[row].min_stop_days
        and row not in level.tasks.heating
        for row in own.rows
    )


def _reached_after(level: Levelling, one: Turn, two: Turn) -> list[float]:
    found = list(level.reached)
    for at, (start, end) in enumerate(level.periods):
        more = _sum_of(level.saves[at], two) - _sum_of(level.saves[at], one)
        days = [max(0, min(turn.end, end) - max(turn.start, start)) for turn in (one, two)]
        found[at] += more * (days[0] - days[1])
    return found


def _twice(turns: list[Turn]) -> set[tuple[int, ...]]:
    """Groups with more than one turn stay where they are."""
    seen: set[tuple[int, ...]] = set()
    twice: set[tuple[int, ...]] = set()
    for turn in turns:
        (twice if turn.rows in seen else seen).add(turn.rows)
    return twice


def _sum_of(amounts: Sequence[float], turn: Turn) -> float:
    return sum(amounts[row] for row in turn.rows)


def _stand(level: Levelling, one: Turn, two: Turn) -> None:
    for turn, other in ((one, two), (two, one)):
        for stops in (level.grid.forced, level.state.stops):
            stops[list(turn.rows), turn.start : turn.end] = False
            stops[list(turn.rows), other.start : other.end] = True
