"""Duties as rows: listed by their instants, filed, received and waived under the version somebody has read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, insert, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.access import Actor, region_prefix
from app.domain.duties.filing import (
    DutyCase,
    DutyOutdated,
    DutyState,
    DutyUnknown,
    Filing,
    OwedDuty,
    Receipt,
    Verdict,
    Waiver,
)
from app.domain.duties.terms import Contradiction, Force, Form, Section, Term, Who
from app.domain.periods import Period
from app.persistence.duties.rows import (
    NEVER,
    NOBODY,
    DutyFilingRow,
    DutyReceiptRow,
    DutyReminderRow,
    DutyRow,
    DutyTermRow,
    DutyWaiverRow,
)
from app.persistence.duties.visibility import seen_duty
from app.persistence.signed import signature


@dataclass(frozen=True, slots=True, kw_only=True)
class DutySearch:
    """What a list of duties may be narrowed by; `due_from` is included, `due_until` is not."""

    region: str | None = None
    enterprise_id: UUID | None = None
    state: DutyState | None = None
    pack: str | None = None
    season: int | None = None
    who: str | None = None
    duty: str | None = None
    due_from: datetime | None = None
    due_until: datetime | None = None


class DutyRepository:
    """Duties are seen by whoever sees the enterprise, looks after the body's region, or supplies its power."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def page(
        self, search: DutySearch, *, now: datetime, visible_to: Actor, after: tuple[str, ...] | None, limit: int
    ) -> list[OwedDuty]:
        """The earliest due first, what has no day last."""
        query = duties_with_terms().where(seen_duty(visible_to), *_wanted(search, now))
        if after is not None:
            position = (datetime.fromisoformat(after[0]), UUID(after[1]))
            query = query.where(tuple_(DutyRow.due_at, DutyRow.id) > position)
        rows = await self.session.execute(query.order_by(DutyRow.due_at, DutyRow.id).limit(limit))
        return [owed_of(row, term) for row, term in rows]

    async def get(self, duty_id: UUID, *, visible_to: Actor, lock: bool = False) -> DutyCase:
        """`lock` makes whoever else files, receives or waives it wait for this transaction."""
        query = duties_with_terms().where(DutyRow.id == duty_id, seen_duty(visible_to))
        found = (await self.session.execute(query.with_for_update(of=DutyRow) if lock else query)).first()
        if found is None:
            raise DutyUnknown()
        row, term = found
        return DutyCase(
            owed=owed_of(row, term),
            filings=tuple(await self._filings(row.enterprise_id, row.id)),
            waiver=await self._waiver(row.enterprise_id, row.id),
        )

    async def dated_of(self, enterprise_id: UUID) -> list[OwedDuty]:
        """What an enterprise owes by some day and did not cease to owe; for its calendar, whose address is the right."""
        query = duties_with_terms().where(
            DutyRow.enterprise_id == enterprise_id, DutyRow.due_at < NEVER, DutyRow.ceased_at.is_(None)
        )
        return [
            owed_of(row, term) for row, term in await self.session.execute(query.order_by(DutyRow.due_at, DutyRow.id))
        ]

    async def file(self, owed: OwedDuty, filing: Filing, *, filed_at: datetime | None) -> None:
        await self._move(owed, filed_at=filed_at)
        await self.session.execute(
            insert(DutyFilingRow).values(
                enterprise_id=owed.enterprise_id or NOBODY,
                id=filing.id,
                duty_id=owed.id,
                number=filing.number,
                form=filing.form,
                report=dict(filing.report),
                note=filing.note,
                attachments=[[str(one), sha256] for one, sha256 in filing.attachments],
                at=filing.at,
                hash=filing.hash,
                **signature(filing.by),
            )
        )

    async def receive(self, owed: OwedDuty, filing: Filing, receipt: Receipt, *, filed_at: datetime | None) -> None:
        await self._move(owed, filed_at=filed_at)
        await self.session.execute(
            insert(DutyReceiptRow).values(
                enterprise_id=owed.enterprise_id or NOBODY,
                id=receipt.id,
                filing_id=filing.id,
                verdict=receipt.verdict,
                reason=receipt.reason,
                at=receipt.at,
                **signature(receipt.by),
            )
        )

    async def waive(self, owed: OwedDuty, waiver: Waiver) -> None:
        await self._move(owed, waived_at=waiver.at)
        await self.session.execute(
            insert(DutyWaiverRow).values(
                enterprise_id=owed.enterprise_id or NOBODY,
                id=waiver.id,
                duty_id=owed.id,
                reason=waiver.reason,
                at=waiver.at,
                **signature(waiver.by),
            )
        )

    async def untold(self, stage: DutyState, *, now: datetime, limit: int) -> list[OwedDuty]:
        """Duties that came to a stage and of which nobody was told so yet; for the job that does."""
        told = select(DutyReminderRow.duty_id).where(
            DutyReminderRow.enterprise_id == DutyRow.enterprise_id,
            DutyReminderRow.duty_id == DutyRow.id,
            DutyReminderRow.stage == stage,
        )
        query = duties_with_terms().where(_in_state(stage, now), DutyRow.soon_at <= now, ~told.exists())
        rows = await self.session.execute(query.order_by(DutyRow.due_at, DutyRow.id).limit(limit))
        return [owed_of(row, term) for row, term in rows]

    async def tell(self, duties: Sequence[OwedDuty], stage: DutyState, *, at: datetime) -> set[UUID]:
        """Take the turn to tell; returns those that nobody else has told meanwhile."""
        rows = [
            {"enterprise_id": one.enterprise_id or NOBODY, "duty_id": one.id, "stage": stage, "at": at}
            for one in duties
        ]
        if not rows:
            return set()
        statement = upsert(DutyReminderRow).values(rows).on_conflict_do_nothing().returning(DutyReminderRow.duty_id)
        return set(await self.session.scalars(statement))

    async def batch(self, after: tuple[UUID, UUID] | None, limit: int) -> list[DutyCase]:
        """All duties that somebody filed or waived, in order of their keys, for verification."""
        query = duties_with_terms().where(
            or_(DutyRow.version > 1, DutyRow.filed_at.is_not(None), DutyRow.waived_at.is_not(None))
        )
        if after is not None:
            query = query.where(tuple_(DutyRow.enterprise_id, DutyRow.id) > after)
        rows = await self.session.execute(query.order_by(DutyRow.enterprise_id, DutyRow.id).limit(limit))
        return [
            DutyCase(
                owed=owed_of(row, term),
                filings=tuple(await self._filings(row.enterprise_id, row.id)),
                waiver=await self._waiver(row.enterprise_id, row.id),
            )
            for row, term in rows.all()
        ]

    async def _move(self, owed: OwedDuty, **values: datetime | None) -> None:
        """Raises DutyOutdated where somebody else has moved it since it was read."""
        moved = await self.session.scalar(
            update(DutyRow)
            .where(
                DutyRow.enterprise_id == (owed.enterprise_id or NOBODY),
                DutyRow.id == owed.id,
                DutyRow.version == owed.version,
            )
            .values(version=owed.version + 1, **values)
            .returning(DutyRow.version)
        )
        if moved is None:
            raise DutyOutdated()

    async def _filings(self, holder: UUID, duty_id: UUID) -> list[Filing]:
        received = and_(
            DutyReceiptRow.enterprise_id == DutyFilingRow.enterprise_id, DutyReceiptRow.filing_id == DutyFilingRow.id
        )
        rows = await self.session.execute(
            select(DutyFilingRow, DutyReceiptRow)
            .outerjoin(DutyReceiptRow, received)
            .where(DutyFilingRow.enterprise_id == holder, DutyFilingRow.duty_id == duty_id)
            .order_by(DutyFilingRow.number)
        )
        return [_filing(row, receipt) for row, receipt in rows]

    async def _waiver(self, holder: UUID, duty_id: UUID) -> Waiver | None:
        row = await self.session.scalar(
            select(DutyWaiverRow).where(DutyWaiverRow.enterprise_id == holder, DutyWaiverRow.duty_id == duty_id)
        )
        return None if row is None else Waiver(id=row.id, reason=row.reason, at=row.at, by=row.origin)


