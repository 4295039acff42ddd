"""Orders: their states, the seal over what they say, and which one follows which."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from uuid import UUID

import pytest

from app.domain.access import Origin
from app.domain.orders import (
    ORDERS,
    Cited,
    Demand,
    Mark,
    Occasion,
    Order,
    OrderAction,
    OrderItem,
    OrderState,
    Served,
    order_for,
)
from app.domain.states import TransitionRefused

NOON = datetime(2019, 12, 10, 4, tzinfo=UTC)
ITEM = OrderItem(
    pack="gaoping",
    pack_version="1.0.0",
    rule="GP-15",
    subject_id=str(UUID(int=9)),
    subject_level="unit",
    subject_code="F1",
    subject_name="中频炉",
    site_code="S",
    kind="stop",
    says={"zh": "停产", "en": "stop production"},
    numbers={},
    from_at=NOON,
    until_at=NOON + timedelta(hours=120),
    citations=(Cited(provision="GP-15", place="（二）1.", says={"zh": "停", "en": "stop"}),),
    flags=({"zh": "核对", "en": "check"},),
)
QUESTION = replace(ITEM, open="authority_decides")
OCCASION = Occasion(kind="warning", id=UUID(int=7), number=1, from_at=NOON, acknowledge_within=timedelta(hours=2))
MINE = Demand(enterprise_id=UUID(int=1), items=(ITEM,))
NOTHING = Demand(enterprise_id=UUID(int=1))


def served(demand: Demand, *former: Served, number: int = 1) -> Order | None:
    return order_for(demand, replace(OCCASION, number=number), former, order_id=UUID(int=5), number=3, at=NOON)


def an_order() -> Order:
    made = served(MINE)
    assert made is not None
    return made


def before(number: int, *, kind: str = "command") -> Served:
    return Served(id=UUID(int=100 + number), kind=kind, occasion_number=number)  # type: ignore[arg-type]  # a kind, as text


LEGAL = {
    (OrderState.SENT, OrderAction.SEE): OrderState.SEEN,
    (OrderState.SENT, OrderAction.ACKNOWLEDGE): OrderState.ACKNOWLEDGED,
    (OrderState.SEEN, OrderAction.ACKNOWLEDGE): OrderState.ACKNOWLEDGED,
}


@pytest.mark.parametrize(("state", "action"), list(product(OrderState, OrderAction)))
def test_an_order_is_seen_once_and_acknowledged_once(state: OrderState, action: OrderAction) -> None:
    if (state, action) in LEGAL:
        assert ORDERS.after(state, action) is LEGAL[state, action]
    else:
        with pytest.raises(TransitionRefused):
            ORDERS.after(state, action)


def test_whoever_acknowledges_has_seen_it() -> None:
    mark = Mark(at=NOON, by=Origin(client_id="mill", person="王五"))
    assert an_order().marks(OrderAction.ACKNOWLEDGE) == (OrderAction.SEE, OrderAction.ACKNOWLEDGE)
    assert replace(an_order(), seen=mark).marks(OrderAction.ACKNOWLEDGE) == (OrderAction.ACKNOWLEDGE,)


def test_an_order_is_overdue_after_its_hour_until_it_is_acknowledged() -> None:
    order, due = an_order(), NOON + timedelta(hours=2)
    assert [order.overdue(due), order.overdue(due + timedelta(seconds=1))] == [False, True]
    taken = replace(order, acknowledged=Mark(at=due, by=Origin(client_id="mill", person=None)))
    assert not taken.overdue(due + timedelta(days=1))


def test_the_seal_covers_everything_an_order_says_and_no_mark() -> None:
    order = an_order()
    assert order.digest == order.hash
    other = {
        "number": 4, "kind": "notice", "items": (), "questions": (QUESTION,), "supersedes": UUID(int=2),
        "sent_at": NOON + timedelta(seconds=1), "due_at": NOON, "from_at": NOON - timedelta(hours=1), "occasion_number": 2,
    }  # fmt: skip
    assert all(replace(order, **{name: value}).digest != order.hash for name, value in other.items())  # type: ignore[arg-type]  # values as they come
    assert replace(order, seen=Mark(at=NOON, by=Origin(client_id="mill", person=None))).digest == order.hash


def test_an_item_comes_back_from_json_as_it_went() -> None:
    assert OrderItem.of_json(ITEM.as_json()) == ITEM
    assert OrderItem.of_json(replace(QUESTION, until_at=None).as_json()) == replace(QUESTION, until_at=None)


def test_a_demand_makes_a_command_a_question_a_notice_and_nothing_no_order() -> None:
    assert an_order().kind == "command"
    assert (made := served(replace(NOTHING, questions=(QUESTION,)))) is not None
    assert made.kind == "notice"
    assert served(NOTHING) is None


def test_what_is_no_longer_demanded_is_lifted_once() -> None:
    lift = served(NOTHING, before(1), number=2)
    assert lift is not None
    assert (lift.kind, lift.supersedes) == ("lift", UUID(int=101))
    assert served(NOTHING, before(2, kind="lift"), before(1), number=3) is None


@pytest.mark.parametrize(("former", "supersedes"), [((), None), ((0,), 100), ((2, 0), 102)])
def test_an_order_takes_the_place_of_the_newest_before_it(former: tuple[int, ...], supersedes: int | None) -> None:
    made = served(MINE, *(before(number) for number in former), number=3)
    assert made is not None
    assert made.supersedes == (None if supersedes is None else UUID(int=supersedes))


@pytest.mark.parametrize("known", [1, 2])
def test_nobody_is_served_twice_nor_after_something_later(known: int) -> None:
    assert served(MINE, before(known), number=1) is None
