"""Reading assertions: one, many, those that hold on a day, all as they were known at an instant."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.domain.access import Actor, Origin
from app.domain.facts.assertions import Assertion, AssertionUnknown, Claim, Mark
from app.domain.policies.facts import FactType
from app.persistence.engine import one_of
from app.persistence.enterprises.rows import EnterpriseRow
from app.persistence.enterprises.visibility import visible
from app.persistence.facts.rows import AssertionMarkRow, AssertionRow

VERIFIED = aliased(AssertionMarkRow, name="verified")
RETRACTED = aliased(AssertionMarkRow, name="retracted")
Seen = Select[AssertionRow, AssertionMarkRow, AssertionMarkRow]


@dataclass(frozen=True, slots=True, kw_only=True)
class AssertionSearch:
    """What a list of assertions may be narrowed by; `day` keeps only what holds on it, `known_at` looks back."""

    fact: str | None = None
    subject: UUID | None = None
    day: date | None = None
    known_at: datetime | None = None


class FactReader:
    """Reads of assertions."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def get(self, assertion_id: UUID, *, visible_to: Actor) -> Assertion:
        row = (await self.session.execute(_seen(None, visible_to).where(AssertionRow.id == assertion_id))).first()
        if row is None:
            raise AssertionUnknown()
        return _assertion(row)

    async def some(self, enterprise_id: UUID, ids: Iterable[UUID] | None, *, visible_to: Actor) -> list[Assertion]:
        """Those of one enterprise with these ids; None means all."""
        query = _seen(None, visible_to).where(AssertionRow.enterprise_id == enterprise_id)
        if ids is not None:
            query = query.where(AssertionRow.id.in_(ids))
        return [_assertion(row) for row in await self.session.execute(query.order_by(AssertionRow.id))]

    async def existing(self, enterprise_id: UUID, ids: Collection[UUID]) -> set[UUID]:
        """Those of some ids that are on record; only for verification."""
        query = select(AssertionRow.id).where(AssertionRow.enterprise_id == enterprise_id, AssertionRow.id.in_(ids))
        return set(await self.session.scalars(query)) if ids else set()

    async def many(self, enterprises: Sequence[UUID], ids: Sequence[UUID], *, visible_to: Actor) -> list[Assertion]:
        """Those with these ids, of any of these enterprises."""
        query = _seen(None, visible_to).where(
            one_of(AssertionRow.enterprise_id, enterprises), one_of(AssertionRow.id, ids)
        )
        return [_assertion(row) for row in await self.session.execute(query.order_by(AssertionRow.id))]

    async def page(
        self,
        enterprise_id: UUID,
        search: AssertionSearch,
        *,
        visible_to: Actor,
        after: tuple[str, ...] | None,
        limit: int,
    ) -> list[Assertion]:
        """In the order they were made."""
        query = _seen(search.known_at, visible_to).where(AssertionRow.enterprise_id == enterprise_id)
        query = _narrowed(query, search)
        if search.day is not None:
            query = query.where(AssertionRow.id.in_(_holding(enterprise_id, search)))
        if after is not None:
            query = query.where(AssertionRow.id > UUID(after[0]))
        return [_assertion(row) for row in await self.session.execute(query.order_by(AssertionRow.id).limit(limit))]

    async def last_said(self, enterprise_ids: Iterable[UUID]) -> dict[tuple[UUID, str, date | None], Claim]:
        """For each subject, fact and beginning the claim that stands: what a repeated import must not repeat."""
        query = (
            select(
                AssertionRow.subject_id,
                AssertionRow.fact,
                AssertionRow.type,
                AssertionRow.value,
                AssertionRow.valid_from,
                AssertionRow.valid_to,
                AssertionRow.document,
            )
            .ext(distinct_on(AssertionRow.subject_id, AssertionRow.fact, AssertionRow.valid_from))
            .outerjoin(RETRACTED, marked(RETRACTED, "retraction", None))
            .where(AssertionRow.enterprise_id.in_(enterprise_ids), RETRACTED.id.is_(None))
            .order_by(
                AssertionRow.subject_id,
                AssertionRow.fact,
                AssertionRow.valid_from,
                AssertionRow.known_at.desc(),
                AssertionRow.id.desc(),
            )
        )
        rows = await self.session.execute(query)
        return {
            (subject, fact, begins): Claim(
                fact=fact, type=cast("FactType", kind), value=value, valid_from=begins, valid_to=ends, document=document
            )
            for subject, fact, kind, value, begins, ends, document in rows
        }


def marked(mark: Any, kind: str, known_at: datetime | None) -> ColumnElement[bool]:
    """The join to a mark that was known at an instant (None: ever)."""
    terms = [
        mark.enterprise_id == AssertionRow.enterprise_id,
        mark.assertion_id == AssertionRow.id,
        mark.kind == kind,
    ]
    if known_at is not None:
        terms.append(mark.at <= known_at)
    return and_(*terms)


def _seen(known_at: datetime | None, actor: Actor) -> Seen:
    query = (
        select(AssertionRow, VERIFIED, RETRACTED)
        .join(EnterpriseRow, EnterpriseRow.id == AssertionRow.enterprise_id)
        .outerjoin(VERIFIED, marked(VERIFIED, "verification", known_at))
        .outerjoin(RETRACTED, marked(RETRACTED, "retraction", known_at))
        .where(visible(actor))
    )
    return query if known_at is None else query.where(AssertionRow.known_at <= known_at)


def _narrowed(query: Seen, search: AssertionSearch) -> Seen:
    if search.fact is not None:
        query = query.where(AssertionRow.fact == search.fact)
    if search.subject is not None:
        query = query.where(AssertionRow.subject_id == search.subject)
    return query


def _holding(enterprise_id: UUID, search: AssertionSearch) -> Select[UUID]:
    """Per subject and fact the assertion that began last before the day, and of those the one known last."""
    day, known_at = search.day, search.known_at
    query = (
        select(AssertionRow.id)
        .ext(distinct_on(AssertionRow.subject_id, AssertionRow.fact))
        .outerjoin(RETRACTED, marked(RETRACTED, "retraction", known_at))
        .where(
            AssertionRow.enterprise_id == enterprise_id,
            RETRACTED.id.is_(None),
            or_(AssertionRow.valid_from.is_(None), AssertionRow.valid_from <= day),
            or_(AssertionRow.valid_to.is_(None), AssertionRow.valid_to > day),
        )
        .order_by(
            AssertionRow.subject_id,
            AssertionRow.fact,
            AssertionRow.valid_from.desc().nulls_last(),
            AssertionRow.known_at.desc(),
            AssertionRow.id.desc(),
        )
    )
    return query if known_at is None else query.where(AssertionRow.known_at <= known_at)


def _assertion(found: Any) -> Assertion:
    row, verified, retracted = found
    return Assertion(
        id=row.id,
        enterprise_id=row.enterprise_id,
        level=row.level,
        subject_id=row.subject_id,
        claim=Claim(
            fact=row.fact,
            type=row.type,
            value=row.value,
            valid_from=row.valid_from,
            valid_to=row.valid_to,
            document=row.document,
        ),
        known_at=row.known_at,
        asserted_by=Origin(client_id=row.client_id, person=row.person),
        verification=_mark(verified),
        retraction=_mark(retracted),
    )


def _mark(row: AssertionMarkRow | None) -> Mark | None:
    if row is None:
        return None
    return Mark(
        at=row.at, by=Origin(client_id=row.client_id, person=row.person), note=row.note, counts_from=row.counts_from
    )
