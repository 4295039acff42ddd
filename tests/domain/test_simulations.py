"""Two plans over the same subjects: who changes, why, and how many tonnes."""

from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from app.domain.decisions.evaluate import Evaluator
from app.domain.policies.conditions import text_of
from app.domain.policies.pack import Pack
from app.domain.simulations.comparing import Change, Comparison, stopped_share
from app.domain.simulations.tally import Tally, ordered_transitions
from tests.domain.plans import invented, ladder, row
from tests.domain.register import PLAINS, enterprise, firm, line, site
from tests.domain.strategies import packs, records
from tests.examples import tried

DAY = date(2019, 12, 10)


def plan(*rows: dict[str, object], **more: Any) -> Pack:
    return invented(rules=[ladder(*rows)], **more)


def limited(dust: int) -> Pack:
    good = row("A", {"all": [{"cite": "⑴", "if": f"dust <= {dust}"}, {"cite": "⑵", "if": "fuel is gas"}]}, "normal")
    return plan(good, row("B"))


def compared(before: Pack | None, after: Pack, facts: dict[str, Any], **more: Any) -> Change | None:
    comparison = Comparison(None if before is None else Evaluator(before), Evaluator(after), season=2019, day=DAY)
    ((_, change),) = comparison.of([firm("mill", facts, **more)])
    return change


def told(change: Change | None) -> list[tuple[str, str, str, str, object]]:
    """kind, side, rule, leaf, truth."""
    assert change is not None
    return [
        (one.kind, one.side, one.rule.id, text_of(one.leaf) if one.leaf else "", one.truth) for one in change.causes
    ]


def test_a_lowered_limit_is_named_with_what_the_line_shows() -> None:
    change = compared(limited(30), limited(20), {"dust": 25.0, "fuel": "gas"})
    assert told(change) == [
        ("condition", "before", "A", "dust <= 30", True),
        ("condition", "after", "A", "dust <= 20", False),
    ]
    assert change is not None
    assert [(one.seen, one.leaf.cite if one.leaf else "") for one in change.causes] == [(25.0, "⑴"), (25.0, "⑴")]
    assert change.direction == "stricter"


@pytest.mark.parametrize("dust", [20.0, 31.0])
def test_a_line_on_the_same_side_of_both_limits_does_not_change(dust: float) -> None:
    assert compared(limited(30), limited(20), {"dust": dust, "fuel": "gas"}) is None


def test_a_missing_fact_can_leave_open_what_was_settled() -> None:
    before = plan(row("A", {"if": "fuel is gas"}, "normal"), row("B"))
    change = compared(before, limited(20), {"fuel": "gas"})
    assert told(change) == [("condition", "after", "A", "dust <= 20", None)]
    assert change is not None
    assert (change.after and change.after.status, change.direction) == ("insufficient_facts", "unknown")


def test_a_renamed_rule_is_no_change() -> None:
    other = plan(row("Z", {"all": [{"if": "dust <= 30"}, {"if": "fuel is gas"}]}, "normal"), row("Y"))
    assert compared(limited(30), other, {"dust": 25.0, "fuel": "gas"}) is None


def test_a_rule_that_only_the_draft_has_is_told_with_what_makes_it_apply() -> None:
    after = plan(
        row("A", {"if": "dust <= 30"}, "normal"), gates=[row("G", {"any": [{"if": "p"}, {"if": "r"}]}, "stop")]
    )
    before = plan(row("A", {"if": "dust <= 30"}, "normal"))
    change = compared(before, after, {"dust": 25.0, "p": True, "r": False})
    assert told(change) == [("added", "after", "G", "p", True)]
    assert told(compared(after, before, {"dust": 25.0, "p": True, "r": False})) == [
        ("removed", "before", "G", "p", True)
    ]


def test_a_rule_that_demands_something_else_is_told_with_both_measures() -> None:
    change = compared(plan(row("A")), plan(row("A", then={"cut": {"pct": 30, "basis": "capacity"}})), {})
    assert change is not None
    assert [(one.kind, one.side, one.constraint and one.constraint.kind) for one in change.causes] == [
        ("measure", "before", "stop"),
        ("measure", "after", "cut"),
    ]
    assert (change.shares, change.direction) == ((1.0, 0.3), "milder")


def test_joints_that_change_tell_the_leaves_they_join() -> None:
    leaves = [{"if": "p"}, {"if": "q"}]
    before, after = (plan(row("A", {word: leaves}, "normal"), row("B")) for word in ("all", "any"))
    change = compared(before, after, {"p": True, "q": False})
    assert [one[0] for one in told(change)] == ["condition"]
    assert told(change)[0][1:] == ("after", "A", "p", True)


