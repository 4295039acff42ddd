"""Violations over HTTP: from a suspicion to measures with their clauses, and back."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import text

from app.cli.loading import REGISTRAR
from app.persistence.unit_of_work import open_unit
from app.services.violations.verifying import verify_violations
from tests.api.cases import OTHER_PERSON, PROOF, Town, town, works
from tests.api.door import Door
from tests.api.officer import key
from tests.conftest import Clock

FRAUD = {"fact": "violation_kind", "value": "data_fraud"}
UNLAWFUL = {"fact": "environmental_violation", "value": "true"}
NOT_EXECUTED = {"fact": "measure_not_executed", "value": "true"}
CLEAN_LIME = {
    "pm_mg_m3": "30",
    "so2_mg_m3": "200",
    "nox_mg_m3": "300",
    "fuel": "natural_gas",
    "kiln_plan_21": "accepted",
    "deep_treatment": "accepted",
}
BUILT: dict[str, str] = {"electricity_control_system": "accepted"}


@pytest.fixture
async def foundry(door: Door, clock: Clock) -> Town:
    return await town(door, clock, "fushan", works("foundry", performance_grade="B"))


@pytest.fixture
async def kiln(door: Door, clock: Clock) -> Town:
    return await town(door, clock, "linfen-twelve-industries", works("lime", region="141002", site=BUILT, **CLEAN_LIME))


async def damage(here: Town) -> list[str]:
    async with open_unit(here.door.sessions, now=datetime(2020, 6, 1, tzinfo=UTC)) as unit:
        return [one.what for one in await verify_violations(unit, by=REGISTRAR)]


def effects(report: dict[str, Any]) -> dict[str, str]:
    return {one["rule"]: one["effect"] for one in report["consequences"]}


async def test_faked_data_puts_a_foundry_one_grade_up_as_foreseen_and_overturning_takes_it_back(foundry: Town) -> None:
    assert await foundry.rules() == ["FS-15"]
    reported = await foundry.reports(FRAUD)
    assert (reported["state"], reported["allowed_actions"]) == ("suspected", ["hear", "dismiss"])
    assert await foundry.rules() == ["FS-15"], "a suspicion changes nothing"
    foreseen = (await foundry.reporter.get(f"/v1/violations/{reported['id']}/consequences")).json()
    await foundry.hears(reported)
    answer = await foundry.does(reported, "confirmation", basis="决定书1号")
    report = answer["report"]
    assert foreseen | {"changes": []} == report | {"changes": []}
    assert effects(report) == {"FS-42": "class", "FS-47": "sanction", "FS-48": "sanction"}
    assert (report["lasting"], report["warnings"], report["questions"]) == ([], [], [])
    (change,) = report["changes"]
    assert (change["from_day"], change["last_day"]) == ("2019-12-10", "2020-06-30")
    assert "停产 30 天" in change["before"]["summary"]
    assert "停产 90 天；依法加大处罚力度；实行双罚" in change["after"]["summary"]
    assert {"FS-42", "FS-16"} <= {one["provision"] for one in change["after"]["citations"]}
    assert foreseen["changes"] == report["changes"]
    made = (await foundry.authority.get(f"/v1/enterprises/{foundry.id}/assertions?fact=violation_kind")).json()
    assert [(one["valid_from"], one["valid_to"], one["document"]) for one in made["items"]] == [
        ("2019-12-10", "2020-07-01", f"violation {reported['id']}")
    ]
    assert await damage(foundry) == []
    back = await foundry.does(reported, "overturning", reason="复核撤销")
    assert (back["violation"]["state"], len(back["changes"])) == ("overturned", 1)
    assert await foundry.rules() == ["FS-15"]
    assert await damage(foundry) == []


async def test_faked_data_at_a_carbon_plant_waits_for_the_authority(door: Door, clock: Clock) -> None:
    here = await town(door, clock, "fushan", works("activated_carbon", carbon_treatment_9="accepted"))
    violation, report = await here.confirms(FRAUD)
    assert effects(report)["FS-42.ungraded"] == "question"
    (question,) = report["questions"]
    assert (question["rule"], question["authority"]) == ("FS-42.ungraded", "县环委办")
    assert [one["text"] for one in question["alternatives"]] == ["按评级措施执行", "停产"]
    assert (await here.decided())["status"] == "authority_decides"
    # One of the answers stops the plant until rectified, so the fact lasts till then.
    assert (report["following"], report["lasting"]) == (["winter_fraud"], ["violation_kind", "winter_fraud"])
    done = await here.does(violation, "rectification", note="整改验收", evidence=PROOF)
    assert done["changes"][0]["after"]["rules"] == ["FS-23"]


async def test_consequences_are_cumulative_and_the_stop_ends_with_rectification(door: Door, clock: Clock) -> None:
    clock.now = datetime(2019, 12, 2, 2, tzinfo=UTC)
    body = works("lime", region="141002", site=BUILT, **CLEAN_LIME)
    kiln = await town(door, clock, "linfen-twelve-industries", body)
    assert await kiln.rules() == ["L12-37"]
    violation, report = await kiln.confirms(
        NOT_EXECUTED, UNLAWFUL, from_day="2019-12-02", occurred_from="2019-12-01", occurred_to="2019-12-01"
    )
    assert effects(report) == {"L12-50": "production", "L12-52": "class", "L12-61": "sanction"}
    overtaken = {one["rule"]: one["overtaken_by"] for one in report["consequences"]}
    assert overtaken == {"L12-50": None, "L12-52": "L12-50", "L12-61": None}
    assert report["lasting"] == ["measure_not_executed"]
    (change,) = report["changes"]
    assert {"L12-50", "L12-52", "L12-61", "L12-39"} <= set(change["after"]["rules"])
    assert "自 2019-12-02 起停产，直至整改合格" in change["after"]["summary"]
    clock.now = datetime(2019, 12, 8, 2, tzinfo=UTC)
    kiln.authority = await door.caller(on_behalf_of=True)
    done = await kiln.does(violation, "rectification", accepted_on="2019-12-08", note="现场验收", evidence=PROOF)
    assert done["violation"]["state"] == "rectified"
    assert done["changes"][0]["from_day"] == "2019-12-08"
    # The lowest class stays for the season, and was a stop by then; the open stop is gone.
    assert await kiln.rules("2019-12-07") == ["L12-39", "L12-50", "L12-52", "L12-61"]
    assert await kiln.rules("2019-12-08") == ["L12-39", "L12-52", "L12-61"]
    assert await damage(kiln) == []
    back = await kiln.does(violation, "overturning", reason="复核")
    assert await kiln.rules() == ["L12-37"]
    assert back["steps"][-1]["retracted"]


async def test_a_paper_order_entered_late_stops_from_its_day_and_lowers_the_class_from_the_day_it_is_entered(
    kiln: Town,
) -> None:
    violation, report = await kiln.confirms(NOT_EXECUTED, UNLAWFUL, from_day="2019-12-02")
    assert (report["from_day"], report["lowering"]) == ("2019-12-02", ["environmental_violation"])
    confirmed = (await kiln.authority.get(f"/v1/violations/{violation['id']}")).json()["steps"][-1]
    assert (confirmed["from_day"], confirmed["lowering"]) == ("2019-12-02", ["environmental_violation"])
    begins = {one["rule"]: one["from_day"] for one in report["consequences"]}
    assert begins == {"L12-50": "2019-12-02", "L12-52": "2019-12-10", "L12-61": "2019-12-02"}
    assert await kiln.rules("2019-12-01") == ["L12-37"]
    assert await kiln.rules("2019-12-09") == ["L12-37", "L12-50", "L12-61"]
    assert await kiln.rules("2019-12-10") == ["L12-39", "L12-50", "L12-52", "L12-61"]
    made = (await kiln.authority.get(f"/v1/enterprises/{kiln.id}/assertions?fact=environmental_violation")).json()
    assert [one["valid_from"] for one in made["items"]] == ["2019-12-10"]
    assert await damage(kiln) == []


async def test_one_rectified_violation_does_not_end_the_stop_of_another(kiln: Town) -> None:
    first, _ = await kiln.confirms(NOT_EXECUTED, from_day="2019-12-02")
    second, report = await kiln.confirms(NOT_EXECUTED, from_day="2019-12-05", occurred_from="2019-12-05")
    assert report["consequences"] == []
    assert [one["code"] for one in report["warnings"]] == ["nothing_follows"]
    await kiln.does(first, "rectification", accepted_on="2019-12-08", note="验收", evidence=PROOF)
    assert "L12-50" in await kiln.rules("2019-12-25")
    await kiln.does(second, "overturning", reason="复核")
    assert "L12-50" in await kiln.rules("2019-12-07")
    assert "L12-50" not in await kiln.rules("2019-12-08")
    assert await damage(kiln) == []


async def test_the_lowest_class_is_void_for_a_power_station_that_heats_homes(door: Door, clock: Clock) -> None:
    site = BUILT | {"residential_heat": "true", "wash_platform": "true", "trucks_national_5_sealed": "true"}
    measured = {
        "pm_measured_mg_m3": "5",
        "so2_measured_mg_m3": "35",
        "nox_measured_mg_m3": "50",
        "flue_oxygen_pct": "6",
    }
    body = works("thermal_power", region="141002", site=site, deep_treatment="accepted", **measured)
    here = await town(door, clock, "linfen-twelve-industries", body)
    assert await here.rules() == ["L12-24"]
    _, report = await here.confirms({"fact": "emissions_unstable", "value": "true"})
    assert effects(report) == {"L12-52": "class", "L12-52.heat_supplier": "class"}
    (warning,) = report["warnings"]
    assert (warning["code"], warning["rules"]) == ("penalty_void", ["L12-52", "L12-52.heat_supplier"])
    assert "处罚可能落空" in warning["text"]


async def test_a_concrete_plant_stops_for_120_days_from_the_day_in_the_order(door: Door, clock: Clock) -> None:
    here = await town(door, clock, "fushan", works("concrete_mixing"))
    claim = {"fact": "gas_violation_winter", "value": "true"}
    _, report = await here.confirms(claim, from_day="2019-12-14")
    (consequence,) = report["consequences"]
    assert (consequence["rule"], consequence["effect"], consequence["from_day"]) == (
        "FS-22",
        "production",
        "2019-12-14",
    )
    assert "停产 120 天" in consequence["text"]
    (measure,) = (await here.decided("2020-01-10"))["measures"]
    assert (measure["first_day"], measure["stop_days"]) == ("2019-12-14", "120")
    assert [one["kind"] for one in (await here.decided("2019-12-13"))["measures"]] == ["not_controlled"]


async def test_an_exceedance_day_counts_once_however_often_it_is_found(foundry: Town) -> None:
    async def standing() -> list[str]:
        query = {"fact": "exceedance_days", "day": "2019-12-20"}
        answer = await foundry.authority.get(f"/v1/enterprises/{foundry.id}/assertions", params=query)
        return [one["value"] for one in answer.json()["items"]]

    stated = {"subject_id": foundry.line, "fact": "exceedance_days", "value": "4", "valid_from": "2019-11-01"}
    url = f"/v1/enterprises/{foundry.id}/assertions"
    assert (await foundry.authority.post(url, json={"assertions": [stated]}, headers=key())).status_code == 201
    twice = {"fact": "超标天数", "days": ["2019-12-01", "2019-12-02", "2019-12-02"]}
    first, report = await foundry.confirms(twice)
    assert report["counts"] == [{"fact": "exceedance_days", "before": 4, "after": 6, "again": []}]
    assert await standing() == ["6"]
    overlapping = {"fact": "exceedance_days", "days": ["2019-12-02", "2019-12-03"]}
    _, report = await foundry.confirms(overlapping, from_day="2019-12-11")
    assert report["counts"] == [{"fact": "exceedance_days", "before": 6, "after": 7, "again": ["2019-12-02"]}]
    assert await standing() == ["7"]
    await foundry.does(first, "overturning", reason="复核")
    assert await standing() == ["6"], "four by hand and two that still stand"
    assert await damage(foundry) == []


async def test_days_found_of_a_site_count_at_its_line_too(foundry: Town) -> None:
    site = foundry.enterprise["sites"][0]["id"]
    line_days, site_days = ({"fact": "exceedance_days", "days": [f"2019-12-0{day}", "2019-12-05"]} for day in (1, 2))
    await foundry.confirms(line_days)
    await foundry.confirms(site_days, subject_id=site, from_day="2019-12-12")
    page = (await foundry.authority.get(f"/v1/enterprises/{foundry.id}/assertions?fact=exceedance_days")).json()
    assert {(one["level"], one["valid_from"], one["value"]) for one in page["items"]} == {
        ("line", "2019-12-10", "2"),
        ("line", "2019-12-12", "3"),
        ("site", "2019-12-12", "2"),
    }


async def test_a_second_kind_of_violation_does_not_silently_take_the_place_of_the_first(foundry: Town) -> None:
    await foundry.confirms(FRAUD)
    other = await foundry.reports({"fact": "violation_kind", "value": "exceedance"}, UNLAWFUL)
    await foundry.hears(other)
    refused = await foundry.tries(other, "confirmation", from_day="2019-12-10", basis="决定书2号")
    assert (refused.status_code, refused.json()["code"]) == (409, "other_value_stands")
    done = await foundry.does(other, "confirmation", facts=["environmental_violation"], basis="决定书2号")
    assert done["report"]["facts"] == ["environmental_violation"]
    assert "FS-42" in await foundry.rules()
    graver = await foundry.reports({"fact": "violation_kind", "value": "unpermitted"})
    await foundry.hears(graver)
    await foundry.does(graver, "confirmation", from_day="2019-12-10", overrides=True, basis="决定书3号")
    # The fraud of the winter was proven all the same.
    assert {"FS-08", "FS-42"} <= set(await foundry.rules())


async def test_fraud_outside_the_winter_is_for_the_authority(foundry: Town) -> None:
    """FS-08, A-G21."""
    _, report = await foundry.confirms(FRAUD, occurred_from="2019-10-01", occurred_to="2019-10-20")
    assert (report["following"], effects(report)["FS-08"]) == ([], "question")
    assert "FS-42" not in await foundry.rules()


async def test_an_offence_of_the_winter_confirmed_after_it_goes_one_level_up(door: Door, clock: Clock) -> None:
    """FS-42, A-G21."""
    clock.advance(days=122)
    here = await town(door, clock, "fushan", works("foundry", performance_grade="B"))
    days = {"occurred_from": "2020-03-31", "occurred_to": "2020-04-02"}
    _, report = await here.confirms({"fact": "secret_discharge", "value": "true"}, from_day="2020-04-10", **days)
    assert report["following"] == ["winter_fraud"]
    assert {"FS-16", "FS-42"} <= set(await here.rules("2020-04-10"))


async def test_a_stop_ordered_late_in_the_season_is_told_until_it_is_served(door: Door, clock: Clock) -> None:
    """FS-22, A-FS9."""
    clock.advance(days=122)
    here = await town(door, clock, "fushan", works("concrete_mixing"))
    claim = {"fact": "gas_violation_winter", "value": "true"}
    violation, _ = await here.confirms(
        claim, from_day="2020-04-10", occurred_from="2020-03-30", occurred_to="2020-03-30"
    )
    found = (await here.authority.get(f"/v1/enterprises/{here.id}/assertions")).json()["items"]
    (held,) = [one for one in found if one["document"] == f"violation {violation['id']}"]
    assert (held["valid_from"], held["valid_to"]) == ("2020-04-10", "2020-08-08")
    assert await damage(here) == []


async def test_of_two_officers_who_decide_at_once_one_wins(busy_door: Door, clock: Clock) -> None:
    here = await town(busy_door, clock, "fushan", works("foundry", performance_grade="B"))
    reported = await here.reports(FRAUD)
    await here.hears(reported)
    answers = await asyncio.gather(
        here.tries(reported, "confirmation", basis="决定书1号"),
        here.tries(reported, "dismissal", as_=OTHER_PERSON, reason="证据不足"),
    )
    assert sorted(one.status_code for one in answers) == [201, 412]
    (stale,) = [one.json()["code"] for one in answers if one.status_code == 412]
    assert stale == "violation_stale"
    assert await damage(here) == []


async def test_everybody_reads_what_they_may_see(foundry: Town) -> None:
    reported = await foundry.reports(FRAUD)
    await foundry.hears(reported)
    own = (await foundry.firm.get(f"/v1/violations/{reported['id']}")).json()
    assert [one["action"] for one in own["steps"]] == ["hear", "reply"]
    listed = {
        "region": (await foundry.reporter.get("/v1/violations?region=141000&state=heard&limit=1")).json(),
        "elsewhere": (await foundry.reporter.get("/v1/violations?region=140500")).json(),
        "other state": (await foundry.reporter.get("/v1/violations?state=confirmed")).json(),
        "enterprise": (await foundry.reporter.get(f"/v1/enterprises/{foundry.id}/violations")).json(),
    }
    assert {name: len(found["items"]) for name, found in listed.items()} == {
        "region": 1, "elsewhere": 0, "other state": 0, "enterprise": 1,
    }  # fmt: skip
    stranger = await foundry.door.caller(regions=("140500",), on_behalf_of=True)
    for url in (f"/v1/violations/{reported['id']}", f"/v1/violations/{reported['id']}/consequences"):
        assert (await stranger.get(url)).status_code == 404
    audit = (await foundry.authority.get("/v1/audit?limit=100")).json()["items"]
    said = {one["type"] for one in audit if one["type"].startswith("violation.")}
    assert said == {"violation.suspected", "violation.heard", "violation.replied"}


async def test_tampering_with_a_violation_is_found(kiln: Town) -> None:
    violation, _ = await kiln.confirms(NOT_EXECUTED)
    async with kiln.door.sessions() as session, session.begin():
        await session.execute(text("UPDATE violation_heads SET state = 'dismissed'"))
    assert await damage(kiln) == ["violation_head_differs", "violation_facts_differ"]
    async with kiln.door.sessions() as session, session.begin():
        await session.execute(text("UPDATE violation_heads SET state = 'confirmed'"))
    made = (await kiln.authority.get(f"/v1/violations/{violation['id']}")).json()["steps"][-1]["assertions"]
    url = f"/v1/assertions/{made[0]}/retraction"
    assert (await kiln.authority.post(url, json={"reason": "绕过案件"}, headers=key())).status_code == 201
    assert await damage(kiln) == ["violation_facts_differ"]
