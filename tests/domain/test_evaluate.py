"""Facts in, decision out: the same for the same facts, in every order, dated on the calendar of its season."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import cast

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.documents.trace import decision_document
from app.domain.access import Person
from app.domain.acts.effects import Determination
from app.domain.decisions.analysis import cases
from app.domain.decisions.evaluate import Applied, Decision, Evaluator
from app.domain.decisions.program import OTHER, Program
from app.domain.decisions.records import Bound
from app.domain.decisions.subjects import Subject
from app.domain.policies.facts import Value
from app.domain.policies.pack import Pack, Rule
from tests.domain import brute_force
from tests.domain.plans import TWO_ZONES, invented, ladder, linfen, linfen_evaluator, row
from tests.domain.register import MOUNTAIN, PLAINS, enterprise, firm, line, site, span, subject, unit
from tests.domain.strategies import packs, records
from tests.examples import tried

DAY = date(2019, 12, 10)
SLOW = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
TAGS = sorted({tag for one in linfen().ladders for tag in one.industry.tags} | {"unfired_brick"})
REGIONS = {"plains": PLAINS, "mountain": MOUNTAIN}


def decision_of(
    evaluator: Evaluator, record: Mapping[str, Value], *, season: int = 2019, day: date = DAY, level: str = "line"
) -> Decision:
    """The decision on a record that no register stands behind."""
    lone = line("line", None) if level == "line" else unit("unit", None)
    chain: tuple[Subject, ...] = (enterprise([]), site([]), lone)
    region = REGIONS.get(str(record.get("zone")), PLAINS)
    outcomes = evaluator.diagrams["line" if level == "line" else "unit"].outcomes(record)
    return Decision(
        pack=evaluator.pack,
        season=season,
        day=day,
        bound=Bound(lone, chain, dict(record), region),
        outcomes=outcomes,
    )


def complex_firm() -> Subject:
    """Two sites, several lines, processes, units and states that change: much that order could disturb."""
    treated = {"deep_treatment": [span("done", start="2019-09-01"), span("accepted", start="2019-11-20")]}
    units = [
        subject("process", "heat", {"boiler_fuel": "coal"}),
        unit("b1", "boiler", {"boiler_ultra_low_retrofit": False}, process="heat"),
        unit("b2", "boiler", {"boiler_fuel": "gas"}),
        unit("f1", "blast_furnace", {"catalogue_class": "permitted"}),
        unit("f2", "sintering_machine"),
    ]
    steel = line("steel", "steel", {"benchmark_35": "accepted", "full_reduction_35": "accepted"}, units)
    lime = line("lime", "lime", {**treated, "fuel": "coal", "pm_mg_m3": 30.0, "environmental_violation": True})
    power = line("power", "thermal_power", {**treated, "pm_measured_mg_m3": 4.0, "flue_oxygen_pct": 9.0})
    return enterprise(
        [
            site([steel, lime], {"gas_flaring_treatment": "accepted", "residential_heat": True}, name="s1"),
            site([power], {"wash_platform": True}, name="s2", region=MOUNTAIN),
        ],
        {"electricity_control_system": "accepted"},
    )


def shuffled(tree: Subject, random: Random, *, children: bool) -> Subject:
    """The same tree with its facts, and if wished what lies below, in another order."""
    facts = list(tree["facts"].items())
    random.shuffle(facts)
    below = [shuffled(child, random, children=children) for child in tree["children"]]
    if children:
        random.shuffle(below)
    keys: list[tuple[str, object]] = [*tree.items()]
    random.shuffle(keys)
    return cast(Subject, {**dict(keys), "facts": dict(facts), "children": below})


def documents(evaluator: Evaluator, tree: Subject) -> dict[str, bytes]:
    """Each decision as the bytes that would be sent."""
    return {
        one.bound.subject["id"]: orjson.dumps([decision_document(one, evaluator, lang) for lang in ("zh", "en")])
        for one in evaluator.evaluate(tree, season=2019, day=DAY)
    }


def test_the_same_facts_give_the_same_bytes() -> None:
    assert documents(linfen_evaluator(), complex_firm()) == documents(Evaluator(linfen()), complex_firm())


@tried(20, SLOW)
@given(st.randoms(use_true_random=False), st.booleans())
def test_the_order_of_the_register_changes_no_byte(random: Random, children: bool) -> None:
    tree = shuffled(complex_firm(), random, children=children)
    assert documents(linfen_evaluator(), tree) == documents(linfen_evaluator(), complex_firm())


def reordered(pack: Pack, random: Random) -> Pack:
    """The pack with gates, ladders, penalties, warnings and zones in another order; rows keep theirs."""

    def mixed(items: tuple[object, ...]) -> tuple[object, ...]:
        return tuple(random.sample(items, len(items)))

    stages = {name: mixed(getattr(pack, name)) for name in ("scoped", "ladders", "zones")}
    return replace(pack, **stages)  # type: ignore[arg-type]  # each keeps its type


def sense(evaluator: Evaluator, record: Mapping[str, Value], level: str = "line") -> set[tuple[object, ...]]:
    outcomes = evaluator.diagrams["line" if level == "line" else "unit"].outcomes(record)
    return {(frozenset(one.rule_ids), one.zone, one.class_, one.effect, outcomes.status) for one in outcomes.possible}


@tried(60, SLOW)
@given(data=st.data(), random=st.randoms(use_true_random=False), tag=st.sampled_from(TAGS))
def test_the_order_of_rules_outside_a_ladder_changes_no_outcome(data: st.DataObject, random: Random, tag: str) -> None:
    record = data.draw(records(linfen(), "line", tag=tag, missing=0.2, most=200))
    assert sense(Evaluator(reordered(linfen(), random)), record) == sense(linfen_evaluator(), record)


@tried(60, SLOW)
@given(data=st.data(), random=st.randoms(use_true_random=False), pack=packs())
def test_the_order_of_rules_of_any_plan_changes_no_outcome(data: st.DataObject, random: Random, pack: Pack) -> None:
    record = data.draw(records(pack, "line", tag="mill", missing=0.3, most=200))
    assert sense(Evaluator(reordered(pack, random)), record) == sense(Evaluator(pack), record)


def severity(applied: Applied, decision: Decision) -> float:
    """How hard the most severe reading of a measure is; 1 is a stop for the whole window."""
    constraint = applied.constraint
    params = constraint.params
    window = decision.pack.window(str(decision.bound.record["zone"])).of_season(decision.season)
    match constraint.kind:
        case "stop":
            last = constraint.period.last_day or window.last_day or date.max
            return (
                min(1.0, ((last - constraint.period.start).days + 1) / (window.days or 1))
                if last >= constraint.period.start
                else 0.0
            )
        case "cut":
            return float(str(params["pct"])) / 100
        case "coking_hours":
            return 0.3 + float(str(params["hours"])) / 1000
        case "stop_charging":
            return 0.95
        case "authority_decides":
            return max((worst(one) for one in applied.rule.then.alternatives), default=0.0)
        case _:
            return 0.0


def worst(alternative: object) -> float:
    kind, params = getattr(alternative, "kind", "normal"), getattr(alternative, "params", {})
    return float(params["pct"]) / 100 if kind == "cut" else float(kind == "stop")


@pytest.mark.parametrize("tag", TAGS)
@tried(25, SLOW)
@given(data=st.data())
def test_accepting_a_programme_never_makes_the_measure_stricter(tag: str, data: st.DataObject) -> None:
    record = data.draw(records(linfen(), "line", tag=tag, missing=0, most=1))
    before = hardest(record)
    for name in record:
        fact = linfen().catalogue.facts.get(name)
        if fact is not None and fact.type == "programme":
            assert hardest({**record, name: "accepted"}) <= before, name


def hardest(record: Mapping[str, Value]) -> float:
    decision = decision_of(linfen_evaluator(), record)
    return max((severity(one, decision) for one in decision.applied), default=0.0)


def dated(season: int) -> Iterator[tuple[str, Decision, Applied]]:
    """Every constraint of every case of the plan in one season, and of every rule that only an event brings about."""
    evaluator = linfen_evaluator()
    for level, program in evaluator.programs.items():
        for tag in program.tags:
            for case in cases(program, tag):
                for zone in ("plains", "mountain"):
                    if case.facts.get("zone", zone) == zone:
                        yield from _applied(evaluator, {**case.facts, "zone": zone}, season, level)
        for rule in (item.rule for item in (*program.pack.at_stage("penalty"), *program.pack.at_stage("warning"))):
            for zone in ("plains", "mountain"):
                decision = decision_of(
                    evaluator, {program.tag: "other", "zone": zone}, season=season, day=date(season, 12, 10)
                )
                yield f"{rule.id} {zone}", decision, decision.apply(rule, zone)


def _applied(
    evaluator: Evaluator, record: Mapping[str, Value], season: int, level: str
) -> Iterator[tuple[str, Decision, Applied]]:
    decision = decision_of(evaluator, record, season=season, day=date(season, 12, 10), level=level)
    for applied in decision.applied:
        yield f"{sorted(record.items())} {applied.rule.id}", decision, applied


def test_two_seasons_differ_exactly_where_the_calendar_does() -> None:
    compared = 0
    for (name, _, leap), (same, _, common) in zip(dated(2019), dated(2022), strict=True):
        assert (name, leap.constraint.kind, leap.constraint.params) == (
            same,
            common.constraint.kind,
            common.constraint.params,
        )
        first, last = leap.constraint.period.start, leap.constraint.period.last_day
        holds_leap_day = last is not None and first <= date(2020, 2, 29) <= last
        assert common.constraint.period.start == years_later(first)
        assert common.constraint.period.last_day == (None if last is None else years_later(last))
        if last is not None:
            assert (leap.constraint.period.days or 0) - (common.constraint.period.days or 0) == holds_leap_day
        compared += 1
    assert compared > 500


def years_later(day: date) -> date:
    return date(2023, 2, 28) if (day.month, day.day) == (2, 29) else day.replace(year=day.year + 3)


def test_the_days_of_the_linfen_plan_are_the_days_counted_by_hand() -> None:
    """Window by zone, and each kind of stop inside it, in a leap and in a common season."""
    seen: dict[str, tuple[int | None, ...]] = {}
    for rule_id in ("L12-17", "L12-27", "L12-31", "L12-36"):
        rule: Rule = linfen().rule(rule_id)
        for zone in ("plains", "mountain"):
            decision = decision_of(linfen_evaluator(), {"industry": "other", "zone": zone})
            seen[f"{rule_id} {zone}"] = tuple(
                replace(decision, season=season).apply(rule, zone).constraint.period.days for season in (2019, 2022)
            )
    assert seen == {
        "L12-17 plains": (183, 182),
        "L12-17 mountain": (122, 121),
        "L12-27 plains": (62, 62),
        "L12-27 mountain": (62, 62),
        "L12-31 plains": (122, 121),
        "L12-31 mountain": (122, 121),
        "L12-36 plains": (91, 90),
        "L12-36 mountain": (91, 90),
    }


@tried(40, SLOW)
@given(data=st.data(), tag=st.sampled_from([*TAGS, None]), random=st.randoms(use_true_random=False))
def test_asking_the_deciding_facts_in_order_always_ends_decided(
    data: st.DataObject, tag: str | None, random: Random
) -> None:
    evaluator = linfen_evaluator()
    record = data.draw(records(linfen(), "line", tag=tag, missing=0.5, most=10**9))
    asked = []
    decision = decision_of(evaluator, record)
    while decision.status == "insufficient_facts":
        deciding = evaluator.deciding(decision)
        assert deciding
        for one in deciding:
            assert narrows(evaluator, record, one.key, len(decision.outcomes.possible))
        first = deciding[0].key
        assert first not in asked
        asked.append(first)
        record[first] = random.choice(brute_force.candidates(linfen(), first))
        decision = decision_of(evaluator, record)
    assert evaluator.deciding(decision) == []


def narrows(evaluator: Evaluator, record: Mapping[str, Value], key: str, full: int) -> bool:
    return any(
        len(evaluator.diagrams["line"].outcomes({**record, key: value}).possible) < full
        for value in brute_force.candidates(linfen(), key)
    )


def test_the_deciding_fact_that_splits_most_comes_first() -> None:
    pack = invented(
        rules=[ladder(row("A", {"all": [{"if": "p"}, {"if": "q"}]}, "normal"), row("B", "q", "remediate"), row("C"))]
    )
    evaluator = Evaluator(pack)
    deciding = evaluator.deciding(decision_of(evaluator, {"industry": "mill"}))
    assert [(one.key, one.outcomes_left) for one in deciding] == [("q", 1.5), ("p", 2.0)]


def test_an_either_or_still_asks_its_first_fact() -> None:
    one = {"all": [{"if": "p"}, {"if": "not q"}]}
    other = {"all": [{"if": "not p"}, {"if": "q"}]}
    evaluator = Evaluator(invented(rules=[ladder(row("A", {"any": [one, other]}, "normal"), row("B"))]))
    decision = decision_of(evaluator, {"industry": "mill"})
    assert decision.status == "insufficient_facts"
    assert evaluator.deciding(decision)


def decided(
    pack: Pack, facts: Mapping[str, object], *, day: date = DAY, acts: tuple[Determination, ...] = ()
) -> Decision:
    tree = firm("mill", dict(facts))
    [one] = Evaluator(pack).evaluate(tree, season=2019, day=day, acts=acts)
    return one


ASKED = {
    "authority_decides": {
        "authority": "甲",
        "question": {"zh": "？", "en": "?"},
        "alternatives": ["as_classed", "stop"],
    }
}


def act(choice: int, *, subject_id: str = "line", rule_id: str = "G", until: date | None = None) -> Determination:
    return Determination(
        id="d1", subject_id=subject_id, rule_id=rule_id, choice=choice, valid_from=date(2019, 11, 1), valid_to=until,
        person=Person(name="甲", office="市大气办"), basis="会议纪要",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "status", "kind"),
    [
        (None, "authority_decides", "authority_decides"),
        (act(1), "decided", "stop"),
        (act(0), "decided", "as_classed"),
        (act(1, subject_id="another"), "authority_decides", "authority_decides"),
        (act(1, rule_id="another"), "authority_decides", "authority_decides"),
        (act(1, until=DAY), "authority_decides", "authority_decides"),
        (act(1, until=DAY + timedelta(1)), "decided", "stop"),
    ],
)
def test_a_question_is_open_until_its_own_answer_is_valid(answer: Determination | None, status: str, kind: str) -> None:
    pack = invented(gates=[row("G", "p", ASKED)], rules=[ladder(row("A", None, "normal"))])
    one = decided(pack, {"p": True}, acts=(answer,) if answer else ())
    assert (one.status, [each.constraint.kind for each in one.applied]) == (status, [kind, "normal"])


def test_a_limit_is_in_force_on_the_days_it_binds_and_on_no_other() -> None:
    pack = invented(rules=[ladder(row("A", None, {"stop": {"during": {"from": "12-01", "to": "01-31"}}}))])
    days = [date(2019, 11, 30), date(2019, 12, 1), date(2020, 1, 31), date(2020, 2, 1)]
    assert [decided(pack, {}, day=day).in_force for day in days] == [False, True, True, False]


def test_the_lowest_class_limits_only_by_its_measure() -> None:
    pack = invented(rules=[ladder(row("A", None, "normal"))], penalties=[row("P", "event", "lowest_class")])
    assert not decided(pack, {"event": True}).in_force


def test_the_choice_to_keep_the_class_limits_only_as_the_class_does() -> None:
    pack = invented(gates=[row("G", "p", ASKED)], rules=[ladder(row("A", None, "normal"))])
    assert not decided(pack, {"p": True}, acts=(act(0),)).in_force


def test_a_finding_binds_from_the_day_it_was_recorded() -> None:
    pack = invented(penalties=[row("P", "event", {"stop": {"from": "finding", "until": "rectified"}})])
    one = decided(pack, {"event": [span(True, start="2019-11-20")]})
    assert [(each.constraint.period.start, each.constraint.period.until) for each in one.applied] == [
        (date(2019, 11, 20), None)
    ]


def test_a_finding_binds_from_the_fact_that_triggers_it() -> None:
    either = {"any": [{"if": "event"}, {"if": "p"}]}
    pack = invented(penalties=[row("P", either, {"stop": {"from": "finding", "until": "rectified"}})])
    one = decided(pack, {"event": [span(True, start="2019-11-20")], "p": [span(False, start="2019-12-05")]})
    assert one.applied[0].constraint.period.start == date(2019, 11, 20)


def test_the_zone_of_a_site_dates_its_measures() -> None:
    pack = invented(rules=[ladder(row("A"))], **TWO_ZONES)
    seen = {}
    for region in (PLAINS, MOUNTAIN):
        [one] = Evaluator(pack).evaluate(firm("mill", {}, region=region), season=2022, day=DAY)
        seen[region] = [(each.constraint.period.start, each.constraint.period.last_day) for each in one.applied]
    assert seen == {
        PLAINS: [(date(2022, 10, 1), date(2023, 3, 31))],
        MOUNTAIN: [(date(2022, 11, 15), date(2023, 3, 15))],
    }


def test_the_programs_of_a_pack_know_every_tag_it_names() -> None:
    program = Program(linfen(), "line")
    named = {tag for one in linfen().ladders for tag in one.industry.tags}
    assert set(program.tags) == named | {OTHER}
