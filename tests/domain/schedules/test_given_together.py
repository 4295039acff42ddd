"""What hangs together beside percentages, and demands that meet only in part or leave nothing to run."""

from uuid import UUID

from app.domain.access import Person
from app.domain.acts.effects import Determination
from app.domain.decisions.subjects import Subject
from app.domain.enterprises.structure import Coupling as Registered
from app.domain.periods import Period, midnight
from app.domain.schedules.given.prepared import Prepared
from app.domain.schedules.problem import Stretch
from app.domain.schedules.refusing.refusals import refuse_wrong
from app.domain.schedules.requirements import Cap, Cohort, Coupling, Cut, Stop
from tests.domain.register import line, span, unit
from tests.domain.schedules.plants import ENCOURAGED, FUSHAN, HUAIREN, day, kiln, of, prepared, works

A, B, C = (str(UUID(int=number)) for number in (1, 2, 3))
GRADED = {"performance_grade": "C", "capacity_eia": 365_000}


def matched(start: str, end: str) -> Registered:
    return Registered(
        id=UUID(int=9), kind="matches", from_level="line", from_id=UUID(start), to_level="line", to_id=UUID(end)
    )


def iron(*names: str, **facts: object) -> list[Subject]:
    return [line(name, "foundry_pig_iron", {**GRADED, **facts}) for name in names]


def fushan(*lines: Subject, couplings: tuple[Registered, ...] = ()) -> Prepared:
    found = prepared("fushan", works(FUSHAN, *lines), couplings=couplings)
    refuse_wrong(found.problem)
    return found


def test_the_part_of_a_follower_in_a_cut_is_borne_by_what_it_follows() -> None:
    found = fushan(*iron(A, B, C), couplings=(matched(A, B),))
    assert [one.weights_t_d for one in of(found, Cut)] == [{A: 2000.0, C: 1000.0}] * 2
    assert [(one.upstream_t_d, one.downstream) for one in of(found, Coupling)] == [({A: 1000.0}, B)]


def test_who_follows_something_outside_of_the_cut_bears_its_share_on_every_day() -> None:
    found = fushan(line(A, "iron_ore", {"under_construction": False}), *iron(B), couplings=(matched(A, B),))
    assert of(found, Cut) == []
    assert {(one.resource, one.share) for one in of(found, Cap)} == {(B, 0.5)}


def test_of_two_that_are_registered_to_follow_each_other_one_leads() -> None:
    found = fushan(*iron(A, B), couplings=(matched(A, B), matched(B, A)))
    assert [(tuple(one.upstream_t_d), one.downstream) for one in of(found, Coupling)] == [((A,), B)]
    assert [note.subject_id for note in found.notes if note.kind == "together"] == [A]


def test_a_single_line_without_capacity_is_cut_and_not_refused() -> None:
    found = fushan(line(A, "foundry_pig_iron", {"performance_grade": "C"}))
    assert [one.weights_t_d for one in of(found, Cut)] == [{A: 1.0}] * 2


def all_of_it(subject_id: str, rule_id: str) -> Determination:
    return Determination(
        id="act",
        subject_id=subject_id,
        valid_from=day("2022-09-01"),
        valid_to=None,
        person=Person(name="李四", office="工信局"),
        basis="会议纪要",
        rule_id=rule_id,
        choice=0,
        number=100.0,
        way="raised",
    )


def test_a_cut_of_everything_is_a_stop_even_of_what_cannot_be_interrupted() -> None:
    tree = works(FUSHAN, *iron(A, stoppable=False))
    whole = all_of_it(A, "FS-11")
    found = prepared("fushan", tree, from_day="2022-12-12", acts={"firm": {"fushan": [whole]}})
    refuse_wrong(found.problem)
    assert of(found, Cut) == []
    assert [(one.resource, one.period) for one in of(found, Stop)] == [
        (A, Period(day("2022-12-12"), day("2023-01-01"))),
        (A, Period(day("2023-01-01"), day("2023-04-01"))),
    ]


def test_who_is_cut_later_than_others_is_reckoned_with_them_from_the_next_month_on() -> None:
    task = [span("not_done", end="2022-11-20"), span("accepted", start="2022-11-20")]
    old = [unit(name, "blast_furnace", {"catalogue_class": "permitted"}) for name in ("b1", "b2")]
    facts = {**ENCOURAGED, "capacity_eia": 365_000}
    first, second = line("l1", "steel", facts, [old[0]]), line("l2", "steel", facts, [old[1]])
    tree = works(HUAIREN, first, name="firm", facts=ENCOURAGED)
    tree["children"].append(
        works(HUAIREN, second, name="late", facts={**ENCOURAGED, "annual_task": task})["children"][0]
    )
    found = prepared("huairen", tree)
    refuse_wrong(found.problem)
    months = [(one.period.start, tuple(one.weights_t_d)) for one in of(found, Cut) if one.clause.rule == "HR-09"]
    assert sorted(months)[:3] == [
        (day("2022-11-01"), ("l1",)),
        (day("2022-11-20"), ("l2",)),
        (day("2022-12-01"), ("l1", "l2")),
    ]


def test_where_fewer_are_left_than_have_to_stop_all_of_them_do_and_the_rest_is_for_the_authority() -> None:
    """Of four works two have to stop; three stop for treatment, which does not count unless somebody says so."""
    firms = [kiln(0), *(kiln(number, special_limit_retrofit="not_done") for number in (1, 2, 3))]
    found = prepared("gaoping", *firms)
    refuse_wrong(found.problem)
    assert [(one.count, one.groups) for one in of(found, Cohort)] == [(1, (("lime0",),))]
    waiting = [one for one in found.open if one.clause.rule == "GP-19"]
    assert [(one.kind, one.subject_id) for one in waiting] == [("authority_decides", "lime0")]
    assert "2 are to stop and 1 are left" in waiting[0].says["en"]


def test_what_stood_still_before_any_window_stays_in_the_calendar() -> None:
    stood = Stretch(from_at=midnight(day("2022-08-05")), until_at=midnight(day("2022-08-09")))
    found = prepared("fushan", works(FUSHAN, *iron(A)), from_day="2022-12-01", past={A: (stood,)})
    refuse_wrong(found.problem)
    assert (found.problem.first, found.problem.past) == (day("2022-08-05"), {A: (stood,)})
