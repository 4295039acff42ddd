"""calendar: from which day until which day is planned, and where hours lie that run on until they are served."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil

from app.domain.decisions.evaluate import Evaluator
from app.domain.periods import SHANGHAI, Period
from app.domain.policies.measures import Part, parts_of
from app.domain.schedules.given.asked import Asked
from app.domain.schedules.given.prepared import DAY_HOURS, Due, Settings, Works, common, until_of

# Where the pack's own split gives the hours of a period the name its ledger would give it.
WINDOW = "window"


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days of the plan: those before `from_day` are the fixed past."""

    first: date
    from_day: date
    end: date

    @property
    def ahead(self) -> Period:
        return Period(self.from_day, self.end)

    def still(self, period: Period) -> Period | None:
        """What of a period can still be planned, for demands that each day meets by itself."""
        return common(period, self.ahead)

    def counted(self, period: Period) -> Period | None:
        """A period over which time is summed up, with the past that counts; None where nothing of it is left."""
        return common(period, Period(self.first, self.end)) if self.still(period) else None


def calendar_of(
    works: Iterable[Works],
    evaluators: Sequence[Evaluator],
    asked: Sequence[Asked],
    dues: Sequence[Due],
    settings: Settings,
) -> Calendar:
    """The windows of the plans where these enterprises lie, and what their demands reach beyond them."""
    windows = [found for one in works for each in evaluators for found in windows_of(one, each, settings.season)]
    periods = [*windows, *(one.period for one in asked if one.ends)]
    periods += [part.period for one in asked for part in split_of(one)]
    starts = [period.start for period in [*periods, *(one.period for one in asked)]]
    ends = [until_of(period) for period in periods]
    ends += [until_of(period) for _, period in laid(dues, settings.from_day)]
    if settings.end is not None:
        ends = [settings.end]
    # What stood still before any of that is history all the same, and a new version keeps it.
    starts += [one.from_at.astimezone(SHANGHAI).date() for told in settings.past.values() for one in told]
    first = min(starts, default=settings.from_day)
    return Calendar(
        first=min(first, settings.from_day), from_day=settings.from_day, end=max(ends, default=settings.from_day)
    )


def windows_of(works: Works, evaluator: Evaluator, season: int) -> list[Period]:
    """The windows of a plan on the sites it governs."""
    pack = evaluator.pack
    regions = [site.get("region") or "" for site in works.tree["children"]]
    if not pack.in_effect(season):
        return []
    return [pack.window(pack.zone_of(region)).of_season(season) for region in regions if pack.governs(region)]


def split_of(one: Asked) -> list[Part]:
    """The stop days of each period: the measure's own split, else the plan's equal one (A-FS2), else all together."""
    constraint, pack, season = one.constraint, one.pack, one.decision.season
    if constraint.kind != "stop_days" or constraint.until is not None:
        return []
    own = parts_of(constraint, season=season)
    days = constraint.params.get("days")
    if own or not isinstance(days, int | float):
        return own
    spans = {name: pack.periods[name].of_season(season) for name in pack.placement.split_equally}
    spans = spans or {WINDOW: constraint.period}
    return [Part(name=name, period=period, days=days / len(spans)) for name, period in spans.items()]


def laid(dues: Iterable[Due], from_day: date) -> list[tuple[Due, Period]]:
    """Hours that run on until they are served, one order after the other, from the day on which they may begin."""
    found: list[tuple[Due, Period]] = []
    free: dict[str, date] = {}
    for due in sorted(
        (one for one in dues if one.period.until is None and one.hours > 0), key=lambda one: one.period.start
    ):
        start = max(due.period.start, from_day, free.get(due.subject_id, from_day))
        period = Period(start, start + timedelta(days=ceil(due.hours / DAY_HOURS)))
        found.append((due, period))
        free[due.subject_id] = until_of(period)
    return found
