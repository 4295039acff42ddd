"""What the shipped plans make of real plants, from the decision to the calendar, passed by the checker."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from app.domain.decisions.subjects import Subject
from app.domain.periods import ONE_DAY, Period, midnight
from app.domain.schedules.checking.check import check
from app.domain.schedules.given.prepared import Due, Prepared
from app.domain.schedules.planning.plan import Impossible, plan
from app.domain.schedules.problem import Plan, Problem, Schedule, Stretch
from app.domain.schedules.requirements import Cap, Coupling, Cut, HeatDuty, StopHours
from tests.domain.register import line, unit
from tests.domain.schedules.plants import (
    FINISHED,
    FUSHAN,
    GAOPING,
    LINFEN,
    TWELVE,
    day,
    furnace,
    of,
    prepared,
    steel,
    works,
)

PHASE1 = Period(day("2022-10-21"), day("2023-01-01"))
PHASE2 = Period(day("2023-01-01"), day("2023-04-01"))
HOUR = timedelta(hours=1)


def planned(found: Prepared) -> Schedule:
    """A schedule the checker finds nothing to say about."""
    schedule = plan(found.problem)
    assert [one.message("en") for one in check(found.problem, schedule)] == []
    return schedule


def days_of(period: Period) -> Iterator[date]:
    each = period.start
    while period.until is not None and each < period.until:
        yield each
        each += ONE_DAY


def common(one: Stretch, start: datetime, until: datetime) -> float:
    return max(0.0, (min(one.until_at, until) - max(one.from_at, start)) / HOUR)


def still(stretches: Iterable[Stretch], period: Period) -> float:
    """Hours of standing still within a period."""
    assert period.until is not None
    start, until = midnight(period.start), midnight(period.until)
    return sum(common(one, start, until) for one in stretches if one.share == 0)


def running(stretches: Iterable[Stretch], on: date) -> float:
    """The share of a day's production that is left."""
    start, until = midnight(on), midnight(on + ONE_DAY)
    return 1 - sum(common(one, start, until) / 24 * (1 - one.share) for one in stretches)


def blocks(stretches: Iterable[Stretch]) -> list[tuple[datetime, datetime]]:
    """Stops, neighbours made one."""
    found: list[tuple[datetime, datetime]] = []
    for one in stretches:
        if one.share == 0 and found and found[-1][1] == one.from_at:
            found[-1] = (found[-1][0], one.until_at)
        elif one.share == 0:
            found.append((one.from_at, one.until_at))
    return found


def foundry(name: str = "mill", grade: str = "C", **facts: Any) -> Subject:
    return line(name, "foundry", {"performance_grade": grade, "pm_emission_t_d": 0.4, **facts})


def test_a_foundry_of_grade_c_stops_45_days_until_new_year_and_45_in_the_second_phase() -> None:
    found = prepared("fushan", works(FUSHAN, foundry()))
    schedule = planned(found)
    own = schedule.stretches["mill"]
    first, second = of(found, StopHours)
    assert (still(own, PHASE1), still(own, PHASE2)) == (1080, 1080)
    begins, ends = blocks(own)[0]
    assert begins == midnight(day("2022-11-17"))
    assert ends >= midnight(day("2023-01-01"))
    assert still(own, Period(day("2023-01-01"), day("2023-03-01"))) == 1080
    for one in own:
        served = {each.id for each in (first, second) if common(one, *map(midnight, _ends(each.period))) > 0}
        assert set(one.serves) == served
    assert {first.clause.rule, second.clause.rule} == {"FS-16"}


def _ends(period: Period) -> tuple[date, date]:
    assert period.until is not None
    return period.start, period.until


def test_a_foundry_that_may_stop_only_twice_keeps_to_its_shortest_stops_and_runs() -> None:
    facts: dict[str, Any] = {"min_stop_days": 20, "min_run_days": 10, "max_stops_per_season": 2}
    own = planned(prepared("fushan", works(FUSHAN, foundry(**facts)))).stretches["mill"]
    stops = blocks(own)
    assert len(stops) <= 2
    assert all(until - start >= timedelta(days=20) for start, until in stops)
    assert all(after - before >= timedelta(days=10) for (_, before), (after, _) in pairwise(stops))


