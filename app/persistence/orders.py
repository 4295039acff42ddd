"""Orders as rows: served once for each occasion, marked as seen and acknowledged, never altered."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    ForeignKeyConstraint,
    Index,
    Select,
    UniqueConstraint,
    and_,
    func,
    insert,
    select,
    true,
    tuple_,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, aliased, mapped_column

from app.domain.access import Actor
from app.domain.orders import (
    Mark,
    OccasionKind,
    Order,
    OrderAction,
    OrderItem,
    OrderKind,
    OrderState,
    OrderUnknown,
    Served,
)
from app.persistence.engine import Row, one_of
from app.persistence.enterprises.reading import Search, narrowed
from app.persistence.enterprises.rows import EnterpriseRow
from app.persistence.enterprises.visibility import visible
from app.persistence.signed import Signed, signature


class OrderRow(Row):
    """One order as it was served; an enterprise has another for the same thing only in the place of the one before."""

    __tablename__ = "orders"
    __table_args__ = (
        UniqueConstraint("enterprise_id", "number"),
        UniqueConstraint("enterprise_id", "supersedes"),
        ForeignKeyConstraint(["enterprise_id"], ["enterprises.id"]),
        Index(None, "id"),
        Index(None, "occasion", "occasion_id", "occasion_number"),
    )

    enterprise_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int]
    kind: Mapped[str]
    occasion: Mapped[str]
    occasion_id: Mapped[UUID]
    occasion_number: Mapped[int]
    from_at: Mapped[datetime]
    items: Mapped[list[Any]]
    questions: Mapped[list[Any]]
    supersedes: Mapped[UUID | None]
    sent_at: Mapped[datetime]
    due_at: Mapped[datetime]
    hash: Mapped[str]


class OrderMarkRow(Signed, Row):
    """An order was seen, or acknowledged; each at most once."""

    __tablename__ = "order_marks"
    __table_args__ = (
        UniqueConstraint("enterprise_id", "order_id", "kind"),
        ForeignKeyConstraint(["enterprise_id", "order_id"], ["orders.enterprise_id", "orders.id"]),
    )

    enterprise_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    order_id: Mapped[UUID]
    kind: Mapped[str]
    at: Mapped[datetime]


SEEN = aliased(OrderMarkRow, name="seen")
ACKNOWLEDGED = aliased(OrderMarkRow, name="acknowledged")
LATER = aliased(OrderRow, name="later")


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderSearch:
    """What a list of orders may be narrowed by; `overdue_at` keeps those overdue at an instant."""

    region: str | None = None
    enterprise_id: UUID | None = None
    state: OrderState | None = None
    overdue_at: datetime | None = None
    occasion: OccasionKind | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenQuestion:
    """What orders on an occasion leave open, and of how many subjects."""

    pack: str
    rule: str
    open: str
    zh: str
    en: str
    subjects: int


class OrderRepository:
    """Orders are seen by whoever sees the enterprise."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def add(self, orders: Sequence[Order]) -> None:
        if orders:
            await self.session.execute(insert(OrderRow), [_values(one) for one in orders])

    async def mark(self, order: Order, marks: Iterable[tuple[UUID, OrderAction]], mark: Mark) -> None:
        """Write down what happened to an order; whoever does has locked its enterprise."""
        rows = [
            {
                "enterprise_id": order.enterprise_id,
                "id": mark_id,
                "order_id": order.id,
                "kind": kind,
                "at": mark.at,
                **signature(mark.by),
            }
            for mark_id, kind in marks
        ]
        await self.session.execute(insert(OrderMarkRow), rows)

    async def get(self, order_id: UUID, *, visible_to: Actor) -> Order:
        row = (await self.session.execute(_orders().where(OrderRow.id == order_id, visible(visible_to)))).first()
        if row is None:
            raise OrderUnknown()
        return _order(row)

    async def newest(
        self, search: OrderSearch, *, visible_to: Actor, after: tuple[str, ...] | None, limit: int
    ) -> list[Order]:
        query = narrowed(_orders().where(visible(visible_to)), Search(region=search.region)).where(*_wanted(search))
        if after is not None:
            query = query.where(OrderRow.id < UUID(after[0]))
        return [_order(row) for row in await self.session.execute(query.order_by(OrderRow.id.desc()).limit(limit))]

    async def served(self, ids: Sequence[UUID], occasion: OccasionKind, occasion_id: UUID) -> dict[UUID, list[Served]]:
        """The orders some enterprises have on an occasion, newest first; for work that settled visibility."""
        rows = await self.session.execute(
            select(
                OrderRow.enterprise_id,
                OrderRow.id,
                OrderRow.kind,
                OrderRow.occasion_number,
                OrderRow.items,
                OrderRow.questions,
            )
            .where(one_of(OrderRow.enterprise_id, ids), *_on(occasion, occasion_id))
            .order_by(OrderRow.number.desc())
        )
        found: dict[UUID, list[Served]] = {}
        for enterprise, order_id, stored, number, items, questions in rows:
            kind = cast("OrderKind", stored)
            former = Served(id=order_id, kind=kind, occasion_number=number, said=[items, questions])
            found.setdefault(enterprise, []).append(former)
        return found

    async def reached(self, occasion: OccasionKind, occasion_id: UUID) -> list[UUID]:
        """Every enterprise that was ever served on an occasion."""
        rows = select(OrderRow.enterprise_id).where(*_on(occasion, occasion_id)).distinct()
        return list(await self.session.scalars(rows.order_by(OrderRow.enterprise_id)))

    async def standing(self, ids: Sequence[UUID], *, at: datetime) -> list[Order]:
        """The orders some enterprises had to follow at an instant, with the marks they bore; visibility is settled."""
        query = _orders(at).where(
            one_of(OrderRow.enterprise_id, ids), OrderRow.sent_at <= at, LATER.id.is_(None), OrderRow.kind != "lift"
        )
        rows = await self.session.execute(query.order_by(OrderRow.enterprise_id, OrderRow.number))
        return [_order(row) for row in rows]

    async def last_numbers(self, ids: Sequence[UUID]) -> dict[UUID, int]:
        """How many orders each of some enterprises has had."""
        rows = await self.session.execute(
            select(OrderRow.enterprise_id, func.max(OrderRow.number))
            .where(one_of(OrderRow.enterprise_id, ids))
            .group_by(OrderRow.enterprise_id)
        )
        return {row[0]: row[1] for row in rows}

    async def counted(self, occasion: OccasionKind, occasion_id: UUID, number: int) -> dict[str, int]:
        """How many orders of each kind were served for one thing said on an occasion."""
        rows = await self.session.execute(
            select(OrderRow.kind, func.count())
            .where(*_on(occasion, occasion_id), OrderRow.occasion_number == number)
            .group_by(OrderRow.kind)
        )
        return {row[0]: row[1] for row in rows}

    async def questions(self, occasion: OccasionKind, occasion_id: UUID, number: int) -> list[OpenQuestion]:
        """What these orders leave open, each question once."""
        one = func.jsonb_array_elements(OrderRow.questions).column_valued("question", joins_implicitly=True)
        said = (one.op("->>")("pack"), one.op("->>")("rule"), one.op("->>")("open"))
        words = tuple(one.op("->")("says").op("->>")(language) for language in ("zh", "en"))
        rows = await self.session.execute(
            select(*said, *words, func.count())
            .select_from(OrderRow)
            .where(*_on(occasion, occasion_id), OrderRow.occasion_number == number)
            .group_by(*said, *words)
            .order_by(*said, *words)
        )
        return [
            OpenQuestion(pack=pack, rule=rule, open=open_, zh=zh, en=en, subjects=count)
            for pack, rule, open_, zh, en, count in map(tuple, rows)
        ]

    async def batch(self, after: tuple[UUID, UUID] | None, limit: int) -> list[Order]:
        """All orders in order of their keys, for verification."""
        query = _orders().order_by(OrderRow.enterprise_id, OrderRow.id).limit(limit)
        if after is not None:
            query = query.where(tuple_(OrderRow.enterprise_id, OrderRow.id) > after)
        return [_order(row) for row in await self.session.execute(query)]


