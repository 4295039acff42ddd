"""The Linfen plan against its scenarios, written from the text: each comes out as the text says, none is idle."""

from collections.abc import Iterator
from functools import cache

import pytest

from app.documents.catalogue import base_catalogue
from app.documents.pack_check import Report, check_pack
from app.domain.decisions.coverage import Coverage
from app.domain.policies.conditions import Leaf, Node, Not, Quantified
from tests.domain.plans import LINFEN, linfen, linfen_text

# L12-54 and L12-58 stand behind rules of other provisions: no case of their own can tell them apart.
SILENT = {"L12-54", "L12-58"}


@cache
def report() -> Report:
    return check_pack(linfen_text(), linfen_text(".scenarios"), base_catalogue())


def coverage() -> Coverage:
    found = report().coverage
    assert found is not None
    return found


def test_every_scenario_comes_out_as_the_text_says() -> None:
    assert [f"{one.scenario}: {one.what} {one.got} ≠ {one.expected}" for one in report().differences] == []


def test_the_pack_may_be_published() -> None:
    assert report().passes


def test_every_rule_has_a_scenario() -> None:
    assert coverage().rules_missing == ()


def test_every_condition_is_seen_true_false_and_unknown() -> None:
    assert coverage().leaves_missing == ()


def test_every_condition_of_every_rule_is_looked_at() -> None:
    asked = {(rule.id, end) for rule in linfen().rules() if rule.when is not None for end in ends(rule.when)}
    assert coverage().leaves == len(asked)


def ends(node: Node) -> Iterator[str]:
    if isinstance(node, Leaf | Quantified):
        yield node.text if isinstance(node, Leaf) else node.key
    elif isinstance(node, Not):
        yield from ends(node.part)
    else:
        for part in node.parts:
            yield from ends(part)


def test_scenarios_have_names_of_their_own() -> None:
    names = [case.name for case in report().cases]
    assert sorted({name for name in names if names.count(name) > 1}) == []


def test_scenarios_cite_only_what_the_plan_holds() -> None:
    known = {*linfen().provisions, *linfen().readings}
    assert sorted({cite for case in report().cases for cite in case.cites} - known) == []


def test_scenarios_state_only_facts_of_the_catalogue() -> None:
    facts = linfen().catalogue.facts
    stated = {
        name for case in report().cases for name in (*case.facts, *(fact for unit in case.units for fact in unit.facts))
    }
    assert sorted(stated - set(facts)) == []


def test_both_zones_and_both_kinds_of_february_are_tried() -> None:
    tried = {(linfen().zone_of(case.region), case.season) for case in report().cases}
    assert {(zone, season) for zone in ("plains", "mountain") for season in (2019, 2022)} <= tried


def test_every_class_of_every_industry_is_reached() -> None:
    reached = {(case.industry, case.expect.get("class")) for case in report().cases}
    for ladder in linfen().ladders:
        classes = {row.class_ for row in ladder.rows if row.class_}
        assert {class_ for tag, class_ in reached if tag in ladder.industry.tags} >= classes, ladder.industry.name


@pytest.mark.parametrize("kind", ["M", "D", "X", "E"])
def test_every_provision_that_binds_is_cited_by_a_scenario_or_carried_out_elsewhere(kind: str) -> None:
    cited = {cite for case in report().cases for cite in case.cites}
    ruled = {cite for rule in linfen().rules() for cite in rule.cites}
    binding = {name for name, one in linfen().provisions.items() if one.kind == kind and name in ruled}
    assert sorted(binding - cited - SILENT) == []


def test_the_scenarios_are_of_this_plan() -> None:
    assert report().scenario_data["pack"] == LINFEN
