"""Enterprises about which something was said since they were last decided."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import DateTime, Select, delete, literal, select, union
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.access import region_prefix
from app.persistence.acts.rows import ActRow
from app.persistence.decisions.rows import StaleEnterpriseRow
from app.persistence.engine import one_of
from app.persistence.enterprises.rows import EnterpriseRow, SiteRow
from app.persistence.facts.rows import AssertionMarkRow, AssertionRow


class StaleRepository:
    """What has to be decided again.

    A mark locks its row until the news commits, and taking removes the row before the snapshot is read: so news that
    commits while a worker decides either is in the snapshot or leaves a mark behind.
    """

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def mark(self, enterprise_ids: Iterable[UUID], *, since: datetime) -> None:
        # In one order, so that two writers never wait for each other in a circle.
        rows = [{"enterprise_id": one, "since": since} for one in sorted(enterprise_ids)]
        if rows:
            await self.session.execute(_keeping(insert(StaleEnterpriseRow)), rows)

    async def mark_region(self, region: str, *, since: datetime) -> None:
        """Every enterprise with a site in the region's subtree, in the same order as one by one."""
        inside = SiteRow.region.startswith(region_prefix(region), autoescape=True)
        await self._mark_all(select(SiteRow.enterprise_id).where(inside).distinct(), since)

    async def mark_passed(self, after: date, until: date, *, since: datetime) -> None:
        """Every enterprise of which a fact, a verification or an act begins or ends on a day in (after, until]."""
        passed = union(
            *(
                select(day.class_.enterprise_id).where(day > after, day <= until)
                for day in (
                    AssertionRow.valid_from,
                    AssertionRow.valid_to,
                    AssertionMarkRow.counts_from,
                    ActRow.valid_from,
                    ActRow.valid_to,
                )
            )
        ).subquery()
        await self._mark_all(select(passed.c.enterprise_id), since)

    async def mark_everybody(self, *, since: datetime) -> None:
        await self._mark_all(select(EnterpriseRow.id), since)

    async def _mark_all(self, ids: Select[UUID], since: datetime) -> None:
        """In order of ids, as everybody marks."""
        found = ids.subquery()
        (column,) = found.c
        rows = select(column, literal(since, DateTime(timezone=True))).order_by(column)
        await self.session.execute(_keeping(insert(StaleEnterpriseRow).from_select(["enterprise_id", "since"], rows)))

    async def waiting(self, limit: int) -> list[UUID]:
        """Some that were marked, those of longest ago; nothing is held."""
        oldest = select(StaleEnterpriseRow.enterprise_id).order_by(StaleEnterpriseRow.since).limit(limit)
        return sorted(await self.session.scalars(oldest))

    async def take_of(self, ids: Sequence[UUID]) -> list[UUID]:
        """Remove those marks of some enterprises that nobody else holds; they come back if the transaction fails.

        Whoever marks holds the enterprise first, so it has to be held here, too, before its mark is.
        """
        free = (
            select(StaleEnterpriseRow.enterprise_id)
            .where(one_of(StaleEnterpriseRow.enterprise_id, ids))
            .with_for_update(skip_locked=True)
            .scalar_subquery()
        )
        rows = await self.session.scalars(
            delete(StaleEnterpriseRow)
            .where(StaleEnterpriseRow.enterprise_id.in_(free))
            .returning(StaleEnterpriseRow.enterprise_id)
        )
        return sorted(rows)


def _keeping(marks: Insert) -> Insert:
    """A mark that is there already keeps its time, and is locked all the same."""
    return marks.on_conflict_do_update(index_elements=["enterprise_id"], set_={"since": StaleEnterpriseRow.since})
