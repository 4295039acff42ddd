"""Idempotency keys: PostgreSQL is the lock; a twin waits on the unique index and finds the finished answer."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Index, LargeBinary, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from app.persistence.engine import Row


class IdempotencyKeyRow(Row):
    """One key of one client on one route, the fingerprint of its request, and the answer it got."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (Index(None, "created_at"),)

    client_id: Mapped[str] = mapped_column(primary_key=True)
    route: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]
    status: Mapped[int | None]
    headers: Mapped[list[Any] | None]
    body: Mapped[bytes | None] = mapped_column(LargeBinary)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Whose request this is: the owner of the key executes it, everyone else reads the answer."""

    client_id: str
    route: str
    key: str
    fingerprint: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer as it was given, to the byte."""

    fingerprint: bytes
    status: int
    headers: list[tuple[str, str]]
    body: bytes


class IdempotencyRepository:
    """Claims and answers; a claim lives and dies with the transaction of the work."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def claim(self, claim: Claim, *, at: datetime) -> Answer | None:
        """None: the key is ours. Otherwise the answer somebody else's request got."""
        taken = await self.session.scalar(
            insert(IdempotencyKeyRow)
            .values(
                client_id=claim.client_id,
                route=claim.route,
                key=claim.key,
                fingerprint=claim.fingerprint,
                created_at=at,
            )
            .on_conflict_do_nothing()
            .returning(IdempotencyKeyRow.key)
        )
        return None if taken is not None else await self._answer(claim)

    async def _answer(self, claim: Claim) -> Answer:
        row = (await self.session.execute(select(IdempotencyKeyRow).where(*_identity(claim)))).scalar_one()
        return Answer(
            fingerprint=row.fingerprint,
            status=row.status or 0,
            headers=[(name, value) for name, value in row.headers or []],
            body=row.body or b"",
        )

    async def keep(self, claim: Claim, *, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        await self.session.execute(
            update(IdempotencyKeyRow)
            .where(*_identity(claim))
            .values(status=status, headers=[list(pair) for pair in headers], body=body)
        )

    async def forget_before(self, at: datetime) -> int:
        gone = await self.session.execute(delete(IdempotencyKeyRow).where(IdempotencyKeyRow.created_at < at))
        return int(getattr(gone, "rowcount", 0))


def _identity(claim: Claim) -> tuple[Any, ...]:
    row = IdempotencyKeyRow
    return row.client_id == claim.client_id, row.route == claim.route, row.key == claim.key
