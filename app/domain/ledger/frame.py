"""The accounts of a plan on the calendar: its split periods or its window, and what comes after the season."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from app.domain.periods import Period, midnight
from app.domain.policies.measures import Measure, Span
from app.domain.policies.pack import Pack, Stage

WINDOW, ORDER, AFTER_SEASON = "window", "order", "after_season"
DAY_HOURS = Decimal(24)
_SECONDS = Decimal(3600)
KEPT_FOR = frozenset({"stop_days", "make_up"})
# Stages that ask no stop days of the season: a warning's days count only when they are credited (A-G24).
BESIDE: frozenset[Stage] = frozenset({"warning", "transport"})


def hours_between(start: datetime, end: datetime) -> Decimal:
    return max(Decimal(0), Decimal((end - start).total_seconds()) / _SECONDS)


def overlap(start: datetime, end: datetime, other_start: datetime, other_end: datetime) -> Decimal:
    """The hours two stretches of time have in common."""
    return hours_between(max(start, other_start), min(end, other_end))


@dataclass(frozen=True, slots=True)
class Slot:
    """A period of the season that holds so many hours of its own."""

    name: str
    start: datetime
    end: datetime

    @property
    def hours(self) -> Decimal:
        return hours_between(self.start, self.end)

    def between(self, start: datetime, end: datetime) -> Decimal:
        return overlap(self.start, self.end, start, end)

    def holds(self, day: date) -> bool:
        """Whether a day lies before the end, so that its hours can still be stopped here or were to be."""
        return midnight(day) < self.end


@dataclass(frozen=True, slots=True)
class Frame:
    """The slots in order, disjoint, and the instant from which the season is over."""

    slots: tuple[Slot, ...]
    ends: datetime

    def slot_of(self, day: date) -> Slot | None:
        """Where what a finding of this day demands is placed first: its period or the next one; None when it is late."""
        return next((slot for slot in self.slots if slot.holds(day)), None)


def keeps_ledger(pack: Pack) -> bool:
    """Whether the plan counts stop days: some rule, or some alternative of one, demands a number of them."""
    return any(measure.kind in KEPT_FOR for measure in _measures(pack))


def _measures(pack: Pack) -> Iterator[Measure]:
    for rule in pack.rules():
        if rule.stage in BESIDE:
            continue
        yield rule.then
        yield from (one for one in rule.then.alternatives if isinstance(one, Measure))
        yield from (one.then for one in rule.may_instead)


def frame_of(pack: Pack, season: int, region: str | None) -> Frame:
    """One account per period over which the plan splits stop days, else its window (FS-04)."""
    window = pack.window(pack.zone_of(region)).of_season(season)
    spans = _split_spans(pack)
    periods = [(name, span.of_season(season)) for name, span in spans.items()] or [(WINDOW, window)]
    slots = _disjoint(sorted(((_start(one), _end(one), name) for name, one in periods)))
    return Frame(tuple(slots), max([_end(window), *(slot.end for slot in slots)]))


def _split_spans(pack: Pack) -> dict[str, Span]:
    found: dict[str, Span] = {}
    for measure in _measures(pack):
        for name, span, _ in measure.split:
            found.setdefault(name, span)
    return found


def _disjoint(periods: Sequence[tuple[datetime, datetime, str]]) -> Iterator[Slot]:
    """Each begins where the one before has ended, so that no hour lies in two."""
    free = None
    for start, end, name in periods:
        begins = start if free is None else max(start, free)
        if begins < end:
            yield Slot(name, begins, end)
            free = end


def _start(period: Period) -> datetime:
    return midnight(period.start)


def _end(period: Period) -> datetime:
    return midnight(period.until or period.start)
