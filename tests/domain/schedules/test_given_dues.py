"""From the ledger to the planner: what is due after settling is what is still planned."""

from app.domain.decisions.subjects import Subject
from app.domain.ledger.demands import demands
from app.domain.ledger.dues import dues_of
from app.domain.ledger.entries import Entry, balances
from app.domain.schedules.given.prepared import Due
from app.domain.schedules.requirements import Stop, StopHours
from tests.domain.ledgers import days, settled
from tests.domain.register import line, span
from tests.domain.schedules.plants import FUSHAN, day, of, prepared, works
from tests.scenarios.plans_read import evaluator_of_plan


def foundry(**facts: object) -> Subject:
    """Builders of ledgers write for a subject called line, in the season of 2019."""
    return works(FUSHAN, line("line", "foundry", {"performance_grade": "C", **facts}))


def due(tree: Subject, as_of: str, *journal: Entry) -> tuple[Due, ...]:
    owed = demands(evaluator_of_plan("fushan"), tree, season=2019)
    after = settled(owed, journal, as_of) if as_of else list(journal)
    return tuple(dues_of("fushan", 2019, owed, balances(after)))


def planned(tree: Subject, from_day: str, dues: tuple[Due, ...]) -> list[tuple[str, str, int]]:
    found = of(prepared("fushan", tree, season=2019, from_day=from_day, dues=dues), StopHours)
    return [(one.slot, one.period.start.isoformat(), one.hours) for one in found]


def test_served_days_are_taken_off_their_phase() -> None:
    dues = due(foundry(), "2019-12-01", days("2019-11-01", "2019-11-21", "phase1"))
    assert planned(foundry(), "2019-12-01", dues) == [("phase1", "2019-12-01", 600), ("phase2", "2020-01-01", 1080)]


def test_what_a_phase_can_no_longer_hold_is_planned_in_the_next_and_then_after_the_season() -> None:
    dues = due(foundry(), "2019-12-22")
    assert planned(foundry(), "2019-12-22", dues) == [("phase1", "2019-12-22", 240), ("phase2", "2020-01-01", 1920)]
    late = due(foundry(), "2020-03-22")
    assert planned(foundry(), "2020-03-22", late) == [
        ("phase2", "2020-03-22", 240),
        ("after_season", "2020-04-01", 1920),
    ]


def test_days_of_exceedance_are_added_to_what_is_left() -> None:
    """25 days of the class and two of exceedance, of which December holds 26 from its sixth day on."""
    exceeded = foundry(exceedance_days=[span(2, start="2019-12-05")])
    dues = due(exceeded, "2019-12-06", days("2019-11-01", "2019-11-21", "phase1"))
    assert planned(exceeded, "2019-12-06", dues) == [("phase1", "2019-12-06", 624), ("phase2", "2020-01-01", 1104)]


def test_an_order_that_is_partly_served_goes_on_without_a_break() -> None:
    violated = [span(True, start="2019-12-10")]
    kind = [span("treatment_off", start="2019-12-10")]
    tree = works(FUSHAN, line("line", "concrete_mixing", {"gas_violation_winter": violated, "violation_kind": kind}))
    dues = due(tree, "2020-03-10", days("2019-12-10", "2020-03-01", "order"))
    found = of(prepared("fushan", tree, season=2019, from_day="2020-03-10", dues=dues), StopHours)
    assert [(one.slot, one.hours, one.continuous) for one in found] == [("order", 38 * 24, True)]
    assert (found[0].period.start, found[0].period.until) == (day("2020-03-10"), day("2020-04-17"))


def test_a_ledger_nobody_settled_leaves_the_measures_own_split() -> None:
    assert due(foundry(), "") == ()


def test_the_hours_of_a_whole_stop_are_told_by_its_rule() -> None:
    stopped = works(FUSHAN, line("line", "foundry", {"performance_grade": "D"}))
    found = prepared("fushan", stopped, season=2019, from_day="2019-12-01", dues=due(stopped, "2019-12-01"))
    assert of(found, Stop)
    assert {one.clause.rule for one in found.problem.requirements} == {"FS-17"}