def _orders(at: datetime | None = None) -> Select[*tuple[Any, ...]]:
    """With what had happened to them by an instant (None: ever)."""

    def known(instant: Any) -> ColumnElement[bool]:
        return true() if at is None else instant <= at

    later = (LATER.enterprise_id == OrderRow.enterprise_id) & (LATER.supersedes == OrderRow.id)
    return (
        select(OrderRow, SEEN, ACKNOWLEDGED, LATER.id)
        .join(EnterpriseRow, EnterpriseRow.id == OrderRow.enterprise_id)
        .outerjoin(SEEN, _marked(SEEN, OrderAction.SEE) & known(SEEN.at))
        .outerjoin(ACKNOWLEDGED, _marked(ACKNOWLEDGED, OrderAction.ACKNOWLEDGE) & known(ACKNOWLEDGED.at))
        .outerjoin(LATER, later & known(LATER.sent_at))
    )


def _marked(mark: Any, kind: OrderAction) -> ColumnElement[bool]:
    return and_(mark.enterprise_id == OrderRow.enterprise_id, mark.order_id == OrderRow.id, mark.kind == kind)


def _on(occasion: OccasionKind, occasion_id: UUID) -> tuple[ColumnElement[bool], ...]:
    return OrderRow.occasion == occasion, OrderRow.occasion_id == occasion_id


