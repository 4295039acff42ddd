"""Confirming how a plan is read: reserved to a person of the region the plan is for."""

from app.documents.published import evaluator_of
from app.domain.access import Actor
from app.domain.acts.readings import Confirmation, ReadingUnknown, Verdict, wording_of
from app.domain.events import Event
from app.integrations.ids import new_id
from app.persistence.policies import PackRepository
from app.persistence.readings import ReadingRepository
from app.persistence.unit_of_work import UnitOfWork


async def confirm_reading(
    uow: UnitOfWork, pack_name: str, season: int, reading_id: str, *, verdict: Verdict, basis: str, by: Actor
) -> Confirmation:
    """Record a person's word on a reading as the version in force in a season words it."""
    person = by.named_person()
    stored = await PackRepository(uow.session).get(pack_name, season=season)
    by.must_look_after(stored.region)
    reading = evaluator_of(stored.document, stored.hash).pack.readings.get(reading_id)
    if reading is None:
        raise ReadingUnknown(pack=pack_name, reading=reading_id)
    confirmation = Confirmation(
        id=new_id(),
        pack_name=pack_name,
        reading_id=reading_id,
        wording=wording_of(reading),
        verdict=verdict,
        basis=basis,
        person=person,
        client_id=by.client_id,
        known_at=uow.now,
    )
    await ReadingRepository(uow.session).add(confirmation)
    await uow.record(
        Event(
            type=f"reading.{verdict}",
            subject=str(confirmation.id),
            region=stored.region,
            data={"pack": pack_name, "reading": reading_id, "wording": confirmation.wording},
        ),
        by=by,
    )
    return confirmation
