"""Several plans over one line: nothing is lost, the stricter prevails only where the text or a person says so."""

from datetime import date
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.access import Person
from app.domain.acts.effects import Determination
from app.domain.decisions.evaluate import Decision, Evaluator
from app.domain.decisions.given import Scenario, tree_of
from app.domain.decisions.stack import Segment, Stack, implies, stack
from app.domain.periods import Period
from app.domain.policies.measures import Constraint
from app.domain.policies.pack import Pack
from tests.domain.plans import SAYS, invented, ladder, row

DAY = date(2019, 12, 10)
MIDWINTER = {"stop": {"during": {"from": "12-01", "to": "01-31"}}}


def plan(name: str, level: str, then: object, **more: Any) -> Pack:
    region = {"nation": "000000", "city": "141000", "county": "141002"}[level]
    return invented(
        pack=f"plan-{name}",
        issuer={"region": region, "level": level, "body": "甲"},
        **{"rules": [ladder(row(f"{name}-1", None, then))], **more},
    )


def relation(when: str, to: str = "higher_level", **more: str) -> list[dict[str, Any]]:
    return [{"id": "R", "to": to, "when_stricter": when, "cites": ["X-01"], **more}]


def laid(*packs: Pack, acts: tuple[Determination, ...] = (), facts: dict[str, Any] | None = None) -> Stack:
    decisions: list[Decision] = []
    for pack in packs:
        case = Scenario(name="x", season=2019, day=DAY, region="141002", industry="mill", facts=facts or {})
        levels = {name: fact.subject for name, fact in pack.catalogue.facts.items()}
        found = Evaluator(pack).evaluate(tree_of(case, levels), season=2019, day=DAY, acts=acts)
        decisions += found
    return next(one for one in stack(decisions) if one.subject_id == "line")


def told(segment: Segment) -> tuple[str, list[str], list[str]]:
    return (
        segment.standing,
        [one.applied.rule.id for one in segment.constraints],
        [one.applied.rule.id for one in segment.effective],
    )


def answer(choice: int) -> Determination:
    return Determination(
        id="a",
        subject_id="line",
        rule_id="R",
        choice=choice,
        valid_from=date(2019, 10, 1),
        valid_to=None,
        person=Person(name="甲", office="局"),
        basis="通知",
    )


@pytest.mark.parametrize(
    ("when", "standing", "held"),
    [("automatic", "settled", ["n-1"]), ("on_notice", "awaiting_notice", []), ("unsaid", "authority_decides", [])],
)
def test_a_stricter_plan_prevails_as_the_nearer_text_says(when: str, standing: str, held: list[str]) -> None:
    nation = plan("n", "nation", "stop")
    county = plan("c", "county", MIDWINTER, relations=relation(when))
    laid_out = laid(nation, county)
    assert told(laid_out.on(date(2019, 11, 1))) == (standing, ["n-1"], held)
    assert told(laid_out.on(DAY)) == ("settled", ["c-1", "n-1"], ["c-1"])
    assert told(laid_out.on(date(2019, 8, 1))) == ("settled", [], [])


def test_a_plan_without_a_word_on_others_leaves_it_to_the_authority() -> None:
    laid_out = laid(plan("n", "nation", "stop"), plan("c", "county", MIDWINTER))
    assert laid_out.on(date(2019, 11, 1)).standing == "authority_decides"


@pytest.mark.parametrize("when", ["on_notice", "unsaid"])
def test_an_act_answers_which_plan_holds(when: str) -> None:
    plans = plan("n", "nation", "stop"), plan("c", "county", MIDWINTER, relations=relation(when))
    assert told(laid(*plans, acts=(answer(0),)).on(date(2019, 11, 1))) == ("settled", ["n-1"], ["n-1"])
    assert told(laid(*plans, acts=(answer(1),)).on(date(2019, 11, 1))) == ("settled", ["n-1"], [])


def test_a_milder_higher_plan_changes_nothing_and_asks_nothing() -> None:
    laid_out = laid(plan("n", "nation", MIDWINTER), plan("c", "county", "stop", relations=relation("unsaid")))
    assert told(laid_out.on(DAY)) == ("settled", ["c-1", "n-1"], ["c-1"])


