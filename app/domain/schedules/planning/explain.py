"""Explaining: the smallest set of requirements that cannot hold together, and what giving way would cost."""

from collections.abc import Sequence

from app.domain.schedules.planning.conflicts import RHYTHM, Conflict, Relaxation
from app.domain.schedules.planning.exact import GRAIN, Component, Model, Undecided
from app.domain.schedules.planning.grid import Grid
from app.domain.schedules.planning.relaxations import dropped, measured
from app.domain.schedules.planning.together import cheapest
from app.domain.schedules.requirements import Requirement


def conflict_of(grid: Grid, part: Component) -> Conflict | None:
    """Why a component cannot be kept; None where it can. Raises Undecided where that is more work than is allowed.

    What is proved is told even where the work does not suffice to make it smaller or to measure a way out.
    """
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
    joint = cheapest(grid, model, asked)
    alone = len(joint) == 1 and joint[0] in found
    return Conflict(requirements=tuple(kept), relaxations=tuple(found), together=() if alone else joint)


def _smallest(model: Model, names: Sequence[str]) -> list[str]:
    """Leave out one after the other, and keep what cannot be left out."""
    kept = list(names)
    step = max(1, len(kept) // 2)
    while True:
        at = 0
        while at < len(kept):
            fewer = kept[:at] + kept[at + step :]
            if _contradict(model, fewer):
                kept = fewer
            else:
                at += step
        if step == 1:
            return kept
        step = max(1, step // 2)


def _contradict(model: Model, names: Sequence[str]) -> bool:
    """Whether it is proved that these cannot hold together."""
    try:
        return model.solve(names) is None
    except Undecided:
        return False


def _holds(model: Model, names: Sequence[str]) -> bool:
    """Whether it is known that these hold together where nothing else is asked."""
    try:
        return model.solve(names, freeing=True) is not None
    except Undecided:
        return False


def _least_short(model: Model, names: Sequence[str], name: str) -> int | None:
    """By how much one has to fall short, in thousandths, as near as the work allows; None where that does not help."""
    try:
        solved = model.solve(names, give_way=name)
    except Undecided:
        return _tried_short(model, names, name)
    return None if solved is None else solved.value(model.short[name])


def _tried_short(model: Model, names: Sequence[str], name: str) -> int | None:
    """Where the least cannot be proved at once, amounts are tried: each of them alone is soon refuted or found enough."""
    enough = _short_within(model, names, name, model.short[name].proto.domain[1])
    too_little = 0
    while enough is not None and too_little < enough:
        middle = (too_little + enough) // 2
        found = _short_within(model, names, name, middle)
        if found is None:
            too_little = middle + 1
        else:
            enough = found
    return enough


def _short_within(model: Model, names: Sequence[str], name: str, most: int) -> int | None:
    try:
        solved = model.solve(names, give_way=name, within=most)
    except Undecided:
        return None
    return None if solved is None else solved.value(model.short[name])


def _relaxed(
    grid: Grid, model: Model, names: Sequence[str], asked: dict[str, Requirement], name: str
) -> Relaxation | None:
    """The least by which one requirement would have to give way; None where that alone does not help."""
    if name in model.short:
        short = _least_short(model, names, name)
        return None if short is None else measured(grid, asked[name], short / GRAIN)
    others = [other for other in names if other != name]
    if not _holds(model, others):
        return None
    if name.startswith(RHYTHM):
        return Relaxation(requirement=name, amount=1, unit="rhythm", lost_tonnes=0.0)
    return dropped(grid, asked[name])
