"""The acts that bear on decisions, as known at an instant, and the same ones again for a run that was made under them."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.domain.access import Person
from app.domain.acts.act import ActAction
from app.domain.acts.effects import ApprovedLoad, Determination, Effect
from app.domain.periods import civil_day
from app.persistence.acts.rows import ActRow, ActStepRow
from app.persistence.engine import one_of

GRANT = aliased(ActStepRow, name="grant_step")
REVOKE = aliased(ActStepRow, name="revoke_step")
BEARING = ("determination", "dispatch")


class InForceReader:
    """Only for work that has already settled who may see the enterprises."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def known(
        self, ids: Sequence[UUID], pack_name: str, season: int, *, known_at: datetime
    ) -> dict[UUID, list[Effect]]:
        """The effects granted by an instant for a plan and season, newest first; a revoked act ends on that day."""
        own = one_of(ActRow.enterprise_id, ids) & (ActRow.pack_name == pack_name) & (ActRow.season == season)
        found: dict[UUID, list[Effect]] = {}
        for enterprise, effect in await self._read(own & (GRANT.at <= known_at), REVOKE.at <= known_at):
            found.setdefault(enterprise, []).append(effect)
        return found

    async def named(self, enterprise_id: UUID, steps: Sequence[UUID]) -> list[Effect]:
        """The effects that stand on just these steps: what a run was made under."""
        if not steps:
            return []
        own = (ActRow.enterprise_id == enterprise_id) & one_of(GRANT.id, steps)
        return [effect for _, effect in await self._read(own, one_of(REVOKE.id, steps))]

    async def _read(self, where: ColumnElement[bool], revoked: ColumnElement[bool]) -> list[tuple[UUID, Effect]]:
        rows = await self.session.execute(
            select(ActRow, GRANT, REVOKE.id, REVOKE.at)
            .join(GRANT, _step_of_act(GRANT, ActAction.GRANT))
            .outerjoin(REVOKE, _step_of_act(REVOKE, ActAction.REVOKE) & revoked)
            .where(where, ActRow.kind.in_(BEARING))
            .order_by(GRANT.at.desc(), GRANT.id.desc())
        )
        found: list[tuple[UUID, Effect]] = []
        for row in rows:
            act, grant, revoke_id, revoke_at = cast("tuple[ActRow, ActStepRow, UUID | None, datetime | None]", row)
            effect = effect_of(act, grant, revoke_id, None if revoke_at is None else civil_day(revoke_at))
            if effect is not None:
                found.append((act.enterprise_id, effect))
        return found


def _step_of_act(step: Any, action: ActAction) -> ColumnElement[bool]:
    return and_(step.enterprise_id == ActRow.enterprise_id, step.act_id == ActRow.id, step.action == action)


def effect_of(act: ActRow, grant: ActStepRow, revoke_id: UUID | None, ends: date | None) -> Effect | None:
    """What an act does to decisions; None where its effect is a fact alone, or it was revoked before it began."""
    terms = {**act.terms, **grant.terms}
    valid_to = act.valid_to if ends is None else min(ends, act.valid_to or ends)
    if valid_to is not None and valid_to <= act.valid_from:
        return None
    shared: dict[str, Any] = {
        "id": str(act.id),
        "subject_id": str(act.subject_id),
        "valid_from": act.valid_from,
        "valid_to": valid_to,
        "person": Person(name=grant.person_name or "", office=grant.person_office or ""),
        "basis": act.basis,
        "steps": (grant.id,) if revoke_id is None else (grant.id, revoke_id),
    }
    if "rule" in terms:
        number = terms.get("number")
        return Determination(
            rule_id=terms["rule"],
            choice=terms["alternative"] or 0,
            number=None if number is None else float(number),
            way=terms.get("way", "alternative"),
            **shared,
        )
    load = terms.get("load")
    if load is None:
        return None
    return ApprovedLoad(fact=terms["fact"], amount=float(load["amount"]), unit=load["unit"], **shared)
