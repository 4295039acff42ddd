"""Serving orders, and what enterprises do with them: see and acknowledge; and proving them again."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from app.domain.access import Actor, Origin
from app.domain.enterprises.structure import Head
from app.domain.events import Event
from app.domain.evidence import Damage
from app.domain.orders import Demand, Mark, Occasion, Order, OrderAction, order_for
from app.integrations.ids import new_id
from app.persistence.enterprises.reading import EnterpriseReader
from app.persistence.orders import OrderRepository
from app.persistence.schedules.series import SeriesRepository
from app.persistence.unit_of_work import UnitOfWork
from app.persistence.warnings import WarningRepository

_DONE = {OrderAction.SEE: "order.seen", OrderAction.ACKNOWLEDGE: "order.acknowledged"}


async def serve(
    uow: UnitOfWork, occasion: Occasion, demands: Sequence[Demand], *, heads: Mapping[UUID, Head], by: Actor
) -> list[Order]:
    """One order for each enterprise at most, however often this runs; the caller has locked the enterprises."""
    orders, ids = OrderRepository(uow.session), [one.enterprise_id for one in demands]
    former = await orders.served(ids, occasion.kind, occasion.id)
    numbers = await orders.last_numbers(ids)
    made = [
        order
        for one in demands
        if (
            order := order_for(
                one,
                occasion,
                former.get(one.enterprise_id, ()),
                order_id=new_id(),
                number=numbers.get(one.enterprise_id, 0) + 1,
                at=uow.now,
            )
        )
    ]
    await orders.add(made)
    await uow.record_all([_event("order.served", one, heads[one.enterprise_id]) for one in made], by=by)
    return made


async def see(uow: UnitOfWork, order_id: UUID, *, by: Actor) -> Order:
    """The enterprise has the order on its screen; its own credential is enough."""
    return await _mark(uow, order_id, OrderAction.SEE, by)


async def acknowledge(uow: UnitOfWork, order_id: UUID, *, by: Actor) -> Order:
    """A person of the enterprise takes the order on."""
    return await _mark(uow, order_id, OrderAction.ACKNOWLEDGE, by)


async def _mark(uow: UnitOfWork, order_id: UUID, action: OrderAction, by: Actor) -> Order:
    orders = OrderRepository(uow.session)
    order = await orders.get(order_id, visible_to=by)
    by.must_own(order.enterprise_id)
    if action is OrderAction.ACKNOWLEDGE:
        by.named_person()
    head = await EnterpriseReader(uow.session).head(order.enterprise_id, visible_to=by, lock=True)
    # Read again under the lock: of two who acknowledge, one finds it done.
    order = await orders.get(order_id, visible_to=by)
    marks = order.marks(action)
    mark = Mark(at=uow.now, by=Origin.of(by))
    await orders.mark(order, [(new_id(), one) for one in marks], mark)
    await uow.record_all([_event(_DONE[one], order, head) for one in marks], by=by)
    return await orders.get(order_id, visible_to=by)


async def verify_orders(uow: UnitOfWork, *, batch: int = 500) -> list[Damage]:
    """Every order still says what was sealed, and stands on a change of a warning, or a published schedule, that there is."""
    orders, warnings, damage = OrderRepository(uow.session), WarningRepository(uow.session), list[Damage]()
    after: tuple[UUID, UUID] | None = None
    while found := await orders.batch(after, batch):
        on_warnings = {one.occasion_id for one in found if one.occasion == "warning"}
        known = await warnings.known_changes(on_warnings)
        known |= await SeriesRepository(uow.session).known(
            {one.occasion_id for one in found if one.occasion == "schedule"}
        )
        damage += [wrong for one in found for wrong in _damage(one, known)]
        after = (found[-1].enterprise_id, found[-1].id)
    return damage


def _damage(order: Order, known: set[tuple[UUID, int]]) -> list[Damage]:
    where = f"enterprise {order.enterprise_id} order {order.id}"
    found = [] if order.digest == order.hash else [Damage("order_hash", where)]
    if order.occasion in {"warning", "schedule"} and (order.occasion_id, order.occasion_number) not in known:
        found.append(Damage(f"order_without_{order.occasion}", where))
    return found


def _event(kind: str, order: Order, head: Head) -> Event:
    return Event(
        type=kind,
        subject=str(order.id),
        enterprise_id=str(order.enterprise_id),
        region=head.region,
        data={
            "number": order.number,
            "kind": order.kind,
            "occasion": order.occasion,
            "occasion_id": str(order.occasion_id),
            "supersedes": None if order.supersedes is None else str(order.supersedes),
        },
    )
