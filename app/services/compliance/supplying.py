"""supplying: the monthly table of electricity that the power supplier owes the authority (HR-29)."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from app.domain.access import Actor
from app.domain.compliance.dossier import Dossier
from app.domain.compliance.nights import night_slots
from app.domain.compliance.tables import MonthRow, month_rows
from app.domain.compliance.thresholds import PUBLISHED
from app.domain.enterprises.structure import Enterprise, MeterKind
from app.persistence.compliance.gauges import GaugeRepository
from app.persistence.enterprises.reading import EnterpriseReader
from app.persistence.regions import RegionRepository
from app.persistence.unit_of_work import UnitOfWork
from app.services.compliance import measuring
from app.services.compliance.asking import Said
from app.services.compliance.compiling import dossier

# Enterprises whose month is read together.
AT_ONCE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppliedMonth:
    """A meter's month with whose it is."""

    enterprise: Enterprise
    meter_code: str
    meter_kind: MeterKind
    row: MonthRow


async def enterprises_of(uow: UnitOfWork, region: str, *, by: Actor) -> list[UUID]:
    """Those whose seat lies in the region, as far as they are visible; raises where the region is unknown."""
    await RegionRepository(uow.session).get(region)
    return await EnterpriseReader(uow.session).ids(region, visible_to=by)


async def months(
    uow: UnitOfWork, ids: Sequence[UUID], month: date, *, known_at: datetime, by: Actor
) -> AsyncIterator[list[SuppliedMonth]]:
    """Every meter of some enterprises, some at a time."""
    for start in range(0, len(ids), AT_ONCE):
        yield await months_of(uow, ids[start : start + AT_ONCE], month, known_at=known_at, by=by)


async def months_of(
    uow: UnitOfWork, ids: Sequence[UUID], month: date, *, known_at: datetime, by: Actor
) -> list[SuppliedMonth]:
    """The meters of some enterprises, each with how much of the month was read, as known at an instant."""
    enterprises = await EnterpriseReader(uow.session).whole(ids, visible_to=by)
    gauges = await GaugeRepository(uow.session).of(
        [one.head.id for one in enterprises], ["energy_kwh"], known_at=known_at
    )
    known = [dossier(one, Said(), gauges.get(one.head.id, ()), month) for one in enterprises]
    rows = await _rows(uow, known, month, known_at)
    return [
        SuppliedMonth(enterprise=one, meter_code=meter.code, meter_kind=meter.kind, row=rows[meter.id])
        for one in enterprises
        for meter in one.meters
        if meter.id in rows
    ]


async def _rows(uow: UnitOfWork, known: Sequence[Dossier], month: date, known_at: datetime) -> dict[UUID, MonthRow]:
    days = measuring.days_from(month, following(month))
    gauges = measuring.gauges_of(known)
    found: dict[UUID, MonthRow] = {}
    for slots, meters in measuring.widths(known).items():
        block = await measuring.block(uow, meters, gauges, days, known_at=None if known_at == uow.now else known_at)
        for row in month_rows(block, night=night_slots(slots, PUBLISHED).tolist()):
            found[row.meter_id] = row
    return found


def following(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)
