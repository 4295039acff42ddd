"""Runs and their decisions: appended in bulk, read as known at an instant."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Select, func, select, tuple_
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.domain.access import Actor, region_prefix
from app.domain.decisions.outcomes import Status
from app.domain.policies.facts import Level
from app.persistence.copying import copy_ready
from app.persistence.decisions.ready_rows import DECISION_COLUMNS, RUN_COLUMNS
from app.persistence.decisions.rows import DecisionRow, RunRow
from app.persistence.engine import one_of
from app.persistence.enterprises.rows import EnterpriseRow, LineRow, ProcessRow, SiteRow, UnitRow
from app.persistence.enterprises.visibility import visible

# The hashes of the snapshot and the pack, the steps of acts, and the version of the evaluator.
StandsOn = tuple[bytes, str, tuple[UUID, ...], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One evaluation of one enterprise under one pack for one season."""

    enterprise_id: UUID
    id: UUID
    pack_name: str
    pack_hash: str
    season: int
    snapshot_hash: bytes
    acts: tuple[UUID, ...]
    evaluator_version: str
    known_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a run said of one subject on some days."""

    subject_id: UUID
    from_day: date
    until_day: date
    level: Level
    status: Status
    stagger_class: str | None
    rules: tuple[str, ...]
    possible: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A decision in a list over many enterprises, with the names a reader needs."""

    run: Run
    said: Said
    enterprise_code: str
    enterprise_name: str
    region: str
    subject_code: str
    subject_name: str
    industry: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Which decisions: of one pack and season, on a day, as known at an instant."""

    pack_name: str
    season: int
    day: date
    known_at: datetime


class RunRepository:
    """Decisions are seen by whoever sees the enterprise."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def add(self, runs: Iterable[bytes]) -> None:
        """Append what `ReadyRuns` made."""
        await copy_ready(self.session, "decision_runs", RUN_COLUMNS, runs)

    async def add_decisions(self, decisions: Iterable[bytes]) -> None:
        """Append what `ReadyDecisions` made, possibly while this is running."""
        await copy_ready(self.session, "decisions", DECISION_COLUMNS, decisions)

    async def newest(self, enterprise_id: UUID, question: Question, *, visible_to: Actor) -> Run | None:
        """The run that was the newest at an instant."""
        row = await self.session.scalar(
            select(RunRow)
            .join(EnterpriseRow, EnterpriseRow.id == RunRow.enterprise_id)
            .where(
                RunRow.enterprise_id == enterprise_id,
                RunRow.pack_name == question.pack_name,
                RunRow.season == question.season,
                RunRow.known_at <= question.known_at,
                visible(visible_to),
            )
            .order_by(RunRow.known_at.desc(), RunRow.id.desc())
            .limit(1)
        )
        return None if row is None else _run(row)

    async def get(self, enterprise_id: UUID, run_id: UUID) -> Run | None:
        """One run by its key; the caller has seen something that names it."""
        row = await self.session.get(RunRow, (enterprise_id, run_id))
        return None if row is None else _run(row)

    async def newest_of(
        self, ids: Sequence[UUID], pack_name: str, season: int, *, known_at: datetime | None = None
    ) -> list[Run]:
        """The run of each of some enterprises that is the newest, or was at an instant; visibility is settled already."""
        own = one_of(RunRow.enterprise_id, ids) & (RunRow.pack_name == pack_name) & (RunRow.season == season)
        rows = await self.session.scalars(
            select(RunRow)
            .where(own if known_at is None else own & (RunRow.known_at <= known_at))
            .ext(distinct_on(RunRow.enterprise_id))
            .order_by(RunRow.enterprise_id, RunRow.known_at.desc(), RunRow.id.desc())
        )
        return [_run(row) for row in rows]

    async def any_since(self, region: str, pack_name: str, season: int, *, since: datetime) -> bool:
        """Whether any enterprise with a site in a region's subtree was decided after an instant."""
        inside = SiteRow.region.startswith(region_prefix(region), autoescape=True)
        later = select(RunRow.id).join(SiteRow, SiteRow.enterprise_id == RunRow.enterprise_id)
        later = later.where(inside, RunRow.pack_name == pack_name, RunRow.season == season, RunRow.known_at > since)
        return bool(await self.session.scalar(select(later.exists())))

    async def newest_keys(self, ids: Sequence[UUID], pack_name: str, season: int) -> dict[UUID, StandsOn]:
        """For many enterprises, what their newest run stood on; only for work that already settled visibility."""
        rows = await self.session.execute(
            select(
                RunRow.enterprise_id,
                RunRow.snapshot_hash,
                RunRow.pack_hash,
                RunRow.acts,
                RunRow.evaluator_version,
            )
            .where(one_of(RunRow.enterprise_id, ids), RunRow.pack_name == pack_name, RunRow.season == season)
            .ext(distinct_on(RunRow.enterprise_id))
            .order_by(RunRow.enterprise_id, RunRow.known_at.desc(), RunRow.id.desc())
        )
        return {row[0]: (row[1], row[2], tuple(row[3]), row[4]) for row in rows}

    async def seasons(self, ids: Sequence[UUID]) -> dict[UUID, set[tuple[str, int]]]:
        """The packs and seasons under which enterprises were ever decided."""
        rows = await self.session.execute(
            select(RunRow.enterprise_id, RunRow.pack_name, RunRow.season)
            .where(one_of(RunRow.enterprise_id, ids))
            .distinct()
        )
        found: dict[UUID, set[tuple[str, int]]] = {one: set() for one in ids}
        for enterprise, pack, season in rows:
            found[enterprise].add((pack, season))
        return found

    async def said(self, run: Run) -> list[Said]:
        rows = await self.session.scalars(
            select(DecisionRow)
            .where(DecisionRow.enterprise_id == run.enterprise_id, DecisionRow.run_id == run.id)
            .order_by(DecisionRow.subject_id, DecisionRow.from_day)
        )
        return [_said(row) for row in rows]

    async def batch(self, after: tuple[UUID, UUID] | None, limit: int) -> list[Run]:
        """All runs in order of their keys, for verification."""
        query = select(RunRow).order_by(RunRow.enterprise_id, RunRow.id).limit(limit)
        if after is not None:
            query = query.where(tuple_(RunRow.enterprise_id, RunRow.id) > after)
        return [_run(row) for row in await self.session.scalars(query)]

    async def count(self) -> int:
        return await self.session.scalar(select(func.count()).select_from(RunRow)) or 0

    async def page(
        self,
        question: Question,
        *,
        region: str,
        status: str | None,
        rule: str | None,
        visible_to: Actor,
        after: tuple[str, ...] | None,
        limit: int,
    ) -> list[Listed]:
        """The decisions of a region on a day, in order of enterprise and subject."""
        query = _listing(question).where(
            EnterpriseRow.region.startswith(region_prefix(region), autoescape=True), visible(visible_to)
        )
        if status is not None:
            query = query.where(DecisionRow.status == status)
        if rule is not None:
            query = query.where(DecisionRow.rules.contains([rule]))
        if after is not None:
            query = query.where(
                tuple_(DecisionRow.enterprise_id, DecisionRow.subject_id) > (UUID(after[0]), UUID(after[1]))
            )
        query = query.order_by(DecisionRow.enterprise_id, DecisionRow.subject_id).limit(limit)
        return [_listed(tuple(row)) for row in await self.session.execute(query)]


