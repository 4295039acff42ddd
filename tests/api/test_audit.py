"""The audit over HTTP: complete for whoever looks after the region, empty for others."""

from tests.api.door import Door
from tests.api.test_decisions import key, lime


async def test_every_change_of_an_enterprise_is_in_the_audit_of_its_region_only(door: Door) -> None:
    owner, stranger = await door.caller(regions=("141000",)), await door.caller(regions=("140500",))
    made = (await owner.post("/v1/enterprises", json=lime(fuel="coal"), headers=key())).json()
    line = made["sites"][0]["lines"][0]["id"]
    said = {"assertions": [{"subject_id": line, "fact": "pm_mg_m3", "value": "12"}]}
    await owner.post(f"/v1/enterprises/{made['id']}/assertions", json=said, headers=key())
    query = {"enterprise_id": made["id"]}
    seen = (await owner.get("/v1/audit", params=query)).json()["items"]
    assert (seen[0]["type"], seen[-1]["type"]) == ("fact.asserted", "enterprise.registered")
    assert {one["request_id"] for one in seen} != {None}
    assert (await stranger.get("/v1/audit", params=query)).json()["items"] == []


async def test_the_audit_is_paged_from_the_newest(door: Door) -> None:
    owner = await door.caller()
    for number in range(3):
        await owner.post("/v1/enterprises", json=lime(f"L-{number}"), headers=key())
    first = (await owner.get("/v1/audit", params={"limit": 2})).json()
    rest = (await owner.get("/v1/audit", params={"limit": 2, "cursor": first["next_cursor"]})).json()
    positions = [one["position"] for one in (*first["items"], *rest["items"])]
    assert positions == sorted(positions, reverse=True)
    assert len(set(positions)) == len(positions)
