"""A plan invented to be unlike the shipped ones passes with no line of Python written for it."""

from functools import cache
from pathlib import Path

from app.documents.catalogue import base_catalogue
from app.documents.pack_check import Report, check_pack, survivors

PLAN = Path(__file__).parent / "plans" / "differentiated-days.yaml"


@cache
def report() -> Report:
    scenarios = PLAN.with_name(f"{PLAN.stem}.scenarios.yaml")
    return check_pack(PLAN.read_text(encoding="utf-8"), scenarios.read_text(encoding="utf-8"), base_catalogue())


def test_the_plan_may_be_published() -> None:
    wrong = [one.finding for one in report().placed if one.finding.severity != "note"]
    assert [(finding.code, finding.rule, finding.en) for finding in wrong] == []
    assert [f"{one.scenario}: {one.what} {one.got} ≠ {one.expected}" for one in report().differences] == []
    assert report().passes


def test_every_rule_has_a_scenario() -> None:
    found = report().coverage
    assert found is not None
    assert found.rules_missing == ()


def test_no_change_to_the_plan_goes_unnoticed() -> None:
    assert survivors(report()) == []
