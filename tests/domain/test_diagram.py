"""What is possible when facts are missing: exactly what their completions give, no more and no less."""

from datetime import date
from itertools import product

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from app.domain.decisions.diagram import Diagram, TooEntangled
from app.domain.decisions.outcomes import Outcomes
from app.domain.decisions.program import Program
from app.domain.policies.facts import Value
from app.domain.policies.pack import Pack
from tests.domain import brute_force
from tests.domain.plans import TWO_ZONES, invented, ladder, linfen, linfen_evaluator, row
from tests.domain.register import MOUNTAIN, PLAINS, firm, unit
from tests.domain.strategies import packs, records
from tests.examples import tried

TAGS = sorted({tag for one in linfen().ladders for tag in one.industry.tags} | {"unfired_brick"})
# Enumerating the completions of one record stays in the milliseconds.
MOST_COMPLETIONS = 1500
SLOW = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def claim_exact(pack: Pack, outcomes: Outcomes, record: dict[str, Value], binds: str = "line") -> None:
    """The outcomes are those of all completions, and the status follows from what they do to production."""
    answers = brute_force.possible(pack, record, binds)
    assert {(one.rule_ids, one.zone) for one in outcomes.possible} == {(one.rules, one.zone) for one in answers}
    assert (outcomes.status == "insufficient_facts") == (len({one.effect for one in answers}) > 1)
    classes = {one.class_ for one in answers}
    assert outcomes.stagger_class == (classes.pop() if len(classes) == 1 else None)


@pytest.mark.parametrize("tag", TAGS)
@tried(25, SLOW)
@given(data=st.data())
def test_with_eight_percent_of_the_facts_missing_outcomes_equal_brute_force(tag: str, data: st.DataObject) -> None:
    record = data.draw(records(linfen(), "line", tag=tag, missing=0.08, most=MOST_COMPLETIONS))
    claim_exact(linfen(), linfen_evaluator().diagrams["line"].outcomes(record), record)


@pytest.mark.parametrize("tag", TAGS)
@tried(10, SLOW)
@given(data=st.data())
def test_with_half_of_the_facts_missing_outcomes_equal_brute_force(tag: str, data: st.DataObject) -> None:
    record = data.draw(records(linfen(), "line", tag=tag, missing=0.5, most=MOST_COMPLETIONS))
    claim_exact(linfen(), linfen_evaluator().diagrams["line"].outcomes(record), record)


@tried(25, SLOW)
@given(record=records(linfen(), "line", tag=None, missing=0.05, most=MOST_COMPLETIONS))
def test_with_the_industry_missing_outcomes_equal_brute_force(record: dict[str, Value]) -> None:
    claim_exact(linfen(), linfen_evaluator().diagrams["line"].outcomes(record), record)


@pytest.mark.parametrize("kind", ["boiler", None])
@tried(60, SLOW)
@given(data=st.data(), missing=st.sampled_from([0.08, 0.4, 1.0]))
def test_for_units_outcomes_equal_brute_force(kind: str | None, data: st.DataObject, missing: float) -> None:
    record = data.draw(records(linfen(), "unit", tag=kind, missing=missing, most=MOST_COMPLETIONS))
    claim_exact(linfen(), linfen_evaluator().diagrams["unit"].outcomes(record), record, "unit")


@pytest.mark.parametrize("tag", ["cement", "ceramics", "thermal_power", "lime", "cement_grinding", "unfired_brick"])
def test_with_nothing_known_but_the_industry_outcomes_equal_brute_force(tag: str) -> None:
    record: dict[str, Value] = {"industry": tag, "pm_mg_m3": 30.0, "so2_mg_m3": 200.0, "pm_o2_10_mg_m3": 10.0}
    record |= {"so2_o2_10_mg_m3": 50.0, "so2_o2_6_mg_m3": 35.0, "online_monitoring_connected": True}
    claim_exact(linfen(), linfen_evaluator().diagrams["line"].outcomes(record), record)


@tried(120, SLOW)
@given(data=st.data(), pack=packs(), missing=st.sampled_from([0.08, 0.3, 0.6]))
def test_for_invented_packs_outcomes_equal_brute_force(data: st.DataObject, pack: Pack, missing: float) -> None:
    tag = data.draw(st.sampled_from(["mill", "forge", "shop", None]))
    record = data.draw(records(pack, "line", tag=tag, missing=missing, most=MOST_COMPLETIONS))
    claim_exact(pack, Diagram(Program(pack, "line")).outcomes(record), record)