def duties_with_terms() -> Select[DutyRow, DutyTermRow]:
    return select(DutyRow, DutyTermRow).join(DutyTermRow, DutyTermRow.id == DutyRow.term_id)


def _in_state(state: DutyState, now: datetime) -> ColumnElement[bool]:
    """As `OwedDuty.state`, for rows."""
    ceased, waived, filed = (column.is_not(None) for column in (DutyRow.ceased_at, DutyRow.waived_at, DutyRow.filed_at))
    by_the_clock = and_(~ceased, ~waived, ~filed)
    over, soon = DutyRow.due_at < now, DutyRow.soon_at <= now
    offered = DutyTermRow.force == Force.OFFERED
    states = {
        DutyState.CEASED: ceased,
        DutyState.WAIVED: ~ceased & waived,
        DutyState.FILED: ~ceased & ~waived & filed,
        DutyState.LAPSED: by_the_clock & over & offered,
        DutyState.LATE: by_the_clock & over & ~offered,
        DutyState.DUE_SOON: by_the_clock & ~over & soon,
        DutyState.OPEN: by_the_clock & ~over & or_(DutyRow.soon_at.is_(None), DutyRow.soon_at > now),
    }
    return states[state]


def _wanted(search: DutySearch, now: datetime) -> list[ColumnElement[bool]]:
    """Without a state, everything but what nobody owes any more."""
    terms: list[ColumnElement[bool]] = [
        DutyRow.ceased_at.is_(None) if search.state is None else _in_state(search.state, now)
    ]
    equal: tuple[tuple[Any, Any], ...] = (
        (DutyRow.enterprise_id, search.enterprise_id),
        (DutyTermRow.pack, search.pack),
        (DutyTermRow.season, search.season),
        (DutyTermRow.who, search.who),
        (DutyTermRow.duty, search.duty),
    )
    terms += [column == value for column, value in equal if value is not None]
    if search.region is not None:
        terms.append(DutyRow.region.startswith(region_prefix(search.region), autoescape=True))
    if search.due_from is not None:
        terms.append(DutyRow.due_at >= search.due_from)
    if search.due_until is not None:
        terms.append(DutyRow.due_at < search.due_until)
    return terms


