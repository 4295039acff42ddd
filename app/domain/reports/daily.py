"""daily: what was in force on a day under a response, what the meters show of it by 17:00, and what is missing (YN-11)."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Literal, get_args
from uuid import UUID

from app.domain.compliance.findings import VerdictWord
from app.domain.orders import OccasionKind, Order, OrderItem, OrderState
from app.domain.periods import ONE_DAY, civil_day, midnight
from app.domain.reports.asked import told_instant
from app.domain.reports.places import Place
from app.domain.warnings import Colour, PollutionWarning, Stretch, stretches

Gap = Literal[
    "not_acknowledged", "overdue", "open_question", "no_meter", "nothing_read", "readings_missing", "seen_running"
]
GAPS: tuple[Gap, ...] = get_args(Gap)
STANDING_STILL = frozenset({"stop", "stop_days", "stop_charging"})


@dataclass(frozen=True, slots=True, kw_only=True)
class DayAsked:
    """A day of a region, or of those a warning reached, as it was known at an instant; nothing after 17:00 is told."""

    region: str
    day: date
    as_of: datetime
    warning_id: UUID | None = None

    @property
    def ends(self) -> datetime:
        """Until when the day is told (A-YN5)."""
        return min(told_instant(self.day), self.as_of)


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """A warning of one colour as it bears on the day."""

    id: UUID
    region: str
    colour: Colour
    from_at: datetime
    until_at: datetime | None
    basis: str

    @property
    def first_report_on(self) -> date:
        """The day it begins, or the next one where it begins after 17:00 (A-YN5)."""
        day = civil_day(self.from_at)
        return day if self.from_at <= told_instant(day) else day + ONE_DAY


def responses(warnings: Iterable[PollutionWarning], asked: DayAsked) -> list[Response]:
    """The colours in effect on any part of the day, as they were announced by the instant."""
    begins, ends = midnight(asked.day), midnight(asked.day + ONE_DAY)
    found = [
        _response(one)
        for warning in warnings
        if (known := tuple(change for change in warning.changes if change.known_at <= asked.as_of))
        for one in stretches(replace(warning, changes=known))
        if one.change.from_at < ends and (one.until_at is None or begins < one.until_at)
    ]
    return sorted(found, key=lambda one: (one.from_at, str(one.id)))


def _response(one: Stretch) -> Response:
    return Response(
        id=one.warning.id,
        region=one.warning.region,
        colour=one.colour,
        from_at=one.change.from_at,
        until_at=one.until_at,
        basis=one.change.basis,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What the meters of a subject took from 00:00 on; slots that end by the report's instant are due."""

    meters: int
    slots_due: int
    slots_read: int
    wh: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """One item of an order as it binds on the day; `question` demands nothing yet."""

    order_id: UUID
    order_number: int
    occasion: OccasionKind
    item: OrderItem
    question: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderMark:
    """How far an order had come by the instant."""

    id: UUID
    state: OrderState
    overdue: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DayRow:
    """One subject with everything in force on the day; `verdict` is None until the day was assessed."""

    place: Place
    measures: tuple[InForce, ...]
    orders: tuple[OrderMark, ...]
    taken: Taken | None = None
    verdict: VerdictWord | None = None
    visits: tuple[UUID, ...] = ()
    seen_running: bool = False

    @property
    def stands(self) -> bool:
        """Whether it has to stand still."""
        return any(one.item.kind in STANDING_STILL and not one.question for one in self.measures)

    @property
    def acknowledged(self) -> bool:
        return all(one.state is OrderState.ACKNOWLEDGED for one in self.orders)

    @property
    def gaps(self) -> tuple[Gap, ...]:
        taken = self.taken
        found: dict[Gap, bool] = {
            "not_acknowledged": not self.acknowledged,
            "overdue": any(one.overdue for one in self.orders),
            "open_question": any(one.question for one in self.measures),
            "no_meter": taken is None,
            "nothing_read": taken is not None and taken.slots_due > 0 and taken.slots_read == 0,
            "readings_missing": taken is not None and 0 < taken.slots_read < taken.slots_due,
            "seen_running": self.stands and self.seen_running,
        }
        return tuple(gap for gap in GAPS if found[gap])


def in_force(orders: Iterable[Order], asked: DayAsked) -> dict[UUID, list[InForce]]:
    """By subject the items of standing orders that bind at any time between 00:00 and the report's instant."""
    begins = midnight(asked.day)
    found: dict[UUID, list[InForce]] = {}
    for order in orders:
        for question, items in ((False, order.items), (True, order.questions)):
            for item in items:
                if item.from_at <= asked.ends and (item.until_at is None or begins < item.until_at):
                    found.setdefault(UUID(item.subject_id), []).append(
                        InForce(
                            order_id=order.id,
                            order_number=order.number,
                            occasion=order.occasion,
                            item=item,
                            question=question,
                        )
                    )
    return found


def marks(orders: Mapping[UUID, Order], measures: Iterable[InForce], *, at: datetime) -> tuple[OrderMark, ...]:
    """The orders some measures stand in, each once."""
    named = dict.fromkeys(one.order_id for one in measures)
    return tuple(OrderMark(id=one, state=orders[one].state, overdue=orders[one].overdue(at)) for one in named)


@dataclass(slots=True, kw_only=True)
class DayTotals:
    """Sums of some rows; rows come enterprise by enterprise, and an order is counted with its enterprise."""

    enterprises: int = 0
    subjects: int = 0
    standing_still: int = 0
    orders: int = 0
    orders_acknowledged: int = 0
    wh: int = 0
    slots_due: int = 0
    slots_read: int = 0
    verdicts: Counter[VerdictWord] = field(default_factory=Counter)
    visits: int = 0
    gaps: Counter[Gap] = field(default_factory=Counter)
    _last: UUID | None = None
    _seen: set[UUID] = field(default_factory=set)

    def add(self, row: DayRow) -> None:
        if row.place.enterprise_id != self._last:
            self.enterprises += 1
            self._last, self._seen = row.place.enterprise_id, set()
        self.subjects += 1
        self.standing_still += row.stands
        for order in (one for one in row.orders if one.id not in self._seen):
            self.orders += 1
            self.orders_acknowledged += order.state is OrderState.ACKNOWLEDGED
        for visit in (one for one in row.visits if one not in self._seen):
            self.visits += visit is not None
        self._seen.update(one.id for one in row.orders)
        self._seen.update(row.visits)
        if row.taken is not None:
            self.wh += row.taken.wh
            self.slots_due += row.taken.slots_due
            self.slots_read += row.taken.slots_read
        if row.verdict is not None:
            self.verdicts[row.verdict] += 1
        self.gaps.update(row.gaps)


@dataclass(slots=True, kw_only=True)
class DaySummary:
    """The sums of a day: in all, by industry, by region."""

    whole: DayTotals = field(default_factory=DayTotals)
    by_industry: dict[str | None, DayTotals] = field(default_factory=dict)
    by_region: dict[str, DayTotals] = field(default_factory=dict)

    def add(self, row: DayRow) -> None:
        self.whole.add(row)
        self.by_industry.setdefault(row.place.industry, DayTotals()).add(row)
        self.by_region.setdefault(row.place.region, DayTotals()).add(row)
