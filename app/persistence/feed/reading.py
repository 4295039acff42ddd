"""Reading curves: as arrays for those who compute, as days for those who look, as they are or as they were known."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Date, Select, any_, func, literal, select, true, union_all
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.feed.channels import Channel
from app.domain.feed.curves import Codes, Ints
from app.domain.feed.directory import ids
from app.domain.feed.merging import Slots, merge
from app.persistence.copying import copy_ready
from app.persistence.engine import driver_of
from app.persistence.feed import packing
from app.persistence.feed.landing import BY_INDEX, KEYS, MAKE_KEYS, PLAIN
from app.persistence.feed.rows import (
    FoldedPointsRow,
    LoadCurveRevisionRow,
    LoadCurveRow,
    LoadPointRevisionRow,
    LoadPointRow,
)

# So many channels are looked up one by one; more are found by going through their days.
FEW = 200
# What is known now, and what was replaced.
_CURVES = ("load_curves", "load_curve_revisions")
_POINTS = ("load_points", "load_point_revisions")
_EACH_FOLDED = " CROSS JOIN LATERAL unnest(c.slot, c.value, c.quality, c.known_at) AS p(slot, value, quality, known_at)"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cube:
    """Readings of channels with equally many slots: channel, day, slot; absent where nothing was sent."""

    values: Ints
    quality: Codes
    revision: Ints  # channel, day; 0 where there is no curve


@dataclass(frozen=True, slots=True, kw_only=True)
class DayCurve:
    """A civil day of a channel; a value is None where there is none, `quality` says why."""

    channel_id: UUID
    day: date
    values: list[int | None]
    quality: bytes
    version: datetime | None
    batch_id: UUID
    known_at: datetime
    revision: int


class CurveReader:
    """Readings of channels the caller has already been allowed to see."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def cube(
        self,
        channels: Sequence[Channel],
        days: Sequence[date],
        *,
        with_points: bool = True,
        known_at: datetime | None = None,
    ) -> Cube:
        """What is known now or was at an instant, of channels that all have the same number of slots and of days in order."""
        slots = channels[0].slots
        shape = (len(channels), len(days), slots)
        cube = Cube(
            values=np.zeros(shape, dtype=np.int32),
            quality=np.zeros(shape, dtype=np.uint8),
            revision=np.zeros(shape[:2], dtype=np.int32),
        )
        fields = [
            ("ord", ">i4"), ("day", ">i4"), ("values", ">i4", (slots,)), ("quality", "u1", (slots,)), ("revision", ">i4"),
        ]  # fmt: skip
        what = "k.ord, c.day, c.values, c.quality, c.revision"
        read = await self._as_known(what, channels, days, fields, tables=_CURVES, known_at=known_at)
        at = read["ord"], self._position(read["day"], days)
        cube.values[at], cube.quality[at] = read["values"], read["quality"]
        cube.revision[at] = read["revision"]
        return await self._with_points(cube, channels, days, known_at) if with_points else cube

    async def qualities(self, channels: Sequence[Channel], days: Sequence[date]) -> Codes:
        """Only what is known of each slot: channel, day, slot."""
        slots = channels[0].slots
        quality = np.zeros((len(channels), len(days), slots), dtype=np.uint8)
        fields = [("ord", ">i4"), ("day", ">i4"), ("quality", "u1", (slots,))]
        read = await self._copied("k.ord, c.day, c.quality", channels, days, fields)
        quality[read["ord"], self._position(read["day"], days)] = read["quality"]
        points = await self._points(channels, days)
        at = points["ord"], self._position(points["day"], days), points["slot"]
        quality[at] = np.maximum(quality[at], points["quality"].astype(np.uint8))
        return quality

    async def days(
        self,
        channel: Channel,
        days: Sequence[date],
        *,
        known_at: datetime | None = None,
        updated_since: datetime | None = None,
    ) -> list[DayCurve]:
        """The curves of one channel in order of days; those not folded yet are not among them."""
        newest = _days_of(LoadCurveRow, channel, days)
        if known_at is None:
            query: Any = newest
        else:
            old = _days_of(LoadCurveRevisionRow, channel, days).where(
                LoadCurveRevisionRow.known_at <= known_at, LoadCurveRevisionRow.replaced_at > known_at
            )
            query = union_all(newest.where(LoadCurveRow.known_at <= known_at), old)
        if updated_since is not None:
            query = query.where(LoadCurveRow.known_at > updated_since)
        rows = (await self.session.execute(query)).all()
        return sorted((_day_curve(row) for row in rows), key=lambda one: one.day)

    async def points(self, channel: Channel, days: Sequence[date], *, known_at: datetime | None) -> list[Any]:
        """Single readings of days that are (or were then) still open: day, slot, value, quality, known_at."""
        newest = _points_of(LoadPointRow, channel, days)
        query: Any = newest
        if known_at is not None:
            old = _points_of(LoadPointRevisionRow, channel, days).where(
                LoadPointRevisionRow.known_at <= known_at, LoadPointRevisionRow.replaced_at > known_at
            )
            query = union_all(newest.where(LoadPointRow.known_at <= known_at), old, _folded_of(channel, days, known_at))
        return sorted((await self.session.execute(query)).all(), key=lambda one: (one.day, one.slot))

    async def _with_points(
        self, cube: Cube, channels: Sequence[Channel], days: Sequence[date], known_at: datetime | None
    ) -> Cube:
        points = await self._points(channels, days, known_at)
        if not len(points):
            return cube
        at = points["ord"], self._position(points["day"], days), points["slot"]
        sent = Slots(values=np.zeros_like(cube.values), quality=np.zeros_like(cube.quality), version=_undated(cube))
        sent.values[at], sent.quality[at] = points["value"], points["quality"]
        flat = merge(
            Slots(values=_flat(cube.values), quality=_flat(cube.quality), version=_undated(cube)),
            Slots(values=_flat(sent.values), quality=_flat(sent.quality), version=_undated(cube)),
            later=np.zeros(cube.revision.size, dtype=bool),
        )
        shape = cube.values.shape
        return Cube(
            values=flat.slots.values.reshape(shape), quality=flat.slots.quality.reshape(shape), revision=cube.revision
        )

    async def _points(
        self, channels: Sequence[Channel], days: Sequence[date], known_at: datetime | None = None
    ) -> NDArray[np.void]:
        fields = [("ord", ">i4"), ("day", ">i4"), ("slot", ">i2"), ("value", ">i4"), ("quality", ">i2")]
        what = "k.ord, c.day, c.slot, coalesce(c.value, 0), c.quality"
        found = await self._as_known(what, channels, days, fields, tables=_POINTS, known_at=known_at)
        if known_at is None:
            return found
        return np.concatenate([found, await self._folded(channels, days, fields, known_at=known_at)])

    async def _as_known(
        self,
        what: str,
        channels: Sequence[Channel],
        days: Sequence[date],
        fields: list[Any],
        *,
        tables: tuple[str, str],
        known_at: datetime | None,
    ) -> NDArray[np.void]:
        """From a table as it is, or from it and what was replaced since."""
        newest, replaced = tables
        if known_at is None:
            return await self._copied(what, channels, days, fields, table=newest)
        then = f" AND c.known_at <= '{known_at.isoformat()}'"
        stands = await self._copied(what, channels, days, fields, table=newest, then=then)
        then += f" AND c.replaced_at > '{known_at.isoformat()}'"
        stood = await self._copied(what, channels, days, fields, table=replaced, then=then)
        return np.concatenate([stands, stood])

    async def _folded(
        self, channels: Sequence[Channel], days: Sequence[date], fields: list[Any], *, known_at: datetime
    ) -> NDArray[np.void]:
        """Readings that have become part of a curve since."""
        then = f" AND c.folded_at > '{known_at.isoformat()}' AND p.known_at <= '{known_at.isoformat()}'"
        what = "k.ord, c.day, p.slot, coalesce(p.value, 0), p.quality"
        return await self._copied(what, channels, days, fields, table="folded_points", each=_EACH_FOLDED, then=then)

    async def _copied(
        self,
        what: str,
        channels: Sequence[Channel],
        days: Sequence[date],
        fields: list[Any],
        *,
        table: str = "load_curves",
        each: str = "",
        then: str = "",
    ) -> NDArray[np.void]:
        driver = await driver_of(self.session)
        await driver.execute(MAKE_KEYS)
        order = np.arange(len(channels), dtype=np.int32)
        enterprise, channel = ids(one.enterprise_id for one in channels), ids(one.id for one in channels)
        keys = packing.pack_keys(order, np.zeros_like(order), enterprise, channel, np.zeros_like(order))
        await copy_ready(self.session, "feed_keys", KEYS, keys)
        listed = ", ".join(f"'{day}'" for day in days)
        found = io.BytesIO()
        if len(channels) <= FEW:
            await driver.execute(BY_INDEX)
        query = (
            f"SELECT {what} FROM feed_keys k CROSS JOIN unnest(ARRAY[{listed}]::date[]) AS d(day) JOIN {table} c"  # noqa: S608  our own columns and days
            " ON c.day = d.day AND c.enterprise_id = k.enterprise_id AND c.channel_id = k.channel_id"
            f"{each} WHERE c.day IN ({listed}){then}"
        )
        await driver.copy_from_query(query, output=found, format="binary")
        await driver.execute(PLAIN)
        return packing.unpack(found.getvalue(), fields)

    @staticmethod
    def _position(day: NDArray[Any], days: Sequence[date]) -> NDArray[np.int64]:
        counted = packing.days_since(np.array(days, dtype="datetime64[D]"))
        return np.searchsorted(counted, day.astype(np.int32))


