"""What officials get wrong in a plan, each found by recomputing it; a sound plan is left in peace."""

from typing import Any

import pytest

from app.domain.decisions.lint import lint
from app.domain.decisions.lint_ladders import severity_of
from app.domain.policies.pack import Pack
from tests.domain.plans import PLAIN, SAYS, TWO_ZONES, invented, ladder, linfen, row
from tests.scenarios.citing import cited_by

RELATED = [{"to": to, "when_stricter": "unsaid", "cites": ["X-01"]} for to in ("higher_level", "other_control")]
SOUND: dict[str, Any] = {"rules": [ladder(row("A", "p", "normal"), row("B"))]}
PRINTED = {"from": "10-01", "to": "03-31", "cites": ["X-01"], "printed_days": 181}
FEBRUARY = {"stop": {"during": {"from": "12-01", "to": "02-29"}}}
EARLY = {"stop": {"during": {"from": "09-01", "to": "12-31"}}}
ASKS_BACKWARDS = {
    "authority_decides": {
        "authority": "甲", "question": SAYS, "alternatives": ["as_classed", {"stop": {"during": {"from": "01-31", "to": "12-01"}}}]
    }
}  # fmt: skip
CUT = {"cut": {"pct": 30, "basis": "capacity"}}
DEEPER = {"cut": {"pct": 50, "basis": "capacity"}}


WINTER = {"occurs": "in_window", "follows": {"p": True}}


def fact(zh: str) -> dict[str, object]:
    return {"zh": zh, "en": "f", "type": "boolean", "subject": "line", "question": "?", "question_en": "?"}


def found(**sections: Any) -> list[tuple[str, str, str]]:
    return [(one.code, one.rule, one.severity) for one in lint(invented(**{"relations": RELATED, **sections}))]


def rows(*given: dict[str, object], **more: Any) -> dict[str, Any]:
    return {"rules": [{**ladder(*given), **more}]}


def test_a_sound_plan_has_no_findings() -> None:
    assert found(**SOUND) == []


@pytest.mark.parametrize(
    ("sections", "finding"),
    [
        (rows(row("A", "p", "normal"), {**row("B"), "cites": ["X-01", "X-99"]}), ("provision_unknown", "B", "error")),
        (rows(row("A", "p", "normal"), row("B", readings=["R-9"])), ("reading_unknown", "B", "error")),
        (rows(row("A", "p", "normal"), {**row("B"), "cites": []}), ("rule_without_source", "B", "error")),
        (
            {**SOUND, "provisions": [*PLAIN["provisions"], {"id": "X-02", "place": "二", "kind": "M", "says": "甲", "says_en": "x"}]},
            ("provision_without_object", "X-02", "error"),
        ),
        ({**SOUND, "gates": [row("G", "q", "remediate")], "penalties": [row("G", "event")]}, ("id_twice", "G", "error")),
        ({**SOUND, "season": [PRINTED]}, ("day_count", "season", "error")),
        (rows(row("A", "p", FEBRUARY), row("B")), ("leap_day", "A", "warning")),
        (rows(row("A", "p", EARLY), row("B")), ("outside_window", "A", "warning")),
        (rows(row("A", "p", DEEPER), row("B", None, CUT)), ("ladder_milder", "B", "warning")),
        (rows(row("A", "p", "normal", **{"class": "I"}), row("B", **{"class": "III"}), lowest="III"), ("class_missing", "mill", "error")),
        ({**SOUND, **TWO_ZONES, "season": TWO_ZONES["season"][:1]}, ("zone_without_window", "high", "error")),
        (
            {**SOUND, "facts": {f"f{n}": fact(f"事{n}") for n in range(16)}, "gates": [row(f"G{n}", f"f{n}", "remediate") for n in range(16)]},
            ("too_entangled", "", "error"),
        ),
        (rows(row("A", "p", "normal"), row("B"), row("C")), ("unreachable", "C", "error")),
        (rows(row("A", "p", "normal"), row("B", "p"), row("C")), ("unreachable", "B", "error")),
        (rows(row("A", "dust <= 30", "normal"), row("B", "dust <= 20"), row("C")), ("unreachable", "B", "error")),
        ({**SOUND, "gates": [row("G", {"all": [{"if": "p"}, {"if": "not p"}]}, "remediate")]}, ("unreachable", "G", "error")),
        (rows(row("A", "dust <= 20", "normal"), row("B", "dust > 30")), ("gap", "mill", "warning")),
    ],
    ids=lambda value: " ".join(value[:2]) if isinstance(value, tuple) else "",
)  # fmt: skip
def test_a_mistake_is_found_and_nothing_else(sections: dict[str, Any], finding: tuple[str, str, str]) -> None:
    assert found(**sections) == [finding]


