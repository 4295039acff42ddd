"""Two grants of one fact that overlap: ending one of them leaves the other standing."""

from tests.api.door import Door
from tests.api.listing import works
from tests.api.officer import Json, key
from tests.api.packs import publish
from tests.api.plants import PERSON_LI, PERSON_ZHANG, decided, posted
from tests.conftest import Clock
from tests.machine.world import FURNACE


async def test_revoking_one_of_two_grants_leaves_the_other(door: Door, clock: Clock) -> None:
    await publish(door.sessions, "gaoping")
    officer = await door.lasting_caller(on_behalf_of=True)
    made = (
        await officer.post("/v1/enterprises", json=works("F", "140581", "foundry", units=[FURNACE]), headers=key())
    ).json()
    unit = made["sites"][0]["lines"][0]["units"][0]["id"]
    await decided(officer, made["id"], "gaoping")

    async def granted(value: str, begins: str, ends: str) -> Json:
        body = {
            "subject_id": unit, "pack": "gaoping", "season": 2019, "workflow": "wf-foundry-need", "value": value,
            "valid_from": begins, "valid_to": ends, "basis": "供货合同",
        }  # fmt: skip
        act = (
            await posted(officer, f"/v1/enterprises/{made['id']}/dispatch-applications", body, **PERSON_ZHANG)
        ).json()
        for does in ("files", "files", "approves"):
            clock.advance(minutes=1)
            load = {"amount": "300", "unit": "t/d"} if does == "approves" else None
            answer = await posted(
                officer, f"/v1/dispatch-applications/{act['id']}/steps", {"does": does, "load": load},
                seen=f'"{act["version"]}"', **PERSON_LI,
            )  # fmt: skip
            assert answer.status_code == 201, answer.text
            act = answer.json()["act"]
        found: Json = act
        return found

    async def said(day: str) -> list[str]:
        page = await officer.get(f"/v1/enterprises/{made['id']}/assertions?fact=foundry_need_approved&day={day}")
        return [one["value"] for one in page.json()["items"]]

    first = await granted("season", "2019-12-01", "2020-03-01")
    second = await granted("both", "2019-11-20", "2020-02-01")
    assert await said("2019-12-15") == ["season"]
    url = f"/v1/dispatch-applications/{first['id']}/revocation"
    answer = await posted(officer, url, {"reason": "停止"}, seen=f'"{first["version"]}"', **PERSON_LI)
    assert answer.status_code == 201, answer.text
    assert await said("2019-12-05") == ["season"]
    assert await said("2019-12-15") == ["both"]
    assert await said("2020-02-10") == ["none"]
    again = f"/v1/dispatch-applications/{second['id']}/revocation"
    answer = await posted(officer, again, {"reason": "停止"}, seen=f'"{second["version"]}"', **PERSON_LI)
    assert answer.status_code == 201, answer.text
    assert await said("2019-12-15") == ["none"]
    await granted("season", "2019-11-25", "2020-02-01")
    assert await said("2019-12-15") == ["season"]
