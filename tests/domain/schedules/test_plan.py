"""Whatever is asked, a plan keeps all of it, or what cannot be kept together is told and cannot be made smaller."""

from hypothesis import HealthCheck, given

from app.domain.schedules.checking.check import check
from app.domain.schedules.planning.exact import Component, Model, components
from app.domain.schedules.planning.grid import grid_of
from app.domain.schedules.planning.plan import Impossible, NotFoundWithinWork, plan
from app.domain.schedules.refusing.refusals import refuse_wrong
from app.domain.schedules.requirements import Floor
from tests.domain.schedules.strategies import problems
from tests.examples import tried


@tried(400, suppress_health_check=[HealthCheck.too_slow])
@given(problems())
def test_a_schedule_has_no_breach_or_its_conflicts_are_real_and_minimal(problem):
    refuse_wrong(problem)
    try:
        schedule = plan(problem)
    except Impossible as refused:
        _are_real(problem, refused)
        return
    except NotFoundWithinWork:
        # Whether days can be found for a target is not always decided; nothing else is left open.
        assert any(isinstance(one, Floor) for one in problem.requirements)
        return
    assert [one.message("en") for one in check(problem, schedule)] == []
    assert plan(problem) == schedule


def _are_real(problem, refused):
    grid = grid_of(problem)
    for conflict in refused.conflicts:
        floors = {one.id for one in problem.requirements if isinstance(one, Floor)}
        if floors.issuperset(conflict.requirements):
            # A target alone is out of reach where not even all stops together save as much.
            continue
        part = _part_of(grid, conflict.requirements)
        model = Model(grid, part)
        assert model.solve(conflict.requirements) is None
        for left_out in conflict.requirements:
            assert model.solve([one for one in conflict.requirements if one != left_out]) is not None


def _part_of(grid, names) -> Component:
    bare = {name.removeprefix("rhythm:") for name in names}
    return next(
        part
        for part in components(grid, grid.problem.requirements)
        if bare <= {*part.resources, *(one.id for one in part.requirements)}
    )
