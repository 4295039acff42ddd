"""Setting: a region says when people are reminded, on which day the power supplier reports, how long contacts are kept."""

from dataclasses import replace

from app.domain.access import Actor, Origin
from app.domain.duties.settings import DutySettings, DutySettingsOutdated, settings_for
from app.domain.events import Event
from app.persistence.duties.settings import DutySettingsRepository
from app.persistence.regions import RegionRepository
from app.persistence.unit_of_work import UnitOfWork


async def read(uow: UnitOfWork, region: str) -> tuple[DutySettings, int]:
    """What holds in a region, whoever above set it, and the version of its own settings (0: it has none)."""
    await RegionRepository(uow.session).get(region)
    known = await DutySettingsRepository(uow.session).everything()
    own = next((one.number for one in known if one.region == region), 0)
    return settings_for(region, known), own


async def change(uow: UnitOfWork, wanted: DutySettings, *, seen: int, by: Actor) -> DutySettings:
    """By a person who looks after the region; the next round of making duties follows."""
    _, own = await read(uow, wanted.region)
    by.must_look_after(wanted.region)
    by.named_person()
    if own != seen:
        raise DutySettingsOutdated()
    made = replace(wanted, number=own + 1, at=uow.now, by=Origin.of(by))
    await DutySettingsRepository(uow.session).add(made)
    data = {
        "number": made.number,
        "lead_days": made.lead_days,
        "lead_hours": made.lead_hours,
        "power_supplier_day": made.power_supplier_day,
        "contact_months": made.contact_months,
        "basis": made.basis,
    }
    await uow.record(Event(type="duty_settings.changed", subject=made.region, region=made.region, data=data), by=by)
    return made
