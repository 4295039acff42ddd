"""conceding: plan, and let what somebody has conceded fall short by the least that makes a schedule possible."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from math import ceil, floor

from app.domain.schedules.planning.conflicts import RHYTHM, Conflict, Relaxation
from app.domain.schedules.planning.plan import Impossible, Progress
from app.domain.schedules.problem import Problem, Resource, Schedule
from app.domain.schedules.requirements import Cohort, Cut, Floor, HeatDuty, Requirement, StopHours

# A way out is measured in thousandths; what that leaves over is conceded with it.
GRAIN = 1e-3
# One contradiction may hide another behind it; nobody concedes more often than this.
ROUNDS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Conceded:
    """A schedule of the problem that is left when `ways` have given way; without any it is the problem itself."""

    problem: Problem
    schedule: Schedule
    ways: tuple[Relaxation, ...] = ()


def conceding(
    plan: Callable[[Problem, Progress], Schedule], problem: Problem, names: Collection[str], progress: Progress
) -> Conceded:
    """Plan, conceding of `names` only what is needed; raises Impossible where that does not help."""
    ways: list[Relaxation] = []
    left = problem
    for _ in range(ROUNDS):
        try:
            return Conceded(problem=left, schedule=plan(left, progress), ways=tuple(ways))
        except Impossible as refused:
            found = [way for one in refused.conflicts for way in _way_out(one, names)]
            if not found:
                raise
            ways += found
            left = conceded(left, found)
    return Conceded(problem=left, schedule=plan(left, progress), ways=tuple(ways))


def _way_out(one: Conflict, names: Collection[str]) -> Sequence[Relaxation]:
    """The cheapest that may be taken: one way alone, or several of which each is conceded."""
    alone = next((way for way in one.relaxations if way.requirement in names), None)
    if alone is not None:
        return (alone,)
    return one.together if all(way.requirement in names for way in one.together) else ()


def conceded(problem: Problem, ways: Sequence[Relaxation]) -> Problem:
    """What is left to keep when each of these has given way by its amount."""
    by_name = {way.requirement: way for way in ways}
    return replace(
        problem,
        resources=tuple(_loosened(one) if RHYTHM + one.id in by_name else one for one in problem.resources),
        requirements=tuple(
            left
            for one in problem.requirements
            for left in (_reduced(problem, one, by_name[one.id]) if one.id in by_name else (one,))
        ),
    )


def _loosened(one: Resource) -> Resource:
    """Without shortest blocks and a greatest number of stops."""
    return replace(one, min_stop_days=1, min_run_days=0, max_stops=None)


def _reduced(problem: Problem, one: Requirement, way: Relaxation) -> Sequence[Requirement]:
    """What remains of a requirement, if anything; what has no amount gives way as a whole."""
    match one:
        case StopHours():
            hours = floor(one.hours - way.amount + GRAIN)
            return (replace(one, hours=hours),) if hours > 0 else ()
        case Cut() if way.unit == "t":
            share = one.share - (way.amount + GRAIN) / (sum(one.weights_t_d.values()) * _days(problem, one))
            return (replace(one, share=share),) if share > 0 else ()
        case Cohort():
            count = one.count - ceil(way.amount - GRAIN)
            return (replace(one, count=count),) if count > 0 else ()
        case _:
            return _reduced_target(one, way)


def _reduced_target(one: Requirement, way: Relaxation) -> Sequence[Requirement]:
    match one:
        case HeatDuty():
            needed = one.needed_mw - way.amount - GRAIN
            return (replace(one, needed_mw=needed),) if needed > 0 else ()
        case Floor():
            tonnes = one.tonnes - way.amount - GRAIN
            return (replace(one, tonnes=tonnes),) if tonnes > 0 else ()
        case _:
            return ()


def _days(problem: Problem, one: Cut) -> int:
    until = one.period.until or problem.end
    return (min(until, problem.end) - max(one.period.start, problem.first)).days
