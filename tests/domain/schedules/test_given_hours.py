"""From stop days to stop hours: by the ledger's due hours, or by the measure's own split where there is no ledger."""

from decimal import Decimal

from app.domain.periods import Period, midnight
from app.domain.schedules.given.prepared import Due
from app.domain.schedules.problem import Stretch
from app.domain.schedules.requirements import Cut, Stop, StopHours
from tests.domain.register import line, span, subject
from tests.domain.schedules.plants import FUSHAN, GAOPING, day, of, prepared, works

PHASE1 = Period(day("2022-10-21"), day("2023-01-01"))
PHASE2 = Period(day("2023-01-01"), day("2023-04-01"))
FOUNDRY = works(FUSHAN, line("mill", "foundry", {"performance_grade": "C"}))


def due(account: str, hours: int, period: Period, *, continuous: bool = False, subject_id: str = "mill") -> Due:
    owed = Decimal(hours)
    return Due(subject_id=subject_id, pack="fushan", account=account, hours=owed, period=period, continuous=continuous)


def test_a_foundry_of_grade_c_stops_for_1080_hours_in_each_phase() -> None:
    found = of(prepared("fushan", FOUNDRY), StopHours)
    assert [(one.slot, one.period, one.hours, one.resource) for one in found] == [
        ("phase1", PHASE1, 1080, "mill"),
        ("phase2", PHASE2, 1080, "mill"),
    ]
    assert {one.clause.rule for one in found} == {"FS-16"}
    assert prepared("fushan", FOUNDRY).problem.preferred_months == (1, 2, 12)


def test_two_and_a_half_months_are_900_hours_in_each_phase() -> None:
    tree = works(FUSHAN, line("kiln", "fired_brick", {"performance_grade": "B"}))
    assert [one.hours for one in of(prepared("fushan", tree), StopHours)] == [900, 900]


def test_in_mid_season_the_ledger_says_what_is_left_of_each_phase() -> None:
    """A ledger that was served 20 days in the first phase has 600 hours due there."""
    dues = (due("phase1", 600, PHASE1), due("phase2", 1080, PHASE2), due("order", 0, Period(day("2022-07-01"), None)))
    found = prepared("fushan", FOUNDRY, from_day="2022-12-01", dues=dues)
    assert [(one.slot, one.period.start, one.hours) for one in of(found, StopHours)] == [
        ("phase1", day("2022-12-01"), 600),
        ("phase2", day("2023-01-01"), 1080),
    ]


def test_without_a_ledger_the_past_counts_toward_the_whole_phase() -> None:
    stood = Stretch(from_at=midnight(day("2022-11-01")), until_at=midnight(day("2022-11-21")))
    found = prepared("fushan", FOUNDRY, from_day="2022-12-01", past={"mill": (stood,)})
    assert [(one.period, one.hours) for one in of(found, StopHours)] == [(PHASE1, 1080), (PHASE2, 1080)]
    assert found.problem.past == {"mill": (stood,)}
    assert (found.problem.first, found.problem.from_day) == (day("2022-10-21"), day("2022-12-01"))


def test_a_phase_that_is_over_is_planned_no_more() -> None:
    found = prepared("fushan", FOUNDRY, from_day="2023-01-15")
    assert [(one.slot, one.period) for one in of(found, StopHours)] == [("phase2", PHASE2)]


def test_a_ledger_with_nothing_left_asks_for_nothing() -> None:
    found = prepared(
        "fushan", FOUNDRY, from_day="2022-12-01", dues=(due("phase1", 0, PHASE1), due("phase2", 0, PHASE2))
    )
    assert of(found, StopHours) == []


def test_hours_after_the_season_lengthen_the_calendar_and_run_without_a_break() -> None:
    dues = (due("phase1", 0, PHASE1), due("after_season", 100, Period(day("2023-04-01"), None), continuous=True))
    found = prepared("fushan", FOUNDRY, from_day="2023-03-01", dues=dues)
    [hours] = of(found, StopHours)
    assert (hours.period, hours.hours, hours.continuous) == (Period(day("2023-04-01"), day("2023-04-06")), 100, True)
    assert found.problem.end == day("2023-04-06")


def test_an_order_of_120_days_runs_from_its_day_past_the_end_of_march() -> None:
    facts = {
        "gas_violation_winter": [span(True, start="2022-12-10")],
        "violation_kind": [span("treatment_off", start="2022-12-10")],
    }
    tree = works(FUSHAN, line("mill", "concrete_mixing", facts))
    [hours] = of(prepared("fushan", tree), StopHours)
    assert (hours.period, hours.hours) == (Period(day("2022-12-10"), day("2023-04-09")), 2880)
    assert hours.continuous
    [left] = of(prepared("fushan", tree, from_day="2023-03-10"), StopHours)
    assert (left.period.start, left.hours) == (day("2023-03-10"), 30 * 24)
    order = (due("order", 36, Period(day("2022-12-10"), None), continuous=True),)
    [owed] = of(prepared("fushan", tree, from_day="2023-03-10", dues=order), StopHours)
    assert (owed.period, owed.hours) == (Period(day("2023-03-10"), day("2023-03-12")), 36)