def _wanted(search: OrderSearch) -> list[ColumnElement[bool]]:
    seen, acknowledged = SEEN.id.is_not(None), ACKNOWLEDGED.id.is_not(None)
    states = {
        OrderState.SENT: ~seen & ~acknowledged,
        OrderState.SEEN: seen & ~acknowledged,
        OrderState.ACKNOWLEDGED: acknowledged,
    }
    terms: list[ColumnElement[bool]] = []
    if search.enterprise_id is not None:
        terms.append(OrderRow.enterprise_id == search.enterprise_id)
    if search.state is not None:
        terms.append(states[search.state])
    if search.overdue_at is not None:
        terms.append(~acknowledged & (OrderRow.due_at < search.overdue_at))
    if search.occasion is not None:
        terms.append(OrderRow.occasion == search.occasion)
    return terms


def _values(order: Order) -> dict[str, Any]:
    return {
        "enterprise_id": order.enterprise_id,
        "id": order.id,
        "number": order.number,
        "kind": order.kind,
        "occasion": order.occasion,
        "occasion_id": order.occasion_id,
        "occasion_number": order.occasion_number,
        "from_at": order.from_at,
        "items": [one.as_json() for one in order.items],
        "questions": [one.as_json() for one in order.questions],
        "supersedes": order.supersedes,
        "sent_at": order.sent_at,
        "due_at": order.due_at,
        "hash": order.hash,
    }


def _order(found: Any) -> Order:
    row, seen, acknowledged, later = found
    return Order(
        id=row.id,
        enterprise_id=row.enterprise_id,
        number=row.number,
        kind=row.kind,
        occasion=row.occasion,
        occasion_id=row.occasion_id,
        occasion_number=row.occasion_number,
        from_at=row.from_at,
        items=tuple(OrderItem.of_json(one) for one in row.items),
        questions=tuple(OrderItem.of_json(one) for one in row.questions),
        supersedes=row.supersedes,
        sent_at=row.sent_at,
        due_at=row.due_at,
        hash=row.hash,
        seen=_mark(seen),
        acknowledged=_mark(acknowledged),
        superseded_by=later,
    )


def _mark(row: OrderMarkRow | None) -> Mark | None:
    if row is None:
        return None
    return Mark(at=row.at, by=row.origin)
