"""Contacts as rows: version after version, and the one change that is ever made to a version, erasing it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, func, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.domain.access import Actor, region_prefix
from app.domain.duties.contacts import Contact, ContactOutdated, ContactRole, ContactUnknown
from app.persistence.duties.rows import NOBODY, ContactRow
from app.persistence.duties.visibility import seen_holder
from app.persistence.engine import one_of
from app.persistence.signed import signature

_PLAIN = (
    "id",
    "number",
    "region",
    "body",
    "role",
    "name",
    "phone",
    "office",
    "valid_from",
    "valid_to",
    "at",
    "erased_at",
)
LATER = aliased(ContactRow, name="later")


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactSearch:
    """What a list of contacts may be narrowed by; `day` keeps those who are to be called on it."""

    region: str | None = None
    enterprise_id: UUID | None = None
    role: ContactRole | None = None
    day: date | None = None


class ContactRepository:
    """Contacts are seen by whoever sees the enterprise or looks after the body's region."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def add(self, contact: Contact) -> None:
        """Append a version; raises ContactOutdated where somebody else was first with its number."""
        values: dict[str, Any] = {name: getattr(contact, name) for name in _PLAIN}
        values |= {"enterprise_id": contact.enterprise_id or NOBODY, **signature(contact.by)}
        added = await self.session.scalar(
            insert(ContactRow).values(values).on_conflict_do_nothing().returning(ContactRow.number)
        )
        if added is None:
            raise ContactOutdated()

    async def get(self, contact_id: UUID, *, visible_to: Actor) -> Contact:
        """The newest version."""
        row = await self.session.scalar(
            _newest().where(ContactRow.id == contact_id, seen_holder(ContactRow, visible_to))
        )
        if row is None:
            raise ContactUnknown()
        return _contact(row)

    async def of_holders(self, firms: Sequence[UUID], regions: Sequence[str]) -> list[Contact]:
        """Every version of what some enterprises, and the bodies of some regions, registered, in order."""
        of_bodies = and_(ContactRow.enterprise_id == NOBODY, ContactRow.region.in_(regions))
        rows = await self.session.scalars(
            select(ContactRow)
            .where(or_(one_of(ContactRow.enterprise_id, firms), of_bodies))
            .order_by(ContactRow.id, ContactRow.number)
        )
        return [_contact(row) for row in rows]

    async def page(
        self, search: ContactSearch, *, visible_to: Actor, after: tuple[str, ...] | None, limit: int
    ) -> list[Contact]:
        """The newest version of each, the newest contact first."""
        query = _newest().where(seen_holder(ContactRow, visible_to))
        if search.region is not None:
            query = query.where(ContactRow.region.startswith(region_prefix(search.region), autoescape=True))
        if search.enterprise_id is not None:
            query = query.where(ContactRow.enterprise_id == search.enterprise_id)
        if search.role is not None:
            query = query.where(ContactRow.role == search.role)
        if search.day is not None:
            query = query.where(
                ContactRow.valid_from <= search.day,
                or_(ContactRow.valid_to.is_(None), ContactRow.valid_to > search.day),
            )
        if after is not None:
            query = query.where(ContactRow.id < UUID(after[0]))
        return [_contact(row) for row in await self.session.scalars(query.order_by(ContactRow.id.desc()).limit(limit))]

    async def ended(
        self, before: date, after: tuple[str, ...] | None, limit: int
    ) -> list[tuple[Contact, datetime | None]]:
        """Versions not erased that ended by a day, or were replaced, each with when; for the job that erases."""
        replaced = (
            select(func.min(LATER.at))
            .where(
                LATER.enterprise_id == ContactRow.enterprise_id,
                LATER.id == ContactRow.id,
                LATER.number > ContactRow.number,
            )
            .scalar_subquery()
        )
        query = select(ContactRow, replaced).where(
            ContactRow.erased_at.is_(None), or_(ContactRow.valid_to <= before, replaced.is_not(None))
        )
        if after is not None:
            query = query.where(tuple_(ContactRow.id, ContactRow.number) > (UUID(after[0]), int(after[1])))
        rows = await self.session.execute(query.order_by(ContactRow.id, ContactRow.number).limit(limit))
        return [(_contact(row), at) for row, at in rows]

    async def erase(self, contacts: Sequence[Contact], *, at: datetime) -> None:
        """Empty the personal fields for good; the database lets nothing else of a version be changed."""
        keys = [(one.id, one.number) for one in contacts]
        if keys:
            await self.session.execute(
                update(ContactRow)
                .where(tuple_(ContactRow.id, ContactRow.number).in_(keys))
                .values(name=None, phone=None, office=None, erased_at=at)
            )


def _newest() -> Select[ContactRow]:
    later = select(LATER.id).where(
        LATER.enterprise_id == ContactRow.enterprise_id, LATER.id == ContactRow.id, LATER.number > ContactRow.number
    )
    return select(ContactRow).where(~later.exists())


def _contact(row: ContactRow) -> Contact:
    plain = {name: getattr(row, name) for name in _PLAIN} | {"role": ContactRole(row.role)}
    return Contact(**plain, enterprise_id=None if row.enterprise_id == NOBODY else row.enterprise_id, by=row.origin)
