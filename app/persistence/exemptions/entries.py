"""Entries and their steps: added, moved on under the version somebody has read, read by whoever sees the enterprise."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, insert, literal, or_, select, tuple_, union_all, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.access import Actor
from app.domain.evidence import Evidence
from app.domain.exemptions.content import Line
from app.domain.exemptions.entries import (
    OPEN,
    PASSING,
    Entry,
    EntryAction,
    EntryStale,
    EntryState,
    EntryStep,
    EntryUnknown,
)
from app.persistence.engine import one_of
from app.persistence.enterprises.rows import EnterpriseRow, LineRow, ProcessRow, SiteRow, UnitRow
from app.persistence.enterprises.visibility import visible
from app.persistence.exemptions.rows import ExemptionEntryHeadRow, ExemptionEntryRow, ExemptionEntryStepRow
from app.persistence.signed import signature

ENTRY, HEAD, STEP = ExemptionEntryRow, ExemptionEntryHeadRow, ExemptionEntryStepRow
# Two parameters a row; PostgreSQL takes at most 32,767 in one statement.
MOVED_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class EntrySearch:
    """What the entries of a list may be narrowed by; the state is the one shown on `day`."""

    day: date
    state: EntryState | None = None
    enterprise_id: UUID | None = None


class EntryRepository:
    """Entries are seen by whoever sees the enterprise."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def add(self, one: Entry) -> None:
        by = one.requested_by
        await self.session.execute(
            insert(ENTRY).values(
                enterprise_id=one.enterprise_id,
                id=one.id,
                list_id=one.list_id,
                subject_id=one.subject_id,
                level=one.level,
                fact=one.fact,
                rule=one.rule,
                reason=one.reason,
                evidence=[piece.as_json() for piece in one.evidence],
                expires_on=one.expires_on,
                **signature(by),
                known_at=one.known_at,
            )
        )
        await self.session.execute(
            insert(HEAD).values(enterprise_id=one.enterprise_id, id=one.id, state=one.state, version=one.version)
        )

    async def get(self, list_id: UUID, entry_id: UUID, *, visible_to: Actor) -> Entry:
        found = await self._read((ENTRY.id == entry_id) & (ENTRY.list_id == list_id) & visible(visible_to))
        if not found:
            raise EntryUnknown()
        return found[0]

    async def page(
        self, list_id: UUID, search: EntrySearch, *, visible_to: Actor, after: tuple[str, ...] | None, limit: int
    ) -> list[Entry]:
        """In the order they were requested."""
        query = _entries().where(ENTRY.list_id == list_id, visible(visible_to))
        if search.enterprise_id is not None:
            query = query.where(ENTRY.enterprise_id == search.enterprise_id)
        if search.state is not None:
            query = query.where(_shown(search.state, search.day))
        if after is not None:
            query = query.where(ENTRY.id > UUID(after[0]))
        return [_entry(row) for row in await self.session.execute(query.order_by(ENTRY.id).limit(limit))]

    async def open_of(self, wanted: Entry, day: date) -> Entry | None:
        """Another entry that already says what this one would; asked under the lock of the enterprise."""
        same = (ENTRY.enterprise_id == wanted.enterprise_id) & (ENTRY.list_id == wanted.list_id)
        same &= (ENTRY.subject_id == wanted.subject_id) & (ENTRY.fact == wanted.fact) & HEAD.state.in_(OPEN)
        return next((one for one in await self._read(same) if one.shown(day) is not EntryState.EXPIRED), None)

    async def of_list(self, list_id: UUID, states: Collection[EntryState]) -> list[Entry]:
        """Everybody in some states, for the authority that keeps the list."""
        return await self._read((ENTRY.list_id == list_id) & HEAD.state.in_(states))

    async def held(self, ids: Sequence[UUID], states: Collection[EntryState]) -> list[Entry]:
        """The entries of some enterprises, which nobody else moves until the transaction ends.

        Only for work that has already settled who may see the enterprises.
        """
        query = _entries().where(one_of(ENTRY.enterprise_id, ids), HEAD.state.in_(states)).order_by(ENTRY.id)
        return [_entry(row) for row in await self.session.execute(query.with_for_update(of=HEAD))]

    async def on_lists(self, ids: Sequence[UUID], states: Collection[EntryState]) -> list[Entry]:
        """The entries of some enterprises as they stand; only for work that has settled who may see them."""
        return await self._read(one_of(ENTRY.enterprise_id, ids) & HEAD.state.in_(states))

    async def take(self, one: Entry, step: EntryStep) -> None:
        """Move an entry on; raises EntryStale where somebody else has moved it since it was read."""
        await self.move([(one, step)])

    async def move(self, moved: Sequence[tuple[Entry, EntryStep]]) -> None:
        """Move many on in few statements: all of them or, with EntryStale, none."""
        for state in dict.fromkeys(step.state for _, step in moved):
            together = [one for one, step in moved if step.state is state]
            for start in range(0, len(together), MOVED_AT_ONCE):
                await self._move(together[start : start + MOVED_AT_ONCE], state)
        if moved:
            await self.session.execute(insert(STEP), [_step_values(one, step) for one, step in moved])

    async def _move(self, together: Sequence[Entry], state: EntryState) -> None:
        done = await self.session.scalars(
            update(HEAD)
            .where(
                one_of(HEAD.enterprise_id, [one.enterprise_id for one in together]),
                tuple_(HEAD.id, HEAD.version).in_([(one.id, one.version) for one in together]),
            )
            .values(state=state, version=HEAD.version + 1)
            .returning(HEAD.id)
        )
        if len(done.all()) < len(together):
            raise EntryStale()

    async def steps(self, one: Entry) -> list[EntryStep]:
        """Everything done to an entry, in order."""
        rows = await self.session.scalars(
            select(STEP).where(STEP.enterprise_id == one.enterprise_id, STEP.entry_id == one.id).order_by(STEP.number)
        )
        return [_step(row) for row in rows]

    async def behind(self, ids: Sequence[UUID]) -> dict[UUID, Entry]:
        """The entries of some enterprises by the facts their listing made true.

        Only for work that has already settled who may see the enterprises and the lists.
        """
        of_entry = (STEP.enterprise_id == ENTRY.enterprise_id) & (STEP.entry_id == ENTRY.id)
        query = _entries().add_columns(STEP.assertions).join(STEP, of_entry & (STEP.action == EntryAction.LIST))
        rows = await self.session.execute(query.where(one_of(ENTRY.enterprise_id, ids)))
        return {fact: _entry(found) for *found, assertions in rows for fact in assertions}

    async def last_steps(self, entries: Sequence[Entry], action: EntryAction) -> dict[UUID, EntryStep]:
        """The last step of one kind of each of some entries."""
        rows = await self.session.scalars(
            select(STEP)
            .where(
                one_of(STEP.enterprise_id, [one.enterprise_id for one in entries]),
                one_of(STEP.entry_id, [one.id for one in entries]),
                STEP.action == action,
            )
            .order_by(STEP.number)
        )
        return {row.entry_id: _step(row) for row in rows}

    async def differing(self) -> list[UUID]:
        """The entries whose head is not what their steps come to, for verification."""
        last = (
            select(STEP.entry_id, func.max(STEP.number).label("number"), func.count().label("steps"))
            .group_by(STEP.entry_id)
            .subquery()
        )
        state = func.coalesce(STEP.state, EntryState.REQUESTED)
        done = func.coalesce(last.c.steps, 0)
        return list(
            await self.session.scalars(
                select(ENTRY.id)
                .outerjoin(HEAD, (HEAD.enterprise_id == ENTRY.enterprise_id) & (HEAD.id == ENTRY.id))
                .outerjoin(last, last.c.entry_id == ENTRY.id)
                .outerjoin(
                    STEP,
                    (STEP.enterprise_id == ENTRY.enterprise_id)
                    & (STEP.entry_id == ENTRY.id)
                    & (STEP.number == last.c.number),
                )
                .where(or_(HEAD.id.is_(None), HEAD.state != state, HEAD.version != done + 1))
                .order_by(ENTRY.id)
            )
        )

    async def lock_enterprises(self, entries: Sequence[Entry]) -> None:
        """Other writers of facts about these enterprises wait for this transaction; in one order, so nobody circles."""
        ids = sorted({one.enterprise_id for one in entries})
        found = select(EnterpriseRow.id).where(one_of(EnterpriseRow.id, ids)).order_by(EnterpriseRow.id)
        await self.session.execute(found.with_for_update())

    async def lines(self, entries: Sequence[Entry]) -> list[Line]:
        """Entries with the names a printed list bears."""
        ids = sorted({one.enterprise_id for one in entries})
        levels = (("site", SiteRow), ("line", LineRow), ("process", ProcessRow), ("unit", UnitRow))
        parts = union_all(
            *(
                select(row.id, row.code, row.name, literal(level).label("level")).where(
                    one_of(row.enterprise_id, ids), one_of(row.id, [one.subject_id for one in entries])
                )
                for level, row in levels
            )
        )
        names = {id_: (code, name) for id_, code, name, _ in await self.session.execute(parts)}
        heads = select(EnterpriseRow.id, EnterpriseRow.code, EnterpriseRow.name, EnterpriseRow.region)
        firms = {row[0]: row for row in await self.session.execute(heads.where(one_of(EnterpriseRow.id, ids)))}
        return [_line(one, firms[one.enterprise_id], names) for one in entries]

    async def _read(self, where: ColumnElement[bool]) -> list[Entry]:
        return [_entry(row) for row in await self.session.execute(_entries().where(where).order_by(ENTRY.id))]


