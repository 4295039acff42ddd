"""What a warning of each colour would demand of a line, asked of the plans as if it were in force."""

from datetime import date

from app.documents.catalogue import shipped_catalogue
from app.documents.schedule_channels import Said, said_of
from app.domain.decisions.given import Facts, GivenPart, Scenario, tree_of
from tests.scenarios.plans_read import evaluator_of_plan

LEVELS = {fact.name: fact.subject for fact in shipped_catalogue().facts.values()}
DAY = date(2022, 11, 20)
LINE = {"line", "site", "enterprise"}


def said(plan: str, industry: str, facts: Facts, *units: GivenPart, region: str = "340223") -> Said:
    given = Scenario(name="x", season=2022, day=DAY, region=region, industry=industry, facts=facts, units=units)
    tree = tree_of(given, LEVELS)
    return said_of([evaluator_of_plan(plan)], tree, {}, season=2022, day=DAY, language="zh")


def test_each_colour_demands_its_own_measure_with_its_numbers() -> None:
    found = said("national-grades", "cement", {"performance_grade": "B"})
    yellow, orange, red = (found.warnings[colour].of(LINE, names={}) for colour in ("yellow", "orange", "red"))
    assert (yellow.cut_pct, orange.cut_pct, red.cut_pct) == ("", "20", "")
    assert "限产 20%（压减；基数：" in orange.measures
    assert "停产（生效时至解除） NG-06" in red.measures.split("；")


def test_a_warning_in_force_leaves_the_other_colours_as_they_are() -> None:
    calm = said("national-grades", "cement", {"performance_grade": "B", "warning_level": "none"})
    warned = said("national-grades", "cement", {"performance_grade": "B", "warning_level": "red"})
    for colour in ("yellow", "orange", "red"):
        assert calm.warnings[colour].of(LINE, names={}) == warned.warnings[colour].of(LINE, names={})
    assert warned.season(LINE).measures == calm.season(LINE).measures == ""


def test_what_is_missing_is_told_as_possible_and_gives_no_number() -> None:
    orange = said("national-grades", "cement", {}).warnings["orange"].of(LINE, names={})
    assert "限产 20%" in orange.measures
    assert "（事实不足，可能）" in orange.measures
    assert orange.cut_pct == ""


def test_a_part_that_is_asked_by_itself_is_called_by_name() -> None:
    furnace = GivenPart(kind="induction_furnace", facts={"foundry_need_approved": "none"})
    found = said("gaoping", "foundry", {}, furnace, region="140581")
    ids = LINE | {"u1"}
    assert found.warnings["yellow"].of(ids, names={"u1": "一号炉"}).measures == "无"
    orange = found.warnings["orange"].of(ids, names={"u1": "一号炉"})
    assert orange.measures == "一号炉：停产（生效时至解除） GP-15"


def test_a_plan_without_warnings_says_so() -> None:
    found = said("changzhi", "cement", {}, region="140404")
    assert found.warnings["red"].of(LINE, names={}).measures == "方案未规定"


def test_the_class_is_told_with_its_clauses_and_stays_open_where_facts_are_missing() -> None:
    found = said("linfen-twelve-industries", "lime", {}, region="141002")
    assert found.classes(LINE).startswith("临汾市")
    assert "/" in found.classes(LINE)
    assert "L12-" in found.class_clauses(LINE)
