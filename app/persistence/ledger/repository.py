"""Entries and settlements of enterprises: appended under the enterprise's lock, read as known at an instant."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, Select, case, func, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.domain.access import Actor
from app.domain.evidence import Evidence
from app.domain.ledger.entries import (
    COUNTED,
    SETTLED,
    AccountKey,
    Entry,
    EntryKind,
    LedgerEntryUnknown,
    Posting,
    Reason,
    Source,
    SourceKind,
    Sums,
)
from app.persistence.engine import one_of
from app.persistence.enterprises.rows import EnterpriseRow
from app.persistence.enterprises.visibility import visible
from app.persistence.ledger.rows import LedgerEntryRow, SettlementRow
from app.persistence.signed import signature

REVERSAL = aliased(LedgerEntryRow, name="reversal")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """One settling: under which run, as of which day; `seen` entries of the enterprise stood before it."""

    id: UUID
    enterprise_id: UUID
    pack_name: str
    season: int
    run_id: UUID
    as_of: date
    seen: int
    known_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerSearch:
    """Which entries: of a plan, a season, a subject, as they were known at an instant."""

    pack_name: str | None = None
    season: int | None = None
    subject_id: UUID | None = None
    known_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Tail:
    """The end of an enterprise's journal: where the next entry comes, when the last was known, and the region."""

    region: str
    position: int
    known_at: datetime | None