def _listing(question: Question) -> Select[*tuple[Any, ...]]:
    later = aliased(RunRow)
    superseded = (
        select(later.id)
        .where(
            later.enterprise_id == RunRow.enterprise_id,
            later.pack_name == RunRow.pack_name,
            later.season == RunRow.season,
            later.known_at <= question.known_at,
            tuple_(later.known_at, later.id) > tuple_(RunRow.known_at, RunRow.id),
        )
        .exists()
    )
    own_line = aliased(LineRow)
    return (
        select(
            RunRow,
            DecisionRow,
            EnterpriseRow.code,
            EnterpriseRow.name,
            SiteRow.region,
            func.coalesce(UnitRow.code, ProcessRow.code, LineRow.code, SiteRow.code),
            func.coalesce(UnitRow.name, ProcessRow.name, LineRow.name, SiteRow.name),
            func.coalesce(LineRow.industry, own_line.industry),
        )
        .join(EnterpriseRow, EnterpriseRow.id == RunRow.enterprise_id)
        .join(DecisionRow, (DecisionRow.enterprise_id == RunRow.enterprise_id) & (DecisionRow.run_id == RunRow.id))
        .outerjoin(LineRow, _same(LineRow, DecisionRow.subject_id))
        .outerjoin(UnitRow, _same(UnitRow, DecisionRow.subject_id))
        .outerjoin(ProcessRow, _same(ProcessRow, DecisionRow.subject_id))
        .outerjoin(own_line, _same(own_line, func.coalesce(UnitRow.line_id, ProcessRow.line_id)))
        .outerjoin(SiteRow, _same(SiteRow, func.coalesce(LineRow.site_id, own_line.site_id, DecisionRow.subject_id)))
        .where(
            RunRow.pack_name == question.pack_name,
            RunRow.season == question.season,
            RunRow.known_at <= question.known_at,
            ~superseded,
            DecisionRow.from_day <= question.day,
            DecisionRow.until_day > question.day,
        )
    )


def _same(table: Any, key: Any) -> Any:
    return (table.enterprise_id == DecisionRow.enterprise_id) & (table.id == key)


def _run(row: RunRow) -> Run:
    return Run(
        enterprise_id=row.enterprise_id,
        id=row.id,
        pack_name=row.pack_name,
        pack_hash=row.pack_hash,
        season=row.season,
        snapshot_hash=row.snapshot_hash,
        acts=tuple(row.acts),
        evaluator_version=row.evaluator_version,
        known_at=row.known_at,
    )


def _said(row: DecisionRow) -> Said:
    return Said(
        subject_id=row.subject_id,
        from_day=row.from_day,
        until_day=row.until_day,
        level=cast("Level", row.level),
        status=cast("Status", row.status),
        stagger_class=row.stagger_class,
        rules=tuple(row.rules),
        possible=tuple(row.possible),
    )


def _listed(row: tuple[Any, ...]) -> Listed:
    run, said, code, name, region, subject_code, subject_name, industry = row
    return Listed(
        run=_run(run),
        said=_said(said),
        enterprise_code=code,
        enterprise_name=name,
        region=region,
        subject_code=subject_code,
        subject_name=subject_name,
        industry=industry,
    )
