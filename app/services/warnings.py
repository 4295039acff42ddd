"""Issuing, changing and lifting warnings: a person's word, after which everybody it reaches is decided and served."""

from datetime import datetime, timedelta
from uuid import UUID

from app.domain.access import Actor, Origin
from app.domain.events import Event
from app.domain.warnings import Colour, PollutionWarning, WarningChange, WarningOutdated
from app.integrations.ids import new_id
from app.persistence.decisions.stale import StaleRepository
from app.persistence.regions import RegionRepository
from app.persistence.unit_of_work import UnitOfWork
from app.persistence.warnings import WarningRepository
from app.services import operations

SERVING = "serve_orders"


async def issue_warning(
    uow: UnitOfWork,
    *,
    region: str,
    colour: Colour,
    from_at: datetime,
    basis: str,
    acknowledge_within: timedelta,
    by: Actor,
) -> PollutionWarning:
    """A warning for a region's whole subtree, perhaps for a time to come; raises WarningStands where it has one."""
    by.named_person()
    await RegionRepository(uow.session).get(region)
    by.must_look_after(region)
    warning_id = new_id()
    first = await _said(uow, warning_id, 0, colour=colour, from_at=from_at, basis=basis, by=by)
    warning = PollutionWarning(
        id=warning_id, region=region, acknowledge_within=acknowledge_within, changes=(first,), version=1
    )
    await WarningRepository(uow.session).add(warning)
    await _announce(uow, "warning.issued", warning, by)
    return warning


async def change_warning(
    uow: UnitOfWork, warning_id: UUID, *, version: int, colour: Colour, from_at: datetime, basis: str, by: Actor
) -> PollutionWarning:
    """Another colour from an instant on."""
    return await _go_on(uow, warning_id, version=version, colour=colour, from_at=from_at, basis=basis, by=by)


async def lift_warning(
    uow: UnitOfWork, warning_id: UUID, *, version: int, from_at: datetime, basis: str, by: Actor
) -> PollutionWarning:
    """Lifted from an instant on; one lifted at the instant it was to begin never was in effect."""
    return await _go_on(uow, warning_id, version=version, colour=None, from_at=from_at, basis=basis, by=by)


async def _go_on(
    uow: UnitOfWork, warning_id: UUID, *, version: int, colour: Colour | None, from_at: datetime, basis: str, by: Actor
) -> PollutionWarning:
    by.named_person()
    warnings = WarningRepository(uow.session)
    warning = await warnings.get(warning_id, visible_to=by)
    by.must_look_after(warning.region)
    if warning.version != version:
        raise WarningOutdated()
    number = warning.last.number + 1
    change = await _said(uow, warning_id, number, colour=colour, from_at=from_at, basis=basis, by=by)
    changed = warning.changed(change)
    await warnings.take(changed)
    await _announce(uow, "warning.lifted" if colour is None else "warning.changed", changed, by)
    return changed


async def _said(
    uow: UnitOfWork, warning_id: UUID, number: int, *, colour: Colour | None, from_at: datetime, basis: str, by: Actor
) -> WarningChange:
    """What is said, with the long work that serves it."""
    payload = {"warning_id": str(warning_id), "number": number}
    operation = await operations.start(uow, kind=SERVING, payload=payload, by=by, now=uow.now)
    return WarningChange(
        number=number,
        colour=colour,
        from_at=from_at,
        known_at=uow.now,
        by=Origin.of(by),
        basis=basis,
        operation_id=operation.id,
    )


async def _announce(uow: UnitOfWork, kind: str, warning: PollutionWarning, by: Actor) -> None:
    await StaleRepository(uow.session).mark_region(warning.region, since=uow.now)
    last = warning.last
    data = {
        "number": last.number,
        "colour": last.colour,
        "from_at": last.from_at.isoformat(),
        "basis": last.basis,
        "operation_id": str(last.operation_id),
    }
    await uow.record(Event(type=kind, subject=str(warning.id), region=warning.region, data=data), by=by)
