"""Measures: what a rule demands, and the dated constraint on a line's production that follows from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from app.domain.periods import ONE_DAY, MonthDay, Period

Until = Literal["treatment_accepted", "rectified", "season_end"]
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
_UNLIMITED = {"sanction", "lowest_class", "authority_decides", "as_classed"}


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
    """From a day, or from the finding that triggers it, until something happens (A-L4, A-G22)."""

    first: MonthDay | None
    until: Until


@dataclass(frozen=True, slots=True, kw_only=True)
class After:
    """From the day after a span ends until something happens (A-L13)."""

    span: Span
    until: Until


When = During | OpenEnd | After


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A kind, its numbers, and when; `sanction` and `lowest_class` have no production of their own to limit."""

    kind: str
    when: When = During()
    params: Params = field(default_factory=dict)
    cites: tuple[str, ...] = ()

    @property
    def stops(self) -> bool:
        return self.kind == "stop"

    @property
    def alternatives(self) -> tuple["str | Measure", ...]:
        """What an authority may choose between; `as_classed` keeps the measure of the class."""
        found: tuple[str | Measure, ...] = self.params.get("alternatives", ())  # type: ignore[assignment]  # put there as a tuple when the pack is built
        return found

    @property
    def binds_production(self) -> bool:
        return self.kind not in {"sanction", "lowest_class"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraint:
    """A measure on the calendar of one season: the unit that stacking, planning and checking work on."""

    kind: str
    period: Period
    until: Until | None = None
    params: Params = field(default_factory=dict)

    @property
    def limits(self) -> bool:
        """Whether production is limited; an open question limits nothing until it is answered."""
        return self.kind not in FREE_CODES and self.kind not in _UNLIMITED

    def in_force(self, day: date) -> bool:
        return self.limits and day in self.period


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
            start = first.of_season(season) if first else _finding_start(finding_day, season, window)
            ends = max(start, _closed(window)) if measure.when.until == "season_end" else None
            return Period(start, ends)
        case After():
            last = measure.when.span.of_season(season).last_day
            return Period((last or window.start) + ONE_DAY, None)


def _finding_start(finding_day: date | None, season: int, window: Period) -> date:
    """A finding binds from its day; one of an earlier season that still stands binds from this season's start."""
    return window.start if finding_day is None or finding_day < date(season, 7, 1) else finding_day


def _closed(period: Period) -> date:
    # Spans of a season always end; only open-ended measures lack an end.
    return period.until or date.max
