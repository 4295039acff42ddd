"""Every shipped plan against its scenarios, written from the text: each comes out as the text says, none is idle."""

from collections.abc import Iterator

import pytest

from app.domain.policies.conditions import Leaf, Node, Not, Quantified
from tests.scenarios.reports import PACKS, coverage, pack, report

# Provisions that stand behind rules of other provisions: no case of their own can tell them apart.
SILENT = {"L12-54", "L12-58"}
each_plan = pytest.mark.parametrize("name", PACKS)


def test_all_seven_plans_and_the_two_national_ones_are_here() -> None:
    seven = {"huairen", "linfen-city", "yongning", "linfen-twelve-industries", "gaoping", "fushan", "changzhi"}
    assert seven | {"national-clinker", "national-grades"} == set(PACKS)


@each_plan
def test_every_scenario_comes_out_as_the_text_says(name: str) -> None:
    assert [f"{one.scenario}: {one.what} {one.got} ≠ {one.expected}" for one in report(name).differences] == []


@each_plan
def test_the_pack_may_be_published(name: str) -> None:
    assert report(name).passes


@each_plan
def test_every_rule_has_a_scenario(name: str) -> None:
    assert coverage(name).rules_missing == ()


@each_plan
def test_every_condition_is_seen_true_false_and_unknown(name: str) -> None:
    assert coverage(name).leaves_missing == ()


@each_plan
def test_every_condition_of_every_rule_is_looked_at(name: str) -> None:
    asked = {(rule.id, end) for rule in pack(name).rules() if rule.when is not None for end in ends(rule.when)}
    assert coverage(name).leaves == len(asked)


def ends(node: Node) -> Iterator[str]:
    if isinstance(node, Leaf | Quantified):
        yield node.text if isinstance(node, Leaf) else node.key
    elif isinstance(node, Not):
        yield from ends(node.part)
    else:
        for part in node.parts:
            yield from ends(part)


@each_plan
def test_scenarios_have_names_of_their_own(name: str) -> None:
    names = [case.name for case in report(name).cases]
    assert sorted({one for one in names if names.count(one) > 1}) == []


@each_plan
def test_scenarios_cite_only_what_the_plan_holds(name: str) -> None:
    known = {*pack(name).provisions, *pack(name).readings}
    assert sorted({cite for case in report(name).cases for cite in case.cites} - known) == []


@each_plan
def test_a_leap_february_and_a_common_one_are_tried_in_every_zone(name: str) -> None:
    zones = [zone.name for zone in pack(name).zones] or [""]
    tried = {(pack(name).zone_of(case.region) or "", case.season % 4 == 3) for case in report(name).cases}
    assert {(zone, leap) for zone in zones for leap in (True, False)} <= tried


@each_plan
def test_every_class_of_every_ladder_is_reached(name: str) -> None:
    reached = {case.expect.get("class") for case in report(name).cases}
    for ladder in pack(name).ladders:
        assert {row.class_ for row in ladder.rows if row.class_} <= reached, ladder.industry.name


@each_plan
@pytest.mark.parametrize("kind", ["M", "D", "X", "E"])
def test_every_provision_that_binds_is_cited_by_a_scenario_or_carried_out_elsewhere(name: str, kind: str) -> None:
    cited = {cite for case in report(name).cases for cite in case.cites}
    ruled = {cite for rule in pack(name).rules() for cite in rule.cites}
    binding = {one.id for one in pack(name).provisions.values() if one.kind == kind and one.id in ruled}
    assert sorted(binding - cited - SILENT) == []


@each_plan
def test_the_scenarios_are_of_this_plan(name: str) -> None:
    assert report(name).scenario_data["pack"] == name
