"""What grants make true, on the register: of several that overlap, ending one or dating one back hides no other."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from app.domain.access import Actor
from app.domain.acts.act import Act, ActAction
from app.domain.facts.recorded import Recorded
from app.domain.facts.values import value_of
from app.domain.periods import civil_day
from app.integrations.ids import new_id
from app.persistence.acts.repository import ActRepository
from app.persistence.enterprises.reading import EnterpriseReader
from app.persistence.facts.reading import FactReader
from app.persistence.facts.recording import FactRecorder
from app.persistence.known_facts import known_facts
from app.persistence.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Grant:
    """An act that was granted at an instant, and the day its revocation ended it, if any."""

    act: Act
    at: datetime
    revoked_on: date | None

    @property
    def until(self) -> date | None:
        """The first day on which it no longer holds."""
        return min((end for end in (self.act.valid_to, self.revoked_on) if end is not None), default=None)

    def holds_on(self, day: date) -> bool:
        return self.act.valid_from <= day and (self.until is None or day < self.until)


async def record_grant(uow: UnitOfWork, act: Act, *, by: Actor) -> tuple[UUID, ...]:
    """Record the fact for the act's period; past a revocation on the way, anew, because its end is read there."""
    recorder, others = await _recorder(uow, by), await _other_grants(uow, act, by)
    wanted = [await _fact(uow, act, act.valid_from, act.valid_to)]
    grants = [*others, Grant(act, uow.now, None)]
    for day in sorted({one.revoked_on for one in others if one.revoked_on and act.valid_from < one.revoked_on}):
        if act.valid_to is None or day < act.valid_to:
            wanted += await _on(uow, grants, day)
    return await recorder.record(wanted)


async def end_grant(uow: UnitOfWork, act: Act, *, reason: str, by: Actor) -> tuple[UUID, ...]:
    """End the fact today; what other grants say of it from today on would be hidden by that, and is recorded anew."""
    recorder, day = await _recorder(uow, by), civil_day(uow.now)
    ended = await recorder.end(act.enterprise_id, await _made_true(uow, act, by), on=day, reason=reason)
    if not ended:
        return ()
    return ended + await recorder.record(await _on(uow, await _other_grants(uow, act, by), day))


async def _made_true(uow: UnitOfWork, act: Act, by: Actor) -> list[UUID]:
    """Recorded when it was granted, and anew when another one ended."""
    acts = ActRepository(uow.session)
    steps = await acts.steps_of(await acts.of_enterprise(act.enterprise_id, [act.kind], visible_to=by))
    made = [one for own in steps.values() for step in own for one in step.assertions]
    found = await FactReader(uow.session).some(act.enterprise_id, made, visible_to=by)
    return [one.id for one in found if one.claim.document == act.document]


async def _other_grants(uow: UnitOfWork, act: Act, by: Actor) -> list[Grant]:
    """Every other grant there has been of the same fact and subject."""
    acts = ActRepository(uow.session)
    known = await acts.of_enterprise(act.enterprise_id, [act.kind], visible_to=by)
    same = [one for one in known if one.id != act.id and _about(one) == _about(act)]
    found = []
    for one in same:
        at = {step.action: step.at for step in await acts.steps(one)}
        if ActAction.GRANT in at:
            revoked = at.get(ActAction.REVOKE)
            found.append(Grant(one, at[ActAction.GRANT], None if revoked is None else civil_day(revoked)))
    return found


def _about(act: Act) -> tuple[UUID, str | None]:
    return act.subject_id, act.terms.get("fact")


async def _on(uow: UnitOfWork, grants: list[Grant], day: date) -> list[Recorded]:
    """What grants say from a day on, in the order of their beginnings: of those recorded together the last is read."""
    ordered = sorted(grants, key=lambda one: (one.act.valid_from, one.at))
    return [await _fact(uow, one.act, day, one.until) for one in ordered if one.holds_on(day)]


async def _fact(uow: UnitOfWork, act: Act, valid_from: date, valid_to: date | None) -> Recorded:
    spec = (await known_facts(uow.session))[act.terms["fact"]]
    levels = await EnterpriseReader(uow.session).levels(act.enterprise_id)
    return Recorded(
        enterprise_id=act.enterprise_id,
        subject_id=act.subject_id,
        level=levels[act.subject_id],
        fact=spec.name,
        value=value_of(spec.type, act.terms["value"]),
        valid_from=valid_from,
        valid_to=valid_to,
        document=act.document,
    )


async def _recorder(uow: UnitOfWork, by: Actor) -> FactRecorder:
    return FactRecorder(session=uow.session, catalogue=await known_facts(uow.session), new_id=new_id, at=uow.now, by=by)
