"""What plans demand in stop days, settled: the vectors of Fushan, the clinker rule, and what a milder demand lets off."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from app.domain.access import Person
from app.domain.acts.effects import Determination
from app.domain.decisions.evaluate import Evaluator
from app.domain.ledger.demands import Obligation, demands
from app.domain.ledger.frame import frame_of, keeps_ledger
from tests.domain.ledgers import days, in_days, settled
from tests.domain.plans import invented, ladder, row
from tests.domain.register import MOUNTAIN, firm, span, subject
from tests.scenarios.plans_read import evaluator_of_plan

SPLIT = {"days": 10, "split": {"equally": ["early", "late"]}}
PERIODS = {"early": {"from": "10-01", "to": "12-31"}, "late": {"from": "01-01", "to": "03-31"}}


def fushan(
    industry: str = "foundry", *, season: int = 2019, acts: tuple[Determination, ...] = (), **facts: Any
) -> dict[str, Obligation]:
    tree = firm(industry, facts, region=MOUNTAIN)
    return demands(evaluator_of_plan("fushan"), tree, season=season, acts=acts)


def since(value: Any, day: str, end: str | None = None) -> list[Any]:
    return [span(value, start=day, end=end)]


def fraud(day: str) -> dict[str, Any]:
    return {"violation_kind": since("data_fraud", day), "winter_fraud": since(True, day)}


def determined(rule: str, *, alternative: int, number: float | None = None) -> Determination:
    return Determination(
        id="d",
        subject_id="line",
        valid_from=date(2019, 10, 1),
        valid_to=None,
        person=Person(name="a", office="b"),
        basis="c",
        rule_id=rule,
        choice=alternative,
        number=number,
        steps=(UUID(int=1),),
    )


def test_the_packs_that_count_stop_days_keep_a_ledger() -> None:
    assert all(keeps_ledger(evaluator_of_plan(name).pack) for name in ("fushan", "national-clinker"))
    assert not keeps_ledger(evaluator_of_plan("yongning").pack)


@pytest.mark.parametrize(
    ("industry", "grade", "owed"),
    [
        ("foundry", "B", {"phase1": 15, "phase2": 15}),
        ("foundry", "C", {"phase1": 45, "phase2": 45}),
        ("fired_brick", "B", {"phase1": Decimal("37.5"), "phase2": Decimal("37.5")}),
        ("fired_brick", "C", {"phase1": 45, "phase2": 45}),
        ("foundry", "D", {"phase1": 72, "phase2": 91}),
        ("foundry", "A", {}),
        ("foundry", "B_minus", {}),
    ],
)
def test_what_each_grade_owes(industry: str, grade: str, owed: dict[str, Any]) -> None:
    assert in_days(settled(fushan(industry, performance_grade=grade), [], "2019-10-01"), "owed") == owed


@pytest.mark.parametrize(("season", "last"), [(2019, 91), (2018, 90), (2023, 91), (2022, 90)])
def test_leap_winters_are_a_day_longer(season: int, last: int) -> None:
    found = fushan(season=season, performance_grade="D")
    assert in_days(settled(found, [], f"{season}-10-01"), "owed") == {"phase1": 72, "phase2": last}


def test_a_foundry_tightened_on_20_december_keeps_what_the_phase_can_hold() -> None:
    journal = settled(fushan(performance_grade="B"), [], "2019-10-21")
    journal.append(days("2019-12-05", "2019-12-15", "phase1"))
    journal = settled(fushan(performance_grade="B", **fraud("2019-12-20")), journal, "2019-12-20")
    # 288 hours are left of the phase and 240 are served.
    assert in_days(journal, "owed") == {"phase1": 22, "phase2": 68}
    assert in_days(journal) == {"phase1": 12, "phase2": 68}


def test_what_a_late_tightening_leaves_is_due_after_the_season_and_doubled_only_once_found() -> None:
    served = [days("2019-12-01", "2019-12-16", "phase1"), days("2020-01-01", "2020-01-16", "phase2")]
    late = fraud("2020-03-28")
    journal = settled(fushan(performance_grade="B", **late), served, "2020-03-28")
    assert in_days(journal) == {"phase1": 0, "phase2": 4, "after_season": 56}
    found = fushan(performance_grade="B", **late, unserved_at_season_end=since(True, "2020-03-28"))
    assert in_days(settled(found, journal, "2020-03-27"))["after_season"] == 55
    journal = settled(found, journal, "2020-03-28")
    assert in_days(journal) == {"phase1": 0, "phase2": 4, "after_season": 112}
    # The four days that were left were not served either.
    assert in_days(settled(found, journal, "2020-04-01"))["after_season"] == 120


def test_what_is_recorded_late_comes_back_from_where_it_had_moved() -> None:
    owes = fushan(performance_grade="B")
    journal = settled(owes, [], "2020-01-10")
    assert in_days(journal) == {"phase1": 0, "phase2": 30}
    journal = settled(owes, [*journal, days("2019-12-01", "2019-12-11", "phase1")], "2020-01-10")
    assert in_days(journal) == {"phase1": 0, "phase2": 20}
    assert in_days(journal, "owed") == {"phase1": 10, "phase2": 20}


def test_a_surplus_pays_for_no_other_phase() -> None:
    journal = settled(fushan(performance_grade="B"), [days("2019-11-01", "2019-12-01", "phase1")], "2020-01-02")
    assert in_days(journal, "balance") == {"phase1": -15, "phase2": 15}
    assert in_days(journal) == {"phase1": 0, "phase2": 15}


def test_a_better_grade_reaches_only_phases_that_are_not_over() -> None:
    better = [span("B"), span("A", start="2020-02-01")]
    journal = settled(fushan(performance_grade=better), [], "2019-10-21")
    assert in_days(journal, "owed") == {"phase1": 15}


def test_an_undecided_stretch_changes_nothing() -> None:
    unclear = [span("B"), span("B_minus", start="2019-12-01", end="2020-01-15")]
    assert in_days(settled(fushan(performance_grade=unclear), [], "2019-10-21")) == {"phase1": 15, "phase2": 15}


@pytest.mark.parametrize(
    "grade",
    [
        {},
        {"performance_grade": "B_minus"},
        {"performance_grade": [span("A"), span("B_minus", start="2019-11-20")]},
        {"performance_grade": [span("B_minus"), span("A", start="2019-11-20")]},
    ],
)
def test_days_of_exceedance_are_made_up_once_while_the_class_is_open(grade: dict[str, Any]) -> None:
    """FS-45."""
    found = fushan(exceedance_days=since(3, "2019-11-05"), **grade)
    assert in_days(settled(found, [], "2019-11-05")) == {"phase1": 3}


def test_a_parent_plan_without_numbers_still_has_the_days_of_exceedance_made_up() -> None:
    """LN-15 and LN-16: the grade's days are open, those of exceedance are not, and what is unserved is doubled."""
    tree = firm(
        "foundry",
        {
            "performance_grade": "C",
            "exceedance_days": since(3, "2022-12-01"),
            "unserved_at_season_end": since(True, "2023-04-01"),
        },
        region=MOUNTAIN,
    )
    found = demands(evaluator_of_plan("linfen-city"), tree, season=2022)
    assert in_days(settled(found, [], "2022-12-01")) == {"window": 3}
    assert in_days(settled(found, [], "2023-04-01")) == {"window": 0, "after_season": 6}