def _entries() -> Select[ExemptionEntryRow, str, int]:
    return (
        select(ENTRY, HEAD.state, HEAD.version)
        .join(HEAD, (HEAD.enterprise_id == ENTRY.enterprise_id) & (HEAD.id == ENTRY.id))
        .join(EnterpriseRow, EnterpriseRow.id == ENTRY.enterprise_id)
    )


def _shown(state: EntryState, day: date) -> ColumnElement[bool]:
    """As Entry.shown says it."""
    ended = ENTRY.expires_on.is_not(None) & (ENTRY.expires_on <= day)
    if state is EntryState.EXPIRED:
        return (HEAD.state == state) | (HEAD.state.in_(PASSING) & ended)
    return (HEAD.state == state) & ~ended if state in PASSING else HEAD.state == state


def _line(one: Entry, firm: Any, names: dict[UUID, tuple[str, str]]) -> Line:
    code, name = names.get(one.subject_id, (firm.code, firm.name))
    return Line(
        entry_id=str(one.id),
        enterprise_id=str(one.enterprise_id),
        enterprise_code=firm.code,
        enterprise_name=firm.name,
        region=firm.region,
        subject_id=str(one.subject_id),
        level=one.level,
        subject_code=code,
        subject_name=name,
        fact=one.fact,
        rule=one.rule,
        reason=one.reason,
        expires_on=None if one.expires_on is None else one.expires_on.isoformat(),
    )


