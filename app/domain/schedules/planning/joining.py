"""Joining: fewer restarts, where that costs no peak, no preferred day and no target."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from app.domain.schedules.planning.blocks import joined
from app.domain.schedules.planning.level import FORBIDDEN, GAIN, Levelling
from app.domain.schedules.planning.pattern import Flags, Floats, stops_of
from app.domain.schedules.planning.tasks import Task


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
