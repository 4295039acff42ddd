"""Records of past winters: appended, read by whoever looks after the region, the newest for each industry."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, Select, insert, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.access import Actor
from app.domain.evidence import Evidence
from app.domain.quantities import POLLUTANTS
from app.domain.reports.records import SeasonRecord
from app.persistence.clients import in_regions
from app.persistence.engine import Row
from app.persistence.signed import Signed, signature


class SeasonRecordRow(Signed, Row):
    """What one winter kept out of the air of a region, as somebody says it."""

    __tablename__ = "season_records"
    __table_args__ = (Index(None, "region", "season", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    region: Mapped[str]
    season: Mapped[int]
    industry: Mapped[str | None]
    tonnes: Mapped[dict[str, Any]]
    stop_days: Mapped[float | None]
    stop_day_capacity: Mapped[float | None]
    source: Mapped[str]
    evidence: Mapped[list[Any]]
    known_at: Mapped[datetime]


ONE = SeasonRecordRow
_PLAIN = (
    "id", "region", "season", "industry", "stop_days", "stop_day_capacity", "source", "known_at",
)  # fmt: skip


class SeasonRecordRepository:
    """Seen by whoever looks after the region the record is of."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def add(self, one: SeasonRecord) -> None:
        await self.session.execute(
            insert(ONE).values(
                **{name: getattr(one, name) for name in _PLAIN},
                tonnes=dict(one.tonnes),
                evidence=[each.as_json() for each in one.evidence],
                **signature(one.recorded_by),
            )
        )

    async def newest(
        self, *, region: str | None, season: int | None, visible_to: Actor, after: tuple[str, ...] | None, limit: int
    ) -> list[SeasonRecord]:
        """The newest first, those that later ones took the place of too."""
        query = _seen(visible_to)
        if region is not None:
            query = query.where(ONE.region == region)
        if season is not None:
            query = query.where(ONE.season == season)
        if after is not None:
            query = query.where(ONE.id < UUID(after[0]))
        return _records(list(await self.session.scalars(query.order_by(ONE.id.desc()).limit(limit))))

    async def known(
        self, region: str, season: int, *, at: datetime, visible_to: Actor
    ) -> dict[str | None, SeasonRecord]:
        """By industry (None: all of them) what was last said of a winter by an instant."""
        query = (
            _seen(visible_to)
            .where(ONE.region == region, ONE.season == season, ONE.known_at <= at)
            .ext(distinct_on(ONE.industry))
            .order_by(ONE.industry, ONE.known_at.desc(), ONE.id.desc())
        )
        return {one.industry: one for one in _records(list(await self.session.scalars(query)))}


def _seen(actor: Actor) -> Select[Any]:
    return select(ONE).where(in_regions(ONE.region, actor))


def _records(rows: Sequence[SeasonRecordRow]) -> list[SeasonRecord]:
    return [
        SeasonRecord(
            **{name: getattr(row, name) for name in _PLAIN},
            tonnes={one: row.tonnes[one] for one in POLLUTANTS if one in row.tonnes},
            evidence=tuple(Evidence.of_json(one) for one in row.evidence),
            recorded_by=row.origin,
        )
        for row in rows
    ]
