"""From the register's tree to what a rule reads: nearest facts, dated spans, units below processes, groups."""

from datetime import date
from typing import Any

import pytest

from app.domain.decisions.evaluate import Evaluator
from app.domain.decisions.records import Bound, missing_below
from app.domain.decisions.subjects import Subject, change_days, verified_from
from app.domain.policies.facts import Value
from tests.domain.plans import invented, ladder, linfen_evaluator, row
from tests.domain.register import CITY, MOUNTAIN, PLAINS, enterprise, firm, line, site, span, subject, unit

DAY = "2019-12-10"
RETROFIT = Evaluator(invented(gates=[row("G", "retrofit is accepted", "remediate")]))


def bound(evaluator: Evaluator, tree: Subject, *, day: str = DAY) -> list[Bound]:
    return list(evaluator.reader.bound(tree, day))


def value(spans: list[Any], day: str = DAY) -> Value | None:
    """What a line reads where these spans are its own."""
    [one] = bound(RETROFIT, firm("mill", {"retrofit": spans}), day=day)
    return one.record.get("retrofit")


def test_the_nearest_assertion_wins_and_says_where_it_stands() -> None:
    tree = enterprise(
        [
            site([line("l1", "mill", {"p": True}), line("l2", "mill"), line("l3", "mill")], {"p": False}, name="s1"),
            site([line("l4", "mill")], name="s2"),
        ],
        {"p": True, "r": False},
    )
    seen = {
        one.subject["id"]: (one.record["p"], one.record["r"], found.subject_id)
        for one in bound(RETROFIT, tree)
        if (found := one.evidence("p", DAY)) is not None
    }
    assert seen == {
        "l1": (True, False, "l1"),
        "l2": (False, False, "s1"),
        "l3": (False, False, "s1"),
        "l4": (True, False, "firm"),
    }


def test_an_ended_assertion_lets_the_one_above_through() -> None:
    tree = enterprise([site([line("l1", "mill", {"p": [span(True, end=DAY)]})], {"p": False})])
    assert [bound(RETROFIT, tree, day=day)[0].record["p"] for day in ("2019-12-09", DAY)] == [True, False]


def test_an_acceptance_counts_only_when_it_is_verified() -> None:
    assert [value([span("accepted", verified=one)]) for one in (True, False)] == ["accepted", "done"]


@pytest.mark.parametrize("claimed", ["not_done", "done"])
def test_what_claims_no_acceptance_needs_no_verification(claimed: str) -> None:
    assert value([span(claimed, verified=False)]) == claimed


def test_not_applicable_counts_when_it_is_verified() -> None:
    assert value([span("not_applicable")]) == "not_applicable"


def test_an_unverified_claim_never_reads_as_settled() -> None:
    assert value([span("not_applicable", verified=False)]) not in {"accepted", "not_applicable"}


def test_an_unverified_not_applicable_counts_as_not_done() -> None:
    assert value([span("not_applicable", verified=False)]) == "not_done"


@pytest.mark.parametrize(
    ("day", "seen"),
    [("2019-09-30", None), ("2019-10-01", "done"), ("2019-11-30", "done"), ("2019-12-01", None), ("2019-12-10", None)],
)
def test_a_span_holds_from_its_first_day_until_before_its_end(day: str, seen: str | None) -> None:
    assert value([span("done", start="2019-10-01", end="2019-12-01")], day) == seen


def test_the_state_that_began_last_holds() -> None:
    spans = [span("not_done"), span("done", start="2019-11-01"), span("accepted", start="2019-12-01", end="2020-01-01")]
    days = ("2019-10-31", "2019-11-01", "2019-12-01", "2019-12-31", "2020-01-01")
    assert [value(spans, day) for day in days] == ["not_done", "done", "accepted", "accepted", "done"]


def test_of_two_states_that_begin_together_the_later_known_holds() -> None:
    assert value([span("not_done", start="2019-11-01"), span("done", start="2019-11-01")]) == "done"


def test_a_fact_without_spans_is_unknown() -> None:
    assert value([]) is None


