"""From YAML to a pack: every reason at once, each with its line; the same content is the same pack."""

from pathlib import Path
from typing import Any

import orjson
import pytest

from app.documents.catalogue import base_catalogue
from app.documents.pack import PackRefused, PackText, read_pack, stored_pack
from app.documents.pack_check import Report, check_pack
from app.domain.policies.conditions import All, Leaf
from tests.domain.plans import invented, row

PACKS = Path(__file__).parent / "packs"
MILL = (PACKS / "mill.yaml").read_text(encoding="utf-8")
SCENARIOS = (PACKS / "mill.scenarios.yaml").read_text(encoding="utf-8")


def read(text: str) -> PackText:
    return read_pack(text, base_catalogue())


def changed(*edits: tuple[str, str], text: str = MILL) -> str:
    """The plan with some of its text replaced."""
    for old, new in edits:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def findings(text: str, scenarios: str | None = None) -> list[tuple[str, int]]:
    """The code and line of every reason against a plan."""
    report = check_pack(text, scenarios, base_catalogue())
    return [(one.finding.code, one.line) for one in report.placed]


def line_of(part: str, text: str = MILL) -> int:
    return next(number for number, line in enumerate(text.splitlines(), start=1) if part in line)


def test_a_small_plan_passes_with_its_scenarios() -> None:
    report = check_pack(MILL, SCENARIOS, base_catalogue())
    assert (report.passes, list(report.placed), list(report.differences), report.scenarios) == (True, [], [], 2)


def test_conditions_in_chinese_are_stored_under_canonical_names() -> None:
    when = read(MILL).pack.rule("M-02").when
    assert when == All(
        parts=(
            Leaf(fact="deep_treatment", op="is", operand="accepted", cite="⑴"),
            Leaf(fact="dust_hood", op="is", operand=True, cite="⑵"),
            Leaf(fact="fuel", op="in", operand=frozenset({"natural_gas", "electricity"}), set_name="clean", cite="⑶"),
        )
    )


def test_the_same_content_has_the_same_hash_whatever_its_layout() -> None:
    laid_out = changed(
        ('{regions: ["141000"]}', '\n  regions:\n    - "141000"\n'), ("# An invented plan", "# Another plan")
    )
    assert read(laid_out).pack.hash == read(MILL).pack.hash


@pytest.mark.parametrize(
    "edit", [("to: 03-15", "to: 03-16"), ("version: 1.0.0", "version: 1.0.1"), ("治好的正常生产。", "治好的可以生产。")]
)
def test_other_content_has_another_hash(edit: tuple[str, str]) -> None:
    assert read(changed(edit)).pack.hash != read(MILL).pack.hash


def test_other_scenarios_make_another_hash() -> None:
    hashes = {read_pack(MILL, base_catalogue(), scenarios=given).pack.hash for given in (None, {"a": 1}, {"a": 2})}
    assert len(hashes) == 3


PARTS = (
    "name", "version", "hash", "title", "issuer_region", "issuer_level", "issuer_body", "regions", "windows", "zones", "provisions",
    "readings", "sets", "groups", "duties", "placement", "relations",
)  # fmt: skip


def test_a_stored_plan_is_the_plan_that_was_read() -> None:
    given = read(MILL)
    again = stored_pack(orjson.loads(orjson.dumps(given.document)), given.pack.hash)
    assert [name for name in PARTS if getattr(again, name) != getattr(given.pack, name)] == []
    assert [repr(rule) for rule in again.rules()] == [repr(rule) for rule in given.pack.rules()]


