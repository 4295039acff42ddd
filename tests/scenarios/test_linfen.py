"""The Linfen plan for twelve industries: what only its scenarios have to show."""

from tests.scenarios.reports import pack, report

NAME = "linfen-twelve-industries"


def test_scenarios_state_only_facts_of_the_catalogue() -> None:
    facts = pack(NAME).catalogue.facts
    stated = {
        name
        for case in report(NAME).cases
        for name in (*case.facts, *(fact for unit in case.units for fact in unit.facts))
    }
    assert sorted(stated - set(facts)) == []


def test_both_zones_and_both_kinds_of_february_are_tried() -> None:
    tried = {(pack(NAME).zone_of(case.region), case.season) for case in report(NAME).cases}
    assert {(zone, season) for zone in ("plains", "mountain") for season in (2019, 2022)} <= tried


def test_every_class_of_every_industry_is_reached() -> None:
    reached = {(case.industry, case.expect.get("class")) for case in report(NAME).cases}
    for ladder in pack(NAME).ladders:
        classes = {row.class_ for row in ladder.rows if row.class_}
        assert {class_ for tag, class_ in reached if tag in ladder.industry.tags} >= classes, ladder.industry.name
