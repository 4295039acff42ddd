"""Versions of thresholds and calendars, and the terms of assessments: kept once, never altered."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.access import Origin
from app.persistence.compliance.rows import TermsRow, ThresholdsRow, WorkCalendarRow
from app.persistence.signed import signature

Yardsticks = type[ThresholdsRow] | type[WorkCalendarRow]


class YardstickRepository:
    """Thresholds and calendars are public."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def find(self, kind: Yardsticks, version: str) -> bytes | None:
        found: bytes | None = await self.session.scalar(select(kind.document).where(kind.version == version))
        return found

    async def add(
        self, kind: Yardsticks, version: str, document: bytes, digest: bytes, *, at: datetime, by: Origin
    ) -> bool:
        """False where the version is there already."""
        made = upsert(kind).values(version=version, document=document, hash=digest, known_at=at, **signature(by))
        return await self.session.scalar(made.on_conflict_do_nothing().returning(kind.version)) is not None

    async def every(self, kind: Yardsticks) -> Sequence[Any]:
        return (await self.session.scalars(select(kind).order_by(kind.known_at, kind.version))).all()

    async def keep_terms(self, digest: bytes, document: bytes, *, at: datetime) -> None:
        made = upsert(TermsRow).values(hash=digest, document=document, known_at=at)
        await self.session.execute(made.on_conflict_do_nothing())

    async def terms(self, digests: Sequence[bytes]) -> dict[bytes, bytes]:
        rows = await self.session.execute(
            select(TermsRow.hash, TermsRow.document).where(TermsRow.hash.in_(list(digests)))
        )
        return {row[0]: row[1] for row in rows}
