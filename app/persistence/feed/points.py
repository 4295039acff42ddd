"""Single readings on their way into curves."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.feed.channels import Channel
from app.domain.feed.curves import Points
from app.domain.feed.directory import Directory
from app.persistence.copying import copy_ready
from app.persistence.engine import driver_of, one_of
from app.persistence.feed import packing
from app.persistence.feed.landing import KEYS, MAKE_KEYS
from app.persistence.feed.rows import LoadPointRow


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Taken:
    """Readings that have left the table of points, and the newest batch among theirs."""

    points: Points
    batch: UUID


class PointRepository:
    """Of channels whose source's head the caller holds."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def oldest_day(self, channels: Sequence[Channel], *, before: date) -> date | None:
        ids = [one.id for one in channels]
        query = select(func.min(LoadPointRow.day)).where(
            LoadPointRow.day < before, one_of(LoadPointRow.channel_id, ids)
        )
        return await self.session.scalar(query)

    async def take(self, directory: Directory, day: date, *, limit: int, at: datetime) -> Taken:
        """Remove the readings of one day of up to `limit` channels, and keep what was known of them until now."""
        driver = await driver_of(self.session)
        await driver.execute(MAKE_KEYS)
        order = np.arange(len(directory.channels), dtype=np.int32)
        nothing = np.zeros_like(order)
        keys = packing.pack_keys(order, nothing, directory.enterprise, directory.channel, nothing)
        await copy_ready(self.session, "feed_keys", KEYS, keys)
        found = io.BytesIO()
        query = (
            "WITH chosen AS (SELECT k.ord, k.enterprise_id, k.channel_id FROM feed_keys k WHERE EXISTS (SELECT FROM"  # noqa: S608  our own day
            f" load_points p WHERE p.day = '{day}' AND p.enterprise_id = k.enterprise_id AND p.channel_id = k.channel_id)"
            f" ORDER BY k.ord LIMIT {limit}), gone AS (DELETE FROM load_points p USING chosen c WHERE p.day = '{day}'"
            " AND p.enterprise_id = c.enterprise_id AND p.channel_id = c.channel_id RETURNING c.ord, p.*),"
            f" kept AS (INSERT INTO folded_points (day, enterprise_id, channel_id, folded_at, {', '.join(_LISTED)})"
            f" SELECT day, enterprise_id, channel_id, '{at.isoformat()}'::timestamptz, {', '.join(_EACH)} FROM gone"
            " GROUP BY day, enterprise_id, channel_id)"
            " SELECT ord, slot, coalesce(value, 0), quality, coalesce(version, '-infinity'), batch_id FROM gone"
        )
        await driver.copy_from_query(query, output=found, format="binary")
        read = packing.unpack(found.getvalue(), _FIELDS)
        points = Points(
            line=np.arange(len(read), dtype=np.int32),
            channel=read["ord"].astype(np.int32),
            day=np.full(len(read), np.datetime64(day)),
            slot=read["slot"].astype(np.int32),
            value=read["value"].astype(np.int32),
            quality=read["quality"].astype(np.uint8),
            version=packing.instants(read["version"].astype(np.int64)),
        )
        batches = {one.tobytes() for one in np.unique(np.ascontiguousarray(read["batch"]).view("S16"))}
        return Taken(points=points, batch=UUID(bytes=max(batches)))


# What is kept of every reading of a day, in lists of one order.
_LISTED = ("slot", "value", "quality", "version", "batch_id", "known_at", "revision")
_EACH = [f"array_agg({name} ORDER BY slot)" for name in _LISTED]
_FIELDS = [
    ("ord", ">i4"), ("slot", ">i2"), ("value", ">i4"), ("quality", ">i2"), ("version", ">i8"), ("batch", "V16"),
]  # fmt: skip
