"""Credits only where a plan allows them, declared exceptions with evidence, and readings confirmed by a person."""

from tests.api.door import Door
from tests.api.packs import publish
from tests.api.plants import PAPER, PERSON_LI, PERSON_ZHANG, decided, plant, posted, registered
from tests.api.test_nothing_is_stored import rows
from tests.conftest import Clock


async def test_a_credit_is_asked_for_only_under_a_plan_that_counts_other_stops(door: Door, clock: Clock) -> None:
    await publish(door.sessions, "fushan", "gaoping")
    officer = await door.caller(on_behalf_of=True)
    enterprise, line = await registered(officer, plant("F", "141027", "foundry", {"performance_grade": "B"}))
    await decided(officer, enterprise, "fushan")
    url = f"/v1/enterprises/{enterprise}/credits"
    wanted = {
        "subject_id": line, "pack": "fushan", "season": 2019, "control": "迎峰度冬有序用电", "valid_from": "2019-12-01",
        "valid_to": "2019-12-04", "basis": "县发改局通知", "evidence": PAPER,
    }  # fmt: skip
    before = await rows(door.sessions)
    silent = await posted(officer, url, wanted | {"pack": "gaoping"}, **PERSON_ZHANG)
    assert (silent.status_code, silent.json()["code"]) == (409, "credit_not_allowed")
    bare = await posted(officer, url, wanted | {"evidence": []}, **PERSON_ZHANG)
    assert (bare.status_code, bare.json()["code"]) == (422, "evidence_missing")
    assert await rows(door.sessions) == before
    made = (await posted(officer, url, wanted, **PERSON_ZHANG)).json()
    assert [one["does"] for one in made["chain"]] == ["applies", "decides"]
    clock.advance(minutes=1)
    step = {"does": "decides", "note": "情况属实"}
    granted = await posted(officer, f"/v1/credits/{made['id']}/steps", step, seen='"1"', **PERSON_LI)
    assert granted.status_code == 201, granted.text
    assert granted.json()["act"]["state"] == "granted"


async def test_where_no_days_are_counted_none_can_be_credited(door: Door) -> None:
    """FS-10: pig iron of grade B is cut by a percentage."""
    await publish(door.sessions, "fushan")
    officer = await door.caller(on_behalf_of=True)
    enterprise, line = await registered(officer, plant("P", "141027", "foundry_pig_iron", {"performance_grade": "B"}))
    await decided(officer, enterprise, "fushan")
    before = await rows(door.sessions)
    wanted = {
        "subject_id": line, "pack": "fushan", "season": 2019, "control": "有序用电", "valid_from": "2019-12-01",
        "valid_to": "2019-12-04", "basis": "通知", "evidence": PAPER,
    }  # fmt: skip
    answer = await posted(officer, f"/v1/enterprises/{enterprise}/credits", wanted, **PERSON_ZHANG)
    assert (answer.status_code, answer.json()["code"]) == (409, "subject_without_ledger")
    assert await rows(door.sessions) == before


async def test_an_exception_is_declared_by_the_plant_and_accepted_by_the_authority(door: Door, clock: Clock) -> None:
    officer = await door.caller(on_behalf_of=True)
    enterprise, line = await registered(officer, plant("E", "141027", "foundry"))
    own = await door.caller(regions=(), enterprise_ids=(enterprise,))
    url = f"/v1/enterprises/{enterprise}/declared-exceptions"
    wanted = {
        "subject_id": line, "what": "maintenance", "valid_from": "2019-12-12", "valid_to": "2019-12-15",
        "basis": "检修计划", "evidence": [{"kind": "photo", "reference": "1.jpg", "sha256": "a" * 64}],
    }  # fmt: skip
    blurred = await posted(own, url, wanted | {"evidence": [{"kind": "photo", "reference": "1.jpg"}]})
    assert (blurred.status_code, blurred.json()["errors"][0]["code"]) == (422, "sha256")
    made = (await posted(own, url, wanted)).json()
    assert (made["what"], made["state"]) == ("maintenance", "requested")
    clock.advance(minutes=1)
    step = await posted(
        officer, f"/v1/declared-exceptions/{made['id']}/steps", {"does": "decides"}, seen='"1"', **PERSON_LI
    )
    assert step.json()["act"]["state"] == "granted"
    that_day = (await officer.get("/v1/declared-exceptions?region=141000&state=granted&day=2019-12-13")).json()
    assert [one["id"] for one in that_day["items"]] == [made["id"]]
    another = (await officer.get("/v1/declared-exceptions?region=141000&day=2019-12-15")).json()
    assert another["items"] == []
    assert (await own.get(f"/v1/credits/{made['id']}")).status_code == 404


async def test_a_reading_is_confirmed_by_a_person_and_every_decision_shows_it(door: Door, clock: Clock) -> None:
    await publish(door.sessions, "fushan")
    officer = await door.caller(on_behalf_of=True)
    enterprise, line = await registered(officer, plant("R", "141027", "foundry", {"performance_grade": "B"}))
    await posted(officer, f"/v1/enterprises/{enterprise}/decisions", {"pack": "fushan", "season": 2019})
    url = "/v1/policy-packs/fushan/readings/A-FS2/confirmations"
    said = {"season": 2019, "verdict": "confirmed", "basis": "县环委办答复"}
    elsewhere = await door.caller(regions=("140500",), on_behalf_of=True)
    before = await rows(door.sessions)
    nobody = await posted(officer, url, said)
    assert (nobody.status_code, nobody.json()["code"]) == (403, "person_required")
    foreign = await posted(elsewhere, url, said, **PERSON_LI)
    assert (foreign.status_code, foreign.json()["code"]) == (403, "authority_required")
    none = await posted(officer, url.replace("A-FS2", "A-XX"), said, **PERSON_LI)
    assert (none.status_code, none.json()["code"]) == (404, "reading_unknown")
    assert await rows(door.sessions) == before
    clock.advance(minutes=1)
    assert (await posted(officer, url, said, **PERSON_LI)).status_code == 201
    explained = await officer.get(
        f"/v1/enterprises/{enterprise}/decisions/{line}?pack=fushan&season=2019&day=2019-12-10"
    )
    reading = next(one for one in explained.json()["readings"] if one["id"] == "A-FS2")
    assert (reading["confirmation"]["verdict"], reading["confirmation"]["person"]) == ("confirmed", "李四")
    listed = (await officer.get("/v1/policy-packs/fushan/readings?season=2019")).json()["items"]
    assert {one["id"] for one in listed if one["confirmation"]} == {"A-FS2"}
