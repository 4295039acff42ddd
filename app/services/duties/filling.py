"""Filling: what somebody did elsewhere at the service is filed as the duty it fills, once, whichever was there first.

Whoever does something files it in the same transaction; the job that makes duties files what was done before they were
made. Both file the same deed, as of when it was done and by whose hand.
"""

from uuid import UUID

from app.domain.access import Actor
from app.domain.duties.deeds import Deed, filled_by, holder_of
from app.domain.duties.filing import DutyOutdated, Filing
from app.integrations.ids import new_id
from app.persistence.duties.deeds import DeedRepository, Unfiled
from app.persistence.unit_of_work import UnitOfWork
from app.services.duties.filing import keep

# Duties that are filled in one transaction.
BATCH = 500


async def fill(uow: UnitOfWork, holder: UUID | str, *, by: Actor) -> None:
    """File what an enterprise, or the bodies of a region, owe and just did, in the transaction of what was done."""
    deeds = DeedRepository(uow.session)
    await deeds.take_part()
    await _fill(uow, await deeds.of_holder(holder), by)


async def wait(uow: UnitOfWork) -> None:
    """Before the job looks: what is being done meanwhile is either kept by then or finds what was made."""
    await DeedRepository(uow.session).wait()


async def fill_some(
    uow: UnitOfWork, season: int, after: tuple[UUID, UUID] | None, *, by: Actor
) -> tuple[int, tuple[UUID, UUID] | None]:
    """File some of what was done before its duty was made; how many, and where to go on (None: there are no more)."""
    found = await DeedRepository(uow.session).of_season(season, after, BATCH)
    filled = await _fill(uow, found, by)
    if len(found) < BATCH:
        return filled, None
    last = found[-1].owed
    return filled, (last.enterprise_id or UUID(int=0), last.id)


async def _fill(uow: UnitOfWork, found: list[Unfiled], by: Actor) -> int:
    """In order of their keys, so that of two who fill the same duties none waits for the other in a ring."""
    if not found:
        return 0
    done = await DeedRepository(uow.session).done_by([one.owed for one in found])
    filled = 0
    for one in found:
        deed = filled_by(one.owed, done.get(holder_of(one.owed), ()), returned_at=one.returned_at)
        if deed is not None and await _filed(uow, one, deed, by):
            filled += 1
    return filled


async def _filed(uow: UnitOfWork, one: Unfiled, deed: Deed, by: Actor) -> bool:
    """Not where somebody else has filed or freed of it meanwhile."""
    filing = Filing(
        id=new_id(),
        number=one.filings + 1,
        form=deed.form,
        report=deed.says,
        note="",
        attachments=(),
        at=deed.at,
        by=deed.by,
    ).sealed(one.owed.id)
    try:
        await keep(uow, one.owed, filing, filed_at=filing.at, by=by)
    except DutyOutdated:
        return False
    return True
