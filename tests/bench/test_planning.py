"""The generator's problems are the same everywhere and can be met, and nothing that keeps them is below the bound."""

import os
import subprocess
import sys
from datetime import date, datetime, timedelta
from itertools import combinations, pairwise, product

import pytest

from app.domain.periods import Period
from app.domain.schedules.problem import Problem, Resource, Stretch
from app.domain.schedules.requirements import Clause, Coupling, Cut, Floor, HeatDuty, StopHours
from bench.planning.baselines import greedy, random_placement
from bench.planning.generator import END, FIRST, even_spread, problem
from bench.planning.measures import midnight, peak_preferred, remaining, stopped
from bench.planning.rows import asks, beyond, shortfalls

SIZES = (20, 100)
CLAUSE = Clause(pack="fushan", rule="FS-15")
START = date(2026, 11, 30)
DAYS = 5


@pytest.fixture(scope="module", params=SIZES)
def given(request):
    return problem(request.param)


@pytest.fixture(scope="module")
def bound():
    pytest.importorskip("highspy", reason="HiGHS is installed by make bench")
    return pytest.importorskip("bench.planning.bound").peak_bound


def short(given, plan):
    return shortfalls(given, asks(given), stopped(given, plan), remaining(given, plan))


@pytest.mark.parametrize("lines", [*SIZES, 1_000])
def test_a_problem_has_the_lines_asked_for_and_ends_with_march(lines):
    found = problem(lines)
    assert (len(found.resources), (END - FIRST).days) == (lines, 182)


def test_two_processes_make_the_same_problem_whatever_the_order_of_their_sets():
    code = "from hashlib import sha256; from bench.planning.generator import problem; "
    code += "print(sha256(repr(problem(100)).encode()).hexdigest())"
    found = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": "."},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(found) == 1


def test_every_kind_of_difficulty_occurs_even_among_twenty_lines():
    kinds = {type(one).__name__ for one in problem(20).requirements}
    assert kinds >= {"StopHours", "Cut", "Cap", "Stop", "Cohort", "HeatDuty", "Coupling", "Floor"}


def test_every_problem_can_be_met_stopping_nobody_longer_than_asked(given):
    plan = even_spread(given)
    assert short(given, plan) == []
    assert beyond(asks(given), stopped(given, plan)) == pytest.approx(0)


def test_a_block_is_long_enough_and_far_enough_from_the_next(given):
    limits = {each.id: each for each in given.resources}
    for plan in (even_spread(given), greedy(given), random_placement(given)):
        for name, stretches in plan.items():
            blocks = joined([each for each in stretches if each.share == 0])
            least, run = limits[name].min_stop_days, limits[name].min_run_days
            assert all(until - start >= timedelta(days=least) for start, until in blocks), name
            gaps = [later[0] - earlier[1] for earlier, later in pairwise(blocks)]
            assert all(gap >= timedelta(days=run) for gap in gaps), name
            assert len(blocks) <= (limits[name].max_stops or len(blocks)), name


def joined(stretches):
    blocks: list[tuple[datetime, datetime]] = []
    for each in stretches:
        if blocks and blocks[-1][1] == each.from_at:
            blocks[-1] = (blocks[-1][0], each.until_at)
        else:
            blocks.append((each.from_at, each.until_at))
    return blocks


@pytest.mark.parametrize("place", [greedy, random_placement])
def test_a_baseline_keeps_all_but_the_floors_and_stops_nobody_longer_than_asked(given, place):
    plan = place(given)
    assert [one for one in short(given, plan) if not one.startswith("floor")] == []
    assert beyond(asks(given), stopped(given, plan)) == pytest.approx(0)


def test_greedy_misses_the_bound_by_five_percent_at_least(given, bound):
    least = bound(given).tonnes
    assert peak_preferred(given, greedy(given)) >= 1.05 * least
    assert peak_preferred(given, random_placement(given)) >= least
    assert peak_preferred(given, even_spread(given)) >= least


def test_the_bound_by_segments_is_never_above_that_by_days(given, bound):
    assert bound(given, "segments").tonnes <= bound(given, "days").tonnes * (1 + 1e-6)


