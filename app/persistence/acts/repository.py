"""One act and its steps: added, moved on under the version somebody has read, read by whoever sees the enterprise."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, insert, or_, select, true, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.access import Actor, region_prefix
from app.domain.acts.act import Act, ActAction, ActKind, ActStale, ActState, ActStep, ActUnknown
from app.domain.evidence import Evidence
from app.persistence.acts.rows import ActHeadRow, ActRow, ActStepRow
from app.persistence.engine import one_of
from app.persistence.enterprises.rows import EnterpriseRow
from app.persistence.enterprises.visibility import visible
from app.persistence.signed import signature

_NEWEST_FIRST = (ActRow.known_at.desc(), ActRow.id.desc())


class ActRepository:
    """Acts are seen by whoever sees the enterprise."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def add(self, act: Act) -> None:
        await self.session.execute(
            insert(ActRow).values(
                enterprise_id=act.enterprise_id,
                id=act.id,
                kind=act.kind,
                pack_name=act.pack_name,
                season=act.season,
                workflow=act.workflow,
                subject_id=act.subject_id,
                terms=dict(act.terms),
                valid_from=act.valid_from,
                valid_to=act.valid_to,
                basis=act.basis,
                evidence=[one.as_json() for one in act.evidence],
                **signature(act.asked_by),
                known_at=act.known_at,
            )
        )
        await self.session.execute(
            insert(ActHeadRow).values(
                enterprise_id=act.enterprise_id,
                id=act.id,
                state=act.state,
                steps_done=act.steps_done,
                version=act.version,
            )
        )

    async def take(self, act: Act, step: ActStep) -> None:
        """Move an act on; raises ActStale where somebody else has moved it since `act` was read."""
        values = {"state": step.state, "steps_done": step.number, "version": act.version + 1}
        moved = await self.session.scalar(
            update(ActHeadRow)
            .where(
                ActHeadRow.enterprise_id == act.enterprise_id,
                ActHeadRow.id == act.id,
                ActHeadRow.version == act.version,
            )
            .values(values)
            .returning(ActHeadRow.version)
        )
        if moved is None:
            raise ActStale()
        await self.append(act.enterprise_id, step)

    async def append(self, enterprise_id: UUID, step: ActStep) -> None:
        await self.session.execute(
            insert(ActStepRow).values(
                enterprise_id=enterprise_id,
                id=step.id,
                act_id=step.act_id,
                number=step.number,
                action=step.action,
                does=step.does,
                state=step.state,
                at=step.at,
                **signature(step.by),
                note=step.note,
                terms=dict(step.terms),
                evidence=[one.as_json() for one in step.evidence],
                assertions=list(step.assertions),
            )
        )

    async def get(self, act_id: UUID, kind: ActKind, *, visible_to: Actor) -> Act:
        found = await self._read((ActRow.id == act_id) & (ActRow.kind == kind) & visible(visible_to))
        if not found:
            raise ActUnknown()
        return found[0]

    async def of_enterprise(self, enterprise_id: UUID, kinds: Collection[ActKind], *, visible_to: Actor) -> list[Act]:
        """The acts of some kinds about an enterprise, newest first."""
        own = (ActRow.enterprise_id == enterprise_id) & ActRow.kind.in_(kinds)
        return await self._read(own & visible(visible_to))

    async def some(self, ids: Sequence[UUID], kind: ActKind) -> list[Act]:
        """The acts of one kind about some enterprises; only for work that has settled who may see them."""
        return await self._read(one_of(ActRow.enterprise_id, ids) & (ActRow.kind == kind))

    async def page(
        self,
        kind: ActKind,
        *,
        region: str | None,
        state: str | None,
        day: date | None,
        visible_to: Actor,
        after: tuple[str, ...] | None,
        limit: int,
    ) -> list[Act]:
        """Acts of one kind over a region, newest first; `day` keeps those whose period contains it."""
        where = [ActRow.kind == kind, visible(visible_to)]
        if region is not None:
            where.append(EnterpriseRow.region.startswith(region_prefix(region), autoescape=True))
        if state is not None:
            where.append(ActHeadRow.state == state)
        if day is not None:
            where += [ActRow.valid_from <= day, or_(ActRow.valid_to.is_(None), ActRow.valid_to > day)]
        if after is not None:
            where.append(tuple_(ActRow.known_at, ActRow.id) < (datetime.fromisoformat(after[0]), UUID(after[1])))
        return await self._read(and_(*where), limit)

    async def batch(self, after: tuple[UUID, UUID] | None, limit: int) -> list[Act]:
        """All acts in order of their keys, for verification."""
        where = true() if after is None else tuple_(ActRow.enterprise_id, ActRow.id) > after
        return await self._read(where, limit, order=(ActRow.enterprise_id, ActRow.id))

    async def steps(self, act: Act) -> list[ActStep]:
        """Everything done to an act, in order."""
        return (await self.steps_of([act])).get(act.id, [])

    async def steps_of(self, acts: Sequence[Act]) -> dict[UUID, list[ActStep]]:
        """Everything done to some acts, in order; whoever has read the acts may read their steps."""
        rows = await self.session.scalars(
            select(ActStepRow)
            .where(
                one_of(ActStepRow.enterprise_id, [act.enterprise_id for act in acts]),
                one_of(ActStepRow.act_id, [act.id for act in acts]),
            )
            .order_by(ActStepRow.number, ActStepRow.at)
        )
        found: dict[UUID, list[ActStep]] = {}
        for row in rows:
            found.setdefault(row.act_id, []).append(step_of(row))
        return found

    async def _read(
        self, where: ColumnElement[bool], limit: int | None = None, *, order: Sequence[Any] = _NEWEST_FIRST
    ) -> list[Act]:
        rows = await self.session.execute(
            select(ActRow, ActHeadRow)
            .join(ActHeadRow, (ActHeadRow.enterprise_id == ActRow.enterprise_id) & (ActHeadRow.id == ActRow.id))
            .join(EnterpriseRow, EnterpriseRow.id == ActRow.enterprise_id)
            .where(where)
            .order_by(*order)
            .limit(limit)
        )
        return [_act(row, head) for row, head in rows]


def _act(row: ActRow, head: ActHeadRow) -> Act:
    return Act(
        id=row.id,
        enterprise_id=row.enterprise_id,
        kind=row.kind,  # type: ignore[arg-type]  # written from an ActKind
        pack_name=row.pack_name,
        season=row.season,
        workflow=row.workflow,
        subject_id=row.subject_id,
        terms=row.terms,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        basis=row.basis,
        evidence=tuple(Evidence.of_json(one) for one in row.evidence),
        asked_by=row.origin,
        known_at=row.known_at,
        state=ActState(head.state),
        steps_done=head.steps_done,
        version=head.version,
    )


def step_of(row: ActStepRow) -> ActStep:
    return ActStep(
        id=row.id,
        act_id=row.act_id,
        number=row.number,
        action=ActAction(row.action),
        does=row.does,
        state=ActState(row.state),
        at=row.at,
        by=row.origin,
        note=row.note,
        terms=row.terms,
        evidence=tuple(Evidence.of_json(one) for one in row.evidence),
        assertions=tuple(row.assertions),
    )
