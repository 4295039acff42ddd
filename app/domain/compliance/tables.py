"""tables: what the power supplier reports each month (HR-29), and a day's curve beside the load that is allowed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import numpy as np

from app.domain.compliance.checked import Yardstick
from app.domain.compliance.findings import CurveSlice
from app.domain.compliance.metering import Block, read
from app.domain.compliance.spans import WHOLE, Spans
from app.domain.feed.curves import Quality


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthRow:
    """One meter's month in whole watt-hours: what was read, and how much of the month that covers.

    `night_wh` is of 22:00 to 06:00. `estimated_wh` is what the source estimated; it is in no other number. `usual_wh`
    is None without a baseline for every day.
    """

    meter_id: UUID
    subject_id: UUID
    month: str
    days: int
    whole_days: int
    slots: int
    known_slots: int
    total_wh: int
    night_wh: int
    estimated_wh: int
    peak_day: date | None
    peak_wh: int
    usual_wh: int | None
    own_generation: bool


def month_rows(block: Block, yard: Yardstick | None = None, *, night: Sequence[bool] = ()) -> list[MonthRow]:
    """Every meter's months in the order of the block; a month is told as far as the block covers it."""
    months = block.days.astype("datetime64[M]")
    usual = None if yard is None else (yard.usual(np.ones(block.wh.shape, dtype=np.bool_)), yard.based)
    found = []
    for row in range(len(block.meters)):
        for month in np.unique(months):
            columns = np.flatnonzero(months == month)
            base = None
            if usual is not None and usual[1][row, columns].all():
                base = int(usual[0][row, columns].sum())
            found.append(_row(block, row, columns.tolist(), usual_wh=base, night=night))
    return found


def _row(block: Block, row: int, columns: list[int], *, usual_wh: int | None, night: Sequence[bool]) -> MonthRow:
    meter, wh, known = block.meters[row], block.wh[row, columns], read(block.quality[row, columns])
    taken = np.where(known, wh, 0).astype(np.int64)
    by_day = taken.sum(axis=-1)
    estimated = block.quality[row, columns] == Quality.ESTIMATED
    peak = int(by_day.argmax())
    return MonthRow(
        meter_id=meter.id,
        subject_id=meter.subject_id,
        month=f"{block.day(columns[0]):%Y-%m}",
        days=len(columns),
        whole_days=int(known.all(axis=-1).sum()),
        slots=known.size,
        known_slots=int(known.sum()),
        total_wh=int(by_day.sum()),
        night_wh=int(taken[:, list(night)].sum()) if len(night) else 0,
        estimated_wh=int(np.where(estimated, wh, 0).sum()),
        peak_day=block.day(columns[peak]) if known.any() else None,
        peak_wh=int(by_day[peak]),
        usual_wh=usual_wh,
        own_generation=meter.own_generation,
    )


def allowed_curve(block: Block, asked: Spans, yard: Yardstick, row: int, day: int) -> CurveSlice:
    """A day ready to plot: what was taken, and what each slot may take: all of what is usual, a share of it, or a stop.

    During a stop that is what a standing meter may take at most; running down is allowed what is usual.
    """
    keep, ramp = asked.keep[row, day].astype(np.int64), asked.ramp[row, day]
    usual = yard.baselines.curve[row, yard.groups[day]]
    level = yard.levels
    resting = np.maximum(yard.baselines.any_curve[row] * level.stop_pct[row] // 100, level.holding[row])
    allowed = np.where((keep == 0) & ~ramp, resting, np.where(ramp, usual, usual * keep // WHOLE))
    known = read(block.quality[row, day])
    made_up = np.isin(block.quality[row, day], (Quality.ESTIMATED, Quality.SUBSTITUTED))
    return CurveSlice(
        interval_minutes=block.interval_minutes,
        wh=tuple(int(one) if there else None for one, there in zip(block.wh[row, day], known, strict=True)),
        limit_wh=tuple(int(one) for one in allowed),
        judged=tuple(bool(one) for one in (keep < WHOLE) & ~((keep == 0) & ramp)),
        estimated=tuple(int(slot) for slot in np.flatnonzero(made_up)),
    )