def test_an_order_whose_finding_is_in_doubt_for_a_while_is_no_second_order() -> None:
    pack = invented(
        rules=[ladder(row("R-1", None, "normal"))],
        penalties=[row("O-1", "p", {"stop_days": {"days": 10, "from": "finding", "until": "served"}})],
    )
    doubted = [span(True, start="2019-11-01", end="2019-11-10"), span(True, start="2019-11-20")]
    cleared = [span(True, start="2019-11-01", end="2019-11-10"), span(False, start="2019-11-10", end="2019-11-20")]
    cleared.append(span(True, start="2019-11-20"))
    for spans, days_ in ((doubted, 10), (cleared, 20)):
        found = demands(Evaluator(pack), firm("mill", {"p": spans}), season=2019)
        assert in_days(settled(found, [], "2019-12-01")) == {"order": days_}


def test_what_a_warning_leaves_open_hides_no_stop_days() -> None:
    """Whether the line is under construction decides only what it does in the warning (FS-28)."""
    warned = fushan(performance_grade=[span("B")], warning_level=since("orange", "2019-12-10"), **fraud("2019-12-20"))
    plain = fushan(performance_grade=[span("B")], under_construction=[span(False)], **fraud("2019-12-20"))
    journals = [settled(one, [], "2019-12-20") for one in (warned, plain)]
    assert [one.posting for one in journals[0]] == [one.posting for one in journals[1]]
    assert in_days(settled(warned, [], "2019-12-20"), "owed") == {"phase1": 12, "phase2": 78}


