"""assess: a season of synthetic meters, in blocks, with their baselines: processor time and memory."""

import resource
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from app.domain.compliance.assessing import Asked, assess
from app.domain.compliance.baselines import Method
from app.domain.compliance.basing import baselines, held
from app.domain.compliance.calendar import WorkCalendar
from app.domain.compliance.demands import Demand
from app.domain.compliance.explaining import finding
from app.domain.compliance.findings import Verdict
from app.domain.compliance.metering import Block, Metered
from app.domain.compliance.thresholds import PUBLISHED
from app.domain.feed.curves import Quality
from app.domain.periods import SHANGHAI

FIRST = date(2025, 10, 1)
SEASON_DAYS = 182
BASE_DAYS = 90
SLOTS = 96
BLOCK = 200
# Saturdays and Sundays rest and nothing else is known.
WEEKENDS = WorkCalendar(version="weekends/1")
Load = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Assessment:
    """What a season took: seconds of processor and clock, findings told, and the process's greatest memory in MiB."""

    meters: int
    days: int
    cpu_seconds: float
    wall_seconds: float
    suspected: int
    told: int
    peak_mib: float


def measure(meters: int = 10_000, *, days: int = SEASON_DAYS, block: int = BLOCK, told: int = 20_000) -> Assessment:
    """Assess a season of meters with everything that belongs to it; making the readings up is not counted."""
    cpu = wall = 0.0
    suspected = shown = 0
    for first in range(0, meters, block):
        base, season, asked = _made(first, min(block, meters - first), days)
        began, at = time.process_time(), time.perf_counter()
        method = Method(name="eligible-days-mean/1", from_day=FIRST - timedelta(days=BASE_DAYS), until_day=FIRST)
        back = held(base, demands=asked.demands, excuses={}, warned={})
        found = baselines(base, method, back, thresholds=PUBLISHED, calendar=WEEKENDS)
        judged = assess(season, found, asked, thresholds=PUBLISHED, calendar=WEEKENDS)
        suspected += int((judged.worst == Verdict.SUSPECTED).sum())
        for check, row, day in judged.told(Verdict.INSUFFICIENT_DATA):
            if shown < told:
                finding(judged, check, row, day)
                shown += 1
        cpu, wall = cpu + time.process_time() - began, wall + time.perf_counter() - at
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Assessment(meters, days, cpu, wall, suspected, shown, peak)


def _made(first: int, meters: int, days: int) -> tuple[Block, Block, Asked]:
    """Works with a shift pattern and noise; most stand still when they have to, some run on, a few readings are missing."""
    drawn = np.random.default_rng(first)
    known = tuple(_meter(first + row) for row in range(meters))
    load = drawn.uniform(2_000, 400_000, (meters, 1, 1))
    base = _block(drawn, known, load, FIRST - timedelta(days=BASE_DAYS), BASE_DAYS)
    season = _block(drawn, known, load, FIRST, days)
    demands = {one.subject_id: tuple(_demands(one.subject_id, first + row, days)) for row, one in enumerate(known)}
    for row, one in enumerate(known):
        for asked in demands[one.subject_id] if row % 50 else ():
            begins, ends = ((each.date() - FIRST).days for each in (asked.from_at, asked.until_at))
            part = season.wh[row, begins:ends]
            part[:] = part // 12 if asked.kind == "stop" else part * 3 // 5
    return base, season, Asked(demands=demands)


def _meter(number: int) -> Metered:
    return Metered(id=UUID(int=2 * number), subject_id=UUID(int=2 * number + 1), kind="main")


def _block(drawn: np.random.Generator, meters: tuple[Metered, ...], load: Load, first: date, days: int) -> Block:
    shape = (len(meters), days, SLOTS)
    shift = 1 + 0.5 * np.sin(np.linspace(0, 2 * np.pi, SLOTS))
    wh = (load * shift * drawn.normal(1, 0.08, shape).clip(0.2)).astype(np.int32)
    quality = np.full(shape, Quality.ACTUAL, dtype=np.uint8)
    quality[drawn.random(shape) < 0.002] = Quality.ABSENT
    return Block(
        meters=meters, days=np.arange(np.datetime64(first), np.datetime64(first) + days), wh=wh, quality=quality
    )


def _demands(subject: UUID, number: int, days: int) -> Iterator[Demand]:
    """A third of the works stops for two months, a third cuts by 30 %, a third does both."""
    begins = datetime.combine(FIRST, datetime.min.time(), SHANGHAI)
    stop = Demand(
        id=f"stop:{number}",
        subject_id=subject,
        kind="stop",
        cause="schedule",
        from_at=begins + timedelta(days=number % 120),
        until_at=begins + timedelta(days=number % 120 + 60),
    )
    cut = Demand(
        id=f"cut:{number}",
        subject_id=subject,
        kind="cut",
        cause="schedule",
        from_at=begins,
        until_at=begins + timedelta(days=days),
        keep_pct=70.0,
        measure="cut",
    )
    if number % 3 != 1:
        yield stop
    if number % 3:
        yield cut
