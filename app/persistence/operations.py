"""Operations as rows: queued with the request that wanted them, leased to one worker at a time, fenced against old ones."""

from collections.abc import Collection, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    Select,
    and_,
    delete,
    func,
    insert,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.access import Actor, Person
from app.domain.operations import Operation, OperationState, OperationUnknown
from app.persistence.engine import Row

COUNTRY = "000000"
QUEUED, RUNNING = OperationState.QUEUED, OperationState.RUNNING


class LeaseLost(Exception):
    """Another worker has taken this operation over; whatever this one still does must not be kept."""


class OperationRow(Row):
    """One operation."""

    __tablename__ = "operations"
    __table_args__ = (
        CheckConstraint("state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')", name="state"),
        Index("ix_operations_waiting", "run_after", "id", postgresql_where=text("state IN ('queued', 'running')")),
        Index("ix_operations_failed", "id", postgresql_where=text("state = 'failed'")),
        Index(None, "requested_by", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    payload: Mapped[dict[str, Any]]
    state: Mapped[str]
    done: Mapped[int] = mapped_column(BigInteger)
    total: Mapped[int | None] = mapped_column(BigInteger)
    stage: Mapped[dict[str, Any] | None]
    result: Mapped[dict[str, Any] | None]
    problem: Mapped[dict[str, Any] | None]
    requested_by: Mapped[str]
    actor: Mapped[dict[str, Any]]
    upload_id: Mapped[UUID | None] = mapped_column(ForeignKey("uploads.id"))
    file_id: Mapped[UUID | None] = mapped_column(ForeignKey("uploads.id"))
    cancel_requested: Mapped[bool]
    attempts: Mapped[int]
    fence: Mapped[int] = mapped_column(BigInteger)
    lease_until: Mapped[datetime | None]
    run_after: Mapped[datetime]
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class OperationRepository:
    """What callers see of their operations; the worker's side is `LeaseRepository`."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def get(self, operation_id: UUID, *, visible_to: Actor, for_update: bool = False) -> Operation:
        query = select(OperationRow).where(OperationRow.id == operation_id, _visible(visible_to))
        row = await self.session.scalar(query.with_for_update() if for_update else query)
        if row is None:
            raise OperationUnknown()
        return _operation(row)

    async def newest(
        self,
        *,
        visible_to: Actor,
        after: tuple[str, ...] | None,
        limit: int,
        state: OperationState | None = None,
    ) -> list[Operation]:
        """The caller's own; `state` picks some of them."""
        query = select(OperationRow).where(_visible(visible_to))
        if state is not None:
            query = query.where(OperationRow.state == state)
        return await self._page(query, after, limit)

    async def failed(self, *, visible_to: Actor, after: tuple[str, ...] | None, limit: int) -> list[Operation]:
        """Whoever started them; for those who look after the whole country, because problems tell of all of it.

        Raises AuthorityRequired for others.
        """
        visible_to.must_look_after(COUNTRY)
        return await self._page(select(OperationRow).where(OperationRow.state == OperationState.FAILED), after, limit)

    async def _page(self, query: Select[OperationRow], after: tuple[str, ...] | None, limit: int) -> list[Operation]:
        if after is not None:
            query = query.where(OperationRow.id < UUID(after[0]))
        return [
            _operation(row) for row in await self.session.scalars(query.order_by(OperationRow.id.desc()).limit(limit))
        ]

    async def add(self, operation: Operation) -> None:
        await self.session.execute(
            insert(OperationRow).values(
                id=operation.id,
                kind=operation.kind,
                payload=dict(operation.payload),
                state=operation.state,
                done=0,
                requested_by=operation.actor.client_id,
                actor=write_actor(operation.actor),
                upload_id=operation.upload_id,
                cancel_requested=False,
                attempts=0,
                fence=0,
                run_after=operation.created_at,
                created_at=operation.created_at,
            )
        )

    async def cancel(self, operation: Operation, *, at: datetime) -> Operation:
        """A queued operation ends at once; a running one is asked to stop."""
        over = {"state": OperationState.CANCELLED, "finished_at": at} if operation.state is QUEUED else {}
        row = await self.session.scalar(
            update(OperationRow)
            .where(OperationRow.id == operation.id)
            .values(cancel_requested=True, **over)
            .returning(OperationRow)
            .execution_options(populate_existing=True)
        )
        if row is None:
            raise OperationUnknown()
        return _operation(row)

    async def count_by_state(self) -> dict[str, int]:
        counted = await self.session.execute(select(OperationRow.state, func.count()).group_by(OperationRow.state))
        return {row[0]: row[1] for row in counted}

    async def waiting_since(self, now: datetime) -> datetime | None:
        """Since when the operation that has waited longest could have been run; None where none waits."""
        return await self.session.scalar(
            select(func.min(OperationRow.run_after)).where(OperationRow.state == QUEUED, OperationRow.run_after <= now)
        )


class LeaseRepository:
    """The worker's side: every write names the fence of its claim and does nothing under an old one."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def claim(self, kinds: Collection[str], *, now: datetime, until: datetime) -> Operation | None:
        """The operation that waited longest, or one whose worker fell silent; rows held by others are skipped."""
        waiting = and_(OperationRow.state == QUEUED, OperationRow.run_after <= now)
        silent = and_(OperationRow.state == RUNNING, OperationRow.lease_until < now)
        chosen = (
            select(OperationRow.id)
            .where(OperationRow.kind.in_(kinds), or_(waiting, silent))
            .order_by(OperationRow.run_after, OperationRow.id)
            .limit(1)
            .with_for_update(skip_locked=True)
            .scalar_subquery()
        )
        row = await self.session.scalar(
            update(OperationRow)
            .where(OperationRow.id == chosen)
            .values(
                state=RUNNING,
                fence=OperationRow.fence + 1,
                attempts=OperationRow.attempts + 1,
                lease_until=until,
                started_at=func.coalesce(OperationRow.started_at, now),
            )
            .returning(OperationRow)
        )
        return None if row is None else _operation(row)

    async def hold(self, operation: Operation) -> None:
        """While this transaction lasts nobody can claim the operation, yet its lease can still be renewed."""
        held = await self.session.scalar(
            select(OperationRow.id).where(_ours(operation)).with_for_update(read=True, key_share=True)
        )
        if held is None:
            raise LeaseLost

    async def renew(
        self,
        operation: Operation,
        *,
        until: datetime,
        done: int,
        total: int | None,
        stage: Mapping[str, Any] | None = None,
    ) -> bool:
        """Keep the lease and publish the progress; true when the caller has asked to stop."""
        told = {} if stage is None else {"stage": dict(stage)}
        return bool(await self._change(operation, {"lease_until": until, "done": done, "total": total, **told}))

    async def finish(self, operation: Operation, *, state: OperationState, at: datetime, **outcome: Any) -> None:
        await self._change(operation, {"state": state, "finished_at": at, "lease_until": None, **outcome})

    async def put_back(self, operation: Operation, *, run_after: datetime, attempts: int) -> None:
        await self._change(
            operation, {"state": QUEUED, "run_after": run_after, "attempts": attempts, "lease_until": None}
        )

    async def remove_finished(self, actor: Actor, *, before: datetime) -> int:
        """Operations this actor started and that ended long ago; used by the service for its own."""
        gone = await self.session.scalars(
            delete(OperationRow)
            .where(OperationRow.requested_by == actor.client_id, OperationRow.finished_at < before)
            .returning(OperationRow.id)
        )
        return len(gone.all())

    async def _change(self, operation: Operation, values: dict[str, Any]) -> bool:
        changed = await self.session.execute(
            update(OperationRow).where(_ours(operation)).values(values).returning(OperationRow.cancel_requested)
        )
        row = changed.one_or_none()
        if row is None:
            raise LeaseLost
        return bool(row[0])


def _ours(operation: Operation) -> ColumnElement[bool]:
    return and_(OperationRow.id == operation.id, OperationRow.fence == operation.fence, OperationRow.state == RUNNING)


def _visible(actor: Actor) -> ColumnElement[bool]:
    return OperationRow.requested_by == actor.client_id


def write_actor(actor: Actor) -> dict[str, Any]:
    """The job runs with the eyes of whoever asked for it."""
    return {**asdict(actor), "scopes": sorted(actor.scopes)}


def read_actor(stored: dict[str, Any]) -> Actor:
    person = stored["person"]
    return Actor(
        client_id=stored["client_id"],
        scopes=frozenset(stored["scopes"]),
        regions=tuple(stored["regions"]),
        enterprise_ids=tuple(stored["enterprise_ids"]),
        sources=tuple(stored["sources"]),
        person=Person(**person) if person else None,
        # Operations queued by an earlier version do not say.
        all_scopes=stored.get("all_scopes", False),
    )


def _operation(row: OperationRow) -> Operation:
    return Operation(
        id=row.id,
        kind=row.kind,
        payload=row.payload,
        state=OperationState(row.state),
        done=row.done,
        total=row.total,
        stage=row.stage,
        result=row.result,
        problem=row.problem,
        actor=read_actor(row.actor),
        upload_id=row.upload_id,
        file_id=row.file_id,
        cancel_requested=row.cancel_requested,
        attempts=row.attempts,
        fence=row.fence,
        lease_until=row.lease_until,
        created_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
    )