def owed_of(row: DutyRow, term: DutyTermRow) -> OwedDuty:
    return OwedDuty(
        id=row.id,
        term=_term(row, term),
        enterprise_id=None if row.enterprise_id == NOBODY else row.enterprise_id,
        region=row.region,
        receiving_region=row.receiving_region,
        filed_at=row.filed_at,
        waived_at=row.waived_at,
        ceased_at=row.ceased_at,
        version=row.version,
    )


def _term(row: DutyRow, term: DutyTermRow) -> Term:
    """The dates are those of the duty: what was filed keeps the day it was due by."""
    return Term(
        pack=term.pack,
        season=term.season,
        section=cast("Section", term.section),
        duty=term.duty,
        key=term.key,
        who=cast("Who", term.who),
        what=term.what,
        cites=tuple(term.cites),
        readings=tuple(term.readings),
        forms=tuple(Form(one) for one in term.forms),
        force=Force(term.force),
        to=term.addressee,
        covers=None if term.covers_from is None else Period(term.covers_from, term.covers_until),
        opens_at=term.opens_at,
        soon_at=row.soon_at,
        due_at=None if row.due_at == NEVER else row.due_at,
        conflicts=tuple(Contradiction.of_json(one) for one in term.conflicts),
        grants=term.grants,
    )


def _filing(row: DutyFilingRow, receipt: DutyReceiptRow | None) -> Filing:
    return Filing(
        id=row.id,
        number=row.number,
        form=Form(row.form),
        report=row.report,
        note=row.note,
        attachments=tuple((UUID(one), sha256) for one, sha256 in row.attachments),
        at=row.at,
        by=row.origin,
        hash=row.hash,
        receipt=None if receipt is None else _receipt(receipt),
    )


def _receipt(row: DutyReceiptRow) -> Receipt:
    return Receipt(id=row.id, verdict=cast("Verdict", row.verdict), reason=row.reason, at=row.at, by=row.origin)
