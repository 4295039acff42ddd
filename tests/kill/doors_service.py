"""Stories of the service itself: its clients, the plans it holds, and what is tried out with them."""

from app.jobs.registry import HANDLERS
from app.jobs.runner import Worker
from tests.api.officer import HERE, SMALL, texts
from tests.api.test_clients import a_client
from tests.kill.doors_register import Requests
from tests.kill.stories import Scene, story

DRAFT = "/v1/policy-packs/{name}/versions/{version}"


@story(
    "POST /v1/clients",
    "POST /v1/clients/{client_id}/secret",
    "POST /v1/clients/{client_id}/disable",
)
async def clients(here: Scene) -> Requests:
    made = yield here.asks("/v1/clients", a_client())
    url = f"/v1/clients/{made.json()['client']['id']}"
    rotated = yield here.asks(f"{url}/secret", {}, seen=made.headers["ETag"])
    yield here.asks(f"{url}/disable", seen=rotated.headers["ETag"], keyed=False)


HOOK = "/v1/webhooks/{webhook_id}"


@story(
    "POST /v1/webhooks",
    f"PUT {HOOK}",
    f"POST {HOOK}/secret",
    f"POST {HOOK}/disable",
    f"POST {HOOK}/enable",
    f"POST {HOOK}/ping",
    f"POST {HOOK}/redeliveries",
    f"DELETE {HOOK}",
)
async def webhooks(here: Scene) -> Requests:
    # Nobody sends anything there: relays and couriers are not part of this story.
    body = {"url": "https://1.1.1.1/hooks", "types": ["warning.*"]}
    made = yield here.asks("/v1/webhooks", body)
    url = f"/v1/webhooks/{made.json()['webhook']['id']}"
    changed = yield here.asks(url, body | {"types": []}, method="PUT", seen=made.headers["ETag"])
    rotated = yield here.asks(f"{url}/secret", {}, seen=changed.headers["ETag"])
    rested = yield here.asks(f"{url}/disable", seen=rotated.headers["ETag"], keyed=False)
    enabled = yield here.asks(f"{url}/enable", seen=rested.headers["ETag"], keyed=False)
    yield here.asks(f"{url}/ping")
    yield here.asks(f"{url}/redeliveries", {"state": "dead"})
    yield here.asks(url, method="DELETE", seen=enabled.headers["ETag"])


@story(
    "POST /v1/policy-packs/checks",
    "POST /v1/policy-packs",
    f"PUT {DRAFT}",
    f"POST {DRAFT}/checks",
    f"DELETE {DRAFT}",
    f"POST {DRAFT}/publication",
    f"POST {DRAFT}/retirement",
)
async def policies(here: Scene) -> Requests:
    url = f"{HERE}/versions/1.0.0"
    yield here.asks("/v1/policy-packs/checks", texts())
    yield here.asks("/v1/policy-packs", texts())
    yield here.asks(url, texts(SMALL.replace("小镇方案", "另一方案")), method="PUT", seen=1)
    yield here.asks(f"{url}/checks")
    yield here.asks(url, method="DELETE", seen=2)
    await here.posts("/v1/policy-packs", texts())
    yield here.asks(f"{url}/publication", seen=1)
    publishing = {"publish_draft": HANDLERS["publish_draft"]}
    await Worker(sessions=here.killing.sessions, clock=here.killing.clock, handlers=publishing).drain()
    yield here.asks(f"{url}/retirement", {"reason": "县政府办公会议纪要 3 号"})


@story("POST /v1/simulations")
async def simulations(here: Scene) -> Requests:
    asked = {"against": "fushan", "season": 2019, "day": "2019-12-10", "region": "141027"}
    yield here.asks("/v1/simulations", asked | {"draft": {"pack": SMALL}})
