"""Findings: appended as they were hashed, with heads for those that stand; seen by whoever sees the enterprise."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, delete, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.access import Actor, region_prefix
from app.domain.compliance.dossier import FindingUnknown
from app.persistence.compliance.rows import ComplianceFindingHeadRow, ComplianceFindingRow
from app.persistence.copying import copy_rows
from app.persistence.engine import driver_of, one_of
from app.persistence.enterprises.rows import EnterpriseRow
from app.persistence.enterprises.visibility import visible

FINDING, HEAD = ComplianceFindingRow, ComplianceFindingHeadRow
_COLUMNS = (
    "enterprise_id", "id", "subject_id", "day", "check", "verdict", "document", "hash", "verdict_id", "known_at",
)  # fmt: skip
_HEADS = ("enterprise_id", "id", "subject_id", "day", "check", "verdict", "look", "hash")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFinding:
    """A finding with the place it has among others; `stands` unless later verdicts took its place."""

    enterprise_id: UUID
    id: UUID
    subject_id: UUID
    day: date
    check: str
    verdict: str
    document: bytes
    hash: bytes
    verdict_id: UUID
    known_at: datetime
    look: bool = False
    stands: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingSearch:
    """What findings may be narrowed by; a region means its subtree, days from the first to the last."""

    region: str | None = None
    enterprise_id: UUID | None = None
    subject_id: UUID | None = None
    first_day: date | None = None
    last_day: date | None = None
    check: str | None = None
    verdict: str | None = None
    look: bool | None = None


class FindingRepository:
    """Findings are seen by whoever sees the enterprise."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def standing(
        self, ids: Sequence[UUID], from_day: date, until_day: date, subjects: Sequence[UUID]
    ) -> list[Any]:
        """The heads of some subjects on some days; only for work that has settled who may see them."""
        driver = await driver_of(self.session)
        found: list[Any] = await driver.fetch(
            'SELECT enterprise_id, id, subject_id, day, "check", verdict, hash FROM compliance_finding_heads'
            " WHERE enterprise_id = ANY($1) AND subject_id = ANY($2) AND day >= $3 AND day < $4",
            ids,
            subjects,
            from_day,
            until_day,
        )
        return found

    async def replace(self, gone: Sequence[tuple[UUID, UUID]], new: Sequence[StoredFinding]) -> None:
        """Findings that no longer stand lose their heads, new ones get theirs."""
        if gone:
            await self.session.execute(
                delete(HEAD).where(
                    one_of(HEAD.enterprise_id, [one for one, _ in gone]), one_of(HEAD.id, [one for _, one in gone])
                )
            )
        if new:
            rows = [tuple(getattr(one, name) for name in _COLUMNS) for one in new]
            await copy_rows(self.session, "compliance_findings", _COLUMNS, rows)
            heads = [tuple(getattr(one, name) for name in _HEADS) for one in new]
            await copy_rows(self.session, "compliance_finding_heads", _HEADS, heads)

    async def get(self, finding_id: UUID, *, visible_to: Actor) -> StoredFinding:
        """Also one that no longer stands."""
        query = _seen(visible_to).where(FINDING.id == finding_id)
        row = (await self.session.execute(query)).first()
        if row is None:
            raise FindingUnknown()
        return _finding(*row)

    async def page(
        self, search: FindingSearch, *, visible_to: Actor, after: tuple[str, ...] | None, limit: int
    ) -> list[StoredFinding]:
        """Those that stand, in order of days."""
        query = _seen(visible_to).where(HEAD.id.is_not(None), *_narrowed(search))
        if after is not None:
            query = query.where(tuple_(HEAD.day, HEAD.id) > (date.fromisoformat(after[0]), UUID(after[1])))
        rows = await self.session.execute(query.order_by(HEAD.day, HEAD.id).limit(limit))
        return [_finding(*row) for row in rows]

    async def of_verdicts(self, keys: Sequence[tuple[UUID, UUID]]) -> dict[UUID, list[StoredFinding]]:
        """The findings that came with some verdicts (enterprise and id), for verification."""
        driver = await driver_of(self.session)
        rows = await driver.fetch(
            'SELECT enterprise_id, id, subject_id, day, "check", verdict, document, hash, verdict_id, known_at'
            " FROM compliance_findings WHERE enterprise_id = ANY($1) AND verdict_id = ANY($2)",
            list({one for one, _ in keys}),
            [one for _, one in keys],
        )
        found: dict[UUID, list[StoredFinding]] = {}
        for row in rows:
            found.setdefault(row["verdict_id"], []).append(StoredFinding(**dict(row)))
        return found


def _seen(actor: Actor) -> Select[*tuple[Any, ...]]:
    return (
        select(FINDING, HEAD)
        .join(EnterpriseRow, EnterpriseRow.id == FINDING.enterprise_id)
        .outerjoin(HEAD, (HEAD.enterprise_id == FINDING.enterprise_id) & (HEAD.id == FINDING.id))
        .where(visible(actor))
    )


def _narrowed(search: FindingSearch) -> list[Any]:
    equal = {
        HEAD.enterprise_id: search.enterprise_id,
        HEAD.subject_id: search.subject_id,
        HEAD.check: search.check,
        HEAD.verdict: search.verdict,
        HEAD.look: search.look,
    }
    terms: list[Any] = [column == value for column, value in equal.items() if value is not None]
    if search.region is not None:
        terms.append(EnterpriseRow.region.startswith(region_prefix(search.region), autoescape=True))
    if search.first_day is not None:
        terms.append(HEAD.day >= search.first_day)
    if search.last_day is not None:
        terms.append(HEAD.day <= search.last_day)
    return terms


def _finding(row: ComplianceFindingRow, head: ComplianceFindingHeadRow | None) -> StoredFinding:
    known = {name: getattr(row, name) for name in _COLUMNS}
    return StoredFinding(**known, look=head is not None and head.look, stands=head is not None)
