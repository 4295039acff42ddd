"""Seasons of curves of neighbouring enterprises: a day's rows lie in the order of their key, so that each is one stretch."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import numpy as np
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.feed.channels import Channel
from app.persistence.engine import driver_of
from app.persistence.feed import packing
from app.persistence.feed.reading import Cube, CurveReader

# Fewer rows are looked up one by one.
LEAST_ROWS = 2_000
ROWS_AT_ONCE = 2_000
# Stands before what is left of a row, as the true one stands before the first.
_HEADER = bytes(packing.HEADER_BYTES)
_RANGE = (
    "SELECT x.channel_id, x.day, x.values, x.quality"
    " FROM unnest(ARRAY[{days}]::date[]) AS d(day) CROSS JOIN LATERAL ("
    "SELECT c.channel_id, c.day, c.values, c.quality FROM {table} c"
    " WHERE c.day = d.day AND c.enterprise_id BETWEEN '{low}' AND '{high}' AND {then}) x"
    " WHERE length(x.quality) = {slots}"
)


class SeasonReader:
    """Only for work that has already settled who may see the enterprises."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def cube(self, channels: Sequence[Channel], days: Sequence[date], *, known_at: datetime) -> Cube:
        """As `CurveReader.cube`, for very many days of channels whose enterprises follow each other."""
        owners = [one.enterprise_id for one in channels]
        low, high = min(owners), max(owners)
        if len(channels) * len(days) < LEAST_ROWS or await self._open(low, high, days, known_at):
            return await CurveReader(self.session).cube(channels, days, known_at=known_at)
        slots = channels[0].slots
        shape = (len(channels), len(days), slots)
        cube = Cube(
            values=np.zeros(shape, dtype=np.int32),
            quality=np.zeros(shape, dtype=np.uint8),
            revision=np.zeros(shape[:2], dtype=np.int32),
        )
        fields = [
            ("channel", "V16"), ("day", ">i4"), ("values", ">i4", (slots,)), ("quality", "u1", (slots,)),
        ]  # fmt: skip
        places, first = _Places(channels), int(packing.days_since(np.array([days[0]], "M8[D]"))[0])
        given = {"days": ", ".join(f"'{day}'" for day in days), "low": low, "high": high, "slots": slots}
        driver = await driver_of(self.session)
        for table, then in _as_known(known_at):
            landing = _Landing(cube, fields, places, first)
            query = _RANGE.format(table=table, then=then, **given)
            await driver.copy_from_query(query, output=landing.take, format="binary")
            landing.lay()
        return cube

    async def _open(self, low: UUID, high: UUID, days: Sequence[date], known_at: datetime) -> bool:
        """Whether some of these days are known by single readings, or were."""
        driver = await driver_of(self.session)
        found: bool = await driver.fetchval(
            "SELECT EXISTS (SELECT FROM load_points WHERE day >= $1 AND day <= $2 AND enterprise_id BETWEEN $3 AND $4)"
            " OR EXISTS (SELECT FROM load_point_revisions"
            " WHERE day >= $1 AND day <= $2 AND enterprise_id BETWEEN $3 AND $4 AND replaced_at > $5)"
            " OR EXISTS (SELECT FROM folded_points"
            " WHERE day >= $1 AND day <= $2 AND enterprise_id BETWEEN $3 AND $4 AND folded_at > $5)",
            days[0],
            days[-1],
            low,
            high,
            known_at,
        )
        return found


def _as_known(at: datetime) -> tuple[tuple[str, str], tuple[str, str]]:
    """The tables of curves with what was known in each: what stands, and what was replaced since."""
    then = f"c.known_at <= '{at.isoformat()}'"
    return ("load_curves", then), ("load_curve_revisions", f"{then} AND c.replaced_at > '{at.isoformat()}'")


class _Places:
    """Where each channel stands among those asked for; others of the same enterprises stand nowhere."""

    def __init__(self, channels: Sequence[Channel]) -> None:
        # All are of one length, so that zeros at an end, which these bytes do not tell, do not matter.
        known = np.array([one.id.bytes for one in channels], dtype="S16")
        self.order = np.argsort(known)
        self.known = known[self.order]

    def of(self, ids: "np.ndarray[Any, np.dtype[np.void]]") -> "np.ndarray[Any, np.dtype[np.int64]]":
        wanted = np.ascontiguousarray(ids).view("S16")
        at = np.minimum(np.searchsorted(self.known, wanted), len(self.known) - 1)
        return np.where(self.known[at] == wanted, self.order[at], -1)


class _Landing:
    """Takes what COPY sends, piece by piece, and lays whole rows into the cube: the bytes are never all there at once."""

    def __init__(self, cube: Cube, fields: list[tuple[Any, ...]], places: _Places, first: int) -> None:
        self.cube, self.fields, self.places, self.first = cube, fields, places, first
        self.size = packing.unpack(_HEADER, fields).dtype.itemsize
        self.pieces: list[bytes] = []
        self.held = 0

    async def take(self, data: bytes) -> None:
        self.pieces.append(data)
        self.held += len(data)
        if self.held >= ROWS_AT_ONCE * self.size:
            self.lay()

    def lay(self) -> None:
        """Everything that came as whole rows; what is left of the next one waits."""
        content = b"".join(self.pieces)
        rows = packing.unpack(content, self.fields)
        rest = content[packing.HEADER_BYTES + len(rows) * self.size :]
        self.pieces, self.held = [_HEADER, rest], len(rest)
        place = self.places.of(rows["channel"])
        kept = place >= 0
        at = place[kept], rows["day"][kept].astype(np.int64) - self.first
        self.cube.values[at] = rows["values"][kept]
        self.cube.quality[at] = rows["quality"][kept]
