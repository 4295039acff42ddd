"""Staying: what is published stays where it is, unless something is gained by moving it."""

from app.domain.schedules.planning.grid import Grid, daily
from app.domain.schedules.planning.level import GAIN, Levelling
from app.domain.schedules.planning.pattern import Flags, highest, stops_of
from app.domain.schedules.planning.rhythm import in_rhythm
from app.domain.schedules.planning.tasks import Task


def published_days(grid: Grid, tasks: dict[int, Task]) -> dict[int, Flags]:
    """The published days of each task that still fill its quotas, neither more nor less, in its rhythm."""
    if not grid.problem.published:
        return {}
    _, stopped = daily(grid.problem.published, grid.index, grid.problem.from_day, grid.days)
    found = {}
    for row, task in tasks.items():
        days: Flags = (stopped[row] > 0) | grid.forced[row]
        # Where quotas overlap, which stop serves which has to be found anew.
        if (
            len(task.layers) == 1
            and _fills(grid, task, days)
            and in_rhythm(grid, row, days, grid.forced[row], task.layers[0].rhythm)
        ):
            found[row] = days
    return found


def _fills(grid: Grid, task: Task, days: Flags) -> bool:
    forced = grid.forced[task.row]
    asked = forced.copy()
    for quota in (quota for layer in task.layers for quota in layer.quotas):
        asked[quota.start : quota.end] = True
        needed = max(quota.days, int(forced[quota.start : quota.end].sum()))
        if int(days[quota.start : quota.end].sum()) != needed:
            return False
    return not (days & (task.must_run | ~asked)).any()


def stay(levelling: Levelling, published: dict[int, Flags]) -> None:
    """Go back to what is published wherever no peak rises, no preferred day or target loses and nobody stops more often."""
    peak, outside = levelling.peak * (1 + GAIN), levelling.outside * (1 + GAIN)
    for task in levelling.order:
        days, own = published.get(task.row), levelling.state.stops[task.row]
        if days is None or (days == own).all() or (days & levelling.must_run(task)).any():
            continue
        change = levelling.running_on(task, days) - levelling.running(task)
        total = levelling.state.total + task.tonnes * change
        as_good = (
            highest(total[levelling.preferred]) <= peak
            and highest(total[~levelling.preferred]) <= outside
            and float(change[levelling.preferred].sum()) <= GAIN
            and stops_of(days, stopped_before=task.stopped_before) <= stops_of(own, stopped_before=task.stopped_before)
        )
        if as_good and levelling.keeps_floors(task, days):
            levelling.put(task, days)
