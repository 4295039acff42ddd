"""Orders: what enterprises are served, listed for whoever looks after them, seen and acknowledged by themselves."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Depends, Query
from pydantic import Field

from app.api.bodies import AnswerBody, Instant, RegionCode
from app.api.decision_bodies import CitationOut, SubjectLevel
from app.api.evidence import HandOut
from app.api.language import Lang
from app.api.pagination import PageQuery, PageRequest
from app.api.security import caller
from app.api.transactions import Idempotent, Unit, router
from app.domain.access import Actor
from app.domain.errors import Language
from app.domain.orders import Mark, OccasionKind, Openness, Order, OrderItem, OrderKind, OrderState
from app.persistence.enterprises.reading import EnterpriseReader
from app.persistence.orders import OrderRepository, OrderSearch
from app.services import orders

routes = router("orders", "")
Reader = Annotated[Actor, Depends(caller("orders:read"))]
Enterprise = Annotated[Actor, Depends(caller("orders:write"))]
Wanted = Literal["sent", "seen", "acknowledged", "overdue"]
StateQuery = Annotated[
    Wanted | None, Query(description="How far they have come; `overdue` are those not acknowledged in time.")
]
OccasionQuery = Annotated[OccasionKind | None, Query(description="What they were served on.")]


class MeasureNumber(AnswerBody):
    """A number of a measure: cut_pct, cap_pct, stop_share_pct, stop_days, stop_hours, run_hours or coking_hours."""

    name: str
    value: str


class OrderItemOut(AnswerBody):
    """What a rule demands of a subject from an instant until another; null: until lifted.

    In a question, `open` says why it demands nothing yet.
    """

    pack: str
    pack_version: str
    rule: str
    subject_id: UUID
    level: SubjectLevel
    subject_code: str
    subject_name: str
    site_code: str
    kind: str
    text: str
    numbers: list[MeasureNumber]
    from_at: Instant
    until_at: Instant | None
    citations: list[CitationOut]
    flags: list[str]
    open: Openness | None


class OrderHead(AnswerBody):
    """An order without its items; `number` counts the orders of the enterprise, `from_at` is when it takes effect."""

    id: UUID
    enterprise_id: UUID
    number: int
    kind: OrderKind
    occasion: OccasionKind
    occasion_id: UUID
    occasion_number: int
    state: OrderState
    overdue: bool
    from_at: Instant
    sent_at: Instant
    due_at: Instant = Field(description="Acknowledge it by then.")
    seen: HandOut | None
    acknowledged: HandOut | None
    supersedes: UUID | None
    superseded_by: UUID | None
    hash: str = Field(description="SHA-256 over everything the order says.")


class OrderOut(OrderHead):
    """An order with its items, and what it leaves open."""

    items: list[OrderItemOut]
    questions: list[OrderItemOut]


class OrderPage(AnswerBody):
    """Some orders, newest first."""

    items: list[OrderHead]
    next_cursor: str | None


@routes.get("/orders")
async def list_orders(
    *,
    actor: Reader,
    uow: Unit,
    page: PageQuery,
    region: Annotated[RegionCode | None, Query(description="GB/T 2260 code; its subtree is included.")] = None,
    enterprise_id: Annotated[UUID | None, Query()] = None,
    state: StateQuery = None,
    occasion: OccasionQuery = None,
) -> OrderPage:
    """What enterprises of a region were told to do, by state."""
    search = searched(uow, state, region=region, enterprise_id=enterprise_id, occasion=occasion)
    return await listed(uow, page, search, actor)


@routes.get("/enterprises/{enterprise_id}/orders")
async def list_enterprise_orders(
    enterprise_id: UUID,
    *,
    actor: Reader,
    uow: Unit,
    page: PageQuery,
    state: StateQuery = None,
    occasion: OccasionQuery = None,
) -> OrderPage:
    """What one enterprise was told to do."""
    await EnterpriseReader(uow.session).head(enterprise_id, visible_to=actor)
    return await listed(uow, page, searched(uow, state, enterprise_id=enterprise_id, occasion=occasion), actor)


@routes.get("/orders/{order_id}")
async def get_order(order_id: UUID, actor: Reader, uow: Unit, language: Lang) -> OrderOut:
    """Reading an order marks nothing: an enterprise says itself that it has seen it."""
    return out(uow, await OrderRepository(uow.session).get(order_id, visible_to=actor), language)


@routes.post("/orders/{order_id}/receipt", status_code=201, dependencies=[Idempotent])
async def receive_order(order_id: UUID, actor: Enterprise, uow: Unit, language: Lang) -> OrderOut:
    """The enterprise has seen the order; by its own credential."""
    return out(uow, await orders.see(uow, order_id, by=actor), language)


@routes.post("/orders/{order_id}/acknowledgement", status_code=201, dependencies=[Idempotent])
async def acknowledge_order(order_id: UUID, actor: Enterprise, uow: Unit, language: Lang) -> OrderOut:
    """A person of the enterprise takes it on; that says, too, that it was seen."""
    return out(uow, await orders.acknowledge(uow, order_id, by=actor), language)


def searched(
    uow: Unit,
    state: Wanted | None,
    *,
    region: str | None = None,
    enterprise_id: UUID | None = None,
    occasion: OccasionKind | None = None,
) -> OrderSearch:
    return OrderSearch(
        region=region,
        enterprise_id=enterprise_id,
        state=None if state is None or state == "overdue" else OrderState(state),
        overdue_at=uow.now if state == "overdue" else None,
        occasion=occasion,
    )


async def listed(uow: Unit, page: PageRequest, search: OrderSearch, actor: Actor) -> OrderPage:
    found = await OrderRepository(uow.session).newest(search, visible_to=actor, after=page.after, limit=page.limit + 1)
    items, next_cursor = page.cut(found, lambda one: (one.id,))
    return OrderPage(items=[OrderHead(**head(uow, one)) for one in items], next_cursor=next_cursor)


def out(uow: Unit, order: Order, language: Language) -> OrderOut:
    return OrderOut(
        **head(uow, order),
        items=[item_out(one, language) for one in order.items],
        questions=[item_out(one, language) for one in order.questions],
    )


def head(uow: Unit, order: Order) -> dict[str, Any]:
    return {
        "id": order.id,
        "enterprise_id": order.enterprise_id,
        "number": order.number,
        "kind": order.kind,
        "occasion": order.occasion,
        "occasion_id": order.occasion_id,
        "occasion_number": order.occasion_number,
        "state": order.state,
        "overdue": order.overdue(uow.now),
        "from_at": order.from_at,
        "sent_at": order.sent_at,
        "due_at": order.due_at,
        "seen": hand(order.seen),
        "acknowledged": hand(order.acknowledged),
        "supersedes": order.supersedes,
        "superseded_by": order.superseded_by,
        "hash": order.hash,
    }


def hand(mark: Mark | None) -> HandOut | None:
    return None if mark is None else HandOut.of(mark.by, mark.at)


def item_out(item: OrderItem, language: Language) -> OrderItemOut:
    return OrderItemOut(
        pack=item.pack,
        pack_version=item.pack_version,
        rule=item.rule,
        subject_id=UUID(item.subject_id),
        level=item.subject_level,
        subject_code=item.subject_code,
        subject_name=item.subject_name,
        site_code=item.site_code,
        kind=item.kind,
        text=item.says[language],
        numbers=[MeasureNumber(name=name, value=value) for name, value in sorted(item.numbers.items())],
        from_at=item.from_at,
        until_at=item.until_at,
        citations=[
            CitationOut(provision=one.provision, place=one.place, says=one.says[language]) for one in item.citations
        ],
        flags=[flag[language] for flag in item.flags],
        open=item.open,
    )
