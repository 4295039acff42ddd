"""What a job is given: its payload, the eyes of whoever asked for it, and units of work that an old worker cannot use."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.domain.access import Actor
from app.domain.operations import Operation
from app.integrations.ids import new_id
from app.persistence.engine import Sessions
from app.persistence.operations import LeaseLost, LeaseRepository
from app.persistence.unit_of_work import UnitOfWork, open_unit
from app.persistence.uploads import Upload, UploadRepository

# People look at progress about once a second; writing it for every row would cost more than the work.
PUBLISHED_EVERY = timedelta(seconds=1)


class JobCancelled(Exception):
    """The caller asked the operation to stop."""


@dataclass(slots=True, kw_only=True)
class JobContext:
    """One run of one operation under one fence."""

    operation: Operation
    sessions: Sessions
    clock: Callable[[], datetime]
    lease: timedelta
    done: int = 0
    total: int | None = None
    stage: Mapping[str, Any] | None = None
    file_id: UUID | None = None
    cancelled: bool = False
    lost: bool = False
    published_at: datetime | None = field(default=None, repr=False)

    @property
    def payload(self) -> Mapping[str, Any]:
        return self.operation.payload

    @property
    def actor(self) -> Actor:
        return self.operation.actor

    @asynccontextmanager
    async def unit(self, *, at: datetime | None = None) -> AsyncIterator[UnitOfWork]:
        """A transaction of this job, now or at an instant: refused once another worker has taken the operation over."""
        async with open_unit(
            self.sessions, now=at or self.clock(), request_id=f"operation:{self.operation.id}"
        ) as unit:
            await LeaseRepository(unit.session).hold(self.operation)
            yield unit

    async def upload(self) -> Upload:
        """The file the request brought."""
        if self.operation.upload_id is None:
            raise ValueError(f"operation {self.operation.id} has no upload")
        async with self.unit() as unit:
            return await UploadRepository(unit.session).get(self.operation.upload_id)

    async def keep_file(self, content: bytes, *, media_type: str, name: str) -> None:
        """The file this job makes; it is served at /v1/operations/{id}/file once the job succeeds."""
        made = Upload(id=new_id(), content=content, media_type=media_type, name=name)
        async with self.unit() as unit:
            await UploadRepository(unit.session).add(made, at=unit.now)
        self.file_id = made.id

    async def progress(self, done: int, total: int | None = None) -> None:
        """Say how far the job is and keep its lease; raises when it was cancelled or taken over."""
        self.done = done
        self.total = total if total is not None else self.total
        due = self.published_at is None or self.clock() - self.published_at >= PUBLISHED_EVERY
        if due or done == self.total:
            await self.renew()
        if self.cancelled:
            raise JobCancelled

    async def renew(self) -> None:
        """Also called by the worker's heartbeat."""
        now = self.clock()
        self.published_at = now
        try:
            async with open_unit(self.sessions, now=now) as unit:
                self.cancelled = await LeaseRepository(unit.session).renew(
                    self.operation, until=now + self.lease, done=self.done, total=self.total, stage=self.stage
                )
        except LeaseLost:
            self.lost = True
            raise


# A handler may run again after a crash, so what it does twice must be as if done once; its answer is the result.
Handler = Callable[[JobContext], Awaitable[dict[str, Any]]]
