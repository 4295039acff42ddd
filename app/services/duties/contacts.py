"""Contacts: registered, changed and ended by versions; what is personal in them is erased some time after they ended."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from app.domain.access import Actor, Origin
from app.domain.duties.contacts import (
    AUTHORITY_ROLES,
    Contact,
    ContactErased,
    ContactInvalid,
    ContactOutdated,
    ContactRole,
    erasable_from,
)
from app.domain.duties.deeds import holder_of
from app.domain.duties.settings import DutySettings, settings_for
from app.domain.errors import FieldError
from app.domain.events import Event
from app.domain.periods import civil_day
from app.integrations.ids import new_id
from app.persistence.duties.contacts import ContactRepository
from app.persistence.duties.settings import DutySettingsRepository
from app.persistence.enterprises.reading import EnterpriseReader
from app.persistence.regions import RegionRepository
from app.persistence.unit_of_work import UnitOfWork
from app.services.duties.filling import fill

BATCH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """What a version of a contact says; `valid_to` is exclusive."""

    role: ContactRole
    name: str | None
    phone: str | None
    office: str | None
    valid_from: date
    valid_to: date | None

    def refuse_empty(self) -> None:
        """Raises ContactInvalid with everything that is wrong."""
        errors = []
        if not (self.name or self.phone or self.office):
            errors.append(
                FieldError(
                    pointer="/name",
                    code="contact_empty",
                    zh="姓名、电话、科室至少填一项。",
                    en="Give a name, a telephone or an office.",
                )
            )
        if self.valid_to is not None and self.valid_to < self.valid_from:
            errors.append(
                FieldError(
                    pointer="/valid_to",
                    code="before_beginning",
                    zh="截止日不得早于起始日。",
                    en="It cannot end before it begins.",
                )
            )
        if errors:
            raise ContactInvalid(errors=errors)


async def of_enterprise(uow: UnitOfWork, enterprise_id: UUID, called: Called, *, by: Actor) -> Contact:
    """By the enterprise itself or an officer who sees it."""
    head = await EnterpriseReader(uow.session).head(enterprise_id, visible_to=by)
    _refuse_own_supervisor(called.role, head.region, by)
    return await _add(uow, called, enterprise_id=head.id, region=head.region, body="", by=by)


async def of_body(uow: UnitOfWork, region: str, body: str, called: Called, *, by: Actor) -> Contact:
    """By whoever looks after the region."""
    await RegionRepository(uow.session).get(region)
    by.must_look_after(region)
    return await _add(uow, called, enterprise_id=None, region=region, body=body, by=by)


async def change(uow: UnitOfWork, contact_id: UUID, called: Called, *, seen: int, by: Actor) -> Contact:
    """A new version; the one before is kept until its time is over. With a last day, the contact ends."""
    before = await ContactRepository(uow.session).get(contact_id, visible_to=by)
    if before.number != seen:
        raise ContactOutdated()
    if before.erased_at is not None:
        raise ContactErased()
    for role in (before.role, called.role):
        _refuse_own_supervisor(role, before.region, by)
    called.refuse_empty()
    after = replace(before, **_fields(called), number=before.number + 1, at=uow.now, by=Origin.of(by))
    await ContactRepository(uow.session).add(after)
    await uow.record(_event("contact.changed", after), by=by)
    await fill(uow, holder_of(after), by=by)
    return after


async def erase(uow: UnitOfWork, after: tuple[str, ...] | None, *, by: Actor) -> tuple[int, tuple[str, ...] | None]:
    """Empty some versions whose time is over; how many, and where to go on (None: there are no more)."""
    contacts, today = ContactRepository(uow.session), civil_day(uow.now)
    known = await DutySettingsRepository(uow.session).everything()
    found = await contacts.ended(today, after, BATCH)
    over = [
        one
        for one, replaced_at in found
        if (ends := erasable_from(one.valid_to, replaced_at, months=_months(one, known))) is not None and ends <= today
    ]
    await contacts.erase(over, at=uow.now)
    await uow.record_all([_event("contact.erased", one) for one in over], by=by)
    last = found[-1][0] if found else None
    return len(over), None if last is None else (str(last.id), str(last.number))


def _refuse_own_supervisor(role: ContactRole, region: str, by: Actor) -> None:
    """Who supervises a firm is for the authority to say (L12-55, L12-68)."""
    if role in AUTHORITY_ROLES:
        by.must_look_after(region)


def _months(contact: Contact, known: Sequence[DutySettings]) -> int:
    return settings_for(contact.region, known).contact_months


async def _add(
    uow: UnitOfWork, called: Called, *, enterprise_id: UUID | None, region: str, body: str, by: Actor
) -> Contact:
    called.refuse_empty()
    made = Contact(
        id=new_id(),
        number=1,
        enterprise_id=enterprise_id,
        region=region,
        body=body,
        **_fields(called),
        at=uow.now,
        by=Origin.of(by),
    )
    await ContactRepository(uow.session).add(made)
    await uow.record(_event("contact.registered", made), by=by)
    await fill(uow, holder_of(made), by=by)
    return made


def _fields(called: Called) -> dict[str, Any]:
    return {name: getattr(called, name) for name in Called.__dataclass_fields__}


def _event(kind: str, contact: Contact) -> Event:
    """Which contact, of whom, for what: never who it is."""
    return Event(
        type=kind,
        subject=str(contact.id),
        enterprise_id=None if contact.enterprise_id is None else str(contact.enterprise_id),
        region=contact.region,
        data={"number": contact.number, "role": contact.role, "body": contact.body},
    )