@pytest.mark.parametrize(
    "sections",
    [
        {**SOUND, "season": [{**PRINTED, "printed_days": 182}]},
        {**SOUND, "season": [{**PRINTED, "printed_days": 183}]},
        {**SOUND, "provisions": [*PLAIN["provisions"], {"id": "X-02", "place": "二", "kind": "G", "says": "甲", "says_en": "x", "excused": SAYS}]},
        {**SOUND, "gates": [row("G", "q", "stop")]},
        rows(row("A", "p", CUT), row("B", None, DEEPER)),
        rows(row("A", "dust <= 20", "normal"), row("B", "dust <= 30"), row("C")),
    ],
)  # fmt: skip
def test_what_is_right_is_not_reported(sections: dict[str, Any]) -> None:
    assert found(**sections) == []


def test_every_finding_is_said_in_both_languages_and_errors_come_first() -> None:
    given = lint(invented(relations=RELATED, **rows(row("A", "p", FEBRUARY, readings=["R-9"]), row("B", "q"))))
    assert [one.severity for one in given] == ["error", "warning", "warning", "note"]
    assert all(one.zh and one.en for one in given)


def test_severity_grows_from_free_to_stop() -> None:
    pack = invented(
        **rows(row("a", "p", "normal"), row("b", "q", CUT), row("c", "r", DEEPER), row("d", None, "stop")),
    )
    assert [severity_of(rule.then, pack) for rule in pack.rules()] == [0.0, 0.3, 0.5, 1.0]


@pytest.mark.parametrize(
    "sections",
    [
        {**SOUND, "season": [{"from": "03-31", "to": "10-01", "cites": ["X-01"]}]},
        rows(row("A", "p", {"stop": {"during": {"from": "01-31", "to": "12-01"}}}), row("B")),
        {
            "industries": {
                "mill": {"name": SAYS, "tags": ["mill", "x"]},
                "forge": {"name": SAYS, "tags": ["mill", "y"]},
            },
            "rules": [ladder(row("A")), ladder(row("B"), industry="forge")],
        },
        {**SOUND, **TWO_ZONES, "zones": {name: {"name": SAYS, "regions": ["141002"]} for name in ("low", "high")}},
        {**SOUND, "gates": [row("G", "p", kinds=["mill"])]},
        {**SOUND, "duties": [{"id": "d", "cites": ["X-99"], "who": "x", "what": SAYS}]},
        rows(row("A", "p", "normal"), row("B", None, "lowest_class")),
    ],
)
def test_a_mistake_that_would_pass_in_silence_is_found(sections: dict[str, Any]) -> None:
    assert found(**sections)


@pytest.mark.parametrize(
    ("sections", "finding"),
    [
        ({**SOUND, "season": [{"from": "03-31", "to": "10-01", "cites": ["X-01"]}]}, ("span_reversed", "season", "error")),
        (rows(row("A", "p", ASKS_BACKWARDS), row("B")), ("span_reversed", "A", "error")),
        ({"rules": [ladder(row("A", "p", "normal"), row("B")), ladder(row("C"))]}, ("tag_twice", "mill", "error")),
        (
            {**SOUND, **TWO_ZONES, "zones": {"low": {"name": SAYS, "regions": ["141000"]}, "high": {"name": SAYS, "regions": ["141027"]}}},
            ("region_twice", "high", "error"),
        ),
        ({**SOUND, "gates": [row("G", "p", "remediate", kinds=["oven"])]}, ("kinds_of_lines", "G", "error")),
        ({**SOUND, "gates": [row("G", "p", "lowest_class")]}, ("lowest_class_misplaced", "G", "error")),
        ({**SOUND, "season": [{"from": "10-01", "to": "03-31", "cites": ["X-01", "X-99"]}]}, ("provision_unknown", "", "error")),
        ({**SOUND, "periods": {"frost": {"from": "12-01", "to": "01-31", "readings": ["R-9"]}}}, ("reading_unknown", "", "error")),
        (
            {**SOUND, **TWO_ZONES, "zones": {**TWO_ZONES["zones"], "high": {"name": SAYS, "regions": ["141027"], "readings": ["R-9"]}}},
            ("reading_unknown", "", "error"),
        ),
        ({"rules": [{**SOUND["rules"][0], "readings": ["R-9"]}]}, ("reading_unknown", "", "error")),
        ({**SOUND, "placement": {"methods": ["load"], "cites": ["X-99"]}}, ("provision_unknown", "", "error")),
        ({**SOUND, "relations": [{"to": "higher_level", "when_stricter": "unsaid", "readings": ["R-9"]}]}, ("reading_unknown", "", "error")),
        ({**SOUND, "duties": [{"id": "d", "readings": ["R-9"], "who": "x", "what": SAYS}]}, ("reading_unknown", "d", "error")),
        (
            {"facts": {"own": {**fact("自有"), "cites": ["X-99"]}}, "rules": [ladder(row("A", "own", "normal"), row("B"))]},
            ("provision_unknown", "", "error"),
        ),
        ({**SOUND, "facts": {"own": fact("自有")}}, ("fact_unasked", "", "warning")),
        *(
            ({**SOUND, "facts": {"own": {**fact("自有"), "absent": False, **WINTER, **wrong}}}, ("follows_nothing", "own", "error"))
            for wrong in ({"follows": {"nowhere": True}}, {"follows": {"p": "yes"}}, {"occurs": None}, {"absent": None})
        ),
    ],
    ids=lambda value: " ".join(value[:2]) if isinstance(value, tuple) else "",
)  # fmt: skip
def test_a_silent_mistake_is_named(sections: dict[str, Any], finding: tuple[str, str, str]) -> None:
    assert finding in found(**sections)


