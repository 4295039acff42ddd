"""Relaxations: what it means that a requirement gives way, in its own unit and in tonnes."""

from app.domain.schedules.planning.conflicts import Relaxation
from app.domain.schedules.planning.exact import SHARE
from app.domain.schedules.planning.grid import DAY_HOURS, Grid
from app.domain.schedules.requirements import Cohort, Cut, HeatDuty, Requirement, StopHours


def measured(grid: Grid, one: Requirement, short: float) -> Relaxation | None:
    """What falling short by so much of the unit that the model counts in means."""
    match one:
        case StopHours():
            tonnes = grid.resources[grid.index[one.resource]].tonnes
            return Relaxation(requirement=one.id, amount=short * DAY_HOURS, unit="h", lost_tonnes=short * tonnes)
        case Cut():
            dirtiest = max(
                grid.resources[grid.index[name]].tonnes / weight for name, weight in one.weights_t_d.items() if weight
            )
            # The model counts capacities in thousandths, and shares of them.
            capacity_t = short / SHARE
            return Relaxation(requirement=one.id, amount=capacity_t, unit="t", lost_tonnes=capacity_t * dirtiest)
        case Cohort():
            days = grid.span(one.period)[1] - grid.span(one.period)[0]
            heaviest = max(sum(grid.resources[grid.index[name]].tonnes for name in group) for group in one.groups)
            return Relaxation(requirement=one.id, amount=short, unit="groups", lost_tonnes=short * heaviest * days)
        case HeatDuty():
            return Relaxation(requirement=one.id, amount=short / SHARE, unit="MW", lost_tonnes=0.0)
        case _:
            return None


def dropped(grid: Grid, one: Requirement) -> Relaxation | None:
    """A stop, a cap or a coupling gives way as a whole."""
    period = getattr(one, "period", None)
    name = getattr(one, "resource", None)
    if period is None or name is None:
        return Relaxation(requirement=one.id, amount=1, unit="coupling", lost_tonnes=0.0)
    start, end = grid.span(period)
    tonnes = grid.resources[grid.index[name]].tonnes
    return Relaxation(requirement=one.id, amount=end - start, unit="d", lost_tonnes=(end - start) * tonnes)
