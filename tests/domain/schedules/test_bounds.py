"""What is told as the best possible is never above what is reached, on random problems and on some solved exactly."""

from collections.abc import Iterator
from itertools import combinations, product

from hypothesis import HealthCheck, assume, given
from hypothesis import strategies as st

from app.domain.schedules.planning.plan import Impossible, NotFoundWithinWork, plan
from app.domain.schedules.problem import Plan
from app.domain.schedules.requirements import StopHours
from tests.domain.schedules.naive import stage_values
from tests.domain.schedules.small import CLAUSE, furnace, period, problem, stop
from tests.domain.schedules.strategies import problems
from tests.examples import tried


@tried(150, suppress_health_check=list(HealthCheck))
@given(problems())
def test_no_bound_lies_above_what_is_reached(random):
    try:
        schedule = plan(random)
    except (Impossible, NotFoundWithinWork):
        assume(False)
    for stage in schedule.stages:
        assert stage.bound is None or stage.bound <= stage.value * (1 + 1e-6) + 1e-6, stage


def every(windows: list[tuple[int, int, int]]) -> Iterator[Plan]:
    """All ways to stop each furnace on so many days of its window."""
    choices = [list(combinations(range(first, until), days)) for first, until, days in windows]
    for chosen in product(*choices):
        yield {f"r{at}": tuple(stop(day, day + 1) for day in days) for at, days in enumerate(chosen)}


# Day 15 is the first of December, the first preferred one.
WINDOWS = st.tuples(st.integers(11, 14), st.integers(17, 18), st.integers(1, 3))


@tried(15, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(WINDOWS, st.sampled_from([0.5, 1.0, 2.5])), min_size=1, max_size=2))
def test_no_bound_lies_above_the_exact_best_of_a_tiny_problem(furnaces):
    windows = [window for window, _ in furnaces]
    tiny = problem(
        *(
            StopHours(id=f"q{at}", clause=CLAUSE, resource=f"r{at}", period=period(first, until), hours=days * 24)
            for at, (first, until, days) in enumerate(windows)
        ),
        resources=tuple(furnace(f"r{at}", emission_t_d={"pm": tonnes}) for at, (_, tonnes) in enumerate(furnaces)),
    )
    values = [stage_values(tiny, each) for each in every(windows)]
    for stage in plan(tiny).stages:
        best = min(float(each[stage.name]) for each in values)
        assert stage.bound is None or stage.bound <= best + 1e-6, stage