def test_a_warnings_own_days_are_no_days_of_the_season() -> None:
    assert not keeps_ledger(evaluator_of_plan("national-grades").pack)


def test_a_whole_stop_counts_from_its_first_day_on_top_of_what_was_served() -> None:
    worse = [span("B"), span("D", start="2019-12-20")]
    served = [days("2019-12-05", "2019-12-15", "phase1")]
    journal = settled(fushan(performance_grade=worse), served, "2019-12-20")
    assert in_days(journal) == {"phase1": 12, "phase2": 91}


def test_of_a_whole_stop_that_is_lifted_the_past_days_stay_owed() -> None:
    lifted = [span("D"), span("A", start="2019-10-31")]
    journal = settled(fushan(performance_grade=lifted), [], "2019-10-31")
    assert in_days(journal, "owed") == {"phase1": 10}
    # What else happens in between does not begin the stop anew.
    between = fushan(performance_grade=lifted, serious_non_execution=since(True, "2019-10-26"))
    assert in_days(settled(between, [], "2019-10-31"), "owed") == {"phase1": 10}


def test_exceedance_days_count_once_in_the_phase_of_their_finding_and_rise_with_the_record() -> None:
    record = [span(2, start="2019-11-05"), span(5, start="2020-01-10")]
    journal = settled(fushan(performance_grade="B", exceedance_days=record), [], "2019-11-05")
    assert in_days(journal, "penalty") == {"phase1": 2, "phase2": 3}
    # Neither a state that goes on nor one of an earlier winter is a new finding.
    old = [span(4, start="2019-02-01"), span(6, start="2019-12-30")]
    journal = settled(fushan(performance_grade="A", exceedance_days=old), [], "2019-12-31")
    assert in_days(journal) == {"phase1": 1, "phase2": 1}
    late = settled(fushan(performance_grade="A", exceedance_days=since(3, "2020-05-01")), [], "2020-05-01")
    assert in_days(late) == {"after_season": 3}


def test_a_continuous_stop_runs_on_at_the_single_rate_and_a_new_finding_orders_another() -> None:
    ordered = fushan("concrete_mixing", gas_violation_winter=since(True, "2020-01-10"))
    journal = settled(ordered, [], "2020-04-10")
    assert in_days(journal) == {"order": 120}
    unserved = fushan(
        "concrete_mixing",
        gas_violation_winter=since(True, "2020-01-10"),
        unserved_at_season_end=since(True, "2020-04-01"),
    )
    served = [*journal, days("2020-01-10", "2020-04-01", "order")]
    assert in_days(settled(unserved, served, "2020-04-10")) == {"order": 38 + 38}
    twice = [span(True, start="2019-11-01", end="2019-11-20"), span(True, start="2020-01-10")]
    assert in_days(settled(fushan("concrete_mixing", gas_violation_winter=twice), [], "2020-04-10")) == {"order": 240}
    longer = [span(True, start="2019-11-01"), span(True, start="2020-01-10", assertion="a2")]
    assert in_days(settled(fushan("concrete_mixing", gas_violation_winter=longer), [], "2020-04-10")) == {"order": 120}


def test_a_stop_ordered_late_in_one_season_is_owed_in_its_books_and_not_again_in_the_next() -> None:
    """A-FS9."""
    late = since(True, "2020-03-20", "2020-07-18")
    assert in_days(settled(fushan("concrete_mixing", gas_violation_winter=late), [], "2020-04-10")) == {"order": 120}
    assert fushan("concrete_mixing", season=2020, gas_violation_winter=late) == {}
    again = fushan("concrete_mixing", season=2020, gas_violation_winter=[*late, span(True, start="2020-11-10")])
    assert in_days(settled(again, [], "2020-12-10")) == {"order": 120}


