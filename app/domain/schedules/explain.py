"""Explaining: the smallest set of requirements that cannot hold together, and what giving way would cost."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.schedules.exact import GRAIN, RHYTHM, Component, Model
from app.domain.schedules.grid import DAY_HOURS, Grid
from app.domain.schedules.requirements import Cohort, Cut, HeatDuty, Requirement, StopHours


@dataclass(frozen=True, slots=True, kw_only=True)
class Relaxation:
    """One way out: by how much a requirement gives way, and the tonnes that are then not saved."""

    requirement: str
    amount: float
    unit: str
    lost_tonnes: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """Requirements of which none can be left out of the contradiction; `rhythm:<resource>` stands for its block lengths."""

    requirements: tuple[str, ...]
    relaxations: tuple[Relaxation, ...]


def conflict_of(grid: Grid, part: Component) -> Conflict | None:
    """Why a component cannot be kept; None where it can. Raises Undecided where that is more work than is allowed."""
    model = Model(grid, part)
    names = list(model.assumed)
    if model.solve(names) is not None:
        return None
    kept = _smallest(model, names)
    asked = {one.id: one for one in part.requirements}
    ways = [_relaxed(grid, model, names, asked, name) for name in kept]
    found = sorted((one for one in ways if one is not None), key=lambda one: (one.lost_tonnes, one.requirement))
    # Homes stay warm: a duty to heat gives way last, whatever it costs in tonnes.
    found.sort(key=lambda one: one.unit == "MW")
    return Conflict(requirements=tuple(kept), relaxations=tuple(found))


def _smallest(model: Model, names: Sequence[str]) -> list[str]:
    """Leave out one after the other, and keep what cannot be left out."""
    kept = list(names)
    step = max(1, len(kept) // 2)
    while True:
        at = 0
        while at < len(kept):
            fewer = kept[:at] + kept[at + step :]
            if model.solve(fewer) is None:
                kept = fewer
            else:
                at += step
        if step == 1:
            return kept
        step = max(1, step // 2)


def _relaxed(
    grid: Grid, model: Model, names: Sequence[str], asked: dict[str, Requirement], name: str
) -> Relaxation | None:
    """The least by which one requirement would have to give way; None where that alone does not help."""
    if name in model.short:
        solved = model.solve(names, give_way=name)
        return None if solved is None else _measured(grid, asked[name], solved.value(model.short[name]) / GRAIN)
    others = [other for other in names if other != name]
    if model.solve(others) is None:
        return None
    if name.startswith(RHYTHM):
        return Relaxation(requirement=name, amount=1, unit="rhythm", lost_tonnes=0.0)
    return _dropped(grid, asked[name])


def _measured(grid: Grid, one: Requirement, short: float) -> Relaxation | None:
    match one:
        case StopHours():
            tonnes = grid.resources[grid.index[one.resource]].tonnes
            return Relaxation(requirement=one.id, amount=short * DAY_HOURS, unit="h", lost_tonnes=short * tonnes)
        case Cut():
            dirtiest = max(
                grid.resources[grid.index[name]].tonnes / weight for name, weight in one.weights_t_d.items() if weight
            )
            # The model counts capacities in thousandths as well.
            capacity_t = short / GRAIN
            return Relaxation(requirement=one.id, amount=capacity_t, unit="t", lost_tonnes=capacity_t * dirtiest)
        case Cohort():
            days = grid.span(one.period)[1] - grid.span(one.period)[0]
            heaviest = max(sum(grid.resources[grid.index[name]].tonnes for name in group) for group in one.groups)
            return Relaxation(requirement=one.id, amount=short, unit="groups", lost_tonnes=short * heaviest * days)
        case HeatDuty():
            return Relaxation(requirement=one.id, amount=short / GRAIN, unit="MW", lost_tonnes=0.0)
        case _:
            return None


def _dropped(grid: Grid, one: Requirement) -> Relaxation | None:
    """A stop, a cap or a coupling gives way as a whole."""
    period = getattr(one, "period", None)
    name = getattr(one, "resource", None)
    if period is None or name is None:
        return Relaxation(requirement=one.id, amount=1, unit="coupling", lost_tonnes=0.0)
    start, end = grid.span(period)
    tonnes = grid.resources[grid.index[name]].tonnes
    return Relaxation(requirement=one.id, amount=end - start, unit="d", lost_tonnes=(end - start) * tonnes)
