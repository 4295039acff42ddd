"""interim: what meters took from midnight until an instant of the same day; a day that is not over has no verdict."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from app.domain.compliance.metering import Block, read
from app.domain.enterprises.structure import Enterprise, MeterKind
from app.domain.periods import midnight
from app.domain.reports.daily import Taken
from app.persistence.compliance.gauges import GaugeRepository
from app.persistence.unit_of_work import UnitOfWork
from app.services.compliance import measuring
from app.services.compliance.asking import Said
from app.services.compliance.compiling import dossier

# What a subject's own consumption is told by: its production meters, else the main one.
KINDS: Sequence[MeterKind] = ("production", "main")


async def taken(
    uow: UnitOfWork, enterprises: Sequence[Enterprise], day: date, *, until: datetime, known_at: datetime
) -> dict[UUID, Taken]:
    """By subject, from what was known of the readings at an instant; subjects without a meter are left out."""
    ids = [one.head.id for one in enterprises]
    gauges = await GaugeRepository(uow.session).of(ids, ["energy_kwh"], known_at=known_at)
    known = [dossier(one, Said(), gauges.get(one.head.id, ()), day) for one in enterprises]
    by_meter: dict[UUID, Taken] = {}
    for meters in measuring.widths(known).values():
        block = await measuring.block(uow, meters, measuring.gauges_of(known), [day], known_at=known_at)
        by_meter |= dict(_of_block(block, until))
    return {subject: told for one in enterprises for subject, told in _by_subject(one, by_meter)}


def _of_block(block: Block, until: datetime) -> Iterator[tuple[UUID, Taken]]:
    """Slots that end by the instant; what the source estimated is not read."""
    due = min((until - midnight(block.first_day)) // timedelta(minutes=block.interval_minutes), block.slots)
    for row, meter in enumerate(block.meters):
        known = read(block.quality[row, 0, :due])
        yield (
            meter.id,
            Taken(
                meters=1,
                slots_due=due,
                slots_read=int(known.sum()),
                wh=int(block.wh[row, 0, :due][known].sum()),
            ),
        )


def _by_subject(enterprise: Enterprise, by_meter: dict[UUID, Taken]) -> Iterator[tuple[UUID, Taken]]:
    for _, subject in enterprise.subjects():
        found = [by_meter[one] for one in _meters_of(enterprise, subject, by_meter)]
        if found:
            yield subject, _summed(found)


def _meters_of(enterprise: Enterprise, subject: UUID, read_: dict[UUID, Taken]) -> list[UUID]:
    """Its own meters, else those below it, else those of its site where it is the only line there."""
    below = {each for _, each in enterprise.subjects() if subject in enterprise.chain(each)[1:]}
    site = next((one.site for one in enterprise.lines if one.id == subject), None)
    alone = {site} if sum(one.site == site for one in enterprise.lines) == 1 else set()
    for where in ({subject}, below, alone):
        for kind in KINDS:
            found = [one.id for one in enterprise.meters if one.subject in where and one.kind == kind]
            if any(one in read_ for one in found):
                return [one for one in found if one in read_]
    return []


def _summed(some: Iterable[Taken]) -> Taken:
    every = list(some)
    return Taken(
        meters=len(every),
        slots_due=sum(one.slots_due for one in every),
        slots_read=sum(one.slots_read for one in every),
        wh=sum(one.wh for one in every),
    )