ROW = "      - id: M-03\n"
WORKFLOW = "workflows:\n  - id: w\n    kind: %s\n    cites: [M-01]\n    who: authority\n    what: {zh: 办, en: do}\n"
GRANTS = WORKFLOW + "    grants: %s\nrelations:\n"
REFUSED = [
    ("yaml", ("version: 1.0.0", "version: !v 1.0.0"), "version"),
    ("alias", ("version: 1.0.0", "version: &v 1.0.0"), "version"),
    ("key_twice", ("version: 1.0.0", "version: 1.0.0\nversion: 2.0.0"), "version: 2.0.0"),
    ("shape", ("version: 1.0.0", "version: one"), "version"),
    ("shape", ("version: 1.0.0", "version: 1.0.0\nrulez: []"), "rulez"),
    ("shape", ("to: 03-15", "to: 02-30"), "to: 02-30"),
    ("shape", ("kind: G,", "kind: Q,"), "kind: Q"),
    ("shape", ("if: dust_hood", "if: true"), "if: true"),
    ("shape", ("if: dust_hood", "if: [dust_hood]"), "if: [dust_hood]"),
    ("shape", ("if: dust_hood", "if: 5"), "if: 5"),
    ("shape", ("        then: stop", "        then: {cut: {pct: 101, basis: x}}"), "pct: 101"),
    ("leaf", ("if: dust_hood", "if: dust_hod"), "dust_hod}"),
    ("leaf", ("if: dust_hood", 'if: "__import__(\'os\')"'), "__import__"),
    ("node_shape", ("{cite: ⑵, if: dust_hood}", "{cite: ⑵}"), "{cite: ⑵}"),
    ("node_shape", ("{cite: ⑵, if: dust_hood}", "{if: dust_hood, all: []}"), "all: []}"),
    ("group_unknown", ("{cite: ⑵, if: dust_hood}", "{every: ovens, if: dust_hood}"), "every: ovens"),
    ("measure_unknown", ("        then: stop", "        then: halt"), "then: halt"),
    ("measure_shape", ("        then: stop", "        then: {stop: {}, stop_charging: {}}"), "stop_charging"),
    ("when_shape", ("        then: stop", "        then: {stop: {until: rectified}}"), "until: rectified"),
    ("when_shape", ("        then: stop", "        then: {stop: {from: 10-01}}"), "from: 10-01"),
    ("when_shape", ("        then: stop", "        then: {stop: {through: 03-31}}"), "through: 03-31"),
    ("when_shape", ("        then: stop", "        then: {stop: {from: 10-01, until: rectified, through: 03-31}}"), "from: 10-01"),
    ("when_shape", ("        then: stop", "        then: {stop: {after: winter, through: 03-31}}"), "after: winter"),
    ("when_shape", ("        then: stop", "        then: {stop: {during: season, after: winter, until: rectified}}"), "after: winter"),
    ("period_unknown", ("        then: stop", "        then: {stop: {during: winter}}"), "during: winter"),
    ("period_unknown", ("        then: stop", "        then: {stop: {after: winter, until: rectified}}"), "after: winter"),
    ("zone_unknown", ("{from: 11-15", "{zone: hills, from: 11-15"), "zone: hills"),
    ("industry_unknown", ("- industry: mill", "- industry: mills"), "industry: mills"),
    ("class_unknown", ("lowest: II", "lowest: III"), "- industry: mill"),
    ("id_twice", ("- {id: M-02, place", "- {id: M-01, place"), "二1"),
    ("fact_declared_twice", ("  dust_hood:\n", "  wash_platform:\n"), "zh: 集尘罩"),
    ("fact_named_twice", ("zh: 集尘罩", "zh: 燃料"), "zh: 燃料"),
    ("set_value_unknown", ("[natural_gas, electricity]", "[natural_gas, electrcity]"), "electrcity"),
    ("fact_unknown", ("of: fuel", "of: fule"), "of: fule"),
    ("grant_unknown", ("relations:\n", GRANTS % ("listing", "dust_hod")), "grants: dust_hod"),
    ("default_unknown", ("relations:\n", GRANTS.replace("grants", "default: gas\n    grants") % ("listing", "dust_hood")), "default: gas"),
    ("quantifier_nested", ("{cite: ⑵, if: dust_hood}", "{every: boilers, not: {some: boilers, if: boiler_fuel is coal}}"), "every: boilers"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "edit", "where"), REFUSED, ids=[f"{code} {edit[1].strip()[:30]}" for code, edit, _ in REFUSED]
)
def test_a_mistake_is_named_at_its_line(code: str, edit: tuple[str, str], where: str) -> None:
    text = changed(edit)
    assert (code, line_of(where, text)) in findings(text)
    assert {found for found, _ in findings(text)} - {code, "leaf", "grant_open", "provision_without_object"} == set()


