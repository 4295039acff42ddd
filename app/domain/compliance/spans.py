"""spans: what demands ask of each slot of a block, as shares that may remain, and where running down is allowed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, time
from math import ceil, floor
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from app.domain.compliance.demands import Demand
from app.domain.compliance.metering import Block, Known
from app.domain.feed.channels import DAY_MINUTES
from app.domain.periods import SHANGHAI

# What may remain of normal load is counted in thousandths of a percent, so that limits are exact.
WHOLE = 100_000
Shares = NDArray[np.int32]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Spans:
    """By meter, day and slot what may remain of normal load (`WHOLE`: everything), and which slots only run down.

    `other` are the meters and days with a demand that electricity cannot judge; on days of `begins` a stop begins, on
    those of `ends` it ends (at 24:00 too).
    """

    keep: Shares  # m x d x slots
    ramp: Known  # m x d x slots
    other: Known  # m x d
    begins: Known  # m x d
    ends: Known  # m x d

    def of(self, rows: NDArray[np.intp]) -> "Spans":
        """Those of some meters alone."""
        return Spans(**{each.name: getattr(self, each.name)[rows] for each in fields(self)})

    @property
    def stopped(self) -> Known:
        return np.equal(self.keep, 0)

    @property
    def cut(self) -> Known:
        return np.logical_and(self.keep > 0, self.keep < WHOLE)


def spans(block: Block, demands: Mapping[UUID, Sequence[Demand]], *, ramp_down_minutes: int) -> Spans:
    """The demands of every meter's subject on the block's slots; only slots that lie wholly inside one count."""
    shape = block.wh.shape
    found = Spans(
        keep=np.full(shape, WHOLE, dtype=np.int32),
        ramp=np.zeros(shape, dtype=np.bool_),
        other=np.zeros(shape[:2], dtype=np.bool_),
        begins=np.zeros(shape[:2], dtype=np.bool_),
        ends=np.zeros(shape[:2], dtype=np.bool_),
    )
    for row, meter in enumerate(block.meters):
        asked = demands.get(meter.subject_id, ())
        for one in asked:
            _lay(one, block, found.keep[row].reshape(-1), found.other[row])
        minutes = ramp_down_minutes if meter.ramp_down_minutes is None else meter.ramp_down_minutes
        for from_at, until_at in _stops(asked):
            _bound(found, row, begin=_minute(block, from_at), end=_minute(block, until_at), ramp=minutes)
    return found


def _lay(one: Demand, block: Block, keep: Shares, other: Known) -> None:
    first, last = _inside(block, one.from_at, one.until_at)
    if first >= last:
        return
    if one.kind in {"stop", "cut"}:
        share = 0 if one.kind == "stop" else round(one.keep_pct * 1000)
        np.minimum(keep[first:last], share, out=keep[first:last])
    else:
        other[first // block.slots : ceil(last / block.slots)] = True


def _stops(demands: Iterable[Demand]) -> list[tuple[datetime, datetime]]:
    """The stops in order; those that touch are one."""
    found: list[tuple[datetime, datetime]] = []
    for from_at, until_at in sorted((one.from_at, one.until_at) for one in demands if one.kind == "stop"):
        if found and from_at <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], until_at))
        else:
            found.append((from_at, until_at))
    return found


def _bound(found: Spans, row: int, *, begin: float, end: float, ramp: int) -> None:
    """Where a stop begins and ends, in minutes of the block, and what follows its beginning."""
    days, slots = found.keep.shape[1:]
    size = DAY_MINUTES // slots
    found.ramp[row].reshape(-1)[max(0, floor(begin / size)) : max(0, ceil((begin + ramp) / size))] = True
    if 0 <= begin < days * DAY_MINUTES:
        found.begins[row, int(begin // DAY_MINUTES)] = True
    if 0 < end <= days * DAY_MINUTES:
        found.ends[row, ceil(end / DAY_MINUTES) - 1] = True


def _inside(block: Block, from_at: datetime, until_at: datetime) -> tuple[int, int]:
    size, most = block.interval_minutes, len(block.days) * block.slots
    first = ceil(_minute(block, from_at) / size)
    last = floor(_minute(block, until_at) / size)
    return min(max(first, 0), most), min(max(last, 0), most)


def _minute(block: Block, at: datetime) -> float:
    begins = datetime.combine(block.first_day, time(), SHANGHAI)
    return (at - begins).total_seconds() / 60


def binding(demands: Iterable[Demand], block: Block, day: int) -> list[Demand]:
    """The demands that touch a day of the block."""
    first, last = day * DAY_MINUTES, (day + 1) * DAY_MINUTES
    return [one for one in demands if _minute(block, one.from_at) < last and _minute(block, one.until_at) > first]
