"""What a story about killed servers is: requests that change something, one after the other, each a door of its own."""

import re
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import httpx
from fastapi.routing import APIRoute

from app.main import ROUTES
from tests.api.officer import Json, key
from tests.api.plants import PERSON_LI, decided
from tests.kill.conftest import Ground

_CHANGING = {"POST", "PUT", "PATCH", "DELETE"}
Headers = dict[str, str]
Story = Callable[["Scene"], AsyncGenerator[httpx.Request, httpx.Response]]


@dataclass(slots=True)
class Scene:
    """An officer of the whole country, and the enterprise of the story with its own credential."""

    killing: Ground
    officer: httpx.AsyncClient
    own: httpx.AsyncClient
    made: Json = field(default_factory=dict)

    async def has(self, body: Json, *, decided_by: str | None = None) -> None:
        """Register the enterprise of this story; decide it by a plan."""
        self.made = await self.posts("/v1/enterprises", body)
        if decided_by is not None:
            await decided(self.officer, self.id, decided_by)
        self.own = await self.killing.door.caller(regions=(), enterprise_ids=(self.id,), on_behalf_of=True)
        self.passes()

    @property
    def id(self) -> str:
        return str(self.made["id"])

    @property
    def line(self) -> str:
        return str(self.made["sites"][0]["lines"][0]["id"])

    @property
    def base(self) -> str:
        return f"/v1/enterprises/{self.id}"

    def passes(self, **time: float) -> None:
        self.killing.clock.advance(**(time or {"minutes": 1}))

    @contextmanager
    def earlier(self, **time: float) -> Iterator[None]:
        """What is prepared here happened that long ago."""
        self.passes(**{unit: -number for unit, number in time.items()})
        yield
        self.passes(**time)

    def asks(
        self,
        url: str,
        body: Json | list[Json] | None = None,
        *,
        method: str = "POST",
        by: httpx.AsyncClient | None = None,
        seen: int | str | None = None,
        keyed: bool = True,
        as_: Headers = PERSON_LI,
    ) -> httpx.Request:
        """A request of the officer in the name of Li, unless the story says otherwise."""
        sent = as_ | (key() if keyed and method == "POST" else {})
        if seen is not None:
            sent["If-Match"] = seen if isinstance(seen, str) else f'"{seen}"'
        return (by or self.officer).build_request(method, url, json=body, headers=sent)

    async def sends(self, request: httpx.Request) -> httpx.Response:
        answer = await self.officer.send(request)
        assert answer.is_success, answer.text
        return answer

    async def posts(self, url: str, body: Json | None = None, **how: Any) -> Json:
        """A step of the story that is no door; a minute passes."""
        found: Json = (await self.sends(self.asks(url, body, **how))).json()
        self.passes()
        return found


@dataclass(frozen=True, slots=True)
class StoryDoor:
    """One request of a story: the route it takes, after whatever comes before it."""

    story: Story
    number: int
    last: bool
    name: str

    @property
    def route(self) -> str:
        """The method and the path, without the remark that tells two doors of one route apart."""
        return self.name.partition(" (")[0]


DOORS: dict[str, StoryDoor] = {}


def story(*doors: str) -> Callable[[Story], Story]:
    """Keep a story and name the doors that its requests go through, in their order."""

    def keep(told: Story) -> Story:
        for number, name in enumerate(doors):
            assert name not in DOORS, f"{name} is the door of another story"
            DOORS[name] = StoryDoor(told, number, number == len(doors) - 1, name)
        return told

    return keep


@dataclass(slots=True)
class Told:
    """A story on its way: how far it has come, and the answer it waits to hear."""

    scene: Scene
    requests: AsyncGenerator[httpx.Request, httpx.Response]
    number: int = -1
    answer: httpx.Response | None = None

    async def goes_on(self) -> httpx.Request:
        self.number += 1
        self.scene.passes()
        if self.answer is None:
            return await anext(self.requests)
        return await self.requests.asend(self.answer)


@dataclass(slots=True)
class Telling:
    """All stories: each goes on where the door before left it, or begins anew and hurries to its door."""

    killing: Ground
    under_way: dict[Story, Told] = field(default_factory=dict)
    broken_off: set[Story] = field(default_factory=set)

    async def reaches(self, door: StoryDoor) -> tuple[Told, httpx.Request]:
        """The request of a door, when everything before it in its story has happened."""
        assert door.story not in self.broken_off, "its story broke off at a door before"
        told = self.under_way.pop(door.story, None)
        if told is None or told.number >= door.number:
            told = await self._begins(door.story)
        self.broken_off.add(door.story)
        request = await told.goes_on()
        while told.number < door.number:
            told.answer = await told.scene.sends(request)
            request = await told.goes_on()
        return told, request

    async def keeps(self, told: Told, door: StoryDoor) -> None:
        """All went well: the story waits for its next door; after its last there is nothing more to tell."""
        self.broken_off.discard(door.story)
        if not door.last:
            self.under_way[door.story] = told
            return
        with suppress(StopAsyncIteration):
            await told.goes_on()
            raise AssertionError(f"the story goes on after {door.name}")

    async def _begins(self, one: Story) -> Told:
        scene = await opens(self.killing)
        return Told(scene, one(scene))


async def opens(killing: Ground) -> Scene:
    """A scene for a new story, later than those before."""
    killing.clock.advance(minutes=1)
    officer = await killing.door.caller(on_behalf_of=True)
    return Scene(killing, officer, officer)


def changing_routes() -> set[str]:
    """Every way in by which something may change, as `METHOD /path`."""
    return {f"{method} {one.path}" for method, one in _routes()}


def route_of(request: httpx.Request) -> str:
    """The way a request goes in."""
    path = request.url.path
    return next(
        f"{method} {one.path}"
        for method, one in _routes()
        if method == request.method and re.fullmatch(one.path_regex, path)
    )


def _routes() -> Iterator[tuple[str, APIRoute]]:
    for room in ROUTES:
        for one in room.routes:
            assert isinstance(one, APIRoute)
            for method in sorted(_CHANGING & set(one.methods or ())):
                yield method, one
