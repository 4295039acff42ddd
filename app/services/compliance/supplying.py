"""supplying: the monthly table of electricity that the power supplier owes the authority (HR-29)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from app.domain.access import Actor
from app.domain.compliance.dossier import Dossier
from app.domain.compliance.nights import night_slots
from app.domain.compliance.tables import MonthRow, month_rows
from app.domain.compliance.thresholds import PUBLISHED
from app.domain.enterprises.structure import Enterprise, MeterKind
from app.domain.errors import Conflict
from app.persistence.compliance.gauges import GaugeRepository
from app.persistence.enterprises.reading import EnterpriseReader
from app.persistence.regions import RegionRepository
from app.persistence.unit_of_work import UnitOfWork
from app.services.compliance import measuring
from app.services.compliance.asking import Said
from app.services.compliance.compiling import dossier

# Enterprises whose month is read together, and those of one file: a city has some thousands.
AT_ONCE = 50
MOST = 5_000


class TableTooLarge(Conflict):
    code = "electricity_table_too_large"
    zh = "该行政区有 {found} 家企业，一份表最多 {most} 家；请按下级行政区分别导出。"
    en = "The region has {found} enterprises, and one table holds {most}; ask for the regions below it."


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


async def whole_month(uow: UnitOfWork, region: str, month: date, *, by: Actor) -> list[SuppliedMonth]:
    """Every meter of a region; raises TableTooLarge."""
    ids = await enterprises_of(uow, region, by=by)
    if len(ids) > MOST:
        raise TableTooLarge(found=len(ids), most=MOST)
    found: list[SuppliedMonth] = []
    for start in range(0, len(ids), AT_ONCE):
        found += await months_of(uow, ids[start : start + AT_ONCE], month, by=by)
    return found


async def months_of(uow: UnitOfWork, ids: Sequence[UUID], month: date, *, by: Actor) -> list[SuppliedMonth]:
    """The meters of some enterprises, each with how much of the month was read."""
    enterprises = await EnterpriseReader(uow.session).whole(ids, visible_to=by)
    gauges = await GaugeRepository(uow.session).of(
        [one.head.id for one in enterprises], ["energy_kwh"], known_at=uow.now
    )
    known = [dossier(one, Said(), gauges.get(one.head.id, ()), month) for one in enterprises]
    rows = await _rows(uow, known, month)
    return [
        SuppliedMonth(enterprise=one, meter_code=meter.code, meter_kind=meter.kind, row=rows[meter.id])
        for one in enterprises
        for meter in one.meters
        if meter.id in rows
    ]


async def _rows(uow: UnitOfWork, known: Sequence[Dossier], month: date) -> dict[UUID, MonthRow]:
    days = measuring.days_from(month, following(month))
    gauges = measuring.gauges_of(known)
    found: dict[UUID, MonthRow] = {}
    for slots, meters in measuring.widths(known).items():
        block = await measuring.block(uow, meters, gauges, days)
        for row in month_rows(block, night=night_slots(slots, PUBLISHED).tolist()):
            found[row.meter_id] = row
    return found


def following(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)
