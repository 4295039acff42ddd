"""What arrived late: the batches nobody has assessed again for yet, and the channel-days each left another value on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from app.persistence.compliance.rows import AssessedArrivalRow

# The report of a merge is its mark: it commits with the readings, so that none can be overlooked. Ids are in order of
# time, so that only batches from an instant on are looked at.
_WAITING = text(
    """
    SELECT r.batch_id, r.reported_at AS at, (r.report ->> 'first_day')::date, (r.report ->> 'last_day')::date
    FROM feed_reports r
    LEFT JOIN assessed_arrivals a ON a.batch_id = r.batch_id AND a.at = r.reported_at
    WHERE r.state = 'merged' AND a.at IS NULL AND r.batch_id >= :since
    UNION
    SELECT p.batch_id, p.replayed_at AS at, (p.replay ->> 'first_day')::date, (p.replay ->> 'last_day')::date
    FROM feed_parked p
    LEFT JOIN assessed_arrivals a ON a.batch_id = p.batch_id AND a.at = p.replayed_at
    WHERE p.replayed_at IS NOT NULL AND a.at IS NULL AND p.batch_id >= :since
    ORDER BY at LIMIT :limit
    """
)
# What a verdict saw is what was committed before it was made: whatever is known since clearly before that needs no
# second look. A merge that is under way has an instant of up to some minutes ago.
UNDER_WAY = timedelta(minutes=10)
_LEFT = """
    SELECT c.enterprise_id, c.channel_id, c.day FROM {table} c
    WHERE c.day BETWEEN :first AND :last AND c.batch_id = :batch
      AND EXISTS (
        SELECT FROM (
          SELECT DISTINCT ON (v.subject_id) v.known_at FROM compliance_verdicts v
          WHERE v.enterprise_id = c.enterprise_id AND v.from_day <= c.day AND v.until_day > c.day
          ORDER BY v.subject_id, v.known_at DESC) newest
        WHERE newest.known_at < c.known_at + :under_way)
"""
_DIRTY = text(" UNION ".join(_LEFT.format(table=one) for one in ("load_curves", "load_points")) + " ORDER BY 1, 3, 2")


@dataclass(frozen=True, slots=True)
class Arrival:
    """Readings that landed at an instant, of days from the first to the last; without days nothing landed."""

    batch_id: UUID
    at: datetime
    first: date | None
    last: date | None


class ArrivalRepository:
    """Work in hand; nobody outside sees it."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def waiting(self, *, since: UUID, limit: int) -> list[Arrival]:
        rows = await self.session.execute(_WAITING, {"since": since, "limit": limit})
        return [Arrival(*row) for row in rows]

    async def dirty(self, one: Arrival) -> list[tuple[UUID, UUID, date]]:
        """Enterprise, channel and day where the newest value is of this arrival and verdicts stand already."""
        if one.first is None:
            return []
        given = {"batch": one.batch_id, "first": one.first, "last": one.last, "under_way": UNDER_WAY}
        rows = await self.session.execute(_DIRTY, given)
        return [(row[0], row[1], row[2]) for row in rows]

    async def looked_at(self, arrivals: Sequence[Arrival]) -> None:
        rows = [{"batch_id": one.batch_id, "at": one.at} for one in arrivals]
        if rows:
            await self.session.execute(upsert(AssessedArrivalRow).on_conflict_do_nothing(), rows)