def test_rules_in_another_order_are_told_as_precedence() -> None:
    one, two = row("A", "p", "normal"), row("B", "q")
    change = compared(plan(one, two), plan(two, one), {"p": True, "q": True})
    assert {each[:3] for each in told(change)} == {("precedence", "before", "A"), ("precedence", "after", "B")}


def test_against_no_plan_every_bound_line_becomes_regulated() -> None:
    change = compared(None, limited(30), {"dust": 31.0, "fuel": "gas"})
    assert told(change) == [("added", "after", "B", "", True)]
    assert change is not None
    assert (change.before, change.shares) == (None, (0.0, 1.0))


def test_a_line_no_rule_speaks_of_stays_unregulated() -> None:
    comparison = Comparison(None, Evaluator(limited(30)), season=2019, day=DAY)
    assert [change for _, change in comparison.of([firm("shop", {})])] == [None]


def test_a_longer_stop_is_stricter_though_the_day_is_the_same() -> None:
    short = row("A", then={"stop": {"during": {"from": "12-01", "to": "01-31"}}})
    change = compared(plan(short), plan(row("A")), {})
    assert change is not None
    assert (change.shares, change.days, change.direction) == ((1.0, 1.0), (62.0, 183.0), "stricter")


@pytest.mark.parametrize(
    ("then", "share"),
    [
        ("stop", 1.0),
        ("normal", 0.0),
        ({"cut": {"pct": 30, "basis": "capacity"}}, 0.3),
        ({"stop": {"during": {"from": "01-01", "to": "01-31"}}}, 0.0),
        ({"coking_hours": {"hours": 36}}, None),
        ({"authority_decides": {"authority": "甲", "question": {"zh": "甲？", "en": "x?"}, "alternatives": ["normal", "stop"]}}, None),
    ],
)  # fmt: skip
def test_the_stopped_share_is_known_only_where_a_measure_tells_it(then: object, share: float | None) -> None:
    (decision,) = Evaluator(plan(row("A", then=then))).evaluate(firm("mill", {}), season=2019, day=DAY)
    assert stopped_share(decision) == share


def test_tonnes_are_counted_where_known_and_the_unknown_apart() -> None:
    emissions = {"pm_emission_t_d": 2.0}
    facts = {"dust": 25.0, "fuel": "gas"}
    trees = [
        enterprise([site([line("known", "mill", facts | emissions), line("unknown", "mill", facts)], region=PLAINS)]),
        # A total of the plant is nobody's own: it would count for each of its lines.
        enterprise([site([line("total", "mill", facts), line("same", "mill", {"dust": 31.0})], emissions)]),
    ]
    tally = Tally()
    comparison = Comparison(Evaluator(limited(30)), Evaluator(limited(20)), season=2019, day=DAY)
    for seen, change in comparison.of(trees):
        tally.add(seen, change)
    tonnes = tally.whole.tonnes["pm"]
    assert (tally.whole.subjects, tally.whole.changed, tally.whole.directions["stricter"]) == (4, 3, 3)
    assert (tonnes.before, tonnes.after, tonnes.known, tonnes.unknown) == (0.0, 2.0, 1, 2)
    assert ordered_transitions(tally) == [(("decided", "C1"), ("decided", "C2"), 3)]
    assert [(key.rule, key.text, key.side, count) for key, count in tally.frequent()] == [
        ("A", "dust <= 20", "after", 3),
        ("A", "dust <= 30", "before", 3),
    ]
    assert list(tally.by_grade) == [None]


@tried(60, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data(), before=packs(), after=packs())
def test_for_invented_packs_a_change_is_exactly_another_answer_and_has_a_cause(
    data: st.DataObject, before: Pack, after: Pack
) -> None:
    record = data.draw(records(before, "line", tag="mill", missing=0.3, most=300))
    facts = {key: value for key, value in record.items() if key in before.catalogue and key != "zone"}
    tree = firm("mill", facts)
    was, will = (Evaluator(pack).evaluate(tree, season=2019, day=DAY)[0] for pack in (before, after))
    change = compared(before, after, facts)
    if change is None:
        assert was.outcomes.stagger_class == will.outcomes.stagger_class
        assert {one.effect for one in was.outcomes.possible} == {one.effect for one in will.outcomes.possible}
    else:
        assert change.before is not None
        assert change.after is not None
        assert (change.before.outcomes.codes, change.after.outcomes.codes) == (was.outcomes.codes, will.outcomes.codes)
        assert change.causes
    assert compared(before, before, facts) is None
