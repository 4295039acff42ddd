"""One world with something in every room: all stories of changing requests told to their end, and what they went through."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, cast
from uuid import UUID, uuid4

import httpx
from fastapi.routing import APIRoute

from app.api.security import Caller
from app.domain.schedules.planning.plan import plan
from app.jobs.relay import relay
from app.jobs.runner import Worker
from app.jobs.steady import Steady
from app.main import ROUTES
from tests.api.door import Door
from tests.api.officer import Json, key
from tests.api.scheduling import handlers
from tests.conftest import Clock
from tests.kill import test_doors  # noqa: F401  importing it registers every story
from tests.kill.conftest import Killing
from tests.kill.stories import DOORS, Story, opens, route_of

PARAMETER = re.compile(r"\{(\w+)\}")
# Things no changing request has in its path, and the list in which they stand (or the request that adds to it).
LISTED = {
    "/v1/ratings/{rating_id}": "POST /v1/enterprises/{enterprise_id}/ratings",
    "/v1/inspections/{inspection_id}": "/v1/inspections",
    "/v1/simulations/{simulation_id}": "/v1/simulations",
    "/v1/compliance-findings/{finding_id}": "/v1/compliance-findings",
    "/v1/orders/{order_id}": "/v1/orders",
}

# What queries ask for by its id.
QUERIED = {
    "warning": "warnings/{warning_id}",
    "channel": "enterprises/{enterprise_id}/channels/{channel_id}",
}


@dataclass(frozen=True, slots=True)
class Way:
    """One way in: its method and path, and what it asks of a caller (None: a token; `public`: nothing)."""

    method: str
    path: str
    scope: str | None
    public: bool

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def things(self) -> list[str]:
        """The parameters of its path."""
        return PARAMETER.findall(self.path)


def ways() -> Iterator[Way]:
    """Every way in, asked of the routes themselves."""
    for room in ROUTES:
        for one in room.routes:
            assert isinstance(one, APIRoute)
            asked = [each.call for each in one.dependant.dependencies if isinstance(each.call, Caller)]
            for method in sorted(one.methods or ()):
                yield Way(method, one.path, next((each.scope for each in asked if each.scope), None), not asked)


WAYS = {one.name: one for one in ways()}


@dataclass(slots=True, kw_only=True)
class World:
    """What the stories left behind: the last request of each way in, and a real value for what stands in its path.

    `names` are real values for queries; `marks` are texts by which a thing of this world is known in an answer; the
    `owner` is the credential whose own the webhook and the operation are.
    """

    door: Door
    clock: Clock
    sent: dict[str, httpx.Request] = field(default_factory=dict)
    found: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    marks: set[str] = field(default_factory=set)
    owner: httpx.AsyncClient = field(init=False)

    def remember(self, request: httpx.Request) -> None:
        name = route_of(request)
        self.sent[name] = request
        self.know(WAYS[name].path, request.url.path)

    def made(self, template: str, answer: httpx.Response) -> None:
        """What a request to a room has added to it."""
        below = next(
            (way.path for way in WAYS.values() if re.fullmatch(re.escape(template) + r"/\{\w+_id\}", way.path)), None
        )
        if answer.status_code != 201 or "id" not in answer.json():
            return
        if not template.startswith("/v1/policy-packs"):  # plans are everybody's to hear of
            self.marks.add(answer.json()["id"])
        if below is not None:
            self.know(below, f"{answer.request.url.path}/{answer.json()['id']}")

    def know(self, template: str, path: str) -> None:
        """Every part of a path that ends in a parameter, with the real path it had last."""
        parts, real = template.split("/"), path.split("/")
        for number, part in enumerate(parts, start=1):
            if PARAMETER.fullmatch(part):
                self.found["/".join(parts[:number])] = "/".join(real[:number])

    def path(self, way: Way) -> str:
        """Its real path; fails where no story has been there, so that a new room cannot be forgotten."""
        if not way.things:
            return way.path
        head, rest = re.fullmatch(r"(.*\})([^{}]*)", way.path).groups()  # type: ignore[union-attr]  # it has a parameter
        stem = re.sub(r"(\})\.[^/]*$", r"\1", head)
        assert stem in self.found, f"nothing real is known for {stem}: let a story go there, or say where it is listed"
        return self.found[stem] + head[len(stem) :] + rest


async def tell(world: World, one: Story) -> None:
    """A story to its end."""
    killing = Killing(world.door, world.clock, cast("Any", None))
    scene = await opens(killing)
    requests = one(scene)
    request = await anext(requests)
    while True:
        world.remember(request)
        answer = await scene.sends(request)
        world.made(WAYS[route_of(request)].path, answer)
        scene.passes()
        try:
            request = await requests.asend(answer)
        except StopAsyncIteration:
            return


async def works(world: World) -> None:
    """All long work there is."""
    await Worker(sessions=world.door.sessions, clock=world.clock, handlers=handlers(plan)).drain()


async def build(world: World) -> None:
    for one in dict.fromkeys(door.story for door in DOORS.values()):
        await tell(world, one)
    await works(world)
    officer = await world.door.caller()

    await owns(world)

    async def first(url: str, **params: Any) -> Json:
        answer = await officer.get(url, params=params)
        assert answer.status_code == 200, f"{url}: {answer.text}"
        assert answer.json()["items"], f"no story left anything in {url}"
        found: Json = answer.json()["items"][0]
        return found

    for template, listed in LISTED.items():
        url = world.sent[listed].url.path if listed in world.sent else listed
        world.found[template] = f"{template.rpartition('/')[0]}/{(await first(url))['id']}"
    sources = (await officer.get("/v1/feed/sources")).json()["items"]
    landed = [await officer.get("/v1/feed/batches", params={"source": one["name"]}) for one in sources]
    batch = next(one for each in landed for one in each.json()["items"])
    world.names["source"] = batch["source"]
    world.found["/v1/feed/batches/{batch_id}"] = f"/v1/feed/batches/{batch['id']}"
    line = await first(f"{world.found['/v1/schedules/{schedule_id}']}/lines")
    world.know(
        "/v1/schedules/{schedule_id}/enterprises/{enterprise_id}",
        f"{world.found['/v1/schedules/{schedule_id}']}/enterprises/{line['enterprise_id']}",
    )
    world.know(
        "/v1/exemption-lists/{list_id}/versions/{number}",
        f"{world.found['/v1/exemption-lists/{list_id}']}/versions/1",
    )
    said = await first("/v1/decisions", pack="fushan", season=2019, region="141027")
    world.know(
        "/v1/enterprises/{enterprise_id}/decisions/{subject_id}",
        f"/v1/enterprises/{said['enterprise_id']}/decisions/{said['subject_id']}",
    )
    await learn(world, officer)


async def owns(world: World) -> None:
    """A webhook with a delivery and an operation, of a credential of its own."""
    world.owner = await world.door.lasting_caller(on_behalf_of=True)
    body = {"url": "https://1.1.1.1/hooks", "types": ["warning.*"]}
    made = await world.owner.post("/v1/webhooks", json=body, headers=key())
    url = f"/v1/webhooks/{made.json()['webhook']['id']}"
    await world.owner.post(f"{url}/ping", headers=key())
    while await relay(Steady(sessions=world.door.sessions, clock=world.clock, metrics=world.door.app.state.metrics)):
        pass
    delivery = (await world.owner.get(f"{url}/deliveries")).json()["items"][0]
    world.know("/v1/webhooks/{webhook_id}/deliveries/{event_id}", f"{url}/deliveries/{delivery['event_id']}")
    asked = fresh(world.sent["POST /v1/decision-runs"], "/v1/decision-runs")
    started = await world.owner.request(**asked)
    world.know("/v1/operations/{operation_id}", started.headers["Location"])
    await works(world)


async def learn(world: World, officer: httpx.AsyncClient) -> None:
    """The names of everything, as queries need them and answers tell them."""
    for path in world.found.values():
        world.marks |= {part for part in path.split("/") if _is_id(part)}
    firms = (await officer.get("/v1/enterprises", params={"limit": 500})).json()["items"]
    world.marks |= {one[name] for one in firms for name in ("id", "name")} | {world.names["source"]}
    failed = (await officer.get("/v1/jobs/failures")).json()["items"]
    settings = (await officer.get(world.found["/v1/duty-settings/{region}"])).json()
    world.marks |= {one["operation"]["id"] for one in failed} | {settings["changed"]["client_id"]}
    schedules = (await officer.get("/v1/schedules", params={"limit": 2})).json()["items"]
    ends = {name: world.found[f"/v1/{path}"].rpartition("/")[2] for name, path in QUERIED.items()}
    world.names |= ends | {"schedules": ",".join(one["id"] for one in schedules), "now": world.clock().isoformat()}
    site = {"region": "141027", "lines": [{"industry": "foundry", "facts": {"performance_grade": "B"}}]}
    asked = {"pack": "fushan", "season": 2019, "day": "2019-12-10", "enterprise": {"sites": [site]}}
    world.remember(officer.build_request("POST", "/v1/evaluations", json=asked))
    world.found["/v1/regions/{code}"] = "/v1/regions/141000"


def fresh(request: httpx.Request, path: str) -> dict[str, Any]:
    """The same request at another path, under another key."""
    headers = {name: value for name, value in request.headers.items() if name not in {"authorization", "host"}}
    if "idempotency-key" in headers:
        headers |= {name.lower(): value for name, value in key().items()}
    query = f"?{request.url.query.decode()}" if request.url.query else ""
    return {"method": request.method, "url": f"{path}{query}", "content": request.content, "headers": headers}


def elsewhere(path: str) -> str:
    """The same path to things that never were: every id in it is another one."""
    return "/".join(str(uuid4()) if _is_id(part) else part for part in path.split("/"))


def _is_id(part: str) -> bool:
    try:
        UUID(part)
    except ValueError:
        return False
    return True


def without_names(body: Json, paths: tuple[str, str]) -> Json:
    """A problem without what tells two requests apart: its id, and the path it was asked at."""
    said = {name: value for name, value in body.items() if name not in {"request_id", "instance"}}
    real, other = ([part for part in path.split("/") if _is_id(part)] for path in paths)
    text = str(said)
    for one in (*real, *other):
        text = text.replace(one, "…")
    return {"said": text}
