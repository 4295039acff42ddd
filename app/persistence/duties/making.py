"""Making duties: terms kept up to date, who owes them added once, and what is owed no more marked before it falls due."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.duties.scope import DecidedRun, Firm, Named
from app.domain.duties.terms import Term
from app.persistence.decisions.rows import DecisionRow, RunRow
from app.persistence.duties.rows import NEVER, NOBODY, DutyRoundRow, DutyRow, DutyTermRow
from app.persistence.engine import one_of
from app.persistence.enterprises.rows import LineRow, SiteRow
from app.persistence.warnings import WarningChangeRow

# Parameters of one statement are counted in 16 bits.
AT_ONCE = 3000


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDuty:
    """A term that somebody owes; a body's has no enterprise."""

    id: UUID
    term_id: UUID
    enterprise_id: UUID | None
    region: str
    receiving_region: str
    due_at: datetime | None
    soon_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """The plan and season whose duties are made."""

    pack: str
    season: int


class DutyMaker:
    """For the job that makes duties, which sees everything."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def stands_on(self, pack: str, season: int, *, others: str) -> str | None:
        """What the duties of a plan would be made from now; None where they were made from just that.

        Decisions and warnings are only ever added, so their number and the newest of them tell them apart.
        """
        runs = select(func.concat_ws(" ", func.count(), func.max(RunRow.known_at)))
        runs = runs.where(RunRow.pack_name == pack, RunRow.season == season)
        warned = select(func.concat_ws(" ", func.count(), func.max(WarningChangeRow.known_at)))
        found = f"{await self.session.scalar(runs)} | {await self.session.scalar(warned)} | {others}"
        kept = await self.session.scalar(
            select(DutyRoundRow.stood_on).where(DutyRoundRow.pack == pack, DutyRoundRow.season == season)
        )
        return None if kept == found else found

    async def made_from(self, pack: str, season: int, stood_on: str) -> None:
        row = insert(DutyRoundRow).values(pack=pack, season=season, stood_on=stood_on)
        await self.session.execute(
            row.on_conflict_do_update(index_elements=["pack", "season"], set_={"stood_on": stood_on})
        )

    async def decided(self, pack: str, season: int, after: UUID | None, limit: int) -> list[UUID]:
        """Enterprises that a plan decided in a season, in order of ids."""
        query = select(RunRow.enterprise_id).where(RunRow.pack_name == pack, RunRow.season == season)
        if after is not None:
            query = query.where(RunRow.enterprise_id > after)
        return list(await self.session.scalars(query.distinct().order_by(RunRow.enterprise_id).limit(limit)))

    async def firms(self, ids: Sequence[UUID], pack: str, season: int) -> list[Firm]:
        """Enterprises with the rules that each of their runs of the season names."""
        sites = await self._grouped(SiteRow.enterprise_id, SiteRow.region, ids)
        industries = await self._grouped(LineRow.enterprise_id, LineRow.industry, ids)
        runs = await self._runs(ids, pack, season)
        return [
            Firm(
                id=one,
                regions=tuple(sorted(sites.get(one, ()))),
                industries=frozenset(industries.get(one, ())),
                runs=runs.get(one, ()),
            )
            for one in ids
        ]

    async def keep_terms(self, terms: Iterable[Term]) -> None:
        """Add terms; those that are there say what the plan says now. Unfiled duties follow where dates have moved."""
        rows = [_term_values(one) for one in terms]
        for start in range(0, len(rows), 500):
            statement = insert(DutyTermRow).values(rows[start : start + 500])
            changing = {name: statement.excluded[name] for name in rows[start] if name != "id"}
            await self.session.execute(statement.on_conflict_do_update(index_elements=["id"], set_=changing))
        if rows:
            await self._move_dates(rows)

    async def add(self, duties: Sequence[NewDuty]) -> int:
        """Add those that are not there; what had ceased is owed again. Returns how many are new."""
        added = 0
        for start in range(0, len(duties), AT_ONCE):
            rows = [_values(one) for one in duties[start : start + AT_ONCE]]
            statement = insert(DutyRow).values(rows).on_conflict_do_nothing().returning(DutyRow.id)
            added += len(list(await self.session.scalars(statement)))
        ids = [one.id for one in duties]
        for start in range(0, len(ids), AT_ONCE):
            await self.session.execute(
                update(DutyRow)
                .where(one_of(DutyRow.id, ids[start : start + AT_ONCE]), DutyRow.ceased_at.is_not(None))
                .values(ceased_at=None, version=DutyRow.version + 1)
            )
        return added

    async def cease(self, holders: Sequence[UUID | None], kept: Sequence[UUID], of: Round, *, at: datetime) -> int:
        """Mark what some holders owe no more under a plan: nothing was filed, nothing was waived, it is not yet due."""
        terms = select(DutyTermRow.id).where(DutyTermRow.pack == of.pack, DutyTermRow.season == of.season)
        gone = await self.session.scalars(
            update(DutyRow)
            .where(
                one_of(DutyRow.enterprise_id, [one or NOBODY for one in holders]),
                DutyRow.term_id.in_(terms),
                ~one_of(DutyRow.id, kept),
                *_not_yet(at),
            )
            .values(ceased_at=at, version=DutyRow.version + 1)
            .returning(DutyRow.id)
        )
        return len(list(gone))

    async def cease_others(self, packs: Sequence[str], season: int, *, at: datetime) -> None:
        """The same for everybody under plans that decide the season no more."""
        terms = select(DutyTermRow.id).where(DutyTermRow.season == season, DutyTermRow.pack.not_in(packs))
        await self.session.execute(
            update(DutyRow)
            .where(DutyRow.term_id.in_(terms), *_not_yet(at))
            .values(ceased_at=at, version=DutyRow.version + 1)
        )

    async def _move_dates(self, rows: Sequence[Mapping[str, Any]]) -> None:
        due = func.coalesce(DutyTermRow.due_at, literal(NEVER))
        moved = DutyRow.due_at.is_distinct_from(due) | DutyRow.soon_at.is_distinct_from(DutyTermRow.soon_at)
        await self.session.execute(
            update(DutyRow)
            .where(
                DutyRow.term_id == DutyTermRow.id,
                one_of(DutyTermRow.id, [row["id"] for row in rows]),
                DutyRow.filed_at.is_(None),
                moved,
            )
            .values(due_at=due, soon_at=DutyTermRow.soon_at)
        )

    async def _grouped(self, owner: Any, value: Any, ids: Sequence[UUID]) -> dict[UUID, set[str]]:
        rows = await self.session.execute(select(owner, value).where(one_of(owner, ids), value.is_not(None)).distinct())
        found: dict[UUID, set[str]] = {}
        for one, text in rows:
            found.setdefault(one, set()).add(text)
        return found

    async def _runs(self, ids: Sequence[UUID], pack: str, season: int) -> dict[UUID, tuple[DecidedRun, ...]]:
        same_run = and_(DecisionRow.enterprise_id == RunRow.enterprise_id, DecisionRow.run_id == RunRow.id)
        rows = await self.session.execute(
            select(
                RunRow.enterprise_id,
                RunRow.id,
                RunRow.known_at,
                DecisionRow.from_day,
                DecisionRow.until_day,
                DecisionRow.rules,
                DecisionRow.possible,
            )
            .outerjoin(DecisionRow, same_run)
            .where(one_of(RunRow.enterprise_id, ids), RunRow.pack_name == pack, RunRow.season == season)
            .distinct()
            .order_by(RunRow.enterprise_id, RunRow.known_at, RunRow.id)
        )
        found: dict[UUID, dict[UUID, tuple[datetime, list[Named]]]] = {}
        for enterprise, run, known_at, first, until, rules, possible in rows:
            named = found.setdefault(enterprise, {}).setdefault(run, (known_at, []))[1]
            if first is not None:
                named.append(Named.of(first, until, rules, possible))
        return {
            one: tuple(DecidedRun(known_at=at, named=tuple(named)) for at, named in runs.values())
            for one, runs in found.items()
        }


def _not_yet(at: datetime) -> tuple[ColumnElement[bool], ...]:
    done = (DutyRow.filed_at, DutyRow.waived_at, DutyRow.ceased_at)
    return DutyRow.due_at > at, *(column.is_(None) for column in done)


def _term_values(term: Term) -> dict[str, Any]:
    plain = (
        "id",
        "pack",
        "season",
        "section",
        "duty",
        "key",
        "who",
        "force",
        "opens_at",
        "soon_at",
        "due_at",
        "grants",
    )
    return {
        **{name: getattr(term, name) for name in plain},
        "what": dict(term.what),
        "cites": list(term.cites),
        "readings": list(term.readings),
        "forms": list(term.forms),
        "addressee": term.to,
        "covers_from": None if term.covers is None else term.covers.start,
        "covers_until": None if term.covers is None else term.covers.until,
        "conflicts": [one.as_json() for one in term.conflicts],
    }


def _values(one: NewDuty) -> dict[str, Any]:
    return {
        "enterprise_id": one.enterprise_id or NOBODY,
        "id": one.id,
        "term_id": one.term_id,
        "region": one.region,
        "receiving_region": one.receiving_region,
        "due_at": one.due_at or NEVER,
        "soon_at": one.soon_at,
        "version": 1,
    }
