"""A cut by load is judged day by day, one by time or lines over its phase; the night is watched while a cut binds."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from app.domain.compliance.baselines import GROUPS
from app.domain.compliance.calendar import WorkCalendar
from app.domain.compliance.cuts import check_phase, totals
from app.domain.compliance.demands import Demand, Phase
from app.domain.compliance.findings import Verdict, signs_of
from app.domain.compliance.thresholds import PUBLISHED
from tests.domain.compliance.made import (
    BASE_FROM,
    FIRST,
    LINE,
    SLOTS,
    USUAL,
    Curve,
    at,
    base_of,
    block,
    demand,
    flat,
    judged,
    meter,
)
from tests.domain.compliance.replay import verdict_of

OTHER = UUID(int=200)


def share(part: float) -> list[int | None]:
    return flat(round(USUAL * part))


@pytest.mark.parametrize(
    ("part", "told"),
    [(0.5, "compliant"), (0.7, "compliant"), (0.77, "compliant"), (0.78, "suspected"), (1, "suspected")],
)
def test_a_cut_of_thirty_percent_leaves_seventy_and_a_tolerance_of_a_tenth(part, told):
    found = judged([[share(part)]], [demand("cut", keep=70.0)])
    assert Verdict(int(found.verdicts["cut_day"][0, 0])).word == told


def test_of_two_cuts_on_one_day_the_stricter_counts_and_stop_hours_are_judged_as_a_stop():
    cuts = [demand("cut", keep=70.0), demand("cut", keep=40.0, id="d2")]
    assert judged([[share(0.6)]], cuts).verdicts["cut_day"][0, 0] == Verdict.SUSPECTED
    night: Curve = [250_000 if slot < 48 else 0 for slot in range(96)]
    found = judged([[night]], [demand("cut", keep=100 - 1e-3), demand(hour=12, days=0.5)])
    assert found.checks["cut_day"].numbers["judged_slots"][0, 0] == 48
    assert found.worst[0, 0] == Verdict.COMPLIANT


def test_a_workday_is_compared_with_workdays_and_a_worked_sunday_is_one():
    calendar = WorkCalendar(version="t", first_year=2025, last_year=2026, worked=frozenset({FIRST + timedelta(days=6)}))
    base = [[share(0.1) if (BASE_FROM + timedelta(days=day)).weekday() >= 5 else share(1) for day in range(42)]]
    week = [[share(0.7)] * 14]
    asked = [demand("cut", keep=70.0, days=14)]
    found = judged(week, asked, base=base, calendar=calendar)
    told = [Verdict(int(one)).word for one in found.verdicts["cut_day"][0]]
    assert told[:5] == ["compliant"] * 5
    assert told[5:7] == ["suspected", "compliant"]
    assert told[12:] == ["suspected"] * 2


def test_a_subject_with_a_main_meter_is_not_judged_by_one_furnace():
    meters = [meter(1), meter(2, "production")]
    found = judged([[share(0.6)], [share(1)]], [demand("cut", keep=70.0)], meters=meters)
    assert [Verdict(int(one)).word for one in found.verdicts["cut_day"][:, 0]] == ["compliant", "not_applicable"]
    alone = judged([[share(1)]], [demand("cut", keep=70.0)], meters=[meter(2, "production")])
    assert alone.verdicts["cut_day"][0, 0] == Verdict.SUSPECTED


def phase(days: int, keep: float = 70.0, members: tuple[UUID, ...] = (LINE,)) -> Phase:
    return Phase(id="p", members=members, from_day=FIRST, until_day=FIRST + timedelta(days=days), keep_pct=keep)


def of_phase(curves: list[list[Curve]], one: Phase, members: tuple[UUID, ...] = (LINE,)):
    meters = [meter(number + 1, subject=subject) for number, subject in enumerate(members)]
    found = judged(curves, meters=meters)
    return check_phase(totals(found.block, found.spans, found.yard), one, PUBLISHED)


def test_a_cut_by_time_is_judged_over_its_phase_and_only_at_its_end():
    days = [share(1)] * 7 + [share(0)] * 3
    assert of_phase([days], phase(10)).verdict == Verdict.COMPLIANT
    assert of_phase([[share(1)] * 10], phase(10)).verdict == Verdict.SUSPECTED
    running = of_phase([[share(1)] * 7], phase(10))
    assert (running.verdict, running.signs) == (Verdict.NOT_APPLICABLE, ("phase_running",))
    assert running.numbers["total_wh"] == 7 * SLOTS * USUAL
    assert running.until_day == FIRST + timedelta(days=7)


def test_the_lines_of_a_phase_count_together_and_each_needs_a_meter():
    still, runs = [share(0)] * 10, [share(1)] * 10
    both = phase(10, keep=50.0, members=(LINE, OTHER))
    assert of_phase([still, runs], both, (LINE, OTHER)).verdict == Verdict.COMPLIANT
    assert of_phase([runs, runs], both, (LINE, OTHER)).verdict == Verdict.SUSPECTED
    missing = of_phase([runs], both)
    assert (missing.verdict, missing.signs) == (Verdict.INSUFFICIENT_DATA, ("no_meter",))


def test_what_several_enterprises_share_is_not_told_by_the_electricity_of_one():
    shared = replace(phase(10, members=(LINE, OTHER)), shared=True)
    one = of_phase([[share(1)] * 10], shared)
    assert (one.verdict, one.signs) == (Verdict.NOT_APPLICABLE, ("phase_shared",))


def test_own_generation_of_one_member_leaves_an_indication_of_its_phase():
    found = judged([[share(0.5)] * 10], meters=[meter(own_generation=True)])
    told = check_phase(totals(found.block, found.spans, found.yard), phase(10), PUBLISHED)
    assert (told.verdict, told.would_be, told.signs) == (
        Verdict.INDICATIVE_ONLY,
        Verdict.COMPLIANT,
        ("own_generation",),
    )


def test_a_gap_in_a_phase_is_never_made_up():
    days: list[Curve] = [share(0.7)] * 9 + [[None] * 96]
    told = of_phase([days], phase(10))
    assert told.verdict == Verdict.COMPLIANT
    assert told.numbers["total_wh"] == 9 * SLOTS * round(USUAL * 0.7)
    tight: list[Curve] = [share(0.8)] * 9 + [[None] * 96]
    assert of_phase([tight], phase(10)).signs == ("gap_could_hide_it",)
    few: list[Curve] = [[None] * 96, [None] * 96, *[share(0)] * 8]
    assert of_phase([few], phase(10)).signs == ("incomplete",)


def test_what_moves_into_the_night_while_a_cut_binds_is_told():
    night: Curve = [USUAL if slot < 24 or slot >= 88 else 80_000 for slot in range(96)]
    found = judged([[night]], [demand("cut", keep=70.0)])
    assert found.verdicts["cut_day"][0, 0] == Verdict.COMPLIANT
    assert found.verdicts["night_anomaly"][0, 0] == Verdict.SUSPECTED
    assert signs_of(int(found.checks["night_anomaly"].signs[0, 0])) == ("night_share",)
    assert judged([[night]]).worst[0, 0] == Verdict.NOT_APPLICABLE
    assert judged([[share(0.7)]], [demand("cut", keep=70.0)]).worst[0, 0] == Verdict.COMPLIANT


def test_a_load_the_plan_names_is_the_base_of_every_day():
    base = block([[share(0.5)] * 14], first=BASE_FROM)
    found = base_of(base, named=True)
    assert found.group_of("rest_day") == found.group_of("workday") == GROUPS.index("any")
    assert found.used[0].tolist() == [0, 0, 14]


def standing(*subjects: UUID) -> list[Demand]:
    """What stops through the last five of ten days."""
    begins = at(FIRST + timedelta(days=5))
    return [replace(demand(days=10, subject_id=one, id=f"{one}"), from_at=begins) for one in subjects]


def of_furnaces(running: float, holding: float, declared_kw: float | None = None):
    """Two furnaces cut by half over ten days: five days they run, through five they have to stand still."""
    meters = [meter(1, holding_kw=declared_kw), meter(2, subject=OTHER, holding_kw=declared_kw)]
    curves = [[share(running)] * 5 + [share(holding)] * 5] * 2
    found = judged(curves, standing(LINE, OTHER), meters=meters)
    both = phase(10, keep=50.0, members=(LINE, OTHER))
    return check_phase(totals(found.block, found.spans, found.yard), both, PUBLISHED)


def test_keeping_warm_through_planned_stops_is_no_production():
    told = of_furnaces(1.0, 0.1)
    # A furnace takes 24 MWh a day: two run five days, and hold a tenth of it through five more.
    assert told.numbers["total_wh"] == 2 * 5 * 24_000_000 + 2 * 5 * 2_400_000
    assert told.numbers["held_wh"] == 2 * 5 * 2_400_000
    assert (told.numbers["allowed_wh"], told.numbers["limit_wh"]) == (240_000_000, 252_000_000)
    # 264 MWh are more than the limit with its tolerance; the 240 MWh that made iron are exactly what may remain.
    assert told.verdict == Verdict.COMPLIANT
    assert verdict_of("cut_phase", told.numbers) == Verdict.COMPLIANT


def test_the_same_load_without_a_stop_that_asked_for_it_counts():
    days = [share(1)] * 5 + [share(0.1)] * 5
    told = of_phase([days, days], phase(10, keep=50.0, members=(LINE, OTHER)), (LINE, OTHER))
    assert (told.verdict, told.numbers["held_wh"]) == (Verdict.SUSPECTED, 0)


@pytest.mark.parametrize(
    ("running", "holding", "held", "why"),
    [
        (1.0, 0.4, 0, "the stops themselves were not kept"),
        (1.11, 0.1, 24_000_000, "it made up for the stops by running harder"),
        (1.0, 0.26, 0, "one hundredth above the keep-warm load runs on"),
    ],
)
def test_production_disguised_as_keeping_warm_is_still_suspected(running, holding, held, why):
    told = of_furnaces(running, holding)
    assert (told.verdict, told.numbers["held_wh"]) == (Verdict.SUSPECTED, held), why


def test_a_declared_load_lowers_what_keeping_warm_may_take_and_never_raises_it():
    # Fifty kilowatts are 12.5 kWh a slot, of which 250 kWh are usual and 25 kWh were taken.
    assert of_furnaces(1.0, 0.1, declared_kw=50.0).numbers["held_wh"] == 2 * 5 * 96 * 12_500
    # Who declares four fifths of its load as holding has kept its stops by its own words; a quarter is what is believed.
    boast = of_furnaces(1.0, 0.8, declared_kw=800.0)
    assert boast.numbers["held_wh"] == 2 * 5 * 96 * 62_500
    assert boast.verdict == Verdict.SUSPECTED


def test_within_a_kept_stop_only_what_goes_beyond_keeping_warm_counts():
    # Half an hour of half load on a day is no run of an hour; the day stands as a stop, and the half hour counts.
    day: Curve = [USUAL // 2 if slot in {40, 41} else 25_000 for slot in range(SLOTS)]
    found = judged([[share(1)] * 5 + [day] * 5], standing(LINE))
    assert set(found.verdicts["stop"][0, 5:]) == {Verdict.COMPLIANT}
    told = check_phase(totals(found.block, found.spans, found.yard), phase(10, keep=50.0), PUBLISHED)
    assert told.numbers["held_wh"] == 5 * (94 * 25_000 + 2 * 62_500)


def test_a_gap_in_a_stop_is_no_keeping_warm():
    day: Curve = [None if 40 <= slot < 48 else 25_000 for slot in range(SLOTS)]
    found = judged([[share(1)] * 5 + [day] * 5], standing(LINE))
    told = check_phase(totals(found.block, found.spans, found.yard), phase(10, keep=50.0), PUBLISHED)
    # Two hours without a reading could hide running: the day says nothing, and nothing of it is left out.
    assert (told.verdict, told.numbers["held_wh"]) == (Verdict.SUSPECTED, 0)