@pytest.mark.parametrize(
    ("region", "capacities"),
    [
        (LINFEN, (3200, 1850, 1080)),
        (LINFEN, (3000, 2000, 1000)),
        (FUSHAN, (4000, 2000, 1000)),
        (FUSHAN, (3000, 2000, 1100)),
        (FUSHAN, (2570, 1310, 690)),
    ],
)
def test_three_unequal_furnaces_meet_half_with_the_least_surplus(region: str, capacities: tuple[int, ...]) -> None:
    sinter = unit("sinter", "sintering_machine", {"catalogue_class": "permitted"})
    converter = unit("converter", "converter", {"catalogue_class": "permitted"})
    three = [furnace(f"f{number}", capacity) for number, capacity in enumerate(capacities)]
    found = prepared(TWELVE, works(region, steel(*three, more=[sinter, converter], facts={"nox_emission_t_d": 9.0})))
    schedule = planned(found)
    [cut] = of(found, Cut)
    assert cut.share == 0.5
    needed = cut.share * sum(cut.weights_t_d.values()) * len(list(days_of(cut.period)))
    stopped = {name: still(schedule.stretches[name], cut.period) / 24 for name in cut.weights_t_d}
    surplus = sum(cut.weights_t_d[name] * days for name, days in stopped.items()) - needed
    assert -1e-6 <= surplus <= least_surplus(capacities, needed, len(list(days_of(cut.period)))) + 1e-6
    couplings = of(found, Coupling)
    assert {one.downstream for one in couplings} == {"sinter", "converter"}
    for one in couplings:
        whole = sum(one.upstream_t_d.values())
        for each in days_of(cut.period):
            fed = sum(w * running(schedule.stretches[name], each) for name, w in one.upstream_t_d.items()) / whole
            assert running(schedule.stretches[one.downstream], each) <= fed + 1e-9


