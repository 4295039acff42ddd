"""What is a stop and what is not, verdict by verdict."""

from datetime import timedelta

import pytest

from app.domain.compliance.assessing import Assessed
from app.domain.compliance.demands import Excuse
from app.domain.compliance.findings import Verdict, signs_of
from app.domain.compliance.metering import Metered
from tests.domain.compliance.made import FIRST, LINE, Curve, demand, event, flat, judged, meter

# Of a usual load of 250 kWh in each quarter of an hour.
STANDING = 20_000


def verdict(found: Assessed, day: int = 0, row: int = 0) -> Verdict:
    return Verdict(int(found.verdicts["stop"][row, day]))


def signs(found: Assessed, day: int = 0, row: int = 0) -> tuple[str, ...]:
    return signs_of(int(found.checks["stop"].signs[row, day]))


def running(hours: range, load: int = 250_000, idle: int = STANDING) -> list[int | None]:
    return [load if slot // 4 in hours else idle for slot in range(96)]


def of(day: Curve, *, one: Metered | None = None) -> Assessed:
    return judged([[day]], [demand()], meters=[one or meter()])


def test_a_main_meter_that_rests_at_a_few_percent_stands_still():
    assert verdict(of(flat(STANDING))) == Verdict.COMPLIANT


def test_two_hours_of_production_are_no_stop_though_the_day_stays_below_a_quarter():
    found = of(running(range(10, 12)))
    numbers = found.checks["stop"].numbers
    assert numbers["total_wh"][0, 0] <= numbers["limit_wh"][0, 0]
    assert verdict(found) == Verdict.SUSPECTED
    assert signs(found) == ("ran_on", "burst")


def test_three_quarters_of_an_hour_above_the_threshold_are_no_suspicion_by_themselves():
    day = flat(STANDING)
    day[40:43] = [100_000] * 3
    assert verdict(of(day)) == Verdict.COMPLIANT
    day[43] = 100_000
    assert signs(of(day)) == ("ran_on",)


def test_half_load_all_day_is_told_by_the_total_and_by_running():
    assert signs(of(flat(120_000))) == ("total_above_limit", "ran_on")


@pytest.mark.parametrize(("kind", "told"), [("main", Verdict.COMPLIANT), ("production", Verdict.SUSPECTED)])
def test_a_production_meter_is_held_to_a_twentieth_and_a_main_meter_to_a_quarter(kind, told):
    assert verdict(of(flat(STANDING), one=meter(kind=kind))) == told


def test_a_treatment_meter_may_run_through_a_stop():
    assert verdict(of(flat(), one=meter(kind="treatment"))) == Verdict.NOT_APPLICABLE


def test_keeping_warm_within_the_declared_load_is_no_violation():
    warm = flat(90_000)
    assert verdict(of(warm)) == Verdict.SUSPECTED
    assert verdict(of(warm, one=meter(holding_kw=360.0))) == Verdict.COMPLIANT
    assert verdict(of(flat(90_001), one=meter(holding_kw=360.0))) == Verdict.SUSPECTED


def test_a_threshold_that_was_declared_stands_before_the_reckoned_one():
    day = flat(STANDING)
    day[40:48] = [80_000] * 8
    assert verdict(of(day)) == Verdict.SUSPECTED
    assert verdict(of(day, one=meter(on_kw=400.0))) == Verdict.COMPLIANT


def test_running_down_after_a_stop_begins_is_no_violation_and_running_on_is_a_late_stop():
    stop = demand(hour=8, days=16 / 24)
    down, late = running(range(10)), running(range(12))
    assert verdict(judged([[down]], [stop])) == Verdict.COMPLIANT
    found = judged([[late]], [stop])
    assert verdict(found) == Verdict.SUSPECTED
    assert "late_stop" in signs(found)
    assert verdict(judged([[late]], [stop], meters=[meter(ramp_down_minutes=240)])) == Verdict.COMPLIANT


def test_running_down_is_allowed_once_and_not_at_each_piece_of_a_stop():
    first, second = demand(hour=8, days=4 / 24), demand(hour=12, days=12 / 24, id="d2")
    assert verdict(judged([[running(range(10))]], [first, second])) == Verdict.COMPLIANT
    assert verdict(judged([[running(range(12, 14))]], [first, second])) == Verdict.SUSPECTED


def test_running_before_the_end_is_an_early_start_and_resuming_late_is_nothing():
    stop = demand(days=20 / 24)
    early = judged([[running(range(18, 24))]], [stop])
    assert verdict(early) == Verdict.SUSPECTED
    assert "early_start" in signs(early)
    assert verdict(judged([[running(range(22, 24))]], [stop])) == Verdict.COMPLIANT


def test_a_day_in_the_middle_of_a_long_stop_neither_stopped_late_nor_started_early():
    found = judged([[flat(STANDING), running(range(6)), flat(STANDING)]], [demand(days=3)])
    assert verdict(found, 1) == Verdict.SUSPECTED
    assert not {"late_stop", "early_start"} & set(signs(found, 1))


def test_below_nine_tenths_of_the_readings_nothing_is_said_whatever_they_show():
    day = running(range(10, 12))
    day[:10] = [None] * 10
    found = of(day)
    assert verdict(found) == Verdict.INSUFFICIENT_DATA
    # What was seen is told all the same.
    assert {"incomplete", "ran_on"} <= set(signs(found))


def test_a_gap_of_an_hour_could_hide_running_and_one_of_half_an_hour_could_not():
    day = flat(STANDING)
    day[40:42] = [None] * 2
    assert verdict(of(day)) == Verdict.COMPLIANT
    day[42:44] = [None] * 2
    assert verdict(of(day)) == Verdict.INSUFFICIENT_DATA
    assert signs(of(day)) == ("gap_could_hide_it",)


def test_no_reading_at_all_is_no_stop_and_zero_is_one():
    nothing: Curve = [None] * 96
    assert verdict(of(nothing)) == Verdict.INSUFFICIENT_DATA
    assert "nothing_read" in signs(of(nothing))
    assert verdict(of(flat(0))) == Verdict.COMPLIANT


def test_without_enough_days_there_is_no_baseline_and_only_zero_is_a_stop():
    few = [[flat()] * 9]
    assert signs(judged([[flat(STANDING)]], [demand()], base=few)) == ("insufficient_baseline",)
    assert verdict(judged([[flat(STANDING)]], [demand()], base=few)) == Verdict.INSUFFICIENT_DATA
    assert verdict(judged([[flat(0)]], [demand()], base=few)) == Verdict.COMPLIANT


def test_a_declared_threshold_of_a_production_meter_needs_no_baseline():
    few, one = [[flat()] * 9], meter(kind="production", on_kw=40.0)
    assert verdict(judged([[flat(9_000)]], [demand()], meters=[one], base=few)) == Verdict.COMPLIANT
    assert verdict(judged([[flat(11_000)]], [demand()], meters=[one], base=few)) == Verdict.SUSPECTED


def test_own_generation_leaves_only_an_indication():
    for day, would_be in ((flat(STANDING), Verdict.COMPLIANT), (flat(), Verdict.SUSPECTED)):
        found = of(day, one=meter(own_generation=True))
        assert verdict(found) == Verdict.INDICATIVE_ONLY
        assert found.checks["stop"].verdict[0, 0] == would_be
        assert "own_generation" in signs(found)


@pytest.mark.parametrize("kind", ["replaced", "multiplier_changed", "offline", "backup_generator"])
def test_what_happened_to_a_meter_is_told_on_its_day(kind):
    one = meter(events=(event(kind, FIRST + timedelta(days=1)),))
    found = judged([[flat(STANDING)] * 3], [demand(days=3)], meters=[one])
    sign = {"replaced": "meter_replaced", "offline": "meter_offline"}.get(kind, kind)
    assert [sign in signs(found, day) for day in range(3)] == [False, True, False]
    indicative = Verdict.INDICATIVE_ONLY if kind == "backup_generator" else Verdict.COMPLIANT
    assert [verdict(found, day) for day in range(3)] == [Verdict.COMPLIANT, indicative, Verdict.COMPLIANT]


def test_going_offline_exactly_in_the_controlled_hours_is_told():
    day = flat()
    day[88:] = [None] * 8
    found = judged([[day]], [demand(hour=20, days=4 / 24)], meters=[meter(ramp_down_minutes=0)])
    assert "offline_in_control" in signs(found)
    whole = [None if slot % 2 else one for slot, one in enumerate(flat())]
    assert "offline_in_control" not in signs(judged([[whole]], [demand(hour=20, days=4 / 24)]))


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("maintenance", Verdict.DECLARED_EXCEPTION),
        ("commissioning", Verdict.DECLARED_EXCEPTION),
        ("own_generation", Verdict.INDICATIVE_ONLY),
        ("exempt", Verdict.NOT_APPLICABLE),
    ],
)
def test_what_was_declared_beforehand_excuses_its_days_only(kind, told):
    excuse = Excuse(
        subject_id=LINE,
        kind=kind,
        from_day=FIRST + timedelta(days=1),
        until_day=FIRST + timedelta(days=2),
        reference="a",
    )
    found = judged([[flat()] * 3], [demand(days=3)], excuses=[excuse])
    assert [verdict(found, day) for day in range(3)] == [Verdict.SUSPECTED, told, Verdict.SUSPECTED]


