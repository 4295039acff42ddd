"""What stories about events and webhooks stand on: a door, a relay, a courier, and firms that things happen to."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import httpx

from app.domain.access import Actor
from app.domain.events import Event
from app.integrations.webhooks import Sender
from app.jobs.deliver import Deliverer
from app.jobs.relay import relay
from app.jobs.steady import Steady
from app.persistence.engine import Sessions
from app.persistence.unit_of_work import open_unit
from app.settings import Settings
from tests.api.door import Door, open_door, read
from tests.api.officer import Json, key
from tests.api.plants import plant, registered
from tests.conftest import Clock
from tests.receiver import Receiver, receiving

OFFICER = Actor(client_id="officer", regions=("000000",))
NUMBERS = count(1)


@dataclass(slots=True)
class Post:
    """Everything between an event and a receiver, with the clock of the story."""

    door: Door
    clock: Clock
    receiver: Receiver
    officer: httpx.AsyncClient
    secrets: dict[str, str] = field(default_factory=dict)

    async def firm(self, region: str = "141027") -> str:
        """A registered firm of which the relay has told already."""
        firm, _ = await registered(self.officer, plant(f"P{next(NUMBERS)}", region, "foundry"))
        await self.relays()
        return firm

    async def happens(
        self, firm: str | None, *numbers: int, type: str = "order.served", region: str = "141027", **data: Any
    ) -> None:
        """Events of a firm (None: of a region), each with a number by which a story knows it again."""
        events = [
            Event(type=type, subject=str(one), enterprise_id=firm, region=region, data={"number": one, **data})
            for one in numbers
        ]
        async with open_unit(self.door.sessions, now=self.clock()) as unit:
            await unit.record_all(events, by=OFFICER)

    async def subscribes(self, by: httpx.AsyncClient | None = None, **wanted: Any) -> Json:
        """A webhook to the receiver; its secret is kept aside."""
        body = {"url": self.receiver.url, "types": ["order.*", "warning.*"]} | wanted
        answer = await (by or self.officer).post("/v1/webhooks", json=body, headers=key())
        assert answer.status_code == 201, answer.text
        made: Json = answer.json()["webhook"]
        self.secrets[made["id"]] = answer.json()["secret"]
        return made

    async def relays(self) -> None:
        while await relay(self.steady()):
            pass

    async def delivers(self) -> None:
        """Whatever is due now, by a worker of its own."""
        await self.relays()
        await self.courier().drain()

    def steady(self) -> Steady:
        return Steady(sessions=self.door.sessions, clock=self.clock, metrics=self.door.app.state.metrics)

    def courier(self, sender: Sender | None = None) -> Deliverer:
        return Deliverer(
            steady=self.steady(),
            sender=sender or Sender(private_targets=True),
            unseal=self.door.app.state.tokens.unseal,
            base_url="https://cuofeng.example",
        )

    async def deliveries(self, webhook: Json, **query: Any) -> list[Json]:
        items: list[Json] = (
            await read(self.officer, f"/v1/webhooks/{webhook['id']}/deliveries", {"limit": 500} | query)
        )["items"]
        return items

    async def asks(self, webhook: Json, verb: str, body: Json | None = None, **headers: str) -> httpx.Response:
        """A POST about a webhook, in the version it has now."""
        url = f"/v1/webhooks/{webhook['id']}"
        seen = (await self.officer.get(url)).headers["ETag"]
        return await self.officer.post(f"{url}/{verb}", json=body, headers=key() | {"If-Match": seen} | headers)

    def numbers(self, firm: str | None = None) -> list[int]:
        """The numbers of the events that came, in the order in which they came."""
        events = [one.event for one in self.receiver.got if "number" in one.event["data"]]
        return [one["data"]["number"] for one in events if firm in {None, one["enterpriseid"]}]


@asynccontextmanager
async def open_post(sessions: Sessions, clock: Clock, settings: Settings) -> AsyncIterator[Post]:
    """A receiver on this machine, and a service that may send to it."""
    open_to_us = settings.model_copy(update={"webhook_private_targets": True})
    door = open_door(sessions, clock, open_to_us)
    async with receiving() as receiver:
        yield Post(door, clock, receiver, await door.lasting_caller())


def without_repeats(numbers: Sequence[int]) -> list[int]:
    """The order of first arrivals."""
    return list(dict.fromkeys(numbers))
