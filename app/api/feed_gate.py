"""The gate of the feed: how many batches are held and merged at once, so that queries live on and memory stays flat."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from fastapi import Request, Response

from app.api.refusals import FeedBusy
from app.api.security import recognise
from app.api.transactions import StrictRequest, TransactionalRoute

# About as long as the batches before it take.
RETRY_SECONDS = 2


class Gate:
    """Each sender may have `queue` batches under way; `turns` of all of them are merged at the same time.

    Who is refused has not been read; who waits for a turn holds its body and no connection to the database.
    """

    def __init__(self, *, turns: int, queue: int) -> None:
        self.queue = queue
        self.turn = asyncio.Semaphore(turns)
        self.under_way: Counter[str] = Counter()

    @asynccontextmanager
    async def admitted(self, sender: str) -> AsyncIterator[None]:
        """Raises FeedBusy where the sender's queue is full."""
        if self.under_way[sender] >= self.queue:
            headers = {"Retry-After": str(RETRY_SECONDS), "Connection": "close"}
            raise FeedBusy(queue=self.queue, seconds=RETRY_SECONDS, headers=headers)
        self.under_way[sender] += 1
        try:
            yield
        finally:
            self.under_way[sender] -= 1
            if not self.under_way[sender]:
                del self.under_way[sender]


class FeedRoute(TransactionalRoute):
    """A route through the gate: the sender is known and admitted before the body is read, its turn comes after that."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def gated(bare: Request) -> Response:
            if bare.method != "POST":
                return await handle(bare)
            gate: Gate = bare.app.state.feed_gate
            sender = await recognise(bare, now=bare.app.state.clock())
            async with gate.admitted(sender.client_id):
                try:
                    return await handle(bare)
                finally:
                    if getattr(bare.state, "has_turn", False):
                        gate.turn.release()

        return gated

    async def read(self, request: StrictRequest) -> None:
        await super().read(request)
        if request.method == "POST":
            gate: Gate = request.app.state.feed_gate
            await gate.turn.acquire()
            request.state.has_turn = True
