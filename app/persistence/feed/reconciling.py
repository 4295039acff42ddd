"""Reconciling: what of the readings is there, by channel and day, and fingerprints by which two sides compare them."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import numpy as np
from sqlalchemy import ColumnElement, any_, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.types import Date

from app.domain.feed.channels import Channel
from app.domain.feed.curves import Ints, Quality
from app.domain.feed.days import days_between
from app.persistence.feed.reading import CurveReader
from app.persistence.feed.rows import LoadCurveRow


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Coverage:
    """How many readings of each channel and day there are, by what is known of them; rows follow `channels`."""

    channels: Sequence[Channel]
    days: Sequence[date]
    expected: Ints  # of a day, by channel
    measured: Ints  # channel, day
    estimated: Ints
    null: Ints

    @property
    def missing(self) -> Ints:
        """Never sent, or sent without a value."""
        found: Ints = self.expected[:, None] - self.measured - self.estimated
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Checksum:
    """A channel-day: how many values there are, their sum in the channel's scaled integers, and a fingerprint.

    SHA-256 over the values as 32-bit integers, most significant byte first (0 where there is none), then a byte of
    quality for each.
    """

    channel: Channel
    day: date
    count: int
    sum: int
    sha256: str


class ReconciliationReader:
    """Of channels the caller has already been allowed to see."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def complete_days(self, enterprise_id: UUID, channel_id: UUID, days: Sequence[date]) -> int:
        """On how many of these days every slot has a value."""
        query = select(func.count()).where(
            LoadCurveRow.day == any_(literal(list(days), ARRAY(Date()))),
            LoadCurveRow.enterprise_id == enterprise_id,
            LoadCurveRow.channel_id == channel_id,
            _without(Quality.ABSENT),
            _without(Quality.NULL),
        )
        return await self.session.scalar(query) or 0

    async def coverage(self, channels: Sequence[Channel], first: date, last: date) -> Coverage:
        """Both days included; readings of open days are counted too."""
        days = days_between(first, last)
        ordered = [one for slots in sorted({one.slots for one in channels}) for one in channels if one.slots == slots]
        shape = (len(ordered), len(days))
        measured, estimated, null = (np.zeros(shape, dtype=np.int32) for _ in range(3))
        for own in _alike(ordered):
            part = slice(ordered.index(own[0]), ordered.index(own[0]) + len(own))
            for at, day in enumerate(days):
                quality = (await CurveReader(self.session).qualities(own, [day]))[:, 0]
                measured[part, at] = (quality >= Quality.SUBSTITUTED).sum(axis=1)
                estimated[part, at] = (quality == Quality.ESTIMATED).sum(axis=1)
                null[part, at] = (quality == Quality.NULL).sum(axis=1)
        expected = np.array([one.slots for one in ordered], dtype=np.int32)
        return Coverage(
            channels=ordered, days=days, expected=expected, measured=measured, estimated=estimated, null=null
        )

    async def checksums(self, channels: Sequence[Channel], day: date) -> list[Checksum]:
        """Of the curves of one day; a channel without one is left out."""
        found: list[Checksum] = []
        for own in _alike(channels):
            cube = await CurveReader(self.session).cube(own, [day], with_points=False)
            values, quality = cube.values[:, 0], cube.quality[:, 0]
            content = np.concatenate([values.astype(">i4").view(np.uint8).reshape(len(own), -1), quality], axis=1)
            counts, sums = (quality > Quality.NULL).sum(axis=1), values.sum(axis=1, dtype=np.int64)
            found += [
                Checksum(
                    channel=own[at],
                    day=day,
                    count=int(counts[at]),
                    sum=int(sums[at]),
                    sha256=hashlib.sha256(content[at].tobytes()).hexdigest(),
                )
                for at in np.flatnonzero(cube.revision[:, 0]).tolist()
            ]
        return found


def _alike(channels: Sequence[Channel]) -> Iterator[list[Channel]]:
    for slots in sorted({one.slots for one in channels}):
        yield [one for one in channels if one.slots == slots]


def _without(quality: Quality) -> ColumnElement[bool]:
    return func.position(literal(bytes([quality]), BYTEA()).bool_op("IN")(LoadCurveRow.quality)) == 0