def least_surplus(capacities: tuple[int, ...], needed: float, window: int) -> float:
    """Every number of whole days of the first two furnaces, and the fewest of the third that do."""
    first, second, third = capacities
    ways = (
        (a * first + b * second, max(0, -int(-(needed - a * first - b * second) // third)))
        for a in range(window + 1)
        for b in range(window + 1)
    )
    return min(tonnes + c * third - needed for tonnes, c in ways if c <= window)


HEATS = {"residential_heat": True}


@pytest.mark.parametrize(("grade", "duty", "hours"), [("C", 20, 1080), ("B", 40, 360)])
def test_a_works_that_heats_homes_never_falls_below_its_duty_though_all_its_lines_owe_stops(
    grade: str, duty: int, hours: int
) -> None:
    """At grade C two of three lines may stand still at a time: 135 line-days in the 72 days of the first phase."""
    lines = [foundry(f"mill{number}", grade, heat_output_mw=20) for number in range(3)]
    found = prepared("fushan", works(FUSHAN, *lines, facts={**HEATS, "heat_duty_mw": duty}))
    schedule = planned(found)
    [heat] = of(found, HeatDuty)
    assert (set(heat.heat_mw.values()), heat.needed_mw) == ({20.0}, duty)
    for name in heat.heat_mw:
        assert [still(schedule.stretches[name], one) for one in (PHASE1, PHASE2)] == [hours, hours]
    _stays_warm(schedule, heat)


def heating_furnaces() -> list[Subject]:
    return [
        unit(
            f"f{number}",
            "blast_furnace",
            {"catalogue_class": "permitted", "blast_furnace_capacity_t_d": capacity, "heat_output_mw": heat},
        )
        for number, (capacity, heat) in enumerate([(3000, 30), (2000, 25), (1100, 12)])
    ]


def test_furnaces_that_heat_homes_are_cut_by_half_and_keep_the_duty() -> None:
    found = prepared(
        TWELVE,
        works(LINFEN, steel(*heating_furnaces(), facts={"nox_emission_t_d": 9.0}), facts={**HEATS, "heat_duty_mw": 25}),
    )
    schedule = planned(found)
    [heat] = of(found, HeatDuty)
    assert heat.heat_mw == {"f0": 30.0, "f1": 25.0, "f2": 12.0}
    assert len(of(found, Cut)) == 1
    _stays_warm(schedule, heat)


def _stays_warm(schedule: Schedule, heat: HeatDuty) -> None:
    for each in days_of(heat.period):
        left = sum(mw * running(schedule.stretches[name], each) for name, mw in heat.heat_mw.items())
        assert left >= heat.needed_mw - 1e-9, each


@pytest.mark.parametrize("works_counted", [7, 10])
def test_three_of_gaopings_seven_or_ten_lime_works_stand_still_on_every_day(works_counted: int) -> None:
    made = [unit(f"kiln{number}", "lime_kiln", {"catalogue_class": "permitted"}) for number in range(works_counted)]
    firms = [
        works(
            GAOPING,
            line(f"lime{number}", "lime", {**FINISHED, "pm_emission_t_d": 0.1 + number / 20}, [kiln]),
            name=f"firm{number}",
        )
        for number, kiln in enumerate(made)
    ]
    schedule = planned(prepared("gaoping", *firms))
    for each in days_of(Period(day("2022-11-15"), day("2023-03-16"))):
        stand_still = sum(running(own, each) == 0 for own in schedule.stretches.values())
        assert stand_still == 3, each


def some_foundries() -> list[Subject]:
    return [
        works(
            FUSHAN, foundry(f"mill{number}", "BC"[number % 2], pm_emission_t_d=0.3 + number / 10), name=f"firm{number}"
        )
        for number in range(8)
    ]


MID = "2022-12-15"


def before(schedule: Plan, instant: datetime) -> dict[str, tuple[Stretch, ...]]:
    """What of a schedule has happened by then."""
    return {
        name: tuple(replace(one, until_at=min(one.until_at, instant)) for one in stretches if one.from_at < instant)
        for name, stretches in schedule.items()
    }


def again(published: Schedule, past: Plan, *, dues: tuple[Due, ...] = ()) -> tuple[Problem, Schedule]:
    found = prepared("fushan", *some_foundries(), from_day=MID, past=past, published=published.stretches, dues=dues)
    return found.problem, planned(found)


def test_planning_again_in_mid_season_leaves_the_past_and_changes_nothing_that_was_kept() -> None:
    published = planned(prepared("fushan", *some_foundries()))
    past = before(published.stretches, midnight(day(MID)))
    problem, schedule = again(published, past)
    _keeps_the_past(schedule, past)
    assert changed(problem, schedule) == 0


def test_who_ran_through_its_stop_makes_it_up_and_only_who_saves_a_restart_by_it_moves_besides() -> None:
    """The ledger hands what a phase can no longer hold to the next, so it owes all 90 days with 17 of them in December."""
    published = planned(prepared("fushan", *some_foundries()))
    past = before(published.stretches, midnight(day(MID)))
    late = "mill1"
    assert still(past[late], PHASE1) > 0
    past.pop(late)
    owed = {name: (1080 if int(name[-1]) % 2 else 360) for name in published.stretches}
    left = {name: hours - int(still(past.get(name, ()), PHASE1)) for name, hours in owed.items()}
    spilled = left[late] - 17 * 24
    dues = [due(name, "phase1", min(left[name], 17 * 24), PHASE1) for name in owed]
    dues += [due(name, "phase2", hours + (spilled if name == late else 0), PHASE2) for name, hours in owed.items()]
    problem, schedule = again(published, past, dues=tuple(dues))
    _keeps_the_past(schedule, past)
    assert still(schedule.stretches[late], PHASE1) == 17 * 24
    assert still(schedule.stretches[late], PHASE2) == 1080 + spilled
    moved = [name for name in owed if changed(problem, schedule, name)]
    assert late in moved
    stages = {one.name: one.value for one in schedule.stages}
    assert stages["changes"] == changed(problem, schedule)
    # Fewer restarts go before fewer changes, so one other may close up its two stops; the six besides stay as they were.
    assert len(moved) <= 2
    for name in set(moved) - {late}:
        assert begun(schedule, name) < begun(published, name)


def begun(schedule: Schedule, name: str) -> int:
    """Stops that begin from the day of planning on."""
    return sum(start >= midnight(day(MID)) for start, _ in blocks(schedule.stretches[name]))


def due(name: str, account: str, hours: int, period: Period) -> Due:
    return Due(subject_id=name, pack="fushan", account=account, hours=Decimal(hours), period=period)


def _keeps_the_past(schedule: Schedule, past: Plan) -> None:
    for name, own in schedule.stretches.items():
        first = Period(day("2022-07-01"), day(MID))
        for each in days_of(first):
            assert running(own, each) == running(past.get(name, ()), each), (name, each)


def changed(problem: Problem, schedule: Schedule, *names: str) -> int:
    """Line-days from the day of planning on that run otherwise than published."""
    return sum(
        abs(running(own, each) - running(problem.published.get(name, ()), each)) > 1e-9
        for name, own in schedule.stretches.items()
        if not names or name in names
        for each in days_of(Period(problem.from_day, problem.end))
    )


def test_two_runs_give_the_same_bytes() -> None:
    trees = [*some_foundries(), works(FUSHAN, line("kiln", "fired_brick", {"performance_grade": "B"}), name="brick")]
    first, second = (planned(prepared("fushan", *trees)) for _ in range(2))
    assert repr(first).encode() == repr(second).encode()


def test_a_duty_to_heat_that_stops_cannot_keep_is_told_by_line_and_clause_with_heat_giving_way_last() -> None:
    """One of two lines may stand still at a time, and twice 45 days do not go into the 72 of the first phase."""
    heating = [foundry(name, grade, heat_output_mw=20) for name, grade in (("m0", "C"), ("m1", "C"), ("spared", "A"))]
    firm = works(FUSHAN, *heating, facts={**HEATS, "heat_duty_mw": 40})
    found = prepared("fushan", firm, works(FUSHAN, foundry("beside"), name="other"))
    with pytest.raises(Impossible) as refused:
        plan(found.problem)
    [conflict] = refused.value.conflicts
    named = [one for one in found.problem.requirements if one.id in conflict.requirements]
    first, second, heat = sorted(named, key=lambda one: one.id)
    assert isinstance(heat, HeatDuty)
    assert heat.clause.rule == "heat"
    for one, name in ((first, "m0"), (second, "m1")):
        assert isinstance(one, StopHours)
        assert (one.resource, one.period, one.clause.rule) == (name, PHASE1, "FS-16")
    ways = [(one.requirement, one.amount, one.unit) for one in conflict.relaxations]
    assert ways == [(first.id, 432, "h"), (second.id, 432, "h"), (heat.id, 20, "MW")]


@pytest.mark.parametrize(
    ("duty", "capacity_t", "heat_mw"),
    [
        (34, 9100, 4),
        pytest.param(36, 9100, 6, marks=pytest.mark.proof),
        pytest.param(40, 191_100, 10, marks=pytest.mark.proof),
    ],
)
def test_how_far_furnaces_that_heat_homes_would_have_to_give_way_is_the_least(
    duty: int, capacity_t: int, heat_mw: int
) -> None:
    """Half of 6,100 t/d over 182 days is 555,100 t; the small ones without heat from both save 564,200, leaving 30 MW."""
    iron = steel(*heating_furnaces(), facts={"nox_emission_t_d": 9.0})
    found = prepared(TWELVE, works(LINFEN, iron, facts={**HEATS, "heat_duty_mw": duty}))
    with pytest.raises(Impossible) as refused:
        plan(found.problem)
    [conflict] = refused.value.conflicts
    [cut], [heat] = of(found, Cut), of(found, HeatDuty)
    assert set(conflict.requirements) == {cut.id, heat.id}
    assert [(one.requirement, one.unit) for one in conflict.relaxations] == [(cut.id, "t"), (heat.id, "MW")]
    assert [one.amount for one in conflict.relaxations] == pytest.approx([capacity_t, heat_mw])


def test_where_every_pair_of_lines_contradicts_the_duty_only_the_duty_alone_gives_a_way_out() -> None:
    heating = [foundry(f"m{number}", heat_output_mw=20) for number in range(3)]
    found = prepared("fushan", works(FUSHAN, *heating, facts={**HEATS, "heat_duty_mw": 40}))
    with pytest.raises(Impossible) as refused:
        plan(found.problem)
    for conflict in refused.value.conflicts:
        assert len(conflict.requirements) == 3
        assert [one.unit for one in conflict.relaxations] == ["MW"]
        # Three times 45 days are 63 more than the 72 of the first phase, 45 more than the 90 of the second.
        assert {one.unit for one in conflict.together} == {"h"}
        assert sum(one.amount for one in conflict.together) == (63 + 45) * 24


def test_two_and_a_half_months_of_a_brick_kiln_are_900_hours_in_each_phase_to_the_hour() -> None:
    own = planned(
        prepared(
            "fushan", works(FUSHAN, line("kiln", "fired_brick", {"performance_grade": "B", "so2_emission_t_d": 1.0}))
        )
    ).stretches["kiln"]
    assert (still(own, PHASE1), still(own, PHASE2)) == (900, 900)
    assert all(one.from_at.minute == one.until_at.minute == 0 for one in own)


COKING = {
    "electricity_control_system": "accepted",
    "benchmark_35": "not_done",
    "quenching": "dry",
    "pm_emission_t_d": 1.0,
}


def test_longer_coking_runs_capped_at_normal_over_required_hours_on_every_day() -> None:
    facts = {**COKING, "full_reduction_35": "accepted", "coke_oven_type": "conventional", "coking_hours_normal": 24}
    found = prepared(TWELVE, works(LINFEN, line("oven", "coking", facts)))
    own = planned(found).stretches["oven"]
    assert {one.kind for one in own} == {"limit"}
    assert {one.id for one in of(found, Cap)} == {name for one in own for name in one.serves}
    for each in days_of(Period(day("2022-10-01"), day("2023-04-01"))):
        assert running(own, each) == pytest.approx(24 / 36)


def test_ovens_that_stop_charging_stay_hot_through_the_window() -> None:
    facts = {
        **COKING, "full_reduction_35": "not_done", "coking_special_limit_stable": False, "safe_holding_load_pct": 15,
    }  # fmt: skip
    schedule = planned(prepared(TWELVE, works(LINFEN, line("oven", "coking", facts))))
    own = schedule.stretches["oven"]
    assert {(one.kind, one.share) for one in own} == {("stop_charging", 0.0)}
    assert still(own, Period(day("2022-10-01"), day("2023-04-01"))) == 182 * 24
    # What keeps them hot still emits.
    assert schedule.stages[0].value == pytest.approx(0.15)