def _flat(array: NDArray[Any]) -> NDArray[Any]:
    return array.reshape(-1, array.shape[-1])


def _undated(cube: Cube) -> NDArray[np.datetime64]:
    return np.full((cube.revision.size, 1), np.datetime64("NaT", "us"))


def _points_of(row: Any, channel: Channel, days: Sequence[date]) -> Select[Any]:
    columns = (row.day, row.slot, row.value, row.quality, row.known_at)
    return select(*columns).where(*_own(row, channel, days))


def _folded_of(channel: Channel, days: Sequence[date], known_at: datetime) -> Select[Any]:
    row = FoldedPointsRow
    names = ("slot", "value", "quality", "known_at")
    each = func.unnest(*(getattr(row, name) for name in names)).table_valued(*names, name="each").render_derived()
    columns = (row.day, each.c.slot, each.c.value, each.c.quality, each.c.known_at)
    then = (row.folded_at > known_at, each.c.known_at <= known_at)
    return select(*columns).select_from(row).join(each, true()).where(*_own(row, channel, days), *then)


def _own(row: Any, channel: Channel, days: Sequence[date]) -> tuple[Any, ...]:
    listed = any_(literal(list(days), ARRAY(Date())))
    return row.day == listed, row.enterprise_id == channel.enterprise_id, row.channel_id == channel.id


def _day_curve(row: Any) -> DayCurve:
    named = dict(row._mapping)  # noqa: SLF001  SQLAlchemy's public name begins so
    return DayCurve(**named | {"values": packing.values_of(row.values, row.quality)})


def _days_of(row: Any, channel: Channel, days: Sequence[date]) -> Select[Any]:
    columns = ("channel_id", "day", "values", "quality", "version", "batch_id", "known_at", "revision")
    return select(*(getattr(row, name) for name in columns)).where(*_own(row, channel, days))
