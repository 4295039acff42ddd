"""Delivering to webhooks: a worker sends from several queues at once, each in its order, with no transaction open."""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field

import orjson

from app.documents.events import envelope
from app.domain.webhooks import Attempt, DeliveryState, Failure, Parcel
from app.integrations.webhooks import Sender, signed
from app.jobs.steady import Steady
from app.persistence.unit_of_work import DatabaseUnavailable, UnitOfWork, open_unit
from app.persistence.webhooks.queues import QueueLost
from app.services.webhooks import delivering
from app.services.webhooks.delivering import Claim

# Waiting for receivers costs a worker nothing but a task.
QUEUES_AT_ONCE = 16
# So many events of one queue before others that are due get their turn.
EVENTS_AT_ONCE = 50

# None where the key of the service has changed since a secret was sealed.
Unseal = Callable[[bytes], bytes | None]


@dataclass(slots=True, kw_only=True)
class Deliverer:
    """Takes queues that are due and empties them, as many at once as a worker may."""

    steady: Steady
    sender: Sender
    unseal: Unseal
    base_url: str
    under_way: set[asyncio.Task[None]] = field(default_factory=set)

    async def step(self) -> bool:
        """Begin with one more queue; false when none is due."""
        if len(self.under_way) >= QUEUES_AT_ONCE:
            await asyncio.wait(self.under_way, return_when=asyncio.FIRST_COMPLETED)
        self.ended()
        async with self.unit() as unit:
            held = await delivering.claim(unit)
        if held is None:
            return False
        self.under_way.add(asyncio.create_task(self.empty(held)))
        return True

    async def drain(self) -> None:
        """Deliver whatever is due now; for tests and for whoever wants to wait for it."""
        while await self.step() or self.under_way:
            if self.under_way:
                await asyncio.wait(self.under_way)
            self.ended()

    async def stop(self) -> None:
        """Give back what is under way, for another worker."""
        for task in self.under_way:
            task.cancel()
        await asyncio.gather(*self.under_way, return_exceptions=True)
        self.under_way.clear()

    def ended(self) -> None:
        """Forget tasks that are over; what went wrong in one of them is raised here."""
        over = {task for task in self.under_way if task.done()}
        self.under_way -= over
        for task in over:
            task.result()

    async def empty(self, held: Claim) -> None:
        """Send from one queue until it is empty, pauses, or is somebody else's."""
        try:
            for _ in range(EVENTS_AT_ONCE):
                if not await self.send_next(held):
                    return
            await self.give_back(held)
        except QueueLost:
            return
        except asyncio.CancelledError:
            await self.give_back(held)
            raise

    async def send_next(self, held: Claim) -> bool:
        """True when the next event of the queue may follow."""
        async with self.unit() as unit:
            parcel = await delivering.take(unit, held)
        if parcel is None:
            return False
        attempt = await self.send(parcel)
        async with self.unit() as unit:
            state = await delivering.keep(unit, parcel, attempt)
        outcome = "failed" if state is DeliveryState.WAITING else str(state)
        self.steady.metrics.deliveries.labels(outcome).inc()
        return state is not DeliveryState.WAITING

    async def send(self, parcel: Parcel) -> Attempt:
        at = self.steady.clock()
        keys = [self.unseal(one) for one in parcel.webhook.secrets_at(at)]
        readable = [key.decode() for key in keys if key is not None]
        if not readable:
            return Attempt(at=at, status=None, failure=Failure.SECRET_UNREADABLE, latency_ms=0)
        body = orjson.dumps(envelope(parcel.event, base_url=self.base_url))
        headers = signed(str(parcel.event.id), body, readable, at=at)
        return await self.sender.send(parcel.webhook.wanted.url, body, headers, at=at)

    async def give_back(self, held: Claim) -> None:
        with contextlib.suppress(QueueLost, DatabaseUnavailable):
            async with self.unit() as unit:
                await delivering.give_back(unit, held)

    def unit(self) -> "contextlib.AbstractAsyncContextManager[UnitOfWork]":
        return open_unit(self.steady.sessions, now=self.steady.clock())