def test_another_control_is_judged_by_its_own_relation() -> None:
    relations = [*relation("automatic", "other_control"), {**relation("unsaid")[0], "id": "S"}]
    county = plan("c", "county", "normal", relations=relations)
    assert told(laid(plan("e", "city", "stop", nature="emergency"), county).on(DAY)) == (
        "settled",
        ["c-1", "e-1"],
        ["e-1"],
    )
    assert laid(plan("e", "city", "stop"), county).on(DAY).standing == "authority_decides"


def test_what_the_nation_asks_may_have_a_relation_of_its_own() -> None:
    relations = [*relation("automatic", "national"), {**relation("unsaid")[0], "id": "S"}]
    county = plan("c", "county", "normal", relations=relations)
    assert laid(plan("n", "nation", "stop"), county).on(DAY).standing == "settled"
    assert laid(plan("m", "city", "stop"), county).on(DAY).standing == "authority_decides"


def test_what_cannot_be_compared_holds_side_by_side() -> None:
    cut = {"cut": {"pct": 30, "basis": "line_count"}}
    other = {"cut": {"pct": 20, "basis": "load_before_1022"}}
    laid_out = laid(plan("n", "nation", other), plan("c", "county", cut, relations=relation("automatic")))
    assert told(laid_out.on(DAY)) == ("settled", ["c-1", "n-1"], ["c-1", "n-1"])


def test_of_two_cuts_of_one_base_the_greater_holds() -> None:
    def cut(pct: int) -> dict[str, Any]:
        return {"cut": {"pct": pct, "basis": "line_count"}}

    laid_out = laid(plan("n", "nation", cut(50)), plan("c", "county", cut(20), relations=relation("automatic")))
    assert told(laid_out.on(DAY)) == ("settled", ["c-1", "n-1"], ["n-1"])


def test_a_missing_fact_keeps_the_days_open_unless_all_is_stopped_anyway() -> None:
    asking = {"rules": [ladder(row("c-1", "p", "normal"), row("c-2"))]}
    county = invented(pack="plan-c", issuer={"region": "141002", "level": "county", "body": "甲"}, **asking)
    cut = plan("n", "nation", {"cut": {"pct": 20, "basis": "line_count"}})
    assert laid(cut, county).on(DAY).standing == "insufficient_facts"
    city = plan("a", "city", "stop", relations=relation("automatic"))
    assert laid(city, cut, facts={}).on(DAY).standing == "settled"


def test_an_open_question_of_one_plan_stays_open_beside_another() -> None:
    question = {"authority_decides": {"authority": "甲局", "question": SAYS, "alternatives": ["stop"]}}
    cut = plan("n", "nation", {"cut": {"pct": 20, "basis": "line_count"}})
    county = plan("c", "county", question, relations=relation("automatic"))
    assert told(laid(cut, county).on(DAY)) == ("authority_decides", ["c-1", "n-1"], ["n-1"])


def test_the_segments_cover_the_season_once() -> None:
    laid_out = laid(plan("n", "nation", "stop"), plan("c", "county", MIDWINTER, relations=relation("automatic")))
    days = [(segment.period.start, segment.period.until) for segment in laid_out.segments]
    assert days[0][0] == date(2019, 7, 1)
    assert days[-1][1] == date(2020, 7, 1)
    assert all(end == start for (_, end), (start, _) in pairwise(days))


NUMBERS = st.sampled_from([10.0, 30.0, 50.0])
CONSTRAINTS = st.one_of(
    st.just(Constraint(kind="stop", period=Period(DAY, None))),
    NUMBERS.map(lambda pct: Constraint(kind="stop", period=Period(DAY, None), params={"share_pct": pct, "by": "line"})),
    st.builds(
        lambda pct, basis: Constraint(kind="cut", period=Period(DAY, None), params={"pct": pct, "basis": basis}),
        NUMBERS,
        st.sampled_from(["a", "b"]),
    ),
    NUMBERS.map(lambda pct: Constraint(kind="load_cap", period=Period(DAY, None), params={"pct": pct, "basis": "a"})),
    NUMBERS.map(lambda hours: Constraint(kind="coking_hours", period=Period(DAY, None), params={"hours": hours})),
    st.just(Constraint(kind="stop_charging", period=Period(DAY, None))),
)


@given(one=CONSTRAINTS, two=CONSTRAINTS, three=CONSTRAINTS)
def test_implication_is_an_order(one: Constraint, two: Constraint, three: Constraint) -> None:
    assert implies(one, one)
    if implies(one, two) and implies(two, three):
        assert implies(one, three)
    if implies(one, two) and implies(two, one):
        assert (one.kind, one.params) == (two.kind, two.params)
