"""From cuts by number to cohorts: how many of an industry stand still, who can be picked, and who counts."""

from datetime import date

from app.domain.access import Person
from app.domain.acts.effects import Determination
from app.domain.periods import Period
from app.domain.schedules.requirements import Cohort, Stop
from tests.domain.register import line, span, unit
from tests.domain.schedules.plants import FINISHED, GAOPING, day, kiln, of, prepared, works

WINDOW = Period(day("2022-11-15"), day("2023-03-16"))


def picked(number: int, choice: int) -> Determination:
    return Determination(
        id=f"act{number}",
        subject_id=f"lime{number}",
        valid_from=date(2022, 11, 1),
        valid_to=None,
        person=Person(name="李四", office="高平市经信局"),
        basis="名单",
        rule_id="GP-19",
        choice=choice,
    )


def test_three_of_seven_lime_works_stand_still_every_day() -> None:
    found = prepared("gaoping", *(kiln(number) for number in range(7)))
    [cohort] = of(found, Cohort)
    assert (cohort.count, cohort.period, cohort.clause.rule) == (3, WINDOW, "GP-19")
    assert cohort.groups == tuple((f"lime{number}",) for number in range(7))
    assert any("7 in the industry, 3 stop every day" in note.says["en"] for note in found.notes)


def test_ten_lime_works_need_three_and_not_four() -> None:
    assert [one.count for one in of(prepared("gaoping", *(kiln(number) for number in range(10))), Cohort)] == [3]


def test_who_stops_for_treatment_is_of_the_number_but_does_not_count_unless_the_authority_says_so() -> None:
    firms = [kiln(number) for number in range(6)] + [kiln(6, special_limit_retrofit="not_done")]
    [cohort] = of(prepared("gaoping", *firms), Cohort)
    assert (cohort.count, len(cohort.groups)) == (3, 6)
    [counted] = of(prepared("gaoping", *firms, stopped_count=frozenset({"GP-19"})), Cohort)
    assert (counted.count, len(counted.groups)) == (3, 7)


def test_who_joins_in_mid_season_begins_a_cohort_of_its_own() -> None:
    treated = [span("not_done", end="2023-01-10"), span("accepted", start="2023-01-10")]
    found = of(
        prepared("gaoping", *(kiln(number) for number in range(4)), kiln(4, special_limit_retrofit=treated)), Cohort
    )
    assert [(one.period.start, one.period.until, one.count, len(one.groups)) for one in found] == [
        (day("2022-11-15"), day("2023-01-10"), 2, 4),
        (day("2023-01-10"), day("2023-03-16"), 2, 5),
    ]


def test_who_the_authority_picked_stands_still_and_counts_and_who_it_spared_is_not_picked_again() -> None:
    firms = [kiln(number) for number in range(7)]
    acts = {"firm0": {"gaoping": [picked(0, 0)]}}
    found = prepared("gaoping", *firms, acts=acts)
    [cohort] = of(found, Cohort)
    assert (cohort.count, len(cohort.groups)) == (3, 7)
    assert {one.resource for one in of(found, Stop)} == {"lime0"}


def test_a_cohort_everybody_is_answered_in_is_planned_as_it_was_answered() -> None:
    acts = {f"firm{number}": {"gaoping": [picked(number, 0)]} for number in range(2)}
    found = prepared("gaoping", kiln(0), kiln(1), acts=acts)
    assert of(found, Cohort) == []
    assert {one.resource for one in of(found, Stop)} == {"lime0", "lime1"}


def test_who_is_last_of_the_month_is_for_the_ranking_and_not_for_the_planner() -> None:
    mixer = unit("mixer", "mixer", {"catalogue_class": "permitted"})
    found = prepared("gaoping", works(GAOPING, line("mix", "concrete_mixing", FINISHED, [mixer])))
    assert of(found, Cohort) == []
    assert [(one.kind, one.clause.rule) for one in found.open] == [("ranking", "GP-20")]