class LedgerRepository:
    """The ledger is seen by whoever sees the enterprise."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def tails(self, ids: Sequence[UUID]) -> dict[UUID, Tail]:
        """Lock enterprises, always in one order, and tell where their journals end."""
        locked = await self.session.execute(
            select(EnterpriseRow.id, EnterpriseRow.region)
            .where(one_of(EnterpriseRow.id, ids))
            .order_by(EnterpriseRow.id)
            .with_for_update(key_share=True)
        )
        regions = {row[0]: row[1] for row in locked}
        rows = await self.session.execute(
            select(LedgerEntryRow.enterprise_id, func.max(LedgerEntryRow.position), func.max(LedgerEntryRow.known_at))
            .where(one_of(LedgerEntryRow.enterprise_id, ids))
            .group_by(LedgerEntryRow.enterprise_id)
        )
        ends = {row[0]: (row[1], row[2]) for row in rows}
        return {one: Tail(region, *ends.get(one, (0, None))) for one, region in regions.items()}

    async def add(self, entries: Sequence[Entry]) -> None:
        if entries:
            await self.session.execute(insert(LedgerEntryRow), [_row(one) for one in entries])

    async def add_settlements(self, settlements: Sequence[Settlement]) -> None:
        if settlements:
            fields = tuple(Settlement.__dataclass_fields__)
            await self.session.execute(
                insert(SettlementRow), [{name: getattr(one, name) for name in fields} for one in settlements]
            )

    async def of_plan(self, ids: Sequence[UUID], pack_name: str, season: int) -> dict[UUID, list[Entry]]:
        """Everything posted for some enterprises under a plan and season; visibility is settled already."""
        query = select(LedgerEntryRow).where(
            one_of(LedgerEntryRow.enterprise_id, ids),
            LedgerEntryRow.pack_name == pack_name,
            LedgerEntryRow.season == season,
        )
        found: dict[UUID, list[Entry]] = {}
        for row in await self.session.scalars(query.order_by(LedgerEntryRow.position)):
            found.setdefault(row.enterprise_id, []).append(_entry(row))
        return found

    async def of_season(self, ids: Sequence[UUID], season: int) -> list[Entry]:
        """Everything posted for some enterprises in a season, under whatever plan; visibility is settled already."""
        query = select(LedgerEntryRow).where(one_of(LedgerEntryRow.enterprise_id, ids), LedgerEntryRow.season == season)
        query = query.order_by(LedgerEntryRow.enterprise_id, LedgerEntryRow.position)
        return [_entry(row) for row in await self.session.scalars(query)]

    async def of_subject(self, enterprise_id: UUID, pack_name: str, subject_id: UUID) -> list[Entry]:
        """Of all seasons: an hour counts once per plan, whatever winter it is counted in."""
        query = select(LedgerEntryRow).where(
            LedgerEntryRow.enterprise_id == enterprise_id,
            LedgerEntryRow.pack_name == pack_name,
            LedgerEntryRow.subject_id == subject_id,
        )
        return [_entry(row) for row in await self.session.scalars(query.order_by(LedgerEntryRow.position))]

    async def of_source(self, enterprise_id: UUID, kind: SourceKind, reference: str) -> list[Entry]:
        """The standing entries that rest on one thing, such as an act."""
        query = _with_reversal().where(
            LedgerEntryRow.enterprise_id == enterprise_id,
            LedgerEntryRow.source_kind == kind,
            LedgerEntryRow.source == reference,
            REVERSAL.id.is_(None),
        )
        rows = await self.session.execute(query.order_by(LedgerEntryRow.position))
        return [_entry(row[0]) for row in rows]

    async def get(self, entry_id: UUID, *, visible_to: Actor) -> Entry:
        row = await self.session.scalar(
            select(LedgerEntryRow)
            .join(EnterpriseRow, EnterpriseRow.id == LedgerEntryRow.enterprise_id)
            .where(LedgerEntryRow.id == entry_id, visible(visible_to))
        )
        if row is None:
            raise LedgerEntryUnknown()
        return _entry(row)

    async def reversal_of(self, entry: Entry) -> UUID | None:
        return await self.session.scalar(
            select(LedgerEntryRow.id).where(
                LedgerEntryRow.enterprise_id == entry.enterprise_id, LedgerEntryRow.reverses == entry.id
            )
        )

    async def page(
        self,
        enterprise_id: UUID,
        search: LedgerSearch,
        *,
        visible_to: Actor,
        after: tuple[str, ...] | None,
        limit: int,
    ) -> list[tuple[Entry, UUID | None]]:
        """In the order they were posted, each with the entry that reverses it."""
        query = (
            _with_reversal(search.known_at)
            .join(EnterpriseRow, EnterpriseRow.id == LedgerEntryRow.enterprise_id)
            .where(LedgerEntryRow.enterprise_id == enterprise_id, visible(visible_to), *_narrowed(search))
        )
        if after is not None:
            query = query.where(LedgerEntryRow.position > int(after[0]))
        rows = await self.session.execute(query.order_by(LedgerEntryRow.position).limit(limit))
        return [(_entry(row), reversal) for row, reversal in rows]

    async def sums(self, enterprise_id: UUID, search: LedgerSearch, *, visible_to: Actor) -> dict[AccountKey, Sums]:
        """The balances as the database adds them up."""
        columns = (
            LedgerEntryRow.subject_id,
            LedgerEntryRow.pack_name,
            LedgerEntryRow.season,
            LedgerEntryRow.account,
            LedgerEntryRow.kind,
        )
        rows = await self.session.execute(
            select(*columns, func.sum(LedgerEntryRow.hours))
            .join(EnterpriseRow, EnterpriseRow.id == LedgerEntryRow.enterprise_id)
            .where(LedgerEntryRow.enterprise_id == enterprise_id, visible(visible_to), *_narrowed(search))
            .group_by(*columns)
            .order_by(*columns)
        )
        found: dict[AccountKey, dict[str, Decimal]] = {}
        for subject, pack, season, account, kind, hours in rows:
            found.setdefault(AccountKey(str(subject), pack, season, account), {})[kind] = hours
        return {key: Sums(sums) for key, sums in found.items()}

    async def settlement(self, enterprise_id: UUID, search: LedgerSearch) -> Settlement | None:
        """The newest one of a plan and season, as known at an instant; the caller has seen the enterprise."""
        query = select(SettlementRow).where(
            SettlementRow.enterprise_id == enterprise_id,
            SettlementRow.pack_name == search.pack_name,
            SettlementRow.season == search.season,
        )
        if search.known_at is not None:
            query = query.where(SettlementRow.known_at <= search.known_at)
        row = await self.session.scalar(query.order_by(SettlementRow.seen.desc(), SettlementRow.id.desc()).limit(1))
        return None if row is None else _settlement(row)

    async def settlements(self) -> list[Settlement]:
        """All of them in order, for verification."""
        query = select(SettlementRow).order_by(SettlementRow.enterprise_id, SettlementRow.seen, SettlementRow.id)
        return [_settlement(row) for row in await self.session.scalars(query)]

    async def journal(self, enterprise_id: UUID) -> list[Entry]:
        """Everything ever posted for an enterprise, for verification."""
        query = select(LedgerEntryRow).where(LedgerEntryRow.enterprise_id == enterprise_id)
        return [_entry(row) for row in await self.session.scalars(query.order_by(LedgerEntryRow.position))]

    async def kept(self) -> list[UUID]:
        """Every enterprise that has an entry or was settled, for verification."""
        query = select(LedgerEntryRow.enterprise_id).union(select(SettlementRow.enterprise_id))
        return sorted(await self.session.scalars(query))

    async def open(self, season: int) -> dict[tuple[str, int], list[UUID]]:
        """By plan and season the enterprises whose ledger is of this season, or still shows something due."""
        sign = case(
            (LedgerEntryRow.kind.in_(SETTLED), LedgerEntryRow.hours),
            (LedgerEntryRow.kind.in_(COUNTED), -LedgerEntryRow.hours),
            else_=0,
        )
        accounts = (
            select(
                LedgerEntryRow.enterprise_id,
                LedgerEntryRow.pack_name,
                LedgerEntryRow.season,
                func.sum(sign).label("balance"),
            )
            .group_by(
                LedgerEntryRow.enterprise_id,
                LedgerEntryRow.pack_name,
                LedgerEntryRow.season,
                LedgerEntryRow.subject_id,
                LedgerEntryRow.account,
            )
            .subquery()
        )
        rows = await self.session.execute(
            select(accounts.c.enterprise_id, accounts.c.pack_name, accounts.c.season)
            .where(or_(accounts.c.season == season, accounts.c.balance > 0))
            .distinct()
            .order_by(accounts.c.pack_name, accounts.c.season, accounts.c.enterprise_id)
        )
        found: dict[tuple[str, int], list[UUID]] = {}
        for enterprise_id, pack_name, year in rows:
            found.setdefault((pack_name, year), []).append(enterprise_id)
        return found


def _with_reversal(known_at: datetime | None = None) -> Select[LedgerEntryRow, UUID | None]:
    """Each entry with what had reversed it by an instant (None: ever)."""
    same = (REVERSAL.enterprise_id == LedgerEntryRow.enterprise_id) & (REVERSAL.reverses == LedgerEntryRow.id)
    return select(LedgerEntryRow, REVERSAL.id).outerjoin(
        REVERSAL, same if known_at is None else same & (REVERSAL.known_at <= known_at)
    )


def _narrowed(search: LedgerSearch) -> Iterable[ColumnElement[bool]]:
    if search.pack_name is not None:
        yield LedgerEntryRow.pack_name == search.pack_name
    if search.season is not None:
        yield LedgerEntryRow.season == search.season
    if search.subject_id is not None:
        yield LedgerEntryRow.subject_id == search.subject_id
    if search.known_at is not None:
        yield LedgerEntryRow.known_at <= search.known_at


def _settlement(row: SettlementRow) -> Settlement:
    return Settlement(**{name: getattr(row, name) for name in Settlement.__dataclass_fields__})


def _row(one: Entry) -> dict[str, Any]:
    posting = one.posting
    return {
        "enterprise_id": one.enterprise_id,
        "id": one.id,
        "position": one.position,
        "subject_id": UUID(posting.subject_id),
        "pack_name": one.pack_name,
        "pack_hash": one.pack_hash,
        "season": one.season,
        "account": posting.account,
        "kind": posting.kind,
        "hours": posting.hours,
        "reason": posting.reason,
        "cites": list(posting.cites),
        "from_at": posting.from_at,
        "until_at": posting.until_at,
        "source_kind": one.source.kind,
        "source": one.source.reference,
        "note": one.note,
        "evidence": [each.as_json() for each in one.evidence],
        "settlement_id": one.settlement_id,
        "reverses": one.reverses,
        **signature(one.by),
        "known_at": one.known_at,
    }


def _entry(row: LedgerEntryRow) -> Entry:
    return Entry(
        id=row.id,
        enterprise_id=row.enterprise_id,
        position=row.position,
        pack_name=row.pack_name,
        pack_hash=row.pack_hash,
        season=row.season,
        posting=Posting(
            subject_id=str(row.subject_id),
            account=row.account,
            kind=cast("EntryKind", row.kind),
            hours=row.hours,
            reason=cast("Reason", row.reason),
            cites=tuple(row.cites),
            from_at=row.from_at,
            until_at=row.until_at,
        ),
        source=Source(kind=cast("SourceKind", row.source_kind), reference=row.source),
        known_at=row.known_at,
        by=row.origin,
        note=row.note,
        evidence=tuple(Evidence.of_json(each) for each in row.evidence),
        settlement_id=row.settlement_id,
        reverses=row.reverses,
    )
