"""Orders: what an enterprise is served, item by item with its clause and instants; never altered, seen, acknowledged."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Literal, Self
from uuid import UUID

from app.domain.access import Origin
from app.domain.errors import NotFound
from app.domain.periods import SHANGHAI
from app.domain.policies.facts import Level
from app.domain.policies.undertakings import Text
from app.domain.states import StateTable

# What an order is served on; each room that serves one names its own.
OccasionKind = Literal["warning", "violation", "listing", "schedule"]
# Commands demand something; a notice only says what is still open; a lift ends what was demanded before.
OrderKind = Literal["command", "notice", "lift"]
# Why an item demands nothing yet: the plan leaves it to the authority, or the facts do not settle it.
Openness = Literal["authority_decides", "facts_missing"]


class OrderState(StrEnum):
    """How far an order has come."""

    SENT = "sent"
    SEEN = "seen"
    ACKNOWLEDGED = "acknowledged"


class OrderAction(StrEnum):
    """What an enterprise does with an order; acknowledging one it has not marked as seen says that too."""

    SEE = "see"
    ACKNOWLEDGE = "acknowledge"


ORDERS = StateTable(
    thing="指令",
    thing_en="order",
    states=OrderState,
    actions=OrderAction,
    steps={
        (OrderState.SENT, OrderAction.SEE): OrderState.SEEN,
        (OrderState.SENT, OrderAction.ACKNOWLEDGE): OrderState.ACKNOWLEDGED,
        (OrderState.SEEN, OrderAction.ACKNOWLEDGE): OrderState.ACKNOWLEDGED,
    },
)


class OrderUnknown(NotFound):
    code = "order_unknown"
    zh = "没有此指令，或不在您可见的范围内。"
    en = "There is no such order, or it lies outside what you may see."


@dataclass(frozen=True, slots=True, kw_only=True)
class Cited:
    """A clause as it stood in the pack that was applied."""

    provision: str
    place: str
    says: Text

    def as_json(self) -> dict[str, Any]:
        return {"provision": self.provision, "place": self.place, "says": dict(self.says)}


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderItem:
    """What one rule demands of one subject from an instant until another (None: until lifted), or asks about it.

    `numbers` are those of the measure, written out: cut_pct, coking_hours and so on.
    """

    pack: str
    pack_version: str
    rule: str
    subject_id: str
    subject_level: Level
    subject_code: str
    subject_name: str
    site_code: str
    kind: str
    says: Text
    numbers: Mapping[str, str]
    from_at: datetime
    until_at: datetime | None
    citations: tuple[Cited, ...]
    flags: tuple[Text, ...] = ()
    open: Openness | None = None

    def as_json(self) -> dict[str, Any]:
        return {
            "pack": self.pack,
            "pack_version": self.pack_version,
            "rule": self.rule,
            "subject_id": self.subject_id,
            "subject_level": self.subject_level,
            "subject_code": self.subject_code,
            "subject_name": self.subject_name,
            "site_code": self.site_code,
            "kind": self.kind,
            "says": dict(self.says),
            "numbers": dict(self.numbers),
            "from_at": _written(self.from_at),
            "until_at": None if self.until_at is None else _written(self.until_at),
            "citations": [one.as_json() for one in self.citations],
            "flags": [dict(one) for one in self.flags],
            "open": self.open,
        }

    @classmethod
    def of_json(cls, stored: Mapping[str, Any]) -> "OrderItem":
        until_at = stored["until_at"]
        instants = {
            "from_at": datetime.fromisoformat(stored["from_at"]),
            "until_at": None if until_at is None else datetime.fromisoformat(until_at),
        }
        citations = tuple(Cited(**one) for one in stored["citations"])
        return cls(**{**stored, **instants, "citations": citations, "flags": tuple(stored["flags"])})


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """What orders are served on: `number` counts what was said on it, so that each gets one order at most.

    Looked at `again` after decisions changed, it gives another order only where that says something else.
    """

    kind: OccasionKind
    id: UUID
    number: int
    from_at: datetime
    acknowledge_within: timedelta
    again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Who saw or acknowledged an order, and when."""

    at: datetime
    by: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """An order an enterprise already has on an occasion; `said` are its items and questions as JSON."""

    id: UUID
    kind: OrderKind
    occasion_number: int
    said: Sequence[Any] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What an occasion demands of one enterprise: commands, and questions that are still open."""

    enterprise_id: UUID
    items: tuple[OrderItem, ...] = ()
    questions: tuple[OrderItem, ...] = ()

    @property
    def said(self) -> list[Any]:
        return [[one.as_json() for one in some] for some in (self.items, self.questions)]

    def kind(self, former: Served | None) -> OrderKind | None:
        """The kind of order to serve; None where there is nothing to say, now or to end."""
        if self.items:
            return "command"
        if self.questions:
            return "notice"
        return "lift" if former is not None and former.kind != "lift" else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One order as it was served; `hash` is over everything said in it, so that nobody can alter it unnoticed."""

    id: UUID
    enterprise_id: UUID
    number: int
    kind: OrderKind
    occasion: OccasionKind
    occasion_id: UUID
    occasion_number: int
    from_at: datetime
    items: tuple[OrderItem, ...]
    questions: tuple[OrderItem, ...]
    supersedes: UUID | None
    sent_at: datetime
    due_at: datetime
    hash: str = ""
    seen: Mark | None = None
    acknowledged: Mark | None = None
    superseded_by: UUID | None = None

    def sealed(self) -> Self:
        return replace(self, hash=self.digest)

    @property
    def digest(self) -> str:
        """SHA-256 of the order as canonical JSON: sorted keys, no spaces, UTF-8."""
        said = {
            "id": str(self.id),
            "enterprise_id": str(self.enterprise_id),
            "number": self.number,
            "kind": self.kind,
            "occasion": self.occasion,
            "occasion_id": str(self.occasion_id),
            "occasion_number": self.occasion_number,
            "from_at": _written(self.from_at),
            "items": [one.as_json() for one in self.items],
            "questions": [one.as_json() for one in self.questions],
            "supersedes": None if self.supersedes is None else str(self.supersedes),
            "sent_at": _written(self.sent_at),
            "due_at": _written(self.due_at),
        }
        text = json.dumps(said, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def state(self) -> OrderState:
        if self.acknowledged is not None:
            return OrderState.ACKNOWLEDGED
        return OrderState.SENT if self.seen is None else OrderState.SEEN

    def overdue(self, now: datetime) -> bool:
        """Whether it should have been acknowledged by now and is not."""
        return self.acknowledged is None and now > self.due_at

    def marks(self, action: OrderAction) -> tuple[OrderAction, ...]:
        """What an action leaves on the order; raises TransitionRefused."""
        ORDERS.after(self.state, action)
        return (OrderAction.SEE, action) if action is OrderAction.ACKNOWLEDGE and self.seen is None else (action,)


def order_for(
    demand: Demand, occasion: Occasion, former: Sequence[Served], *, order_id: UUID, number: int, at: datetime
) -> Order | None:
    """The next order of an enterprise on an occasion; None where it has one already, or nothing is to be said.

    `former` are the orders it has on this occasion, newest first: the new one takes the place of the first.
    """
    last = former[0] if former else None
    kind = demand.kind(last)
    if kind is None or (last is not None and not _follows(demand, occasion, last)):
        return None
    return Order(
        id=order_id,
        enterprise_id=demand.enterprise_id,
        number=number,
        kind=kind,
        occasion=occasion.kind,
        occasion_id=occasion.id,
        occasion_number=occasion.number,
        from_at=occasion.from_at,
        items=demand.items,
        questions=demand.questions,
        supersedes=None if last is None else last.id,
        sent_at=at,
        due_at=at + occasion.acknowledge_within,
    ).sealed()


def _follows(demand: Demand, occasion: Occasion, last: Served) -> bool:
    if occasion.again and last.occasion_number == occasion.number:
        return list(last.said) != demand.said
    return last.occasion_number < occasion.number


def _written(at: datetime) -> str:
    return at.astimezone(SHANGHAI).isoformat()