def test_a_subject_of_whom_nothing_is_asked_is_not_judged():
    found = judged([[flat()] * 2], [demand(first=FIRST, days=1)])
    assert [verdict(found, day) for day in range(2)] == [Verdict.SUSPECTED, Verdict.NOT_APPLICABLE]
    other = demand(subject_id=meter().id)
    assert verdict(judged([[flat()]], [other])) == Verdict.NOT_APPLICABLE


def test_a_slot_counts_only_where_it_lies_wholly_inside_the_stop():
    found = judged([[flat(STANDING)]], [demand(hour=8.1, days=0.5)], meters=[meter(ramp_down_minutes=0)])
    assert found.checks["stop"].numbers["judged_slots"][0, 0] == 47


def test_one_interval_tells_from_half_of_the_usual_load_on_and_not_below():
    day = flat(STANDING)
    day[40] = 125_000
    assert verdict(of(day)) == Verdict.COMPLIANT
    day[40] = 125_001
    assert signs(of(day)) == ("burst",)


def test_what_is_declared_as_not_running_is_no_burst_either():
    day = flat(STANDING)
    day[40] = 140_000
    assert verdict(of(day, one=meter(on_kw=600.0))) == Verdict.COMPLIANT


def test_a_threshold_declared_as_zero_is_one():
    assert verdict(of(flat(1), one=meter(kind="production", on_kw=0.0))) == Verdict.SUSPECTED
    assert verdict(of(flat(1), one=meter(kind="production"))) == Verdict.COMPLIANT


def test_a_day_with_outliers_before_it_is_measured_without_them():
    base = [flat()] * 41 + [flat(20_000_000)]
    found = judged([[flat(62_500)]], [demand()], base=[base])
    assert found.checks["stop"].numbers["limit_wh"][0, 0] == 96 * 62_500
    assert verdict(found) == Verdict.COMPLIANT
