"""What arrived late: readings and words on meters nobody has assessed again for yet, and the days each leaves otherwise."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.periods import Period
from app.persistence.compliance.rows import AssessedArrivalRow

Kind = Literal["readings", "multiplier", "replacement"]
# The report of a merge is its mark: it commits with the readings, so that none can be overlooked. Ids are in order of
# time, so that only what came from an instant on is looked at.
_WAITING = text(
    """
    SELECT r.batch_id, r.reported_at AS at, 'readings',
           (r.report ->> 'first_day')::date, (r.report ->> 'last_day')::date
    FROM feed_reports r
    LEFT JOIN assessed_arrivals a ON a.batch_id = r.batch_id AND a.at = r.reported_at
    WHERE r.state = 'merged' AND a.at IS NULL AND r.batch_id >= :since
    UNION
    SELECT p.batch_id, p.replayed_at, 'readings', (p.replay ->> 'first_day')::date, (p.replay ->> 'last_day')::date
    FROM feed_parked p
    LEFT JOIN assessed_arrivals a ON a.batch_id = p.batch_id AND a.at = p.replayed_at
    WHERE p.replayed_at IS NOT NULL AND a.at IS NULL AND p.batch_id >= :since
    UNION
    SELECT m.id, m.known_at, 'multiplier', m.from_day, NULL
    FROM channel_multipliers m
    LEFT JOIN assessed_arrivals a ON a.batch_id = m.id AND a.at = m.known_at
    WHERE a.at IS NULL AND m.id >= :since
    UNION
    SELECT s.id, s.known_at, 'replacement', NULL, NULL
    FROM meter_replacements s
    LEFT JOIN assessed_arrivals a ON a.batch_id = s.id AND a.at = s.known_at
    WHERE a.at IS NULL AND s.id >= :since
    ORDER BY at LIMIT :limit
    """
)
# Readings land behind everything that was concluded upon; a word on a meter that is under way has an instant of up to
# some minutes ago.
UNDER_WAY = timedelta(minutes=10)
# The first slot of a register begins with what it showed on the day before, so that the day after is touched as well.
_JUDGED = """
    SELECT c.enterprise_id, c.channel_id, c.day, c.day + 1, false FROM {table} c
    WHERE c.day BETWEEN :first AND :last AND c.batch_id = :arrival
      AND EXISTS (
        SELECT FROM (
          SELECT DISTINCT ON (v.subject_id) v.known_at FROM compliance_verdicts v
          WHERE v.enterprise_id = c.enterprise_id AND v.from_day <= c.day + 1 AND v.until_day > c.day
          ORDER BY v.subject_id, v.known_at DESC) newest
        WHERE newest.known_at < c.known_at)
"""
_BASES = """
    SELECT c.enterprise_id, c.channel_id, min(c.day), max(c.day) + 1, true FROM {table} c
    WHERE c.day BETWEEN :first AND :last AND c.batch_id = :arrival
      AND EXISTS (
        SELECT FROM compliance_verdicts v JOIN (
          SELECT hash, convert_from(document, 'UTF8')::jsonb -> 'method' AS method FROM compliance_terms) t
          ON t.hash = v.terms
        WHERE v.enterprise_id = c.enterprise_id AND v.known_at < c.known_at
          AND c.day >= (t.method ->> 'from_day')::date AND c.day < (t.method ->> 'until_day')::date)
    GROUP BY c.enterprise_id, c.channel_id
"""
_OF_READINGS = " UNION ".join(
    one.format(table=table) for table in ("load_curves", "load_points") for one in (_JUDGED, _BASES)
)
_KNOWN = """
    EXISTS (SELECT FROM compliance_verdicts v
            WHERE v.enterprise_id = w.enterprise_id AND v.known_at < w.known_at + :under_way)
"""
# A multiplier holds from its day on.
_OF_MULTIPLIER = """
    SELECT w.enterprise_id, w.channel_id, w.from_day, NULL::date, false FROM channel_multipliers w
    WHERE w.id = :arrival AND {known}
"""
# A replacement changes the one slot in which the meters were changed; at midnight that is the last of the day before.
_OF_REPLACEMENT = """
    SELECT w.enterprise_id, w.channel_id, ((w.at - interval '1 microsecond') AT TIME ZONE z.zone)::date,
           (w.at AT TIME ZONE z.zone)::date + 1, false
    FROM meter_replacements w
    JOIN channels c ON c.enterprise_id = w.enterprise_id AND c.id = w.channel_id
    JOIN (SELECT name, coalesce(profile ->> 'zone', 'Asia/Shanghai') AS zone FROM feed_sources) z ON z.name = c.source
    WHERE w.id = :arrival AND {known}
"""
_TOUCHED = {
    "readings": text(_OF_READINGS + " ORDER BY 1, 2, 3, 4"),
    "multiplier": text(_OF_MULTIPLIER.format(known=_KNOWN)),
    "replacement": text(_OF_REPLACEMENT.format(known=_KNOWN)),
}


@dataclass(frozen=True, slots=True)
class Arrival:
    """Readings that landed at an instant, of days from the first to the last, or a word on a meter said at it."""

    batch_id: UUID
    at: datetime
    kind: Kind
    first: date | None
    last: date | None


@dataclass(frozen=True, slots=True)
class Touched:
    """Days of a channel that read otherwise; `base` where only baselines can stand on them.

    Verdicts made before `before` cannot have seen it.
    """

    enterprise_id: UUID
    channel: UUID
    days: Period
    before: datetime
    base: bool = False


class ArrivalRepository:
    """Work in hand; nobody outside sees it."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def waiting(self, *, since: UUID, limit: int) -> list[Arrival]:
        rows = await self.session.execute(_WAITING, {"since": since, "limit": limit})
        return [Arrival(*row) for row in rows]

    async def touched(self, one: Arrival) -> list[Touched]:
        """What an arrival left otherwise where verdicts stand already, or baselines that they stand on."""
        if one.kind == "readings" and one.first is None:
            return []
        given = {"first": one.first, "last": one.last} if one.kind == "readings" else {"under_way": UNDER_WAY}
        since = one.at if one.kind == "readings" else one.at + UNDER_WAY
        rows = await self.session.execute(_TOUCHED[one.kind], given | {"arrival": one.batch_id})
        return [Touched(row[0], row[1], Period(row[2], row[3]), since, row[4]) for row in rows]

    async def looked_at(self, arrivals: Sequence[Arrival]) -> None:
        rows = [{"batch_id": one.batch_id, "at": one.at} for one in arrivals]
        if rows:
            await self.session.execute(upsert(AssessedArrivalRow).on_conflict_do_nothing(), rows)