def tiny(*requirements, tonnes):
    """Five days, the last four of them in December; lines stop on whole days."""
    return Problem(
        first=START,
        end=START + timedelta(days=DAYS),
        from_day=START,
        resources=tuple(
            Resource(
                id=name,
                label=name,
                enterprise_id="e",
                site_id="s",
                line_id=name,
                region="141027",
                emission_t_d={"pm": size},
            )
            for name, size in tonnes.items()
        ),
        requirements=requirements,
        preferred_months=(12,),
    )


def period(first, last):
    return Period.inclusive(START + timedelta(days=first), START + timedelta(days=last))


def owes(name, days, first=0, last=DAYS - 1):
    return StopHours(id=f"h-{name}", clause=CLAUSE, resource=name, period=period(first, last), hours=days * 24)


def on_days(days):
    start = midnight(START)
    return tuple(Stretch(from_at=start + timedelta(days=day), until_at=start + timedelta(days=day + 1)) for day in days)


def optimum(given):
    """The least peak over every choice of whole days for every line, as far as it is asked for and keeps all."""
    rows, names = asks(given), [each.id for each in given.resources]
    choices = [days for size in range(DAYS + 1) for days in combinations(range(DAYS), size)]
    peaks = []
    for chosen in product(choices, repeat=len(names)):
        plan = dict(zip(names, map(on_days, chosen), strict=True))
        shares = stopped(given, plan)
        if beyond(rows, shares) == 0 and not shortfalls(given, rows, shares, remaining(given, plan)):
            peaks.append(peak_preferred(given, plan))
    return min(peaks)


TINY = {
    "two lines owe days": tiny(owes("a", 2), owes("b", 3), tonnes={"a": 2.0, "b": 1.0}),
    "a floor wants November": tiny(
        owes("a", 2),
        owes("b", 3),
        Floor(id="f", clause=CLAUSE, pollutant="pm", period=period(0, 0), tonnes=2.0),
        tonnes={"a": 2.0, "b": 1.0},
    ),
    "heat keeps them apart": tiny(
        owes("a", 2, 1),
        owes("b", 2, 1),
        HeatDuty(id="d", clause=CLAUSE, heat_mw={"a": 5.0, "b": 3.0}, period=period(0, DAYS - 1), needed_mw=3.0),
        tonnes={"a": 3.0, "b": 2.0},
    ),
    "a cut of two furnaces": tiny(
        Cut(id="c", clause=CLAUSE, weights_t_d={"a": 3.0, "b": 1.0}, period=period(0, DAYS - 1), share=0.5),
        tonnes={"a": 1.0, "b": 4.0},
    ),
    "what hangs on a furnace": tiny(
        owes("a", 3),
        Coupling(id="k", clause=CLAUSE, upstream_t_d={"a": 1.0}, downstream="b"),
        tonnes={"a": 1.0, "b": 2.0},
    ),
}


@pytest.mark.parametrize("case", TINY)
def test_no_choice_of_days_is_below_the_bound(case, bound):
    assert bound(TINY[case]).tonnes <= optimum(TINY[case]) + 1e-9


def test_the_bound_is_exact_where_whole_days_level_out(bound):
    given = tiny(owes("a", 2, 1), owes("b", 2, 1), tonnes={"a": 1.0, "b": 1.0})
    assert bound(given).tonnes == pytest.approx(optimum(given)) == pytest.approx(1.0)


def test_the_past_is_taken_as_it_was(bound):
    given = tiny(owes("a", 3), tonnes={"a": 1.0})
    later = Problem(
        first=given.first,
        end=given.end,
        from_day=START + timedelta(days=3),
        resources=given.resources,
        requirements=given.requirements,
        preferred_months=given.preferred_months,
        past={"a": on_days((0, 1))},
    )
    assert bound(given).tonnes == pytest.approx(0.25)
    # One day of three is left, and two days of December; no more than the three owed is assumed beside it.
    assert bound(later).tonnes <= 0.5
