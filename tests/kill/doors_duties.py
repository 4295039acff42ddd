"""Stories of duties: a report with its attachment, filed, returned and freed of, whom to call, and what a region sets."""

from tests.api.officer import Json, key
from tests.api.owing import HUAIREN, TABLE, runs
from tests.api.plants import PERSON_ZHANG, plant
from tests.kill.doors_register import Requests, code
from tests.kill.stories import Scene, story

WANG: Json = {"role": "contact", "name": "王五", "phone": "0349-1234567", "valid_from": "2019-09-01"}


async def owes(here: Scene, duty: str) -> str:
    """The address of what the story's firm owes always."""
    (found,) = (await here.own.get("/v1/duties", params={"duty": duty})).json()["items"]
    return f"/v1/duties/{found['id']}"


@story(
    "POST /v1/attachments",
    "POST /v1/duties/{duty_id}/filings",
    "POST /v1/duties/{duty_id}/receipt",
    "POST /v1/duties/{duty_id}/filings (again, after it was returned)",
    "POST /v1/duties/{duty_id}/waiver",
)
async def duties(here: Scene) -> Requests:
    await here.has(plant(code(), HUAIREN, "steel"), decided_by="huairen")
    await runs(here.killing.sessions, here.killing.clock, "make_duties")
    here.passes()
    one = await owes(here, "duty-contacts")
    query = {"duty_id": one.rpartition("/")[2], "name": "附表.csv"}
    headers = key() | {"Content-Type": "application/octet-stream"}
    attached = yield here.own.build_request("POST", "/v1/attachments", params=query, content=TABLE, headers=headers)

    async def seen(url: str) -> str:
        return str((await here.officer.get(url)).headers["ETag"])

    report: Json = {"report": {"form": "statement", "text": "已上报"}, "attachments": [attached.json()["id"]]}
    yield here.asks(f"{one}/filings", report, seen=await seen(one), by=here.own)
    returned = {"verdict": "returned", "reason": "缺牵头科室"}
    yield here.asks(f"{one}/receipt", returned, seen=await seen(one), as_=PERSON_ZHANG)
    yield here.asks(f"{one}/filings", report, seen=await seen(one), by=here.own)
    other = await owes(here, "duty-adjust-plans")
    yield here.asks(f"{other}/waiver", {"reason": "全年停产"}, seen=await seen(other), as_=PERSON_ZHANG)


@story("POST /v1/contacts (where one is owed, which it files)")
async def filling(here: Scene) -> Requests:
    await here.has(plant(code(), HUAIREN, "steel"), decided_by="huairen")
    await runs(here.killing.sessions, here.killing.clock, "make_duties")
    here.passes()
    one = await owes(here, "duty-contacts")
    yield here.asks("/v1/contacts", WANG | {"enterprise_id": here.id}, by=here.own)
    assert (await here.own.get(one)).json()["state"] == "filed"


@story("POST /v1/contacts", "PUT /v1/contacts/{contact_id}", "PUT /v1/duty-settings/{region}")
async def contacts(here: Scene) -> Requests:
    made = yield here.asks("/v1/contacts", WANG | {"region": HUAIREN, "body": "市工信局"})
    url = f"/v1/contacts/{made.json()['id']}"
    yield here.asks(url, WANG | {"valid_to": "2019-12-31"}, method="PUT", seen=made.headers["ETag"])
    set_by = {"lead_days": 5, "lead_hours": 2, "contact_months": 24, "basis": "市政府办公室规定"}
    url = "/v1/duty-settings/140600"
    seen = (await here.officer.get(url)).headers["ETag"]
    yield here.asks(url, set_by, method="PUT", seen=seen)