def test_what_follows_from_a_finding_that_is_known_is_sound() -> None:
    winter = {**fact("自有"), "absent": False, "absent_reason": "x", **WINTER}
    assert "follows_nothing" not in {code for code, _, _ in found(**SOUND, facts={"own": winter})}


def test_a_row_that_only_a_penalty_leads_to_is_reachable() -> None:
    lowered = rows(row("A", "p", "normal"), row("B", "not p"), {**row("C"), "class": "C3"})
    assert ("unreachable", "C", "error") in found(**lowered)
    assert found(**lowered, penalties=[row("P", "event", "lowest_class")]) == []


def test_a_zone_without_a_season_is_found_beside_a_span() -> None:
    sections = {**rows(row("A", "p", EARLY), row("B")), **TWO_ZONES, "season": TWO_ZONES["season"][:1]}
    try:
        codes = [code for code, _, _ in found(**sections)]
    except StopIteration as error:
        raise RuntimeError from error
    assert "zone_without_window" in codes


def test_a_row_that_an_event_leads_to_is_reachable() -> None:
    given = found(**rows(row("A", "p", "normal"), row("B", "event", CUT), row("C")))
    assert given == [("classes_overlap", "B", "note")]


def test_every_provision_of_the_linfen_plan_stands_in_its_pack() -> None:
    assert list(linfen().provisions) == [f"L12-{number:02}" for number in range(1, 69)]


def test_every_provision_of_the_linfen_plan_that_binds_a_line_is_carried_out() -> None:
    carried = cited_by(linfen())
    binding = [name for name, one in linfen().provisions.items() if one.kind in {"M", "D", "X", "E"}]
    assert [name for name in binding if not carried[name]] == []


def test_every_other_provision_of_the_linfen_plan_is_carried_out_or_excused() -> None:
    carried = cited_by(linfen())
    assert [name for name, one in linfen().provisions.items() if not carried[name] and one.excused is None] == []


def test_the_linfen_plan_cites_nothing_that_is_not_listed() -> None:
    pack: Pack = linfen()
    assert sorted(set(cited_by(pack)) - set(pack.provisions)) == []
    facts = [reading for each in pack.catalogue.facts.values() for reading in each.readings]
    zones = [reading for each in pack.zones for reading in each.readings]
    zones += [reading for each in pack.relations for reading in each.readings]
    chapters = [reading for each in pack.ladders for reading in each.industry.readings]
    rules = [reading for rule in pack.rules() for reading in rule.readings]
    assert sorted({*facts, *zones, *chapters, *rules} - set(pack.readings)) == []


def test_the_linter_finds_in_the_linfen_plan_only_what_the_text_gets_wrong() -> None:
    given = [(one.code, one.rule, one.severity) for one in lint(linfen())]
    assert [one for one in given if one[2] != "note"] == [
        ("leap_day", "december_february", "warning"),
        ("gap", "grinding", "warning"),
    ]
    assert {one[:2] for one in given if one[2] == "note"} >= {("value_without_rule", "A-L30.ceramics")}
    assert {code for code, _, severity in given if severity == "note"} == {"value_without_rule", "classes_overlap"}
