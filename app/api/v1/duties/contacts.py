"""Contacts: whom to call at a firm or a body; versions are kept until their time is over, then erased."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Response
from pydantic import AfterValidator, Field, model_validator

from app.api.bodies import AnswerBody, CivilDay, Instant, Name, RegionCode, RequestBody
from app.api.pagination import PageQuery
from app.api.preconditions import IfMatch, etag
from app.api.security import caller
from app.api.structure import Text, plain
from app.api.transactions import Idempotent, Unit, router
from app.domain.access import Actor
from app.domain.duties.contacts import Contact, ContactRole
from app.persistence.duties.contacts import ContactRepository, ContactSearch
from app.services.duties import contacts
from app.services.duties.contacts import Called

routes = router("contacts")
Reader = Annotated[Actor, Depends(caller("contacts:read"))]
Writer = Annotated[Actor, Depends(caller("contacts:write"))]
Phone = Annotated[str, Field(pattern=r"^[+0-9][0-9 ()-]{2,39}$", examples=["0349-1234567"])]


class ContactChange(RequestBody):
    """What a contact is from now on; with `valid_to`, exclusive, it ends."""

    role: ContactRole
    name: Text | None = None
    phone: Phone | None = None
    office: Text | None = None
    valid_from: CivilDay
    valid_to: CivilDay | None = None

    def called(self) -> Called:
        return Called(
            role=self.role,
            name=self.name,
            phone=self.phone,
            office=self.office,
            valid_from=self.valid_from,
            valid_to=self.valid_to,
        )


class ContactRequest(ContactChange):
    """A contact of an enterprise, or of a named body of a region."""

    enterprise_id: UUID | None = None
    region: RegionCode | None = None
    body: Annotated[Name, AfterValidator(plain)] | None = None

    @model_validator(mode="after")
    def _of_one(self) -> "ContactRequest":
        of_firm, of_body = self.enterprise_id is not None, self.region is not None and self.body is not None
        if of_firm == of_body or (of_firm and (self.region or self.body)):
            raise ValueError("give an enterprise_id, or a region and a body")
        return self


class ContactOut(AnswerBody):
    """A contact as it stands; after its time what is personal is gone, and `erased_at` says since when."""

    id: UUID
    number: int
    enterprise_id: UUID | None
    region: str
    body: str
    role: ContactRole
    name: str | None
    phone: str | None
    office: str | None
    valid_from: str
    valid_to: str | None
    changed_at: Instant
    erased_at: Instant | None

    @classmethod
    def of(cls, one: Contact) -> "ContactOut":
        return cls(
            id=one.id,
            number=one.number,
            enterprise_id=one.enterprise_id,
            region=one.region,
            body=one.body,
            role=one.role,
            name=one.name,
            phone=one.phone,
            office=one.office,
            valid_from=one.valid_from.isoformat(),
            valid_to=None if one.valid_to is None else one.valid_to.isoformat(),
            changed_at=one.at,
            erased_at=one.erased_at,
        )


class ContactPage(AnswerBody):
    """Some contacts, the newest first."""

    items: list[ContactOut]
    next_cursor: str | None


@routes.post("", status_code=201, dependencies=[Idempotent])
async def register_contact(body: ContactRequest, actor: Writer, uow: Unit, response: Response) -> ContactOut:
    """By the enterprise or who sees it; of a body by whoever looks after its region. Supervisors are the authority's."""
    if body.enterprise_id is not None:
        made = await contacts.of_enterprise(uow, body.enterprise_id, body.called(), by=actor)
    else:
        made = await contacts.of_body(uow, body.region or "", body.body or "", body.called(), by=actor)
    return told(made, response)


@routes.put("/{contact_id}")
async def change_contact(
    contact_id: UUID, body: ContactChange, seen: IfMatch, *, actor: Writer, uow: Unit, response: Response
) -> ContactOut:
    """A new version; the one before is erased with its time."""
    return told(await contacts.change(uow, contact_id, body.called(), seen=seen, by=actor), response)


@routes.get("")
async def list_contacts(
    *,
    actor: Reader,
    uow: Unit,
    page: PageQuery,
    response: Response,
    region: Annotated[RegionCode | None, Query(description="GB/T 2260 code; its subtree is included.")] = None,
    enterprise_id: Annotated[UUID | None, Query()] = None,
    role: Annotated[ContactRole | None, Query()] = None,
    day: Annotated[date | None, Query(description="Only those who are to be called on this day.")] = None,
) -> ContactPage:
    """Who is to be reached about duties."""
    response.headers["Cache-Control"] = "no-store"
    search = ContactSearch(region=region, enterprise_id=enterprise_id, role=role, day=day)
    found = await ContactRepository(uow.session).page(search, visible_to=actor, after=page.after, limit=page.limit + 1)
    items, next_cursor = page.cut(found, lambda one: (one.id,))
    return ContactPage(items=[ContactOut.of(one) for one in items], next_cursor=next_cursor)


@routes.get("/{contact_id}")
async def get_contact(contact_id: UUID, actor: Reader, uow: Unit, response: Response) -> ContactOut:
    """One contact and its version."""
    return told(await ContactRepository(uow.session).get(contact_id, visible_to=actor), response)


def told(contact: Contact, response: Response) -> ContactOut:
    """No cache keeps it, and the table of request keys seals it."""
    response.headers["ETag"] = etag(contact.number)
    response.headers["Cache-Control"] = "no-store"
    return ContactOut.of(contact)
