"""What is only wished: months, few restarts, maintenance windows, and that what is published stays."""

from dataclasses import replace
from datetime import date, datetime

import pytest

from app.domain.periods import SHANGHAI, Period
from app.domain.schedules.checking.check import check
from app.domain.schedules.planning.plan import plan
from app.domain.schedules.problem import Problem, Resource, Schedule, Stretch
from app.domain.schedules.requirements import Clause, StopHours
from tests.domain.schedules.small import scheduled

FIRST, TURN, END = date(2026, 10, 1), date(2027, 1, 1), date(2027, 4, 1)
GOALS = ("peak_preferred", "tonnes_preferred", "peak_outside", "restarts")
CLAUSE = Clause(pack="fushan", rule="FS-15")


def foundries(number: int) -> Problem:
    """Foundries of unequal size that owe 15 days in each phase (FS-15)."""
    lines = [
        Resource(
            id=f"r{at:02}",
            label=f"{at}号线",
            enterprise_id=f"e{at}",
            site_id=f"s{at}",
            line_id=f"r{at:02}",
            region="141027",
            emission_t_d={"pm": 1.0 + at % 7},
            min_stop_days=5,
            min_run_days=5,
            max_stops=2,
        )
        for at in range(number)
    ]
    owed = [
        StopHours(
            id=f"{one.id}/{start}",
            clause=CLAUSE,
            resource=one.id,
            period=Period(start, until),
            hours=360,
            slot=str(start),
        )
        for one in lines
        for start, until in ((date(2026, 10, 21), TURN), (TURN, END))
    ]
    return Problem(
        first=FIRST,
        end=END,
        from_day=FIRST,
        resources=tuple(lines),
        requirements=tuple(owed),
        preferred_months=(12, 1, 2),
    )


def stage(schedule: Schedule, name: str) -> float:
    return next(one.value for one in schedule.stages if one.name == name)


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)


def before(schedule: Schedule, day: date) -> dict[str, tuple[Stretch, ...]]:
    """What has been of a schedule by a day."""
    return {
        name: tuple(replace(one, until_at=min(one.until_at, at(day))) for one in own if one.from_at < at(day))
        for name, own in schedule.stretches.items()
    }


def test_one_line_alone_stops_around_the_turn_of_the_year_in_a_single_stop() -> None:
    (own,) = plan(foundries(1)).stretches.values()
    assert [(one.from_at, one.until_at) for one in own] == [
        (at(date(2026, 12, 17)), at(TURN)),
        (at(TURN), at(date(2027, 1, 16))),
    ]


def test_a_wished_window_is_taken_where_nothing_else_is_lost() -> None:
    problem = foundries(1)
    window = Stretch(from_at=at(date(2027, 2, 3)), until_at=at(date(2027, 2, 18)))
    wished = replace(problem, requirements=problem.requirements[1:], wished={"r00": (window,)})
    (own,) = plan(wished).stretches.values()
    assert [(one.from_at, one.until_at) for one in own] == [(window.from_at, window.until_at)]


@pytest.mark.parametrize("day", [FIRST, date(2026, 12, 20), date(2027, 2, 1)])
def test_planning_again_with_nothing_new_changes_nothing_unless_something_gets_better(day: date) -> None:
    problem = foundries(9)
    published = plan(problem)
    again = replace(problem, from_day=day, published=published.stretches, past=before(published, day))
    schedule = plan(again)
    assert check(again, schedule) == []
    stood = scheduled(again, published.stretches)
    goals = [(stage(schedule, name), stage(stood, name)) for name in GOALS]
    decisive = next((pair for pair in goals if pair[0] != pytest.approx(pair[1])), None)
    assert stage(schedule, "changes") == 0 if decisive is None else decisive[0] < decisive[1]


def test_one_more_line_moves_few_of_the_others() -> None:
    problem, more = foundries(9), foundries(10)
    published = plan(problem)
    schedule = plan(replace(more, published=published.stretches))
    assert check(replace(more, published=published.stretches), schedule) == []
    anew = plan(more)
    moved = [
        sum(own != published.stretches[name] for name, own in one.stretches.items() if name != "r09")
        for one in (schedule, anew)
    ]
    assert stage(schedule, "peak_preferred") <= stage(anew, "peak_preferred") * 1.02
    assert moved[0] < moved[1] / 2
