"""Reminding: once for each duty it is told that it is due soon, and once that it is late; others deliver it."""

from app.domain.access import Actor
from app.domain.duties.filing import DutyState
from app.persistence.duties.repository import DutyRepository
from app.persistence.unit_of_work import UnitOfWork
from app.services.duties.events import duty_event

STAGES = (DutyState.DUE_SOON, DutyState.LATE)
BATCH = 500


async def remind(uow: UnitOfWork, stage: DutyState, *, by: Actor) -> int:
    """Tell of some duties that came to a stage; returns how many were found, 0 where everybody has been told."""
    duties = DutyRepository(uow.session)
    found = await duties.untold(stage, now=uow.now, limit=BATCH)
    told = await duties.tell(found, stage, at=uow.now)
    events = [duty_event(f"duty.{stage}", one, form=one.term.forms[0]) for one in found if one.id in told]
    await uow.record_all(events, by=by)
    return len(found)
