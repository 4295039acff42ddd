"""The shipped plans over one another: what prevails by itself, what waits for a notice, what an authority must say."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from app.domain.access import Person
from app.domain.acts.effects import Determination
from app.domain.decisions.evaluate import Decision, Evaluator
from app.domain.decisions.given import Scenario, tree_of
from app.domain.decisions.stack import Segment, Stack, stack
from app.domain.policies.facts import Level
from tests.domain.plans import invented, ladder, row
from tests.scenarios.plans_read import evaluator_of_plan

NATION = "national-clinker"
HUAIREN, FUSHAN, LINFEN = "140681", "141027", "141002"


def laid(
    plans: Sequence[str | Evaluator],
    *,
    region: str,
    season: int,
    industry: str,
    facts: Mapping[str, Any],
    acts: Sequence[Determination] = (),
) -> Stack:
    """Several plans over one line, as of the tenth of December."""
    day = date(season, 12, 10)
    evaluators = [evaluator_of_plan(one) if isinstance(one, str) else one for one in plans]
    levels: dict[str, Level] = {}
    for evaluator in evaluators:
        levels |= {name: fact.subject for name, fact in evaluator.pack.catalogue.facts.items()}
    case = Scenario(name="x", season=season, day=day, region=region, industry=industry, facts=facts)
    tree = tree_of(case, levels)
    decisions: list[Decision] = []
    for evaluator in evaluators:
        decisions += evaluator.evaluate(tree, season=season, day=day, acts=acts)
    return next(one for one in stack(decisions) if one.subject_id == "line")


def told(segment: Segment) -> tuple[str, set[str], set[str]]:
    return (
        segment.standing,
        {one.applied.rule.id for one in segment.constraints},
        {one.applied.rule.id for one in segment.effective},
    )


def answer(question: str, choice: int, *, season: int) -> Determination:
    return Determination(
        id="a",
        subject_id="line",
        rule_id=question,
        choice=choice,
        valid_from=date(season, 10, 1),
        valid_to=None,
        person=Person(name="张三", office="县环委办"),
        basis="调整通知",
    )


CLINKER = {"clinker_from_carbide_slag": False, "clinker_line_heats_homes": False}
FIRST_CLASS = {
    "deep_treatment": "accepted",
    "electricity_control_system": "accepted",
    "ultra_low_retrofit": "accepted",
    "pm_o2_10_mg_m3": 8,
    "so2_o2_10_mg_m3": 40,
    "nox_o2_10_mg_m3": 100,
    "wash_platform": True,
    "trucks_national_5_sealed": True,
    "online_monitoring_connected": True,
}
ENCOURAGED = {
    "annual_task": "accepted",
    "fugitive_treatment": "accepted",
    "industrial_policy_encouraged": True,
    "distance_to_built_up_km": 30,
    "meets_industry_limit": True,
    "residential_heat": False,
    "residential_gas": False,
}


def test_in_huairen_a_stricter_national_window_prevails_by_itself() -> None:
    plans = ["huairen", NATION]
    found = laid(plans, region=HUAIREN, season=2020, industry="cement", facts={**CLINKER, **ENCOURAGED})
    segment = found.on(date(2020, 12, 10))
    assert [one.relation.to for one in segment.conflicts if one.relation] == ["national"]
    assert [one.prevails for one in segment.conflicts] == [True]
    assert segment.standing == "settled"
    assert {one.applied.rule.id for one in segment.effective} == {"NC-04"}
    # Outside the national window the county's own plan stands alone.
    before = found.on(date(2020, 11, 10))
    assert all(one.pack.name == "huairen" for one in before.constraints)


def test_in_linfen_sixty_two_days_beside_the_nations_window_are_for_the_authority_to_settle() -> None:
    plans, facts = ["linfen-twelve-industries", NATION], {**CLINKER, **FIRST_CLASS}
    found = laid(plans, region=LINFEN, season=2020, industry="cement", facts=facts)
    assert told(found.on(date(2020, 11, 20))) == ("authority_decides", {"NC-04"}, set())
    assert told(found.on(date(2020, 12, 10))) == ("settled", {"L12-27", "NC-04"}, {"L12-27"})
    assert told(found.on(date(2021, 3, 15))) == ("authority_decides", {"NC-04"}, set())
    assert found.on(date(2021, 3, 16)).constraints == ()
    (conflict,) = found.on(date(2020, 11, 20)).conflicts
    assert conflict.relation is not None
    chosen = answer(conflict.relation.id, 0, season=2020)
    settled = laid(plans, region=LINFEN, season=2020, industry="cement", facts=facts, acts=[chosen])
    assert told(settled.on(date(2020, 11, 20))) == ("settled", {"NC-04"}, {"NC-04"})


def test_a_national_rule_of_another_season_is_not_compared() -> None:
    plans, facts = ["linfen-twelve-industries", NATION], {**CLINKER, **FIRST_CLASS}
    found = laid(plans, region=LINFEN, season=2019, industry="cement", facts=facts)
    assert {one.pack.name for one in found.decisions} == {"linfen-twelve-industries"}


def city(nature: str) -> Evaluator:
    return Evaluator(
        invented(
            pack=f"city-{nature}",
            nature=nature,
            issuer={"region": "141000", "level": "city", "body": "临汾市"},
            season=[{"from": "10-21", "to": "03-31", "cites": ["X-01"]}],
            industries={"brick": {"name": {"zh": "砖瓦", "en": "brick"}, "tags": ["fired_brick"]}},
            rules=[ladder(row("CITY", None, "stop"), industry="brick")],
        )
    )


BRICK = {"performance_grade": "A"}


def test_in_fushan_a_stricter_city_rule_waits_for_the_notice_of_the_county() -> None:
    plans: list[str | Evaluator] = ["fushan", city("staggered")]
    waiting = laid(plans, region=FUSHAN, season=2022, industry="fired_brick", facts=BRICK).on(date(2022, 12, 10))
    assert waiting.standing == "awaiting_notice"
    assert waiting.effective == ()
    assert [(one.relation.id, one.relation.notice_by) for one in waiting.conflicts if one.relation] == [
        ("FS-34", "县环委办")
    ]
    noticed = laid(
        plans,
        region=FUSHAN,
        season=2022,
        industry="fired_brick",
        facts=BRICK,
        acts=[answer("FS-34", 0, season=2022)],
    ).on(date(2022, 12, 10))
    assert noticed.standing == "settled"
    assert {one.applied.rule.id for one in noticed.effective} == {"CITY"}


def test_in_fushan_another_stricter_control_prevails_by_itself() -> None:
    plans: list[str | Evaluator] = ["fushan", city("emergency")]
    segment = laid(plans, region=FUSHAN, season=2022, industry="fired_brick", facts=BRICK).on(date(2022, 12, 10))
    assert segment.standing == "settled"
    assert [(one.relation.id, one.prevails) for one in segment.conflicts if one.relation] == [("FS-33", True)]
    assert {one.applied.rule.id for one in segment.effective} == {"CITY"}


def test_every_citation_survives() -> None:
    plans, facts = ["linfen-twelve-industries", NATION], {**CLINKER, **FIRST_CLASS}
    found = laid(plans, region=LINFEN, season=2020, industry="cement", facts=facts)
    kept = {cite for one in found.on(date(2020, 12, 10)).constraints for cite in one.applied.rule.cites}
    assert {"L12-27", "NC-04"} <= kept
