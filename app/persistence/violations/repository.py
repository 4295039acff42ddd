"""Violations and their steps: added, moved on under the version somebody has read, read by whoever sees the enterprise."""

from typing import Any, cast
from uuid import UUID

from sqlalchemy import Select, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.access import Actor
from app.domain.evidence import Evidence
from app.domain.policies.facts import Level
from app.domain.violations.violation import (
    Case,
    Claimed,
    Terms,
    Violation,
    ViolationAction,
    ViolationStale,
    ViolationState,
    ViolationStep,
    ViolationUnknown,
)
from app.persistence.enterprises.reading import Search, narrowed
from app.persistence.enterprises.rows import EnterpriseRow
from app.persistence.enterprises.visibility import visible
from app.persistence.signed import signature
from app.persistence.violations.rows import ViolationHeadRow, ViolationRow, ViolationStepRow

_PLAIN = (
    "id", "enterprise_id", "subject_id", "level", "pack_name", "season", "occurred_from", "occurred_to", "what",
    "known_at",
)  # fmt: skip


class ViolationRepository:
    """Violations are seen by whoever sees the enterprise."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def add(self, violation: Violation) -> None:
        await self.session.execute(
            insert(ViolationRow).values(
                **{name: getattr(violation, name) for name in _PLAIN},
                claims=[one.as_json() for one in violation.claims],
                evidence=[one.as_json() for one in violation.evidence],
                **signature(violation.reported_by),
            )
        )
        await self.session.execute(
            insert(ViolationHeadRow).values(
                enterprise_id=violation.enterprise_id,
                id=violation.id,
                state=violation.state,
                version=violation.version,
            )
        )

    async def take(self, violation: Violation, step: ViolationStep) -> None:
        """Move a violation on; raises ViolationStale where somebody else has moved it since it was read."""
        own = (ViolationHeadRow.enterprise_id == violation.enterprise_id) & (ViolationHeadRow.id == violation.id)
        moved = await self.session.scalar(
            update(ViolationHeadRow)
            .where(own, ViolationHeadRow.version == violation.version)
            .values(state=step.state, version=violation.version + 1)
            .returning(ViolationHeadRow.version)
        )
        if moved is None:
            raise ViolationStale()
        await self.session.execute(
            insert(ViolationStepRow).values(
                enterprise_id=violation.enterprise_id,
                id=step.id,
                violation_id=violation.id,
                number=step.number,
                action=step.action,
                state=step.state,
                at=step.at,
                note=step.note,
                terms=step.terms.as_json(),
                evidence=[one.as_json() for one in step.evidence],
                assertions=list(step.assertions),
                retracted=list(step.retracted),
                **signature(step.by),
            )
        )

    async def get(self, violation_id: UUID, *, visible_to: Actor) -> Case:
        query = _violations().where(ViolationRow.id == violation_id, visible(visible_to))
        found = await self._cases(query)
        if not found:
            raise ViolationUnknown()
        return found[0]

    async def of_enterprise(self, enterprise_id: UUID, *, visible_to: Actor) -> list[Case]:
        """Every violation of an enterprise with its steps, newest first."""
        return await self._cases(_violations().where(ViolationRow.enterprise_id == enterprise_id, visible(visible_to)))

    async def page(
        self,
        *,
        region: str | None,
        state: ViolationState | None,
        visible_to: Actor,
        after: tuple[str, ...] | None,
        limit: int,
    ) -> list[Violation]:
        """The newest first."""
        query = narrowed(_violations().where(visible(visible_to)), Search(region=region))
        if state is not None:
            query = query.where(ViolationHeadRow.state == state)
        if after is not None:
            query = query.where(ViolationRow.id < UUID(after[0]))
        return [_violation(row, head) for row, head in await self.session.execute(query.limit(limit))]

    async def enterprises(self, *, visible_to: Actor) -> list[UUID]:
        """The enterprises of which violations were ever reported, in order."""
        query = (
            select(ViolationRow.enterprise_id)
            .join(EnterpriseRow, EnterpriseRow.id == ViolationRow.enterprise_id)
            .where(visible(visible_to))
            .distinct()
        )
        return sorted(await self.session.scalars(query))

    async def _cases(self, query: Select[*tuple[Any, ...]]) -> list[Case]:
        found = [_violation(row, head) for row, head in await self.session.execute(query)]
        steps: dict[UUID, list[ViolationStep]] = {}
        if found:
            rows = await self.session.scalars(
                select(ViolationStepRow)
                .where(
                    ViolationStepRow.enterprise_id == found[0].enterprise_id,
                    ViolationStepRow.violation_id.in_([one.id for one in found]),
                )
                .order_by(ViolationStepRow.number)
            )
            for row in rows:
                steps.setdefault(row.violation_id, []).append(_step(row))
        return [Case(violation=one, steps=tuple(steps.get(one.id, ()))) for one in found]


def _violations() -> Select[*tuple[Any, ...]]:
    same = (ViolationHeadRow.enterprise_id == ViolationRow.enterprise_id) & (ViolationHeadRow.id == ViolationRow.id)
    return (
        select(ViolationRow, ViolationHeadRow)
        .join(ViolationHeadRow, same)
        .join(EnterpriseRow, EnterpriseRow.id == ViolationRow.enterprise_id)
        .order_by(ViolationRow.id.desc())
        # What is read again under the lock is read, not remembered.
        .execution_options(populate_existing=True)
    )


def _violation(row: ViolationRow, head: ViolationHeadRow) -> Violation:
    return Violation(
        id=row.id,
        enterprise_id=row.enterprise_id,
        subject_id=row.subject_id,
        level=cast("Level", row.level),
        pack_name=row.pack_name,
        season=row.season,
        occurred_from=row.occurred_from,
        occurred_to=row.occurred_to,
        claims=tuple(Claimed.of_json(one) for one in row.claims),
        what=row.what,
        evidence=tuple(Evidence.of_json(one) for one in row.evidence),
        reported_by=row.origin,
        known_at=row.known_at,
        state=ViolationState(head.state),
        version=head.version,
    )


def _step(row: ViolationStepRow) -> ViolationStep:
    return ViolationStep(
        id=row.id,
        violation_id=row.violation_id,
        number=row.number,
        action=ViolationAction(row.action),
        state=ViolationState(row.state),
        at=row.at,
        by=row.origin,
        note=row.note,
        terms=Terms.of_json(row.terms),
        evidence=tuple(Evidence.of_json(one) for one in row.evidence),
        assertions=tuple(row.assertions),
        retracted=tuple(row.retracted),
    )