def _entry(found: Any) -> Entry:
    row, state, version = found
    return Entry(
        id=row.id,
        list_id=row.list_id,
        enterprise_id=row.enterprise_id,
        subject_id=row.subject_id,
        level=row.level,
        fact=row.fact,
        rule=row.rule,
        reason=row.reason,
        evidence=tuple(Evidence.of_json(piece) for piece in row.evidence),
        expires_on=row.expires_on,
        requested_by=row.origin,
        known_at=row.known_at,
        state=EntryState(state),
        version=version,
    )


def _step_values(one: Entry, step: EntryStep) -> dict[str, Any]:
    return {
        "enterprise_id": one.enterprise_id,
        "id": step.id,
        "entry_id": step.entry_id,
        "number": step.number,
        "action": step.action,
        "state": step.state,
        "at": step.at,
        **signature(step.by),
        "note": step.note,
        "terms": dict(step.terms),
        "evidence": [piece.as_json() for piece in step.evidence],
        "finding_id": step.finding_id,
        "assertions": list(step.assertions),
    }


def _step(row: ExemptionEntryStepRow) -> EntryStep:
    return EntryStep(
        id=row.id,
        entry_id=row.entry_id,
        number=row.number,
        action=EntryAction(row.action),
        state=EntryState(row.state),
        at=row.at,
        by=row.origin,
        note=row.note,
        terms=row.terms,
        evidence=tuple(Evidence.of_json(piece) for piece in row.evidence),
        finding_id=row.finding_id,
        assertions=tuple(row.assertions),
    )
