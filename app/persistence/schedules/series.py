"""Series of published schedules: one for each scope and season, taken by one publisher at a time."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.schedules.computation import Scope
from app.domain.schedules.versions import Publication, Series
from app.persistence.schedules.repository import publication_of
from app.persistence.schedules.rows import SchedulePublicationRow, ScheduleRow, ScheduleSeriesRow
from app.persistence.signed import signature

# The first half of an advisory lock; the second is the season.
PUBLISHING = 15
HEAD, PUBLISHED = ScheduleSeriesRow, SchedulePublicationRow


class SeriesRepository:
    """Only for work that has settled who may see what stands in them."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def of(self, scope: Scope, season: int) -> Series | None:
        row = await self.session.scalar(select(HEAD).where(HEAD.scope == scope.key, HEAD.season == season))
        return None if row is None else _series(row)

    async def get(self, series_id: UUID, *, steady: bool = False) -> Series:
        """`steady` lets nobody publish until the transaction ends."""
        query = select(HEAD).where(HEAD.id == series_id)
        row = await self.session.scalar(query.with_for_update(read=True) if steady else query)
        if row is None:
            raise LookupError(series_id)
        return _series(row)

    async def taken(self, scope: Scope, season: int, *, new_id: UUID) -> Series:
        """The series of a scope, made if there is none; publishers of a season come one after the other."""
        # All scopes of a season, because a line may stand in one published schedule only.
        await self.session.execute(select(func.pg_advisory_xact_lock(PUBLISHING, season)))
        made: dict[str, Any] = {
            "id": new_id,
            "scope": scope.key,
            "region": scope.region,
            "enterprise_id": scope.enterprise_id,
            "season": season,
            "newest": 0,
        }
        await self.session.execute(upsert(HEAD).values(made).on_conflict_do_nothing(index_elements=["scope", "season"]))
        query = select(HEAD).where(HEAD.scope == scope.key, HEAD.season == season).with_for_update()
        return _series((await self.session.scalars(query)).one())

    async def append(self, one: Publication) -> None:
        await self.session.execute(
            insert(PUBLISHED).values(
                series_id=one.series_id,
                number=one.number,
                schedule_id=one.schedule_id,
                supersedes=one.supersedes,
                basis=one.basis,
                acknowledge_within_hours=one.acknowledge_within_hours,
                hash=one.hash,
                previous_hash=one.previous_hash,
                operation_id=one.operation_id,
                **signature(one.published_by),
                known_at=one.known_at,
            )
        )
        await self.session.execute(
            update(HEAD).where(HEAD.id == one.series_id).values(newest=one.number, published=one.schedule_id)
        )

    async def publications(self, series_id: UUID) -> list[Publication]:
        """In order of their numbers."""
        query = select(PUBLISHED).where(PUBLISHED.series_id == series_id).order_by(PUBLISHED.number)
        return [publication_of(row) for row in await self.session.scalars(query)]

    async def known(self, ids: Collection[UUID]) -> set[tuple[UUID, int]]:
        """Which versions of some series were published, for verification."""
        rows = await self.session.execute(
            select(PUBLISHED.series_id, PUBLISHED.number).where(PUBLISHED.series_id.in_(ids))
        )
        return {(row[0], row[1]) for row in rows}

    async def everything(self) -> list[tuple[Series, Sequence[tuple[Publication, str]]]]:
        """All series with their publications and the hashes of what was published, for verification."""
        found: list[tuple[Series, Sequence[tuple[Publication, str]]]] = []
        for row in await self.session.scalars(select(HEAD).order_by(HEAD.id)):
            query = (
                select(PUBLISHED, ScheduleRow.hash)
                .join(ScheduleRow, ScheduleRow.id == PUBLISHED.schedule_id)
                .where(PUBLISHED.series_id == row.id)
                .order_by(PUBLISHED.number)
            )
            published = [(publication_of(one), digest) for one, digest in await self.session.execute(query)]
            found.append((_series(row), published))
        return found


def _series(row: ScheduleSeriesRow) -> Series:
    return Series(
        id=row.id,
        scope=Scope(region=row.region, enterprise_id=row.enterprise_id),
        season=row.season,
        newest=row.newest,
        published=row.published,
    )