def test_the_days_on_which_anything_changes_are_found_in_the_whole_tree() -> None:
    oven = unit("u", "oven", {"rank": [span("good", start="2019-11-05", end="2019-11-20")]})
    tree = firm("mill", {"p": [span(True), span(False, start="2019-12-01")]}, [oven])
    assert change_days(tree) == {"2019-11-05", "2019-11-20", "2019-12-01"}


@pytest.mark.parametrize(
    ("region", "zone"), [(PLAINS, "plains"), (MOUNTAIN, "mountain"), (CITY, None)], ids=["plain", "mountain", "unsaid"]
)
def test_the_zone_follows_from_where_the_site_lies(region: str, zone: str | None) -> None:
    [one] = bound(linfen_evaluator(), firm("cement", {}, region=region))
    assert one.record.get("zone") == zone


@pytest.mark.parametrize("region", ["140681", "140000", "000000", "640121", None])
def test_a_site_outside_the_territory_yields_nothing(region: str | None) -> None:
    assert bound(linfen_evaluator(), enterprise([site([line("l", "cement")], region=region)])) == []


def test_an_enterprise_with_sites_inside_and_outside_is_decided_only_inside() -> None:
    tree = enterprise([site([line("in", "cement")]), site([line("out", "cement")], name="far", region="140681")])
    assert [one.subject["id"] for one in bound(linfen_evaluator(), tree)] == ["in"]


def test_units_are_bound_below_their_process_and_inherit_its_facts() -> None:
    process = subject("process", "heat", {"boiler_fuel": "gas", "boiler_low_nox_retrofit": True})
    units = [
        process,
        unit("b1", "boiler", {"boiler_low_nox_retrofit": False}, process="heat"),
        unit("b2", "boiler", process="unheard"),
        unit("m1", "mixer", process="heat"),
        unit("x", None),
    ]
    seen = {
        one.subject["id"]: [above["id"] for above in one.chain]
        for one in bound(linfen_evaluator(), firm("cement", {"pm_mg_m3": 7.0}, units))
    }
    assert seen == {
        "line": ["firm", "site", "line"],
        "b1": ["firm", "site", "line", "heat", "b1"],
        "b2": ["firm", "site", "line", "b2"],
    }
    b1 = next(one for one in bound(linfen_evaluator(), firm("cement", {}, units)) if one.subject["id"] == "b1")
    kept = ("unit_kind", "industry", "zone", "boiler_fuel", "boiler_low_nox_retrofit")
    assert [b1.record[key] for key in kept] == ["boiler", "cement", "plains", "gas", False]


EVERY, SOME = "every ovens: rank is not bad", "some ovens: rank is bad"
QUANTIFIED = Evaluator(
    invented(
        gates=[
            row("E", {"every": "ovens", "if": "rank is not bad"}, "remediate"),
            row("S", {"some": "ovens", "if": "rank is bad"}, "remediate"),
        ],
        rules=[ladder(row("A"))],
    )
)


@pytest.mark.parametrize(
    ("units", "every", "some"),
    [
        ([], None, None),
        ([("fan", "bad")], True, False),
        ([("oven", "good")], True, False),
        ([("oven", "good"), ("kiln", "bad")], False, True),
        ([("oven", "good"), ("kiln", None)], None, None),
        ([("oven", "bad"), ("kiln", None)], False, True),
        ([("oven", "good"), (None, "good")], True, False),
        ([("oven", "good"), (None, "bad")], None, None),
        ([("oven", "bad"), (None, "good")], False, True),
        ([(None, None)], None, None),
        ([("fan", None)], True, False),
    ],
)
def test_a_quantifier_is_settled_by_the_members_that_are_known(
    units: list[tuple[str | None, str | None]], every: bool | None, some: bool | None
) -> None:
    made = [unit(f"u{n}", kind, {"rank": rank} if rank else {}) for n, (kind, rank) in enumerate(units)]
    [one] = [each for each in bound(QUANTIFIED, firm("mill", {}, made)) if each.subject["level"] == "line"]
    assert (one.record.get(EVERY), one.record.get(SOME)) == (every, some)


