"""winters: what a season keeps out of the air, planned and served, in all and by industry, beside the winter before (FS-35).

Tonnes are those of `Tally`: a served stop is counted as a stretch of the same resource. What is not known stays unknown.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from app.domain.ledger.entries import COUNTED, Entry
from app.domain.ledger.frame import hours_between
from app.domain.periods import midnight
from app.domain.quantities import POLLUTANTS, Pollutant
from app.domain.schedules.lines import ScheduledLine, Tally, joined
from app.domain.schedules.problem import Stretch

DAY_HOURS = 24.0
Span = tuple[datetime, datetime]
# Where the figures of last winter come from: a record somebody entered, what is stored here, or nowhere.
LastSource = Literal["record", "stored", "unknown"]
# By what two winters are compared: the tonnes, else stop days times capacity (A-FS16), else not at all.
Yardstick = Literal["tonnes", "stop_day_capacity", "none"]
Reached = Literal["yes", "no", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Winter:
    """What some lines kept back: tonnes by pollutant, line-stop days, and those times daily capacity (t of product).

    `unknown` counts lines whose normal emission is not on record, `capacity_unknown` stopped lines without a capacity;
    None of a figure: it is not known at all.
    """

    tonnes: Mapping[Pollutant, float | None]
    stop_days: float | None = None
    stop_day_capacity: float | None = None
    lines: int = 0
    unknown: Mapping[Pollutant, int] = field(default_factory=dict)
    capacity_unknown: int = 0

    def whole(self, pollutant: Pollutant) -> float | None:
        """Tonnes that leave no line out."""
        return None if self.unknown.get(pollutant, 0) else self.tonnes.get(pollutant)

    @property
    def whole_capacity(self) -> float | None:
        return None if self.capacity_unknown else self.stop_day_capacity


NOT_KNOWN = Winter(tonnes=dict.fromkeys(POLLUTANTS))


@dataclass(slots=True, kw_only=True)
class WinterTally:
    """Lines of a season until a day (exclusive), summed by the tally of schedules."""

    first: date
    until: date
    tally: Tally = field(init=False)
    stop_day_capacity: float = 0.0
    capacity_unknown: int = 0

    def __post_init__(self) -> None:
        self.tally = Tally(first=self.first, end=self.until)

    def add(self, line: ScheduledLine) -> None:
        """A line with stretches that end by then."""
        self.tally.add(line)
        days = line.stop_hours / DAY_HOURS
        if line.resource.capacity_t_d is not None:
            self.stop_day_capacity += days * line.resource.capacity_t_d
        else:
            self.capacity_unknown += days > 0

    def winter(self) -> Winter:
        return Winter(
            tonnes={one: sums.reduced for one, sums in self.tally.whole.items()},
            stop_days=self.tally.stop_hours / DAY_HOURS,
            stop_day_capacity=self.stop_day_capacity,
            lines=self.tally.lines,
            unknown=dict(self.tally.unknown),
            capacity_unknown=self.capacity_unknown,
        )


def until_day(line: ScheduledLine, until: date) -> ScheduledLine:
    """The line as far as a day (exclusive)."""
    return replace(line, stretches=joined(line.stretches, (), until))


def served_line(line: ScheduledLine, spans: Mapping[UUID, Sequence[Span]], until: date) -> ScheduledLine:
    """The same resource with the hours the ledger says it, or its whole line, stood still, until a day (exclusive)."""
    own = [*spans.get(UUID(line.resource.id), ()), *spans.get(UUID(line.resource.line_id), ())]
    stops = tuple(Stretch(from_at=start, until_at=end) for start, end in united(own))
    return replace(line, stretches=joined(stops, (), until))


def served_spans(entries: Iterable[Entry], *, as_of: datetime) -> dict[UUID, list[Span]]:
    """By subject when it stood still and that counts; an hour that several plans count is one hour."""
    known = [one for one in entries if one.known_at <= as_of]
    gone = {one.reverses for one in known if one.reverses is not None}
    found: dict[UUID, list[Span]] = {}
    for one in known:
        said = one.posting
        stands = said.kind in COUNTED and one.reverses is None and one.id not in gone
        if stands and said.from_at is not None and said.until_at is not None:
            found.setdefault(UUID(said.subject_id), []).append((said.from_at, said.until_at))
    return {subject: united(spans) for subject, spans in found.items()}


def united(spans: Iterable[Span]) -> list[Span]:
    """The same time without overlaps, in order."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def outside(spans: Mapping[UUID, Sequence[Span]], scheduled: Collection[UUID], until: date) -> tuple[int, float]:
    """How many subjects stood still that no published schedule plans, and for how many days: no tonnes are known of them."""
    ends = midnight(until)
    hours = [
        float(sum(hours_between(start, min(end, ends)) for start, end in some))
        for subject, some in spans.items()
        if subject not in scheduled
    ]
    return sum(one > 0 for one in hours), sum(hours) / DAY_HOURS


@dataclass(frozen=True, slots=True, kw_only=True)
class LastWinter:
    """The winter before, and where it is known from: the id of a record, or the schedules it was planned by."""

    winter: Winter = NOT_KNOWN
    source: LastSource = "unknown"
    reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """This winter as far as it was served, beside the last one, for a county or one of its industries (A-FS16)."""

    planned: Winter
    served: Winter
    last: LastWinter
    season_over: bool

    @property
    def yardstick(self) -> Yardstick:
        told = self._told()
        if told and all(self.difference(one) is not None for one in told):
            return "tonnes"
        return "none" if self.capacity_difference is None else "stop_day_capacity"

    @property
    def reached(self) -> Reached:
        """Whether the reduction is at least that of last winter; unknown before the season is over."""
        if not self.season_over or self.yardstick == "none":
            return "unknown"
        if self.yardstick == "tonnes":
            return "yes" if all((self.difference(one) or 0.0) >= 0 for one in self._told()) else "no"
        return "yes" if (self.capacity_difference or 0.0) >= 0 else "no"

    def difference(self, pollutant: Pollutant) -> float | None:
        """This winter less the last one, where both leave no line out."""
        now, before = self.served.whole(pollutant), self.last.winter.whole(pollutant)
        return None if now is None or before is None else now - before

    @property
    def capacity_difference(self) -> float | None:
        now, before = self.served.whole_capacity, self.last.winter.whole_capacity
        return None if now is None or before is None else now - before

    def _told(self) -> list[Pollutant]:
        """The pollutants last winter is known of."""
        return [one for one in POLLUTANTS if self.last.winter.tonnes.get(one) is not None]


def industries(*some: Iterable[str | None]) -> Iterator[str | None]:
    """Each industry once, in order of its code, those without one last."""
    found = dict.fromkeys(one for each in some for one in each)
    return iter(sorted(found, key=lambda one: (one is None, one or "")))
