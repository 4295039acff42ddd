"""Channels of many enterprises at once with what turns their numbers into energy, as it was known at an instant."""

from collections.abc import Collection, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.compliance.dossier import Gauge
from app.domain.feed.channels import Channel, Multiplier, Quantity, Replacement
from app.persistence.engine import one_of
from app.persistence.feed.channels import ChannelMultiplierRow, ChannelRow, MeterReplacementRow
from app.persistence.feed.sources import FeedSourceRow

_FIELDS = tuple(field.name for field in fields(Channel))


class GaugeRepository:
    """Only for work that has already settled who may see the enterprises."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def of(
        self, ids: Sequence[UUID], quantities: Collection[Quantity], *, known_at: datetime
    ) -> dict[UUID, list[Gauge]]:
        """By enterprise the channels of some quantities, in order of ids."""
        rows = (
            await self.session.execute(
                select(ChannelRow, FeedSourceRow.profile["zone"].astext)
                .join(FeedSourceRow, FeedSourceRow.name == ChannelRow.source)
                .where(one_of(ChannelRow.enterprise_id, ids), ChannelRow.quantity.in_(list(quantities)))
                .order_by(ChannelRow.enterprise_id, ChannelRow.id)
            )
        ).all()
        factors = await self._said(ChannelMultiplierRow, ids, known_at)
        swaps = await self._said(MeterReplacementRow, ids, known_at)
        found: dict[UUID, list[Gauge]] = {}
        for row, zone in rows:
            found.setdefault(row.enterprise_id, []).append(
                Gauge(
                    channel=Channel(**{name: getattr(row, name) for name in _FIELDS}),
                    zone=zone or "Asia/Shanghai",
                    multipliers=tuple(_multipliers(factors.get(row.id, ()))),
                    replacements=tuple(_replacements(swaps.get(row.id, ()))),
                )
            )
        return found

    async def _said(self, kind: Any, ids: Sequence[UUID], known_at: datetime) -> dict[UUID, list[Any]]:
        query = select(kind).where(one_of(kind.enterprise_id, ids), kind.known_at <= known_at).order_by(kind.id)
        found: dict[UUID, list[Any]] = {}
        for row in await self.session.scalars(query):
            found.setdefault(row.channel_id, []).append(row)
        return found


def _multipliers(rows: Sequence[Any]) -> list[Multiplier]:
    """Of two that begin on one day what was said last holds."""
    newest = {one.from_day: Multiplier(from_day=one.from_day, factor=one.factor) for one in rows}
    return [newest[day] for day in sorted(newest)]


def _replacements(rows: Sequence[Any]) -> list[Replacement]:
    newest = {one.at: Replacement(at=one.at, final_old=one.final_old, initial_new=one.initial_new) for one in rows}
    return [newest[at] for at in sorted(newest)]