def test_a_quantified_gate_for_everybody_is_read_for_an_industry_without_a_chapter() -> None:
    [one] = bound(QUANTIFIED, firm("bakery", {}, [unit("u", "oven", {"rank": "bad"})]))
    assert (one.record.get(EVERY), one.record.get(SOME)) == (False, True)


def test_a_group_ranges_over_the_ancestor_it_names() -> None:
    gates = [
        row(name, {"some": name, "if": "rank is bad"}, "remediate") for name in ("own_ovens", "ovens", "all_ovens")
    ]
    good, bad = unit("a", "oven", {"rank": "good"}), unit("b", "oven", {"rank": "bad"})
    tree = enterprise(
        [
            site([line("l1", "mill", {}, [good]), line("l2", "mill", {}, [bad])], name="s1"),
            site([line("l3", "mill", {}, [unit("c", "oven", {"rank": "fair"})])], name="s2"),
        ]
    )
    seen = {
        one.subject["id"]: [one.record.get(f"some {name}: rank is bad") for name in ("own_ovens", "ovens", "all_ovens")]
        for one in bound(Evaluator(invented(gates=gates, rules=[ladder(row("A"))])), tree)
    }
    assert seen == {"l1": [False, True, True], "l2": [True, True, True], "l3": [False, False, True]}


def test_a_member_inherits_what_it_is_not_asked_itself() -> None:
    [one] = bound(QUANTIFIED, firm("mill", {"rank": "bad"}, [unit("u", "oven"), unit("v", "oven", {"rank": "good"})]))
    assert (one.record[EVERY], one.record[SOME]) == (False, True)


def test_a_quantified_question_names_the_members_that_lack_facts() -> None:
    units = [unit("u1", "oven"), unit("u2", "oven", {"rank": "good"}), unit("u3", None), unit("u4", "fan")]
    [one] = bound(QUANTIFIED, firm("mill", {}, units))
    assert missing_below(QUANTIFIED.reader, one, EVERY, DAY) == {"u1": ["rank"], "u3": ["rank"]}


@pytest.mark.parametrize(
    ("measured", "oxygen", "derived"),
    [(7.0, 6.0, 7.0), (5.0, 6.0, 5.0), (4.0, 9.0, 5.0), (4.000001, 9.0, 5.000001), (0.0, 20.9, 0.0)],
)
def test_a_concentration_is_brought_to_the_reference_oxygen(measured: float, oxygen: float, derived: float) -> None:
    facts = {"pm_measured_mg_m3": measured, "flue_oxygen_pct": oxygen}
    [one] = bound(linfen_evaluator(), firm("thermal_power", facts))
    assert one.record["pm_o2_6_mg_m3"] == derived


@pytest.mark.parametrize(
    "facts",
    [{"pm_measured_mg_m3": 5.0}, {"flue_oxygen_pct": 6.0}, {"pm_measured_mg_m3": 5.0, "flue_oxygen_pct": 21.0}],
)
def test_a_concentration_without_sound_inputs_is_unknown(facts: dict[str, float]) -> None:
    [one] = bound(linfen_evaluator(), firm("thermal_power", facts))
    assert "pm_o2_6_mg_m3" not in one.record


def test_a_stated_concentration_is_not_overwritten_by_a_derived_one() -> None:
    facts = {"pm_measured_mg_m3": 9.0, "flue_oxygen_pct": 6.0, "pm_o2_6_mg_m3": 4.0}
    [one] = bound(linfen_evaluator(), firm("thermal_power", facts))
    assert one.record["pm_o2_6_mg_m3"] == 4.0


UNIT_GATE = row("U", "p", "stop", binds="unit", kinds=["oven"])


@pytest.mark.parametrize(
    "sections",
    [
        {"gates": [row("U", "p", "stop", binds="unit")]},
        {"penalties": [UNIT_GATE]},
        {"warnings": [UNIT_GATE]},
    ],
    ids=["a gate for every kind", "a penalty", "a warning"],
)
def test_every_rule_for_units_reaches_its_units(sections: dict[str, Any]) -> None:
    tree = firm("mill", {"p": True}, [unit("u", "oven")])
    decided = Evaluator(invented(**sections)).evaluate(tree, season=2019, day=date(2019, 12, 10))
    assert [one.outcomes.codes for one in decided if one.bound.subject["id"] == "u"] == [("U",)]