def test_what_an_act_grants_is_stored_under_its_canonical_name() -> None:
    text = changed(("relations:\n", GRANTS % ("listing", "列入豁免清单")))
    assert [workflow.grants for workflow in read(text).pack.workflows] == ["exemption_listed"]
    assert findings(text) == [("grant_unasked", line_of("id: w", text))]


def test_what_an_act_grants_has_a_value_that_means_it_was_not_granted() -> None:
    text = changed(("relations:\n", GRANTS % ("dispatch", "集尘罩")))
    assert findings(text) == [("grant_open", line_of("id: w", text))]


def test_all_reasons_are_given_at_once() -> None:
    text = changed(
        ("if: dust_hood", "if: dust_hod"),
        ("fuel in clean", "fuel in dirty"),
        ("        then: stop", "        then: halt"),
        ("lowest: II", "lowest: III"),
        ("{from: 11-15", "{zone: hills, from: 11-15"),
    )
    broken = changed(("pack: invented-mill", "pack: invented-mill\nwhat: 1"), text=SCENARIOS)
    assert sorted(code for code, _ in findings(text, broken)) == sorted(
        ["shape", "leaf", "leaf", "measure_unknown", "class_unknown", "zone_unknown"]
    )


def test_every_reason_is_said_in_both_languages() -> None:
    for _, edit, _ in REFUSED:
        with pytest.raises(PackRefused) as refused:
            read(changed(edit))
        assert all(one.zh and one.en for one in refused.value.findings)


def test_a_plan_beyond_enumeration_is_refused_before_its_scenarios_run() -> None:
    says = "{zh: 事%d, en: f, type: boolean, subject: line, question: 问, question_en: q}"
    asked = "\n".join(f"  f{n}: {says % n}" for n in range(16))
    gates = "\n".join(f"  - {{id: G{n}, cites: [M-01], when: {{if: f{n}}}, then: remediate}}" for n in range(16))
    text = changed(("facts:\n", f"facts:\n{asked}\n"), ("rules:\n", f"gates:\n{gates}\nrules:\n"))
    report = check_pack(text, SCENARIOS, base_catalogue())
    assert ([one.finding.code for one in report.placed], report.passes) == (["too_entangled"], False)


def test_a_zone_without_a_season_is_found_at_its_line() -> None:
    zones = "".join(
        f'  {name}: {{name: {{zh: 区, en: z}}, regions: ["{code}"]}}\n'
        for name, code in (("low", 141002), ("high", 141027))
    )
    text = changed(("provisions:\n", f"zones:\n{zones}provisions:\n"), ("{from: 11-15", "{zone: high, from: 11-15"))
    assert findings(text, SCENARIOS) == [("zone_without_window", line_of("low: {name", text))]


def check(edit: tuple[str, str]) -> Report:
    return check_pack(MILL, changed(edit, text=SCENARIOS), base_catalogue())


@pytest.mark.parametrize(
    ("edit", "what"),
    [
        (("rules: [M-02]", "rules: [M-03]"), "rules"),
        (("class: I,", "class: II,"), "class"),
        (("to: 2020-03-15", "to: 2020-03-14"), "measures"),
        (("days: 121", "days: 122"), "measures"),
        (("in_force: false", "in_force: true"), "in_force"),
        (("readings: [R-1]", "readings: [R-2]"), "readings"),
        (("lacks: {I: [dust_hood]}", "lacks: {I: []}"), "lacks"),
        (("status: decided, rules: [M-02]", "status: authority_decides, rules: [M-02]"), "status"),
    ],
)
def test_a_scenario_that_demands_something_else_says_what_differs(edit: tuple[str, str], what: str) -> None:
    report = check(edit)
    assert ([one.what for one in report.differences], report.passes) == ([what], False)


def test_an_unknown_background_is_refused() -> None:
    report = check_pack(MILL, SCENARIOS.replace("given: treated", "given: tretaed"), base_catalogue())
    assert [one.finding.code for one in report.placed] == ["background_unknown"]


