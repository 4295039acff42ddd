"""Measures: what a rule demands, and the dated constraint on a line's production that follows from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from math import ceil
from typing import Literal, cast

from app.domain.periods import ONE_DAY, MonthDay, Period
from app.domain.policies.undertakings import Text

Until = Literal[
    "treatment_accepted", "rectified", "season_end", "warning_lifted", "notice_lifted", "next_ranking", "served"
]
FreeCode = Literal["self_directed", "normal", "not_controlled", "not_staggered", "not_limited", "remediate"]
FREE_CODES: tuple[FreeCode, ...] = (
    "self_directed",
    "normal",
    "not_controlled",
    "not_staggered",
    "not_limited",
    "remediate",
)
Params = Mapping[str, object]
# A measure of penalties, and an alternative an authority may choose: the rating is read one level worse.
ONE_LEVEL_UP = "one_level_up"
# What changes no production by itself: consequences for people, and what another rule's number or class becomes of it.
SILENT_KINDS = frozenset({"sanction", "make_up", "lowest_class", ONE_LEVEL_UP, "add", "eligible"})
# What the rating is read worse by.
LOWERING_KINDS = frozenset({"lowest_class", ONE_LEVEL_UP})
# Open until an authority's act answers it.
ASKING_KINDS = frozenset({"authority_decides", "cohort"})
_UNLIMITED = SILENT_KINDS | ASKING_KINDS | {"as_classed", "transport"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Civil days of a masked year, both ends included."""

    first: MonthDay
    last: MonthDay
    readings: tuple[str, ...] = ()
    printed_days: int | None = None

    def of_season(self, season: int) -> Period:
        return Period.inclusive(self.first.of_season(season), self.last.of_season(season))


@dataclass(frozen=True, slots=True, kw_only=True)
class During:
    """The zone's window, or a span inside it (A-L2, A-L3)."""

    span: Span | None = None
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenEnd:
    """From a day, or some hours after the finding that triggers it, until something happens (A-L4, A-G22).

    With `last` it ends with that day, whether or not it lies in the zone's window (A-G21).
    """

    first: MonthDay | None
    until: Until
    after_hours: int = 0
    last: MonthDay | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class After:
    """From the day after a span ends until something happens (A-L13)."""

    span: Span
    until: Until


When = During | OpenEnd | After


# A period of a split: its name, its days of a masked year, and the stop days it takes where the plan gives them.
Quota = tuple[str, Span, float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbered:
    """A kind of measure with its numbers and words, read by what the shape of a pack lets them be."""

    kind: str
    params: Params = field(default_factory=dict)

    @property
    def stops(self) -> bool:
        """Whether nothing of the subject runs on: a stop by shares leaves something running."""
        return self.kind == "stop" and "share_pct" not in self.params

    @property
    def asks(self) -> bool:
        return self.kind in ASKING_KINDS

    @property
    def limits(self) -> bool:
        """Whether production is limited; an open question limits nothing until it is answered."""
        return self.kind not in FREE_CODES and self.kind not in _UNLIMITED

    def given(self, name: str) -> float | None:
        """A number; None where the measure names none."""
        value = self.params.get(name)
        return float(value) if isinstance(value, int | float) else None

    def number(self, name: str, default: float = 0.0) -> float:
        found = self.given(name)
        return default if found is None else found

    def exact(self, name: str, default: int = 0) -> Decimal:
        """A number digit by digit as the plan writes it."""
        return Decimal(str(self.params.get(name, default)))

    def whole(self, name: str) -> int:
        """A number without its fraction; 0 where the measure names none."""
        return int(self.number(name))

    def words(self, name: str) -> Text:
        """What is said in both languages; nothing where the measure says nothing of the kind."""
        value = self.params.get(name)
        return cast("Text", value) if isinstance(value, Mapping) else {}

    def listed(self, name: str) -> tuple[str, ...]:
        found = self.params.get(name)
        return tuple(str(one) for one in found) if isinstance(found, list | tuple) else ()

    @property
    def split(self) -> tuple[Quota, ...]:
        """The periods stop days are divided over."""
        return cast("tuple[Quota, ...]", self.params.get("split", ()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure(Numbered):
    """A kind, its numbers, and when."""

    when: When = During()
    cites: tuple[str, ...] = ()

    @property
    def alternatives(self) -> tuple["str | Measure", ...]:
        """What an authority may choose between; `as_classed` keeps the measure of the class."""
        return cast("tuple[str | Measure, ...]", self.params.get("alternatives", ()))

    @property
    def acts(self) -> bool:
        """Whether it does something to production or transport of its own."""
        return self.kind not in SILENT_KINDS

    def changed(self, **params: object) -> "Measure":
        """The same measure with other numbers."""
        return replace(self, params={**self.params, **params})


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraint(Numbered):
    """A measure on the calendar of one season: the unit that stacking, planning and checking work on."""

    period: Period
    until: Until | None = None

    @property
    def binds(self) -> Period:
        """The days it can bind: a stop of so many days from its order has an end, though it is to be served (A-FS9)."""
        days = self.given("days")
        if self.until != "served" or days is None:
            return self.period
        return Period(self.period.start, self.period.start + timedelta(days=ceil(days)))

    def in_force(self, day: date) -> bool:
        return self.limits and day in self.binds


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What of a number of stop days falls into one period."""

    name: str
    period: Period
    days: float

    @property
    def hours(self) -> float:
        """Half a day is half a day (A-FS3)."""
        return self.days * 24


def parts_of(constraint: Constraint, *, season: int) -> list[Part]:
    """The stop days of each period of a split, equal where the plan gives no numbers (A-FS2)."""
    split, total = constraint.split, constraint.number("days")
    return [
        Part(name=name, period=span.of_season(season), days=total / len(split) if own is None else own)
        for name, span, own in split
    ]


def window_of(measure: Measure, *, season: int, zone_window: Span, finding_day: date | None) -> Period:
    """The civil days a measure binds; a span is cut to the zone's window (A-L3), an open end is not (A-L4)."""
    window = zone_window.of_season(season)
    match measure.when:
        case During():
            if measure.when.span is None:
                return window
            inner = measure.when.span.of_season(season)
            start = max(window.start, inner.start)
            return Period(start, max(start, min(_closed(window), _closed(inner))))
        case OpenEnd():
            first = measure.when.first
            start = first.of_season(season) if first else _finding_start(measure.when, finding_day, season, window)
            start += timedelta(hours=measure.when.after_hours)
            if measure.when.last is not None:
                return Period(start, max(start, measure.when.last.of_season(season) + ONE_DAY))
            ends = max(start, _closed(window)) if measure.when.until == "season_end" else None
            return Period(start, ends)
        case After():
            last = measure.when.span.of_season(season).last_day
            return Period((last or window.start) + ONE_DAY, None)


def _finding_start(when: OpenEnd, finding_day: date | None, season: int, window: Period) -> date:
    """A finding binds from its day; one of an earlier season that still stands binds from this season's start.

    A stop that is to be served is counted from its order, whatever season that lies in (A-FS9).
    """
    if finding_day is None:
        return window.start
    earlier = finding_day < date(season, 7, 1) and when.until != "served"
    return window.start if earlier else finding_day


def _closed(period: Period) -> date:
    # Spans of a season always end; only open-ended measures lack an end.
    return period.until or date.max
