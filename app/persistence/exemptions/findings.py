"""Findings about listed entries: appended, the newest of an entry is the one that stands."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.exemptions.entries import Entry, Finding
from app.persistence.engine import one_of
from app.persistence.exemptions.rows import ExemptionFindingRow

FINDING = ExemptionFindingRow


class FindingRepository:
    """Findings are seen with their entry."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def add(self, findings: Iterable[Finding]) -> None:
        rows: list[dict[str, Any]] = [
            {
                "enterprise_id": one.enterprise_id,
                "id": one.id,
                "entry_id": one.entry_id,
                "standing": one.standing,
                "fails_on": one.fails_on,
                "lacking": list(one.lacking),
                "otherwise": list(one.otherwise),
                "snapshot": one.snapshot,
                "known_at": one.known_at,
            }
            for one in findings
        ]
        if rows:
            await self.session.execute(insert(FINDING), rows)

    async def newest(self, entries: Sequence[Entry]) -> dict[UUID, Finding]:
        """The finding that stands about each of some entries."""
        rows = await self.session.scalars(
            select(FINDING)
            .ext(distinct_on(FINDING.enterprise_id, FINDING.entry_id))
            .where(
                one_of(FINDING.enterprise_id, [one.enterprise_id for one in entries]),
                one_of(FINDING.entry_id, [one.id for one in entries]),
            )
            .order_by(FINDING.enterprise_id, FINDING.entry_id, FINDING.known_at.desc(), FINDING.id.desc())
        )
        return {row.entry_id: _finding(row) for row in rows}

    async def of(self, one: Entry) -> list[Finding]:
        """Every finding about an entry, in order."""
        rows = await self.session.scalars(
            select(FINDING)
            .where(FINDING.enterprise_id == one.enterprise_id, FINDING.entry_id == one.id)
            .order_by(FINDING.known_at, FINDING.id)
        )
        return [_finding(row) for row in rows]


def _finding(row: ExemptionFindingRow) -> Finding:
    return Finding(
        id=row.id,
        enterprise_id=row.enterprise_id,
        entry_id=row.entry_id,
        standing=row.standing,  # type: ignore[arg-type]  # written from a Finding
        fails_on=row.fails_on,
        lacking=tuple(row.lacking),
        otherwise=tuple(row.otherwise),
        snapshot=row.snapshot,
        known_at=row.known_at,
    )