@pytest.mark.parametrize(
    ("edit", "code"),
    [
        (("pack: invented-mill", "pack: another-plan"), "pack_other"),
        (("facts: {dust_hood: false}", "facts: {dust_hod: false}"), "fact_unknown"),
        (("facts: {dust_hood: false}", "facts: {dust_hood: 5}"), "value_unknown"),
        (("dust_hood: true, fuel: natural_gas", "dust_hood: true, fuel: natural_gsa"), "value_unknown"),
        (("facts: {dust_hood: false}", "facts: {pm_mg_m3: true}"), "value_unknown"),
        (("facts: {dust_hood: false}", "unverified: [deep_treatmnet]"), "fact_unknown"),
    ],
)
def test_a_name_that_a_scenario_gets_wrong_is_named_at_its_line(edit: tuple[str, str], code: str) -> None:
    report = check(edit)
    assert [(one.finding.code, one.line) for one in report.placed] == [
        (code, line_of(edit[1], changed(edit, text=SCENARIOS)))
    ]
    assert (report.passes, report.scenarios) == (False, 0)


def test_a_scenario_with_an_unknown_fact_is_refused() -> None:
    assert check(("facts: {dust_hood: false}", "facts: {dust_hood: false, dust_hod: true}")).placed


def test_a_scenario_with_a_value_outside_its_enumeration_is_refused() -> None:
    assert check(("facts: {dust_hood: false}", "facts: {dust_hood: false, deep_treatment: acepted}")).placed


def test_a_set_with_a_value_its_fact_does_not_take_is_refused() -> None:
    assert findings(changed(("values: [natural_gas, electricity]", "values: [natural_gas, electrcity]")))


def test_a_local_fact_may_not_take_the_chinese_name_of_another() -> None:
    assert findings(changed(("zh: 集尘罩", "zh: 燃料")))


@pytest.mark.parametrize(
    "node", ["{every: boilers, some: boilers, if: p}", "{every: boilers, all: [{some: boilers, if: p}]}"]
)
def test_quantifiers_do_not_nest(node: str) -> None:
    assert findings(changed(("{cite: ⑵, if: dust_hood}", node.replace("if: p", "if: boiler_fuel is coal"))))


def test_scenarios_of_another_pack_are_refused() -> None:
    assert check(("pack: invented-mill", "pack: another-plan")).placed


def test_an_officer_may_write_every_name_in_chinese() -> None:
    words: dict[str, Any] = {
        "industries": {"mill": {"name": {"zh": "轧钢", "en": "mill"}, "tags": ["mill"]}},
        "sets": {"clean": {"zh": "清洁", "of": "燃料", "values": ["气", "其他"]}},
        "places": {"town": {"name": {"zh": "城区", "en": "town"}, "regions": ["141002"]}},
        "groups": {"ovens": {"zh": "炉", "level": "unit", "within": "site", "kinds": ["oven"]}},
        "gates": [row("G", {"all": [{"if": "地点 in 城区"}, {"every": "炉", "if": "档次 is 差"}]}, industries=["轧钢"])],
        "rules": [{"industry": "轧钢", "lowest": "二类", "ladder": [
            row("A", "燃料 in 清洁", "normal", **{"class": "一类"}), row("B", **{"class": "二类"})]}],
    }  # fmt: skip
    english: dict[str, Any] = {
        "industries": words["industries"],
        "sets": {"clean": {"zh": "清洁", "of": "fuel", "values": ["gas", "other"]}},
        "places": words["places"],
        "groups": words["groups"],
        "gates": [row("G", {"all": [{"if": "place in town"}, {"every": "ovens", "if": "rank is bad"}]}, industries=["mill"])],
        "rules": [{"industry": "mill", "lowest": "二类", "ladder": [
            row("A", "fuel in clean", "normal", **{"class": "一类"}), row("B", **{"class": "二类"})]}],
    }  # fmt: skip
    one, other = invented(**words), invented(**english)
    assert one.sets == other.sets
    assert [ladder.industry for ladder in one.ladders] == [ladder.industry for ladder in other.ladders]
    assert [rule.when for rule in one.rules()] == [rule.when for rule in other.rules()]
