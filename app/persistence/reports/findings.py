"""Violations and places on exemption lists of many enterprises at once, as they stood at an instant."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.exemptions.entries import ON_THE_LIST
from app.domain.periods import civil_day
from app.domain.violations.violation import ViolationAction
from app.persistence.engine import one_of
from app.persistence.exemptions.rows import ExemptionEntryRow, ExemptionEntryStepRow, ExemptionListRow
from app.persistence.violations.rows import ViolationRow, ViolationStepRow

ENTRY, STEP, LIST = ExemptionEntryRow, ExemptionEntryStepRow, ExemptionListRow
Subject = tuple[UUID, UUID]


@dataclass(frozen=True, slots=True, kw_only=True)
class Of:
    """Of which plan and season."""

    pack: str
    season: int


class FindingsReader:
    """Only for work that has already settled who may see the enterprises."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def opened(self, ids: Sequence[UUID], of: Of, start: datetime, ends: datetime) -> dict[Subject, int]:
        """How many violations were reported in some time, by enterprise and subject."""
        query = (
            select(ViolationRow.enterprise_id, ViolationRow.subject_id, func.count())
            .where(*_of_violations(ids, of), ViolationRow.known_at >= start, ViolationRow.known_at < ends)
            .group_by(ViolationRow.enterprise_id, ViolationRow.subject_id)
        )
        return {(row[0], row[1]): row[2] for row in await self.session.execute(query)}

    async def confirmed(self, ids: Sequence[UUID], of: Of, start: datetime, ends: datetime) -> dict[Subject, int]:
        """How many were confirmed in some time, whenever they were reported."""
        same = (ViolationStepRow.enterprise_id == ViolationRow.enterprise_id) & (
            ViolationStepRow.violation_id == ViolationRow.id
        )
        query = (
            select(ViolationRow.enterprise_id, ViolationRow.subject_id, func.count())
            .join(ViolationStepRow, same)
            .where(
                *_of_violations(ids, of),
                ViolationStepRow.action == ViolationAction.CONFIRM,
                ViolationStepRow.at >= start,
                ViolationStepRow.at < ends,
            )
            .group_by(ViolationRow.enterprise_id, ViolationRow.subject_id)
        )
        return {(row[0], row[1]): row[2] for row in await self.session.execute(query)}

    async def listed(self, ids: Sequence[UUID], of: Of, at: datetime) -> dict[Subject, tuple[str, ...]]:
        """The criteria by which subjects were on an exemption list at an instant, by enterprise and subject."""
        newest = (
            select(STEP.enterprise_id, STEP.entry_id, STEP.state)
            .where(one_of(STEP.enterprise_id, ids), STEP.at < at)
            .ext(distinct_on(STEP.enterprise_id, STEP.entry_id))
            .order_by(STEP.enterprise_id, STEP.entry_id, STEP.number.desc())
            .subquery()
        )
        same = (newest.c.enterprise_id == ENTRY.enterprise_id) & (newest.c.entry_id == ENTRY.id)
        query = (
            select(ENTRY.enterprise_id, ENTRY.subject_id, ENTRY.rule)
            .join(newest, same)
            .join(LIST, LIST.id == ENTRY.list_id)
            .where(
                newest.c.state.in_(ON_THE_LIST),
                LIST.pack_name == of.pack,
                LIST.season == of.season,
                or_(ENTRY.expires_on.is_(None), ENTRY.expires_on > civil_day(at)),
            )
            .order_by(ENTRY.enterprise_id, ENTRY.subject_id, ENTRY.rule)
        )
        found: dict[Subject, tuple[str, ...]] = {}
        for enterprise, subject, rule in await self.session.execute(query):
            found[enterprise, subject] = (*found.get((enterprise, subject), ()), rule)
        return found


def _of_violations(ids: Sequence[UUID], of: Of) -> tuple[Any, ...]:
    return (
        one_of(ViolationRow.enterprise_id, ids),
        ViolationRow.pack_name == of.pack,
        ViolationRow.season == of.season,
    )