def test_a_line_that_cannot_be_interrupted_is_limited_by_the_same_hours_each_day() -> None:
    """FS-39: 1,080 of the first phase's 1,728 hours are a cut of 62.5 % by load."""
    tree = works(FUSHAN, line("mill", "foundry", {"performance_grade": "C", "stoppable": False}))
    cuts = of(prepared("fushan", tree), Cut)
    assert [(one.share, one.methods, one.period) for one in cuts] == [
        (0.625, ("load",), PHASE1),
        (0.5, ("load",), PHASE2),
    ]


def test_a_stricter_grade_counts_for_the_season_and_a_milder_one_only_where_days_are_left() -> None:
    grades = [
        span("B", end="2022-12-01"),
        span("C", start="2022-12-01", end="2023-01-05"),
        span("B", start="2023-01-05"),
    ]
    tree = works(FUSHAN, line("mill", "foundry", {"performance_grade": grades}))
    found = of(prepared("fushan", tree), StopHours)
    assert [(one.slot, one.hours, one.clause.rule) for one in found] == [
        ("phase1", 1080, "FS-16"),
        ("phase2", 360, "FS-15"),
    ]


def test_a_casting_process_stops_for_its_own_days_while_the_iron_is_cut() -> None:
    casting = subject("process", "casting", {"casting_grade": "C"})
    casting["kind"] = "casting"
    tree = works(FUSHAN, line("iron", "foundry_pig_iron", {"performance_grade": "B"}, [casting]))
    found = prepared("fushan", tree)
    assert {(one.resource, one.hours) for one in of(found, StopHours)} == {("casting", 1080)}
    assert [(tuple(one.weights_t_d), one.share) for one in of(found, Cut)] == [(("iron",), 0.2), (("iron",), 0.2)]


def test_a_clinker_line_that_heats_homes_runs_in_the_window_and_makes_its_days_up_after_it() -> None:
    facts = {"clinker_from_carbide_slag": False, "clinker_line_heats_homes": True}
    found = prepared("national-clinker", works(GAOPING, line("kiln", "cement", facts)))
    assert of(found, Stop) == []
    [hours] = of(found, StopHours)
    assert (hours.period, hours.hours, hours.clause.rule) == (
        Period(day("2023-03-16"), day("2023-07-15")),
        121 * 24,
        "NC-06",
    )
    window = Due(
        subject_id="kiln",
        pack="national-clinker",
        account="window",
        hours=Decimal(240),
        period=Period(day("2022-11-15"), day("2023-03-16")),
    )
    [owed] = of(prepared("national-clinker", works(GAOPING, line("kiln", "cement", facts)), dues=(window,)), StopHours)
    assert (owed.period.start, owed.hours) == (day("2023-03-16"), 240)


def test_hours_of_an_account_whose_rule_is_gone_are_the_ledgers() -> None:
    tree = works(FUSHAN, line("mill", "foundry", {"performance_grade": "A"}))
    [hours] = of(prepared("fushan", tree, from_day="2023-02-01", dues=(due("phase2", 48, PHASE2),)), StopHours)
    assert (hours.clause.rule, hours.hours, hours.period.start) == ("ledger", 48, day("2023-02-01"))


def test_hours_that_a_process_still_owes_are_planned_even_where_no_measure_names_it_any_more() -> None:
    casting = subject("process", "casting", {"casting_grade": "A"})
    casting["kind"] = "casting"
    tree = works(FUSHAN, line("iron", "foundry_pig_iron", {"performance_grade": "A"}, [casting]))
    owed = due("phase2", 24, PHASE2, subject_id="casting")
    assert [one.resource for one in of(prepared("fushan", tree, dues=(owed,)), StopHours)] == ["casting"]


def test_hours_whose_period_is_over_or_whose_subject_is_unknown_are_listed() -> None:
    late = prepared(
        "fushan", FOUNDRY, from_day="2023-01-15", dues=(due("phase1", 24, PHASE1), due("phase2", 0, PHASE2))
    )
    assert [(one.kind, one.subject_id) for one in late.open] == [("unplaced", "mill")]
    owed = due("phase1", 24, PHASE1, subject_id="gone")
    assert [(one.kind, one.subject_id) for one in prepared("fushan", FOUNDRY, dues=(owed,)).open] == [
        ("unplaced", "gone")
    ]
