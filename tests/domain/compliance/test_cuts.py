"""A cut by load is judged day by day, one by time or lines over its phase; the night is watched while a cut binds."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from app.domain.compliance.baselines import GROUPS
from app.domain.compliance.calendar import WorkCalendar
from app.domain.compliance.cuts import check_phase, totals
from app.domain.compliance.demands import Phase
from app.domain.compliance.findings import Verdict, signs_of
from app.domain.compliance.thresholds import PUBLISHED
from tests.domain.compliance.made import (
    BASE_FROM,
    FIRST,
    LINE,
    SLOTS,
    USUAL,
    Curve,
    base_of,
    block,
    demand,
    flat,
    judged,
    meter,
)

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
    return check_phase(totals(found.block, found.yard), one, PUBLISHED)


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
    told = check_phase(totals(found.block, found.yard), phase(10), PUBLISHED)
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
