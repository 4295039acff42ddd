"""measuring: the energy of meters by day and slot, from what their channels read, now or as known at an instant."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from app.domain.compliance.dossier import Dossier, Gauge
from app.domain.compliance.energy import WH_DECIMALS, factor_on
from app.domain.compliance.metering import Block, Metered, WattHours
from app.domain.feed.curves import Codes, Quality
from app.domain.feed.registers import energy_of
from app.domain.periods import ONE_DAY
from app.persistence.compliance.curves import SeasonReader
from app.persistence.feed.reading import Cube
from app.persistence.unit_of_work import UnitOfWork

# A register that moves by more than 200 MW through one meter has failed or was changed, and did not turn over.
MOST_KW = 200_000
# Of a quarter of an hour, 32 bits of watt-hours reach beyond eight gigawatts; of a day they would not.
_NARROW = 96
Wh = NDArray[np.int64]


def days_from(first: date, until: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((until - first).days)]


def widths(dossiers: Iterable[Dossier]) -> dict[int, list[Metered]]:
    """The meters by how many slots their days have: only those alike can be judged together."""
    found: dict[int, list[Metered]] = {}
    for one in dossiers:
        for meter in one.meters:
            found.setdefault(one.gauges[meter.id][0].channel.slots, []).append(meter)
    return found


def gauges_of(dossiers: Iterable[Dossier]) -> dict[UUID, tuple[Gauge, ...]]:
    return {meter: some for one in dossiers for meter, some in one.gauges.items()}


async def block(
    uow: UnitOfWork,
    meters: Sequence[Metered],
    gauges: Mapping[UUID, Sequence[Gauge]],
    days: Sequence[date],
    *,
    known_at: datetime | None = None,
) -> Block:
    """The energy of meters that all have the same number of slots on consecutive days, as known at an instant or now."""
    used = [each for one in meters for each in gauges[one.id]]
    # What a register showed at the end of the day before is where the first slot begins.
    before = any(one.channel.kind == "register" for one in used)
    wanted = [days[0] - ONE_DAY, *days] if before else list(days)
    channels = [one.channel for one in used]
    cube = await SeasonReader(uow.session).cube(channels, wanted, known_at=known_at or uow.now)
    return laid_out(meters, gauges, cube, wanted, skipped=len(wanted) - len(days))


def empty(days: Sequence[date], slots: int = 96) -> Block:
    """A block without a meter: what is asked without one is judged from nothing."""
    shape = (0, len(days), slots)
    return Block(
        meters=(),
        days=np.array(days, dtype="datetime64[D]"),
        wh=np.zeros(shape, dtype=np.int32),
        quality=np.zeros(shape, dtype=np.uint8),
    )


def laid_out(
    meters: Sequence[Metered],
    gauges: Mapping[UUID, Sequence[Gauge]],
    cube: Cube,
    wanted: Sequence[date],
    *,
    skipped: int,
) -> Block:
    """The cube of all channels, meter by meter, as energy; a slot of a sum is known where each of its parts is."""
    slots, shown = cube.values.shape[2], slice(skipped, None)
    shape = (len(meters), len(wanted) - skipped, slots)
    wh: WattHours = np.zeros(shape, dtype=np.int32) if slots == _NARROW else np.zeros(shape, dtype=np.int64)
    quality = np.zeros(shape, dtype=np.uint8)
    place = 0
    for row, meter in enumerate(meters):
        for number, gauge in enumerate(gauges[meter.id]):
            amount, known = _energy(gauge, cube, place, wanted)
            place += 1
            part = amount[shown], known[shown]
            wh[row] = part[0] if number == 0 else np.add(wh[row], part[0])
            quality[row] = part[1] if number == 0 else np.minimum(quality[row], part[1])
    return Block(meters=tuple(meters), days=np.array(wanted, dtype="datetime64[D]")[shown], wh=wh, quality=quality)


def _energy(gauge: Gauge, cube: Cube, place: int, days: Sequence[date]) -> tuple[WattHours, Codes]:
    if gauge.channel.kind == "register":
        return _of_register(gauge, cube, place, days)
    values, quality = cube.values[place], cube.quality[place]
    spans = _factors(gauge, days)
    if len(spans) == 1 and spans[0][2] == 1:
        return values, quality
    found = np.empty(values.shape, dtype=np.int64)
    for first, last, ratio in spans:
        up, down = ratio.numerator, ratio.denominator
        found[first:last] = (values[first:last].astype(np.int64) * (2 * up) + down) // (2 * down)
    return found, quality


def _factors(gauge: Gauge, days: Sequence[date]) -> list[tuple[int, int, Fraction]]:
    """Which days go by which multiplier, each with the scale of the channel: watt-hours of one of its numbers."""
    scale = Fraction(10) ** (WH_DECIMALS - gauge.channel.decimals)
    inside = {(one.from_day - days[0]).days for one in gauge.multipliers}
    bounds = sorted({0, *(place for place in inside if 0 < place < len(days)), len(days)})
    return [(first, last, factor_on(days[first], gauge.multipliers) * scale) for first, last in pairwise(bounds)]


def _of_register(gauge: Gauge, cube: Cube, place: int, days: Sequence[date]) -> tuple[Wh, Codes]:
    quality = cube.quality[place]
    found = energy_of(
        cube.values[place],
        quality,
        np.array(days, dtype="datetime64[D]"),
        before=None,
        channel=gauge.channel,
        multipliers=gauge.multipliers,
        replacements=gauge.replacements,
        most_per_interval=MOST_KW * gauge.channel.interval_minutes / 60,
        zone=gauge.zone,
    )
    told = ~np.isnan(found.kwh)
    wh = np.rint(np.where(told, found.kwh, 0.0) * 10**WH_DECIMALS).astype(np.int64)
    return wh, np.where(told, quality, np.uint8(Quality.ABSENT)).astype(np.uint8)
