"""Small works to be judged: one meter or a few, days and curves made up for a test."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

import numpy as np

from app.domain.compliance.assessing import Asked, Assessed, assess
from app.domain.compliance.baselines import Baselines, Method
from app.domain.compliance.basing import baselines, held
from app.domain.compliance.calendar import WorkCalendar
from app.domain.compliance.demands import Demand, Excuse
from app.domain.compliance.metering import Block, Metered, MeterEvent, TreatmentLink
from app.domain.compliance.thresholds import PUBLISHED, Thresholds
from app.domain.compliance.treatment import usual_treatment
from app.domain.feed.curves import Quality
from app.domain.periods import SHANGHAI
from app.domain.schedules.requirements import Clause

# Saturdays and Sundays rest and nothing else is known.
WEEKENDS = WorkCalendar(version="weekends/1")

# A Monday; six weeks of base go before it, with twelve days of rest.
FIRST = date(2025, 12, 1)
BASE_DAYS = 42
BASE_FROM = FIRST - timedelta(days=BASE_DAYS)
SLOTS = 96
LINE = UUID(int=100)
CLAUSE = Clause(pack="linfen-twelve-industries", rule="steel-2", cites=("L12-14",), says={"zh": "停产", "en": "stop"})
# 24 MWh a day, 250 kWh in each quarter of an hour.
USUAL = 250_000
Curve = list[int | None]


def meter(number: int = 1, kind: str = "main", subject: UUID = LINE, **more: object) -> Metered:
    return Metered(id=UUID(int=number), subject_id=subject, kind=kind, **more)  # type: ignore[arg-type]  # a test names kinds


def at(day: date, hour: float = 0.0) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI) + timedelta(hours=hour)


def demand(
    kind: str = "stop", *, first: date = FIRST, days: float = 1, keep: float = 0.0, hour: float = 0.0, **more: object
) -> Demand:
    """Running down is over before the first day asked about unless an hour is named."""
    begins = at(first, hour) if hour else at(first - timedelta(days=1))
    ends = at(first, hour) + timedelta(days=days)
    given = {"id": "d1", "subject_id": LINE, "cause": "schedule", "keep_pct": keep, "clauses": (CLAUSE,)} | more
    return Demand(kind=kind, from_at=begins, until_at=ends, **given)  # type: ignore[arg-type]  # a test names kinds


def block(
    curves: Sequence[Sequence[Curve]],
    meters: Sequence[Metered] = (),
    *,
    first: date = FIRST,
    quality: Quality = Quality.ACTUAL,
) -> Block:
    """Meters x days of curves; None was never sent."""
    known = np.array([[[one is not None for one in day] for day in days] for days in curves])
    return Block(
        meters=tuple(meters) or (meter(),),
        days=np.arange(np.datetime64(first), np.datetime64(first) + known.shape[1]),
        wh=np.array([[[one or 0 for one in day] for day in days] for days in curves], dtype=np.int32),
        quality=np.where(known, quality, Quality.ABSENT).astype(np.uint8),
    )


def flat(wh: int = USUAL, slots: int = SLOTS) -> Curve:
    return [wh] * slots


def base_of(
    given: Block, *, thresholds: Thresholds = PUBLISHED, calendar: WorkCalendar = WEEKENDS, named: bool = False
) -> Baselines:
    first, last = given.first_day, given.day(len(given.days) - 1)
    method = Method(
        name="plan-named/1" if named else "eligible-days-mean/1", from_day=first, until_day=last + timedelta(days=1)
    )
    free = held(given, demands={}, excuses={}, warned={})
    return baselines(given, method, free, thresholds=thresholds, calendar=calendar)


def judged(
    curves: Sequence[Sequence[Curve]],
    demands: Sequence[Demand] = (),
    *,
    meters: Sequence[Metered] = (),
    base: Sequence[Sequence[Curve]] | None = None,
    excuses: Sequence[Excuse] = (),
    links: Sequence[TreatmentLink] = (),
    thresholds: Thresholds = PUBLISHED,
    calendar: WorkCalendar = WEEKENDS,
) -> Assessed:
    """Days judged against six weeks of base, by default of one load day and night."""
    given = block(curves, meters)
    slots = given.slots
    before = base or [[flat(USUAL, slots)] * BASE_DAYS for _ in given.meters]
    base_block = block(before, given.meters, first=BASE_FROM)
    found = base_of(base_block, thresholds=thresholds, calendar=calendar)
    asked: dict[UUID, list[Demand]] = {}
    for one in demands:
        asked.setdefault(one.subject_id, []).append(one)
    excused: dict[UUID, list[Excuse]] = {}
    for each in excuses:
        excused.setdefault(each.subject_id, []).append(each)
    usual = usual_treatment(base_block, found, links, thresholds) if links else None
    what = Asked(demands=asked, excuses=excused, links=links)
    return assess(given, found, what, thresholds=thresholds, calendar=calendar, usual=usual)


def event(kind: str, day: date, hour: float = 12.0) -> MeterEvent:
    return MeterEvent(kind=kind, at=at(day, hour))  # type: ignore[arg-type]  # a test names kinds
