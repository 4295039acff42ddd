"""Verdicts and the documents they stand on: appended in bulk, the newest laid over those before."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.compliance.dossier import VerdictRow
from app.persistence.compliance.rows import ComplianceVerdictRow, DossierRow, PartRow
from app.persistence.copying import copy_rows
from app.persistence.engine import driver_of, one_of

VERDICT = ComplianceVerdictRow
Documents = type[DossierRow] | type[PartRow]
HASH_BYTES = 32
_COLUMNS = (
    "enterprise_id", "subject_id", "id", "from_day", "until_day", "verdicts", "terms", "dossier", "parts", "inputs_hash",
    "replaces", "changed", "known_at",
)  # fmt: skip


class VerdictRepository:
    """Only for work that has already settled who may see the enterprises."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def add(self, rows: Sequence[VerdictRow]) -> None:
        if rows:
            await copy_rows(self.session, "compliance_verdicts", _COLUMNS, [_values(one) for one in rows])

    async def keep(self, kind: Documents, documents: Mapping[tuple[UUID, bytes], bytes], *, at: datetime) -> None:
        """Documents by enterprise and hash; what is there already stays."""
        if not documents:
            return
        driver = await driver_of(self.session)
        rows = [(enterprise, digest, document, at) for (enterprise, digest), document in sorted(documents.items())]
        await driver.executemany(
            f"INSERT INTO {kind.__tablename__} (enterprise_id, hash, document, known_at) VALUES ($1, $2, $3, $4)"  # noqa: S608  our own tables
            " ON CONFLICT DO NOTHING",
            rows,
        )

    async def documents(self, kind: Documents, keys: Iterable[tuple[UUID, bytes]]) -> dict[tuple[UUID, bytes], bytes]:
        wanted = list(dict.fromkeys(keys))
        driver = await driver_of(self.session)
        rows = await driver.fetch(
            f"SELECT enterprise_id, hash, document FROM {kind.__tablename__}"  # noqa: S608  our own tables
            " JOIN unnest($1::uuid[], $2::bytea[]) AS k(enterprise_id, hash) USING (enterprise_id, hash)",
            [enterprise for enterprise, _ in wanted],
            [digest for _, digest in wanted],
        )
        return {(row[0], row[1]): row[2] for row in rows}

    async def kept_at(self, keys: Iterable[tuple[UUID, bytes]]) -> dict[tuple[UUID, bytes], datetime]:
        """When each of some baselines was first kept."""
        wanted = list(dict.fromkeys(keys))
        driver = await driver_of(self.session)
        rows = await driver.fetch(
            "SELECT enterprise_id, hash, known_at FROM compliance_parts"
            " JOIN unnest($1::uuid[], $2::bytea[]) AS k(enterprise_id, hash) USING (enterprise_id, hash)",
            [enterprise for enterprise, _ in wanted],
            [digest for _, digest in wanted],
        )
        return {(row[0], row[1]): row[2] for row in rows}

    async def newest(
        self,
        ids: Sequence[UUID],
        from_day: date,
        until_day: date,
        *,
        known_at: datetime | None = None,
        subjects: Sequence[UUID] | None = None,
    ) -> dict[UUID, list[VerdictRow]]:
        """By subject every row that speaks of these days, the oldest first; as known at an instant."""
        query = select(VERDICT).where(
            one_of(VERDICT.enterprise_id, ids), VERDICT.from_day < until_day, VERDICT.until_day > from_day
        )
        if subjects is not None:
            query = query.where(one_of(VERDICT.subject_id, subjects))
        if known_at is not None:
            query = query.where(VERDICT.known_at <= known_at)
        found: dict[UUID, list[VerdictRow]] = {}
        for row in await self.session.scalars(query.order_by(VERDICT.known_at, VERDICT.id)):
            found.setdefault(row.subject_id, []).append(_row(row))
        return found

    async def newest_at(self, ids: Sequence[UUID]) -> datetime | None:
        """As of when the newest verdict of some enterprises was made."""
        return await self.session.scalar(select(func.max(VERDICT.known_at)).where(one_of(VERDICT.enterprise_id, ids)))

    async def one(self, enterprise_id: UUID, subject_id: UUID, verdict_id: UUID) -> VerdictRow | None:
        row = await self.session.get(VERDICT, (enterprise_id, subject_id, verdict_id))
        return None if row is None else _row(row)

    async def batch(self, after: tuple[UUID, UUID, UUID] | None, limit: int) -> list[VerdictRow]:
        """All in order of their keys, for verification."""
        key = (VERDICT.enterprise_id, VERDICT.subject_id, VERDICT.id)
        query = select(VERDICT).order_by(*key).limit(limit)
        if after is not None:
            query = query.where(tuple_(*key) > after)
        return [_row(row) for row in await self.session.scalars(query)]

    async def counted(self) -> int:
        return await self.session.scalar(select(func.count()).select_from(VERDICT)) or 0


def _values(one: VerdictRow) -> tuple[Any, ...]:
    known = {name: getattr(one, name) for name in _COLUMNS} | {"parts": b"".join(one.parts)}
    return tuple(known.values())


def _row(row: ComplianceVerdictRow) -> VerdictRow:
    known = {name: getattr(row, name) for name in _COLUMNS}
    parts = tuple(row.parts[at : at + HASH_BYTES] for at in range(0, len(row.parts), HASH_BYTES))
    return VerdictRow(**known | {"parts": parts})
