"""The story of an exemption list: opened, asked for, decided, published, doubted, and ended."""

from uuid import UUID

from app.api.changes import redecided
from app.domain.access import Actor
from app.persistence.unit_of_work import open_unit
from tests.api.listing import FILED, GREEN, LISTS, OF_SITE, WANG, works
from tests.api.officer import Json
from tests.kill.doors_register import Requests, code
from tests.kill.stories import Scene, story

HUAIREN = "140681"
ENTRY = "POST /v1/exemption-lists/{list_id}/entries/{entry_id}"
OFFICE = Actor(client_id="office", regions=(HUAIREN,))


async def factory(here: Scene) -> tuple[Json, Json]:
    """A green factory whose claims another credential has verified, and what is asked for it."""
    await here.has(works(code(), HUAIREN, "steel", own=GREEN, of_site=OF_SITE))
    other = await here.killing.door.caller(on_behalf_of=True)
    page = (await other.get(f"{here.base}/assertions?limit=500")).json()
    ids = [one["id"] for one in page["items"]]
    await here.posts(f"{here.base}/verifications", {"assertion_ids": ids}, by=other)
    await here.posts(f"{here.base}/decisions", {"pack": "huairen", "season": 2019})
    site = here.made["sites"][0]["id"]
    return here.made, {"enterprise_id": here.id, "subject_id": site, "rule": "HR-20", "reason": "申请列入"}


async def loses_its_title(here: Scene, enterprise: Json) -> None:
    """So that its place on the list is in doubt."""
    fact = {"fact": "green_factory", "value": False}
    await here.posts(f"/v1/enterprises/{enterprise['id']}/assertions", {"assertions": [fact]})
    async with open_unit(here.killing.sessions, now=here.killing.clock()) as unit:
        await redecided(unit, UUID(enterprise["id"]), by=OFFICE, language="zh")
    here.passes()


@story(
    "POST /v1/exemption-lists",
    "POST /v1/exemption-lists/{list_id}/entries",
    f"{ENTRY}/review",
    f"{ENTRY}/approval",
    "POST /v1/exemption-lists/{list_id}/publication",
    f"{ENTRY}/retention",
    f"{ENTRY}/revocation",
    "POST /v1/exemption-lists/{list_id}/publication (the next version)",
    f"{ENTRY}/refusal",
    f"{ENTRY}/withdrawal",
    "POST /v1/exemption-lists/{list_id}/gaps",
)
async def lists(here: Scene) -> Requests:
    opened = yield here.asks(LISTS, {"pack": "huairen", "season": 2019})
    url = f"{LISTS}/{opened.json()['id']}"

    async def seen(part: str = "") -> str:
        return str((await here.officer.get(f"{url}{part}")).headers["ETag"])

    first, wanted = await factory(here)
    asked = yield here.asks(f"{url}/entries", wanted)
    entry = f"/entries/{asked.json()['id']}"
    for step in ("review", "approval"):
        yield here.asks(f"{url}{entry}/{step}", {}, seen=await seen(entry), as_=WANG)
    version: Json = {"effective_on": "2019-12-22", "basis": "市政府常务会议纪要"}
    yield here.asks(f"{url}/publication", version, seen=await seen(), as_=WANG)
    await loses_its_title(here, first)
    yield here.asks(f"{url}{entry}/retention", {"reason": "换证办理中"}, seen=await seen(entry), as_=WANG)
    yield here.asks(f"{url}{entry}/revocation", {"reason": "不再是绿色工厂"}, seen=await seen(entry), as_=WANG)
    version = {"effective_on": "2019-12-23", "basis": "纪要", "document": FILED}
    yield here.asks(f"{url}/publication", version, seen=await seen(), as_=WANG)
    _, wanted = await factory(here)
    asked_again = await here.posts(f"{url}/entries", wanted)
    refused = f"/entries/{asked_again['id']}"
    yield here.asks(f"{url}{refused}/refusal", {"reason": "待核查"}, seen=await seen(refused), as_=WANG)
    asked_again = await here.posts(f"{url}/entries", wanted)
    withdrawn = f"/entries/{asked_again['id']}"
    yield here.asks(f"{url}{withdrawn}/withdrawal", {"note": "不申请了"}, seen=await seen(withdrawn))
    yield here.asks(f"{url}/gaps", {})