@tried(30, SLOW)
@given(data=st.data(), pack=packs())
def test_what_was_asked_before_does_not_change_an_answer(data: st.DataObject, pack: Pack) -> None:
    shared = Diagram(Program(pack, "line"))
    for _ in range(4):
        record = data.draw(records(pack, "line", tag="mill", missing=0.4, most=MOST_COMPLETIONS))
        fresh = Diagram(Program(pack, "line"))
        assert shared.outcomes(record).codes == fresh.outcomes(record).codes


@tried(60, SLOW)
@given(data=st.data(), pack=packs())
def test_learning_a_fact_never_adds_an_outcome(data: st.DataObject, pack: Pack) -> None:
    diagram = Diagram(Program(pack, "line"))
    record = data.draw(records(pack, "line", tag="mill", missing=0.6, most=MOST_COMPLETIONS))
    missing = [key for key in brute_force.mentioned(pack, "mill") if key not in record]
    assume(missing)
    key = data.draw(st.sampled_from(missing))
    assume(key not in brute_force.absent(pack))
    learnt = {**record, key: data.draw(st.sampled_from(brute_force.candidates(pack, key)))}
    assert set(diagram.outcomes(learnt).codes) <= set(diagram.outcomes(record).codes)


CLASSES = ["encouraged", "permitted", "restricted", "eliminated"]
KINDS = ["blast_furnace", "converter", "boiler"]
FURNACES = st.lists(
    st.tuples(st.sampled_from([*KINDS, None]), st.sampled_from([*CLASSES, None])), min_size=1, max_size=3
)


@tried(60, SLOW)
@given(furnaces=FURNACES, data=st.data())
def test_units_of_unknown_kind_or_class_leave_open_exactly_what_their_completions_give(
    furnaces: list[tuple[str | None, str | None]], data: st.DataObject
) -> None:
    """Through the register: a unit's class may be anything, its kind a furnace, another main unit, or neither."""
    record = data.draw(records(linfen(), "line", tag="steel", missing=0.1, most=50))
    facts = {
        key: value for key, value in record.items() if key in linfen().catalogue and key not in {"industry", "zone"}
    }
    region = MOUNTAIN if record.get("zone") == "mountain" else PLAINS

    def codes(units: list[tuple[str | None, str | None]]) -> set[str]:
        made = [unit(f"u{n}", kind, {"catalogue_class": one} if one else {}) for n, (kind, one) in enumerate(units)]
        decided = linfen_evaluator().evaluate(
            firm("steel", facts, made, region=region), season=2019, day=date(2019, 12, 10)
        )
        return set(decided[0].outcomes.codes)

    ways = [product([kind] if kind else KINDS, [one] if one else CLASSES) for kind, one in furnaces]
    assert codes(furnaces) == {code for units in product(*ways) for code in codes(list(units))}


def test_a_tag_the_plan_does_not_name_meets_only_what_reaches_everybody() -> None:
    pack = invented(
        gates=[
            row("G-all", "event", "stop"),
            row("G-mill", "event", "normal", industries=["mill"]),
            row("G-not-mill", "event", "remediate", industries={"except": ["mill"]}),
        ]
    )
    diagram = Diagram(Program(pack, "line"))
    seen = {tag: diagram.outcomes({"industry": tag, "event": True}).codes for tag in ("mill", "forge", "bakery")}
    assert seen == {"mill": ("G-all+G-mill",), "forge": ("G-all+G-not-mill",), "bakery": ("G-all+G-not-mill",)}


