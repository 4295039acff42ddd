"""What officials get wrong in whole plans: each found in a small invented plan, and where a shipped plan has it, there."""

import re
from functools import cache
from typing import Any

import pytest

from app.documents.catalogue import base_catalogue
from app.documents.finding_codes import finding_codes
from app.documents.pack import read_pack
from app.domain.decisions.lint import lint
from app.domain.policies.findings import Finding
from tests.domain.plans import PLAIN, SAYS, SHIPPED, invented, row
from tests.domain.test_lint import CUT, RELATED, SOUND, fact, rows
from tests.house.source import python_files

GRADE = {
    "zh": "等级", "en": "grade", "type": "enum", "subject": "line", "values": {"A": "A级", "B": "B级", "B_minus": "B减级", "C": "C级"},
    "question": "?", "question_en": "?",
}  # fmt: skip
GRADED = {"facts": {"grade": GRADE}, "readings": [{"id": "R-1", "says": "甲", "says_en": "x", "confirm": "乙"}]}
ASKS = {
    "authority_decides": {
        "authority": "甲",
        "question": SAYS,
        "alternatives": [{"cut": {"pct_range": [20, 50], "basis": "b"}}],
    }
}
BY_GRADE = [
    row("A", "grade is A", "normal"),
    row("B", "grade is B", CUT),
    row("B-", "grade is B_minus", ASKS),
    row("C"),
]
SHARE: dict[str, Any] = {"of": "enterprises", "share_pct": 30, "authority": "甲"}
REPORT: dict[str, Any] = {"id": "report", "cites": ["X-01"], "who": "enterprise", "what": SAYS, "to": "甲局"}
LISTED: dict[str, Any] = {**row("E", "p", "not_controlled"), "granted_by": "listed"}
RECORDED = {**fact("已列入"), "absent": False, "absent_reason": "-"}
LEAST = {"pct": 50, "at_least": True, "basis": "b"}
LISTING: dict[str, Any] = {"id": "w", "kind": "listing", "cites": ["X-01"], "who": "authority", "what": SAYS}
DETERMINED: list[dict[str, Any]] = [{**LISTING, "kind": "determination", "grants": "事件"}]
RAISES = row("U", "event", {"one_level_up": {"of": "fuel", "levels": {"gas": "coal", "coal": "stop"}}})
UP_OR_NOT = {"authority_decides": {"authority": "甲", "question": SAYS, "alternatives": ["as_classed", "one_level_up"]}}
OFFERS = row("O", "q", UP_OR_NOT)


def unclassed(*given: dict[str, object]) -> dict[str, Any]:
    return {"rules": [{"industry": "mill", "ladder": list(given)}]}


def stop_days(**more: object) -> dict[str, Any]:
    return rows(row("A", "p", "normal"), row("B", None, {"stop_days": more}))


def oxygen(of: str, zh: str) -> dict[str, object]:
    derive = {"at_reference_oxygen": {"of": of, "oxygen": "soot", "reference_pct": 9}}
    return {**fact(zh), "type": "number", "derive": derive}


BY_FUEL = unclassed(row("A", "fuel is gas", "normal"), row("B", "fuel is coal", CUT), row("C"))
CIRCLE = {"facts": {"a_9": oxygen("b_9", "折算甲"), "b_9": oxygen("a_9", "折算乙")}}


def told(**sections: Any) -> list[Finding]:
    return lint(invented(**{"relations": RELATED, **sections}))