def test_the_days_of_a_stop_ordered_late_go_on_in_the_next_season() -> None:
    tree = firm("concrete_mixing", {"gas_violation_winter": since(True, "2020-03-20", "2020-07-18")}, region=MOUNTAIN)
    for season, day, held in (
        (2019, "2020-06-30", True),
        (2020, "2020-07-01", True),
        (2020, "2020-07-17", True),
        (2020, "2020-07-18", False),
    ):
        found = evaluator_of_plan("fushan").evaluate(tree, season=season, day=date.fromisoformat(day))
        assert [one.in_force for one in found if one.bound.subject["level"] == "line"] == [held]


def test_a_casting_process_makes_up_for_its_own_exceedance() -> None:
    """A-FS18."""
    facts = {"casting_grade": "B", "casting_exceedance_days": since(3.0, "2019-12-01")}
    casting = subject("process", "p", facts)
    casting["kind"] = "casting"
    inner = firm("foundry_pig_iron", {"performance_grade": "A"}, [casting], region=MOUNTAIN)
    journal = demands(evaluator_of_plan("fushan"), inner, season=2019)
    assert in_days(settled(journal, [], "2019-12-02")) == {"phase1": 18, "phase2": 15}


def test_a_benchmarks_days_stand_instead_of_its_grades() -> None:
    benchmark: dict[str, Any] = {
        "performance_grade": "B",
        "benchmark_recognised": True,
        "ultra_low_retrofit": "accepted",
    }
    asked = fushan(**benchmark)
    assert asked == {}
    answered = fushan(**benchmark, acts=(determined("FS-07.days", alternative=1, number=10),))
    assert in_days(settled(answered, [], "2019-10-21")) == {"phase1": 5, "phase2": 5}
    as_classed = fushan(**benchmark, acts=(determined("FS-07.days", alternative=0),))
    assert in_days(settled(as_classed, [], "2019-10-21")) == {"phase1": 15, "phase2": 15}


def test_a_longer_stop_for_non_execution_stands_beside_the_grade_and_the_stricter_counts() -> None:
    longer = determined("FS-43.days", alternative=1, number=100)
    found = fushan(performance_grade="B", measure_not_executed=since(True, "2019-12-01"), acts=(longer,))
    assert in_days(settled(found, [], "2019-10-21"), "owed") == {"phase1": 50, "phase2": 50}


def test_a_clinker_line_that_heats_homes_owes_its_window_after_the_season() -> None:
    heats = {"clinker_line_heats_homes": True, "clinker_from_carbide_slag": False}
    tree = firm("cement", heats, region=MOUNTAIN)
    found = demands(evaluator_of_plan("national-clinker"), tree, season=2020)
    journal = settled(found, [days("2020-12-01", "2020-12-11", "window")], "2021-03-16")
    assert in_days(journal) == {"window": 0, "after_season": 111}


def test_a_penalty_for_unserved_days_demands_none_by_itself() -> None:
    assert fushan(performance_grade="A", unserved_at_season_end=True) == {}


def test_an_open_stop_leaves_the_days_as_they_are() -> None:
    pack = invented(
        periods=PERIODS,
        rules=[ladder(row("R-1", "p", {"stop_days": SPLIT}), row("R-2", None, "normal"))],
        gates=[row("G-1", "event", {"stop": {"from": "finding", "until": "rectified"}})],
    )
    evaluator = Evaluator(pack)
    tree = firm("mill", {"p": True, "event": since(True, "2019-11-10")})
    assert in_days(settled(demands(evaluator, tree, season=2019), [], "2019-10-01")) == {"early": 5, "late": 5}


def test_periods_that_overlap_hold_no_hour_twice_and_an_unsplit_plan_has_its_window() -> None:
    overlapping = PERIODS | {"late": {"from": "12-01", "to": "03-31"}}
    pack = invented(periods=overlapping, rules=[ladder(row("R-1", "p", {"stop_days": SPLIT}))])
    frame = frame_of(pack, 2019, "141002")
    assert {slot.name: int(slot.hours / 24) for slot in frame.slots} == {"early": 92, "late": 91}
    plain = invented(rules=[ladder(row("R-1", "p", {"stop_days": {"days": 7}}))])
    assert {slot.name: int(slot.hours / 24) for slot in frame_of(plain, 2019, "141002").slots} == {"window": 183}
