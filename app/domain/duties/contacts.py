"""Contacts: whom to call at a firm or a body, by versions, erased some time after they ended (HR-33, L12-55, L12-68)."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from app.domain.access import Origin
from app.domain.duties.settings import months_after
from app.domain.errors import Conflict, Invalid, NotFound, Stale
from app.domain.periods import civil_day


class ContactRole(StrEnum):
    """What somebody is called for."""

    CONTACT = "contact"
    LEAD_OFFICE = "lead_office"
    SUPERVISING_UNIT = "supervising_unit"
    DUTY_PERSON = "duty_person"
    RESPONSIBLE_LEADER = "responsible_leader"


ROLES: dict[str, tuple[str, str]] = {
    ContactRole.CONTACT: ("联系人", "contact"),
    ContactRole.LEAD_OFFICE: ("牵头科室", "lead office"),
    ContactRole.SUPERVISING_UNIT: ("监管单位", "supervising unit"),
    ContactRole.DUTY_PERSON: ("值守人", "duty person"),
    ContactRole.RESPONSIBLE_LEADER: ("包联领导", "responsible leader"),
}


# Named by whoever supervises, not by the firm.
AUTHORITY_ROLES = frozenset({ContactRole.SUPERVISING_UNIT, ContactRole.DUTY_PERSON, ContactRole.RESPONSIBLE_LEADER})


class ContactUnknown(NotFound):
    code = "contact_unknown"
    zh = "没有此联系人，或不在您可见的范围内。"
    en = "There is no such contact, or it lies outside what you may see."


class ContactOutdated(Stale):
    code = "contact_outdated"
    zh = "该联系人已被他人修改；请重新读取后再改。"
    en = "Somebody else has changed this contact; read it again first."


class ContactErased(Conflict):
    code = "contact_erased"
    zh = "该联系人的个人信息已按保存期限删除，不能再修改；请新建联系人。"
    en = "What was kept of this contact has been erased after its time; register a new contact."


class ContactInvalid(Invalid):
    code = "contact_invalid"
    zh = "联系人内容不符合要求，详见 errors。"
    en = "The contact does not fit; see errors."


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """One version of a contact; `valid_to` is exclusive. Erasing leaves what it was, from when to when, and who said so.

    No hash of the erased fields is kept: a telephone number is guessed from its hash in seconds.
    """

    id: UUID
    number: int
    enterprise_id: UUID | None
    region: str
    body: str
    role: ContactRole
    name: str | None
    phone: str | None
    office: str | None
    valid_from: date
    valid_to: date | None
    at: datetime
    by: Origin
    erased_at: datetime | None = None


def erasable_from(valid_to: date | None, replaced_at: datetime | None, *, months: int) -> date | None:
    """The day from which a version's personal fields are erased; None while the contact is of use.

    A version ends when the contact does, or when a newer version takes its place.
    """
    replaced = None if replaced_at is None else civil_day(replaced_at)
    ends = min((day for day in (valid_to, replaced) if day is not None), default=None)
    return None if ends is None else months_after(ends, months)