PLANS: list[tuple[dict[str, Any], tuple[str, str, str], str]] = [
    ({**SOUND, "reports": [{**REPORT, "by": "03-05", "covers": "season"}]}, ("summary_before_end", "report", "warning"), "03-31"),
    ({**SOUND, "reports": [{**REPORT, "every": "month", "months": [2], "day": 30}]}, ("day_missing", "report", "warning"), "2 月没有 30 日"),
    ({**SOUND, "reports": [{**REPORT, "every": "month", "months": [7], "day": 5}]}, ("deadline_outside", "report", "note"), "7 月"),
    ({**SOUND, "reports": [{**REPORT, "to": ""}]}, ("duty_without_addressee", "report", "warning"), "报给谁"),
    ({**SOUND, "duties": [{**REPORT, "who": " "}]}, ("duty_without_addressee", "report", "warning"), "由谁负责"),
    ({**SOUND, "duties": [{**REPORT, "every": "day", "filled_by": "contact"}]}, ("filled_by_unfit", "report", "error"), "按日"),
    ({**SOUND, "duties": [{**REPORT, "who": "power_supplier", "filled_by": "contact"}]}, ("filled_by_unfit", "report", "error"), "供电企业"),
    ({**SOUND, "workflows": [{**LISTING, "by": "04-15"}]}, ("deadline_outside", "w", "warning"), "04-15"),
    (
        {**SOUND, "gates": [row("G", "q", {"authority_decides": {**ASKS["authority_decides"], "due": "04-10"}})]},
        ("deadline_outside", "G", "warning"), "结束",
    ),
    (
        {**SOUND, "gates": [row("G", "q", {"authority_decides": {**ASKS["authority_decides"], "due": "10-20"}})]},
        ("deadline_outside", "G", "note"), "开始",
    ),
    (rows(row("A", "p", "normal"), row("B", None, {"cohort": SHARE})), ("rounding_unsaid", "B", "warning"), "30%"),
    ({**SOUND, **GRADED, **unclassed(*BY_GRADE)}, ("class_without_number", "B-", "warning"), "B减级"),
    (
        {**GRADED, **unclassed(row("A", "grade is A", "normal"), row("B", "grade is B", CUT), row("C", "grade is C"))},
        ("value_without_rule", "mill", "warning"), "B减级",
    ),
    (
        {**GRADED, **unclassed(row("A", "fuel is gas", "normal"), row("B", "fuel is coal", CUT), row("R-1", None, ASKS, readings=["R-1"]))},
        ("value_without_rule", "R-1", "note"), "其他",
    ),
    (rows(row("A", "p", "normal"), row("B", None, {"cut": LEAST})), ("minimum_without_number", "B", "warning"), "不低于50%"),
    (rows(row("A", "p", "normal"), row("B", "q", CUT), row("C")), ("classes_overlap", "B", "note"), "甲：是，乙：是"),
    ({**SOUND, "places": {"key": {"name": SAYS, "regions": [], "complete": False}}}, ("place_undefined", "key", "warning"), "没有列出"),
    ({**SOUND, "places": {"key": {"name": SAYS, "regions": ["141025"], "complete": False}}}, ("place_undefined", "key", "note"), "一部分"),
    ({**SOUND, "relations": RELATED[1:]}, ("relation_unsaid", "", "warning"), "上级"),
    ({**SOUND, "relations": RELATED[:1]}, ("relation_unsaid", "", "note"), "其他管控"),
    ({**SOUND, "facts": {"listed": RECORDED}, "exemptions": [LISTED]}, ("grant_unrecorded", "E", "warning"), "已列入"),
    ({**SOUND, "facts": {"listed": fact("已列入")}, "exemptions": [LISTED], "workflows": [LISTING]}, ("grant_open", "E", "error"), "absent"),
    ({**SOUND, "workflows": [{**LISTING, "grants": "p"}]}, ("grant_open", "w", "error"), "“甲”没有登记时"),
    ({**BY_FUEL, "workflows": [{**LISTING, "kind": "determination", "grants": "fuel"}]}, ("grant_unknown", "w", "error"), "“燃料”不是"),
    ({**SOUND, "workflows": [{**LISTING, "grants": "event"}]}, ("grant_unasked", "w", "error"), "“事件”"),
    ({**BY_FUEL, "penalties": [OFFERS, RAISES]}, ("choice_idle", "O", "warning"), "上调一级"),
    ({**BY_FUEL, "penalties": [OFFERS], "workflows": DETERMINED}, ("choice_idle", "O", "warning"), "上调一级"),
    (
        {**BY_FUEL, "penalties": [{**OFFERS, "binds": "unit"}, RAISES], "workflows": DETERMINED},
        ("choice_idle", "O", "warning"), "上调一级",
    ),
    (
        {"readings": GRADED["readings"], **rows(row("A", "p", "normal"), {**row("B", readings=["R-1"]), "cites": []})},
        ("measure_without_clause", "B", "warning"), "R-1",
    ),
    (
        {**SOUND, "provisions": [*PLAIN["provisions"], {"id": "X-02", "place": "二", "kind": "E", "says": "甲", "says_en": "x", "excused": SAYS}]},
        ("provision_excused", "X-02", "error"), "X-02",
    ),
    ({**SOUND, "adjustments": [row("J", "p", {"add": {"pct": 10}}, to=["nowhere"])]}, ("rule_unknown", "J", "error"), "nowhere"),
    (
        {**SOUND, "penalties": [row("P", "event", {"one_level_up": {"of": "fuel", "levels": {"gas": "coal", "coal": "peat"}}})]},
        ("level_unknown", "P", "error"), "peat",
    ),
    ({**SOUND, "gates": [row("G", "height <= 5", "remediate")]}, ("fact_too_low", "G", "note"), "高度"),
    (stop_days(days=200), ("stop_days_unfit", "B", "warning"), "182"),
    (
        {**stop_days(days=60, split={"equally": ["x", "y"]}), "periods": {n: {"from": "12-01", "to": "12-20"} for n in "xy"}},
        ("stop_days_unfit", "B", "warning"), "20 天",
    ),
    (
        {**stop_days(days=30, split={"quotas": [{"in": "x", "days": 10}]}), "periods": {"x": {"from": "12-01", "to": "12-20"}}},
        ("stop_days_unfit", "B", "warning"), "合计 10 天",
    ),
    (
        {**stop_days(days=10, split={"equally": ["x", "y"]}), "periods": {n: {"from": "04-05", "to": "04-20"} for n in "xy"}},
        ("outside_window", "B", "warning"), "超出",
    ),
    (
        {**CIRCLE, **rows(row("A", "a_9 <= 30", "normal"), row("B", "b_9 <= 30", CUT), row("C"))},
        ("cyclic", "a_9", "error"), "a_9 → b_9",
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("sections", "finding", "word"), PLANS, ids=[f"{one[0]} {one[2]} {word}" for _, one, word in PLANS]
)
def test_a_mistake_of_a_plan_is_found_in_words_an_official_reads(
    sections: dict[str, Any], finding: tuple[str, str, str], word: str
) -> None:
    given = {(one.code, one.rule, one.severity): one for one in told(**sections)}
    assert finding in given
    assert word in given[finding].zh


@pytest.mark.parametrize(
    "sections",
    [
        {**SOUND, "reports": [{**REPORT, "by": "04-15", "covers": "season"}]},
        {**SOUND, "reports": [{**REPORT, "by": "03-05"}]},
        {**SOUND, "reports": [{**REPORT, "every": "month", "months": [11, 12, 1, 2, 3, 4], "day": 5}]},
        {**SOUND, "duties": [{**REPORT, "to": "", "by": "09-30"}]},
        {**SOUND, "workflows": [{**LISTING, "by": "09-10"}]},
        {**SOUND, "gates": [row("G", "q", {"authority_decides": {**ASKS["authority_decides"], "due": "09-10"}})]},
        rows(row("A", "p", "normal"), row("B", None, {"cohort": {**SHARE, "rounding": "up"}})),
        rows(row("A", "p", "normal"), row("B", "not p", CUT)),
        {**SOUND, "places": {"key": {"name": SAYS, "regions": ["141025"]}}},
        {**SOUND, "facts": {"listed": RECORDED}, "exemptions": [LISTED], "workflows": [LISTING]},
        {**SOUND, "issuer": {"region": "100000", "level": "nation", "body": "甲部"}, "relations": RELATED[1:]},
        {**GRADED, **unclassed(row("A", "grade is A", "normal"), row("B", "grade is B", CUT), row("C"))},
        {**BY_FUEL, "penalties": [OFFERS, RAISES], "workflows": DETERMINED},
        {**stop_days(days=30, split={"equally": ["x"] * 2}), "periods": {"x": {"from": "12-01", "to": "12-20"}}},
    ],
)  # fmt: skip
def test_a_plan_that_says_it_well_is_left_in_peace(sections: dict[str, Any]) -> None:
    assert [(one.code, one.zh) for one in told(**sections)] == []


def test_a_gap_is_told_by_the_facts_that_make_it_and_no_others() -> None:
    [gap] = told(**rows(row("A", {"all": [{"if": "q"}, {"if": "dust <= 30"}]}, "normal"), row("B", "not q")))
    assert (gap.code, gap.zh.split("：", 1)[1], gap.en.split(": ", 1)[1]) == (
        "gap",
        "（1）乙：是，粉尘 > 30 mg/m3",
        "(1) q: yes, dust > 30 mg/m3",
    )


def test_a_gap_among_units_is_told_with_their_group() -> None:
    gap, *_ = told(
        **rows(
            row("A", {"every": "ovens", "if": "rank is good"}, "normal"),
            row("B", {"some": "ovens", "if": "rank is bad"}),
        )
    )
    assert "（1）每一炉都满足“档次为优”：否，任一炉满足“档次为差”：否" in gap.zh


@cache
def shipped(name: str) -> list[Finding]:
    return lint(read_pack((SHIPPED / f"{name}.yaml").read_text(encoding="utf-8"), base_catalogue()).pack)


@pytest.mark.parametrize(
    ("name", "code", "rule", "word"),
    [
        ("yongning", "summary_before_end", "report-summary", "03-10"),
        ("linfen-twelve-industries", "leap_day", "december_february", "02-29"),
        ("linfen-twelve-industries", "gap", "grinding", "有工业炉窑：否"),
        (
            "linfen-twelve-industries",
            "value_without_rule",
            "A-L30.ceramics",
            "燃料为“高炉煤气、焦炭、生物质、油、其他”",
        ),
        ("huairen", "value_without_rule", "A-HR2.eliminated", "允许类"),
        ("fushan", "class_without_number", "A-FS5.foundry_iron", "B减级"),
        ("linfen-city", "minimum_without_number", "LN-04", "不低于50%"),
        ("linfen-city", "class_without_number", "LN-07", "B减级"),
        ("linfen-city", "place_undefined", "key_regions", "重点区域"),
        ("gaoping", "gap", "pharmaceutical", "涉挥发性有机物工序：否"),
    ],
)
def test_what_a_shipped_plan_gets_wrong_is_found(name: str, code: str, rule: str, word: str) -> None:
    assert [word in one.zh for one in shipped(name) if (one.code, one.rule) == (code, rule)] == [True]


def test_every_code_that_is_given_is_explained_and_has_a_mend() -> None:
    sources = [
        path.read_text(encoding="utf-8")
        for folder in ("app/documents", "app/domain/decisions")
        for path in python_files(folder)
    ]
    given = {code for text in sources for code in re.findall(r'\bcode="([a-z_]+)"', text)}
    given |= {
        code
        for text in sources
        for code in re.findall(r'problem\(\s*(?:[^"]|"[a-z_]+"\)?,\s)*?"([a-z_]+)",\s*f?"[^"]*[\u4e00-\u9fff]', text)
    }
    known = finding_codes()
    elsewhere = {
        "column_twice", "column_unknown", "column_kind_unknown", "sheet_unknown", "contradicts", "relaxation", "joint_relaxation",
        "never_decided", "personal",
    }  # fmt: skip
    assert sorted(given - elsewhere - known.keys()) == []
    assert [
        code.code
        for code in known.values()
        if not all((code.name["zh"], code.name["en"], code.mend["zh"], code.mend["en"]))
    ] == []
