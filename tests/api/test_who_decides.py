"""Who decides: the rank a plan names for a hand, the default reach of an approval, and the day of a filing."""

from datetime import UTC, datetime

from tests.api.door import Door
from tests.api.packs import publish
from tests.api.plants import PERSON_LI, PERSON_ZHANG, decided, plant, posted, registered
from tests.api.test_determinations import wanted as determination
from tests.api.test_dispatch_applications import CZ, wanted
from tests.api.test_nothing_is_stored import rows
from tests.conftest import Clock


async def test_a_county_reviews_and_only_the_city_approves(door: Door, clock: Clock) -> None:
    """CZ-04."""
    await publish(door.sessions, "changzhi")
    county = await door.caller(on_behalf_of=True, regions=("140404",))
    city = await door.caller(on_behalf_of=True, regions=("140400",))
    enterprise, line = await registered(county, plant("HEAT", "140404", "steel", CZ))
    url = f"/v1/enterprises/{enterprise}/dispatch-applications"
    act = (await posted(county, url, wanted(line), **PERSON_ZHANG)).json()
    assert [one["region"] for one in act["chain"]] == ["", "", "140400"]
    one = f"/v1/dispatch-applications/{act['id']}"
    reviewed = await posted(county, f"{one}/steps", {"does": "reviews"}, seen='"1"', **PERSON_LI)
    assert reviewed.status_code == 201, reviewed.text
    before = await rows(door.sessions)
    for end, body in (("steps", {"does": "approves"}), ("refusal", {"reason": "负荷过高"})):
        answer = await posted(county, f"{one}/{end}", body, seen='"2"', **PERSON_LI)
        assert (answer.status_code, answer.json()["code"]) == (403, "authority_required")
        assert "140400" in answer.json()["detail"]
    assert await rows(door.sessions) == before
    approved = await posted(city, f"{one}/steps", {"does": "approves"}, seen='"2"', **PERSON_LI)
    assert approved.status_code == 201, approved.text
    refused = await posted(county, f"{one}/revocation", {"reason": "停供"}, seen='"3"', **PERSON_LI)
    assert (refused.status_code, refused.json()["code"]) == (403, "authority_required")


async def test_what_a_citys_plan_leaves_open_no_county_answers(door: Door, clock: Clock) -> None:
    """LN-07."""
    await publish(door.sessions, "linfen-city")
    county = await door.caller(on_behalf_of=True, regions=("141027",))
    city = await door.caller(on_behalf_of=True, regions=("141000",))
    enterprise, line = await registered(county, plant("F", "141027", "foundry", {"performance_grade": "C"}))
    await decided(county, enterprise, "linfen-city")
    url = f"/v1/enterprises/{enterprise}/determinations"
    body = determination(line, "linfen-city", "LN-07", alternative=0, number="40")
    before = await rows(door.sessions)
    answer = await posted(county, url, body, **PERSON_LI)
    assert (answer.status_code, answer.json()["code"]) == (403, "authority_required")
    assert await rows(door.sessions) == before
    made = await posted(city, url, body, **PERSON_LI)
    assert made.status_code == 201, made.text
    one = f"/v1/determinations/{made.json()['id']}/revocation"
    assert (await posted(county, one, {"basis": "误"}, **PERSON_LI)).json()["code"] == "authority_required"
    assert (await posted(city, one, {"basis": "误"}, **PERSON_LI)).status_code == 201


async def test_an_approval_for_warnings_is_asked_for_before_there_is_one(door: Door, clock: Clock) -> None:
    """GP-16: without a named reach it is for warnings alone (A-GP13), and Jincheng approves it."""
    clock.now = datetime(2019, 9, 5, 4, tzinfo=UTC)
    await publish(door.sessions, "gaoping")
    here = await door.caller(on_behalf_of=True, regions=("140581",))
    above = await door.caller(on_behalf_of=True, regions=("140500",))
    furnace = {"code": "U1", "name": "一号电炉", "kind": "induction_furnace"}
    enterprise, line = await registered(here, plant("F", "140581", "foundry", units=[furnace]))
    body = wanted(line, pack="gaoping", workflow="wf-foundry-need", valid_from="2019-11-15")
    body |= {"load": {"amount": "50", "unit": "%"}, "valid_to": "2020-03-16"}
    made = await posted(here, f"/v1/enterprises/{enterprise}/dispatch-applications", body, **PERSON_ZHANG)
    assert made.status_code == 201, made.text
    act = made.json()
    assert (act["value"], act["late"]) == ("warning", False)
    url, seen = f"/v1/dispatch-applications/{act['id']}/steps", 1
    for does in ("files", "files"):
        clock.advance(minutes=1)
        step = await posted(here, url, {"does": does}, seen=f'"{seen}"', **PERSON_LI)
        assert step.status_code == 201, step.text
        seen += 1
    county = await posted(here, url, {"does": "approves"}, seen=f'"{seen}"', **PERSON_LI)
    assert (county.status_code, county.json()["code"]) == (403, "authority_required")
    granted = await posted(above, url, {"does": "approves"}, seen=f'"{seen}"', **PERSON_LI)
    assert granted.status_code == 201, granted.text
    assert granted.json()["act"]["state"] == "granted"


async def test_what_no_rule_would_use_is_not_asked_for(door: Door, clock: Clock) -> None:
    """GP-16 speaks of furnaces: a foundry without any on record has nothing to run."""
    await publish(door.sessions, "gaoping")
    officer = await door.caller(on_behalf_of=True)
    enterprise, line = await registered(officer, plant("EMPTY", "140581", "foundry"))
    before = await rows(door.sessions)
    body = wanted(line, pack="gaoping", workflow="wf-foundry-need")
    answer = await posted(officer, f"/v1/enterprises/{enterprise}/dispatch-applications", body, **PERSON_ZHANG)
    assert (answer.status_code, answer.json()["code"]) == (409, "grant_reaches_nothing")
    assert await rows(door.sessions) == before


async def test_what_an_authority_proposes_is_late_when_its_first_filing_is(door: Door, clock: Clock) -> None:
    """GP-07 with A-GP14: 10 September dates the filing with Gaoping's government, not the proposal."""
    clock.now = datetime(2019, 9, 8, 4, tzinfo=UTC)
    await publish(door.sessions, "gaoping")
    officer = await door.lasting_caller(on_behalf_of=True)
    enterprise, line = await registered(officer, plant("GP", "140581", "lime", {"key_project_supply": True}))
    body = wanted(line, pack="gaoping", workflow="wf-livelihood-load", load={"amount": "80", "unit": "%"})
    made = await posted(officer, f"/v1/enterprises/{enterprise}/dispatch-applications", body, **PERSON_ZHANG)
    act = made.json()
    assert act["late"] is False
    url = f"/v1/dispatch-applications/{act['id']}/steps"
    clock.now = datetime(2019, 9, 20, 4, tzinfo=UTC)
    late = []
    for seen, does in enumerate(("reviews", "files"), start=1):
        answer = await posted(officer, url, {"does": does}, seen=f'"{seen}"', **PERSON_LI)
        assert answer.status_code == 201, answer.text
        late.append(answer.json()["act"]["late"])
    assert late == [False, True]