@pytest.mark.parametrize(
    ("operators", "truths"),
    [
        (("<= 30", "<= 50"), {29.0: "AB", 30.0: "AB", 31.0: "B", 50.0: "B", 51.0: ""}),
        (("< 30", "< 50"), {29.0: "AB", 30.0: "B", 49.0: "B", 50.0: ""}),
        (("<= 30", "< 30"), {29.0: "AB", 30.0: "A", 31.0: ""}),
        ((">= 30", "> 30"), {29.0: "", 30.0: "A", 31.0: "AB"}),
        (("== 30", ">= 50"), {29.0: "", 30.0: "A", 40.0: "", 50.0: "B", 51.0: "B"}),
    ],
)
def test_limits_hold_to_the_last_digit(operators: tuple[str, str], truths: dict[float, str]) -> None:
    gates = [row(name, f"dust {limit}", "remediate") for name, limit in zip("AB", operators, strict=True)]
    diagram = Diagram(Program(invented(gates=gates), "line"))
    seen = {value: diagram.outcomes({"industry": "shop", "dust": value}).codes[0] for value in truths}
    assert {value: code.replace("+", "") for value, code in seen.items()} == truths


def test_an_event_nobody_recorded_did_not_happen() -> None:
    diagram = Diagram(Program(invented(gates=[row("G", "event", "stop")]), "line"))
    seen = [diagram.outcomes({"industry": "mill", **more}).codes for more in ({}, {"event": False}, {"event": True})]
    assert seen == [("",), ("",), ("G",)]


def test_the_zone_is_asked_only_where_days_depend_on_it() -> None:
    gates = [
        row("Open", "p", {"stop": {"from": "10-01", "until": "rectified"}}),
        row("Short", "q", {"stop": {"during": {"from": "12-01", "to": "01-31"}}}),
        row("Wide", "r", {"stop": {"during": {"from": "11-01", "to": "03-31"}}}),
    ]
    diagram = Diagram(Program(invented(gates=gates, **TWO_ZONES), "line"))
    seen = {
        name: diagram.outcomes({"industry": "shop", "p": False, "q": False, "r": False, name: True}).codes
        for name in ("p", "q", "r")
    }
    assert seen == {"p": ("Open",), "q": ("Short",), "r": ("Wide@high", "Wide@low")}


def test_what_an_unknown_zone_leaves_open_is_not_certain() -> None:
    pack = invented(gates=[row("Open", "p", "remediate")], rules=[ladder(row("A"))], **TWO_ZONES)
    outcomes = Diagram(Program(pack, "line")).outcomes({"industry": "mill", "p": True})
    assert (outcomes.status, outcomes.certain_ids) == ("insufficient_facts", ())


def test_a_stop_until_the_season_ends_stays_open_while_the_zone_is_unknown() -> None:
    stop = {"stop": {"from": "finding", "until": "season_end"}}
    diagram = Diagram(Program(invented(penalties=[row("P", "event", stop)], **TWO_ZONES), "line"))
    outcomes = diagram.outcomes({"industry": "shop", "event": True})
    assert (outcomes.status, outcomes.codes) == ("insufficient_facts", ("P@high", "P@low"))


def test_two_gates_with_one_measure_are_one_effect() -> None:
    stop = {"stop": {"from": "10-01", "until": "treatment_accepted"}}
    diagram = Diagram(Program(invented(gates=[row("A", "p", stop), row("B", "q", stop)]), "line"))
    outcomes = diagram.outcomes({"industry": "shop", "p": True})
    assert (outcomes.status, outcomes.codes, outcomes.certain_ids) == ("decided", ("A", "A+B"), ("A",))


def test_more_completions_than_can_be_counted_are_refused_not_guessed() -> None:
    facts = {
        f"f{n}": {"zh": f"事{n}", "en": "f", "type": "boolean", "subject": "line", "question": "?", "question_en": "?"}
        for n in range(16)
    }
    pack = invented(facts=facts, gates=[row(f"G{n}", f"f{n}", "remediate") for n in range(16)])
    with pytest.raises(TooEntangled):
        Diagram(Program(pack, "line")).outcomes({"industry": "mill"})


def test_a_value_outside_an_enumeration_is_an_error() -> None:
    diagram = Diagram(Program(invented(gates=[row("G", "fuel is other", "stop")]), "line"))
    with pytest.raises(KeyError):
        diagram.outcomes({"industry": "mill", "fuel": "peat"})


def test_two_measures_with_the_same_days_are_one_effect() -> None:
    record: dict[str, Value] = {"industry": "fired_brick", "zone": "mountain", "deep_treatment": "accepted"}
    record |= {"electricity_control_system": "accepted"}
    assert len({one.effect for one in brute_force.possible(linfen(), record)}) == 1
    assert linfen_evaluator().diagrams["line"].outcomes(record).status == "decided"
