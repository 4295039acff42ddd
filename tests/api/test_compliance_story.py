"""A winter told at the door: registered, decided, scheduled, measured, assessed, and a case opened by a person."""

from datetime import date

from tests.api.complying import RUNNING, STANDING, a_scheduled_foundry, acting, days
from tests.api.door import Door
from tests.conftest import Clock

STOPS, AGAIN, NOW = date(2019, 12, 10), date(2019, 12, 25), date(2020, 1, 1)
RAN = date(2019, 12, 20)


async def test_a_scheduled_stop_is_proved_by_the_meter_and_a_broken_one_becomes_a_case(
    busy_door: Door, clock: Clock
) -> None:
    works, schedule = await a_scheduled_foundry(busy_door, clock)
    lines = (await works.reads(f"{schedule}/lines"))["items"]
    stops = [each for one in lines if one["line_id"] == works.line for each in one["stretches"]]
    assert (stops[0]["from_at"][:10], stops[0]["until_at"][:10]) == (str(STOPS), str(AGAIN))
    await works.sends(dict.fromkeys(days(date(2019, 9, 11), STOPS), RUNNING), channel="F1")
    season = dict.fromkeys(days(STOPS, AGAIN), STANDING) | dict.fromkeys(days(AGAIN, NOW), RUNNING)
    # Running down is allowed; running again on the twentieth is not.
    season[STOPS] = [*RUNNING[:6], *STANDING[6:]]
    season[RAN] = RUNNING
    await works.sends(season, channel="F1")
    result = await works.assesses(enterprise_id=None, region="141000", from_day=str(STOPS), until_day=str(NOW))
    found = await works.reads(f"/v1/enterprises/{works.id}/compliance", **{"from": str(STOPS), "to": "2019-12-31"})
    (line,) = [one for one in found["subjects"] if one["subject_id"] == works.line]
    told = {one["day"]: one["verdict"] for one in line["days"]}
    stopped = {str(day) for day in days(STOPS, AGAIN)}
    assert {day for day, verdict in told.items() if verdict == "suspected"} == {str(RAN)}
    assert {day for day, verdict in told.items() if verdict == "compliant"} == stopped - {str(RAN)}
    # Between the phases, of which the second begins with the year, nothing is asked.
    later = {told[str(day)] for day in days(AGAIN, NOW)}
    assert later == {"not_applicable"}
    assert result["findings"] >= 1
    one = next(each for each in await works.findings(region="141027") if each["day"] == str(RAN))
    whole = await works.reads(f"/v1/compliance-findings/{one['id']}")
    assert all(demand.startswith("schedule:") for demand in whole["demands"])
    case = await works.officer.post(
        f"/v1/compliance-findings/{one['id']}/violation",
        json={"pack": "fushan", "claims": [{"fact": "violation_kind", "value": "data_fraud"}]},
        headers=acting(),
    )
    assert case.status_code == 201, case.text
    opened = case.json()["violation"]
    assert (opened["state"], opened["occurred_from"], opened["what"]) == ("suspected", str(RAN), one["sentence"])
    (evidence,) = opened["evidence"]
    assert (evidence["kind"], evidence["sha256"]) == ("reading", whole["hash"])
    assert evidence["reference"] == f"/v1/compliance-findings/{one['id']}"
    # A suspicion is no fact: nothing is decided otherwise by it.
    facts = await works.reads(f"/v1/enterprises/{works.id}/assertions")
    assert "violation_kind" not in {each["fact"] for each in facts["items"]}
    # Later verdicts take its place, and a case is opened from what stands only.
    await works.sends({RAN: STANDING}, channel="F1")
    await works.catches_up()
    late = await works.officer.post(
        f"/v1/compliance-findings/{one['id']}/violation",
        json={"pack": "fushan", "claims": [{"fact": "violation_kind", "value": "data_fraud"}]},
        headers=acting(),
    )
    assert (late.status_code, late.json()["code"]) == (409, "compliance_finding_superseded")
    assert await works.damage() == []


async def test_a_region_is_assessed_in_portions_and_a_cancelled_run_keeps_what_is_done(
    busy_door: Door, clock: Clock
) -> None:
    works, _ = await a_scheduled_foundry(busy_door, clock)
    answer = await works.asks(enterprise_id=None, region="141000", from_day=str(STOPS), until_day=str(NOW))
    assert answer.status_code == 202
    url = answer.headers["location"]
    assert (await works.officer.post(f"{url}/cancel", headers=acting())).status_code in {200, 202}
    await works.works()
    assert (await works.officer.get(url)).json()["state"] == "cancelled"
    assert await works.damage() == []