def test_a_gate_for_units_of_some_industries_spares_the_others() -> None:
    gate = row("U", "p", "stop", binds="unit", kinds=["oven"], industries=["forge"])
    tree = firm("mill", {"p": True}, [unit("u", "oven")])
    decided = Evaluator(invented(gates=[gate])).evaluate(tree, season=2019, day=date(2019, 12, 10))
    assert [one.outcomes.codes for one in decided if one.bound.subject["id"] == "u"] == [("",)]


def test_a_group_of_lines_ranges_over_lines() -> None:
    groups = {"lines": {"zh": "线", "level": "line", "within": "site", "kinds": ["mill"]}}
    pack = invented(
        groups=groups, gates=[row("G", {"some": "lines", "if": "p"}, "remediate")], rules=[ladder(row("A"))]
    )
    tree = enterprise([site([line("l1", "mill", {"p": True}), line("l2", "mill", {"p": False})])])
    assert [one.record.get("some lines: p") for one in bound(Evaluator(pack), tree)] == [True, True]


def test_a_unit_derives_its_own_concentration() -> None:
    local = {
        "zh": "炉烟尘折算", "en": "x", "type": "number", "subject": "unit", "question": "?", "question_en": "?",
        "derive": {"at_reference_oxygen": {"of": "height", "oxygen": "draught", "reference_pct": 6}},
    }  # fmt: skip
    draught = {"zh": "含氧", "en": "x", "type": "number", "subject": "unit", "question": "?", "question_en": "?"}
    pack = invented(
        facts={"derived": local, "draught": draught},
        gates=[row("U", "derived <= 5", "stop", binds="unit", kinds=["oven"])],
    )
    tree = firm("mill", {}, [unit("u", "oven", {"height": 4.0, "draught": 9.0})])
    [one] = [each for each in bound(Evaluator(pack), tree) if each.subject["id"] == "u"]
    assert one.record.get("derived") == 5.0


@pytest.mark.parametrize(
    ("start", "end", "parts"),
    [
        ("2019-10-20", None, [("2019-10-20", "2019-12-05", False), ("2019-12-05", None, True)]),
        (None, "2020-03-01", [(None, "2019-12-05", False), ("2019-12-05", "2020-03-01", True)]),
        ("2019-12-05", None, [("2019-12-05", None, True)]),
        ("2019-12-06", "2019-12-08", [("2019-12-06", "2019-12-08", True)]),
        ("2019-10-20", "2019-12-05", [("2019-10-20", "2019-12-05", False)]),
    ],
)
def test_a_claim_stands_unverified_until_its_verification_counts(start: Any, end: Any, parts: Any) -> None:
    found = verified_from(span("accepted", start=start, end=end), "2019-12-05")
    assert [(one["from"], one["to"], one["verified"]) for one in found] == parts


def test_a_later_state_hides_what_is_verified_after_it_began() -> None:
    spans = [
        *verified_from(span("accepted", start="2019-10-20"), "2019-12-05"),
        span("not_done", start="2019-11-10", assertion="a2"),
    ]
    assert [value(spans, day) for day in ("2019-11-09", "2019-11-10", "2019-12-05")] == ["done", "not_done", "not_done"]


@pytest.mark.parametrize(("day", "seen", "proved"), [("2019-10-09", "done", False), ("2019-10-10", "accepted", True)])
def test_a_deadline_that_was_met_counts_as_met_once_that_is_verified(day: str, seen: str, *, proved: bool) -> None:
    """The state of the eve is asked (A-G20), and the day asked about decides whether it is proved by then (A-L29)."""
    gate = {"if": "retrofit is accepted", "at": "10-01"}
    evaluator = Evaluator(invented(gates=[row("G", gate, "remediate")]))
    spans = verified_from(span("accepted", start="2019-09-20"), "2019-10-10")
    [one] = bound(evaluator, firm("mill", {"retrofit": spans}), day=day)
    assert one.record["retrofit@10-01"] == seen
    evidence = one.evidence("retrofit", day, eve="2019-09-30")
    assert evidence is not None
    assert evidence.span["verified"] is proved
