"""Enterprises: the structure of the register, entered once and changed by those who have read it."""

from itertools import groupby
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query, Response
from pydantic import Field

from app.api.bodies import AnswerBody, RegionCode, RequestBody
from app.api.known_facts import KnownFacts
from app.api.language import Lang
from app.api.pagination import PageQuery
from app.api.preconditions import IfMatch, etag
from app.api.security import caller
from app.api.structure import EnterpriseChange, EnterpriseRequest, drafts_of
from app.api.transactions import Idempotent, Unit, router
from app.domain.access import Actor
from app.domain.enterprises.checking import Draft
from app.domain.enterprises.structure import Enterprise, Head
from app.domain.facts.values import decimal_text
from app.persistence.enterprises.reading import EnterpriseReader, Search
from app.services.enterprises import registration

routes = router("enterprises")
Reader = Annotated[Actor, Depends(caller("enterprises:read"))]
Registrar = Annotated[Actor, Depends(caller("enterprises:write"))]
Name = Annotated[str, Query(min_length=1, max_length=100)]


class EnterpriseHeadOut(AnswerBody):
    """An enterprise in a list."""

    id: UUID
    code: str
    name: str
    region: str
    uscc: str | None
    gbt4754: str | None
    sample: bool = Field(description="Invented for demonstration.")
    version: int


class ProcessOut(AnswerBody):
    """A process."""

    id: UUID
    code: str
    name: str
    kind: str | None


class UnitOut(AnswerBody):
    """A unit; `process` is the id of the process it belongs to."""

    id: UUID
    code: str
    name: str
    kind: str | None
    process: UUID | None


class LineOut(AnswerBody):
    """A production line."""

    id: UUID
    code: str
    name: str
    industry: str | None
    gbt4754: str | None
    processes: list[ProcessOut]
    units: list[UnitOut]


class SiteOut(AnswerBody):
    """A site."""

    id: UUID
    code: str
    name: str
    region: str
    address: str | None
    longitude: str | None
    latitude: str | None
    lines: list[LineOut]


class CouplingOut(AnswerBody):
    """A dependency between lines or units, by their ids."""

    id: UUID
    kind: str
    from_level: str
    from_id: UUID
    to_level: str
    to_id: UUID


class MeterOut(AnswerBody):
    """A metering point and the id of what it measures."""

    id: UUID
    code: str
    kind: str
    level: str
    subject_id: UUID
    multiplier: str


class EnterpriseOut(EnterpriseHeadOut):
    """An enterprise with everything below it; its facts are at `/v1/enterprises/{id}/assertions`."""

    sites: list[SiteOut]
    couplings: list[CouplingOut]
    meters: list[MeterOut]


class EnterprisePage(AnswerBody):
    """Some enterprises, in order of registration."""

    items: list[EnterpriseHeadOut]
    next_cursor: str | None


class EnterpriseBatchRequest(RequestBody):
    """Several enterprises at once."""

    items: Annotated[list[EnterpriseRequest], Field(min_length=1, max_length=1000)]


class BatchError(AnswerBody):
    """One thing wrong with an item."""

    pointer: str
    code: str
    detail: str


class EnterpriseBatchItem(AnswerBody):
    """What became of one item; rows without errors have landed even when others of the item were rejected."""

    index: int
    code: str
    errors: list[BatchError]


class EnterpriseBatchOut(AnswerBody):
    """What became of a batch, item by item in the order sent."""

    created: int
    changed: int
    asserted: int
    items: list[EnterpriseBatchItem]


@routes.post("", status_code=201, dependencies=[Idempotent])
async def register_enterprise(
    *, body: EnterpriseRequest, actor: Registrar, uow: Unit, catalogue: KnownFacts, response: Response
) -> EnterpriseOut:
    """Everything or nothing; every error is named with a pointer into the body."""
    made = await registration.register_enterprise(
        uow, body.code, allowed(actor, drafts_of(body, body.code)), by=actor, catalogue=catalogue
    )
    response.headers["Location"] = f"/v1/enterprises/{made.head.id}"
    response.headers["ETag"] = etag(made.head.version)
    return out(made)


@routes.post("/batch", dependencies=[Idempotent])
async def register_enterprises(
    body: EnterpriseBatchRequest, actor: Registrar, uow: Unit, catalogue: KnownFacts, language: Lang
) -> EnterpriseBatchOut:
    """Good rows land and bad ones come back; the same batch may be sent again after mending."""
    drafts: dict[str, list[Draft]] = {}
    for index, item in enumerate(body.items):
        rows = drafts_of(item, item.code, pointer=f"/items/{index}", line=index)
        drafts.setdefault(item.code, []).extend(allowed(actor, rows))
    landed = await registration.register_batch(uow, drafts, by=actor, catalogue=catalogue)
    rejected = sorted(landed.rejected, key=lambda one: one.place.line)
    errors = {
        index: [
            BatchError(pointer=one.error.pointer, code=one.error.code, detail=one.error.message(language))
            for one in found
        ]
        for index, found in groupby(rejected, key=lambda one: one.place.line)
    }
    return EnterpriseBatchOut(
        created=len(landed.created),
        changed=len(landed.changed),
        asserted=landed.asserted,
        items=[
            EnterpriseBatchItem(index=index, code=item.code, errors=errors.get(index, []))
            for index, item in enumerate(body.items)
        ],
    )


@routes.get("")
async def list_enterprises(
    *,
    actor: Reader,
    uow: Unit,
    page: PageQuery,
    region: Annotated[RegionCode | None, Query(description="This region and all below it.")] = None,
    industry: Name | None = None,
    q: Annotated[Name | None, Query(description="Part of the name, or the whole code or credit code.")] = None,
) -> EnterprisePage:
    """The register, by region, industry or name."""
    found = await EnterpriseReader(uow.session).page(
        Search(region=region, industry=industry, q=q), visible_to=actor, after=page.after, limit=page.limit + 1
    )
    items, next_cursor = page.cut(found, lambda head: (head.id,))
    return EnterprisePage(items=[EnterpriseHeadOut(**_head(head)) for head in items], next_cursor=next_cursor)


@routes.get("/{enterprise_id}")
async def get_enterprise(enterprise_id: UUID, actor: Reader, uow: Unit, response: Response) -> EnterpriseOut:
    """One enterprise with its sites, lines, processes, units, couplings and meters."""
    found = await EnterpriseReader(uow.session).get(enterprise_id, visible_to=actor)
    response.headers["ETag"] = etag(found.head.version)
    return out(found)


@routes.patch("/{enterprise_id}")
async def change_enterprise(
    *,
    enterprise_id: UUID,
    body: EnterpriseChange,
    version: IfMatch,
    actor: Registrar,
    uow: Unit,
    catalogue: KnownFacts,
    response: Response,
) -> EnterpriseOut:
    """Add or change parts, found by their codes; what is left out stays as it is."""
    head = await EnterpriseReader(uow.session).head(enterprise_id, visible_to=actor)
    changed = await registration.change_enterprise(
        uow, enterprise_id, allowed(actor, drafts_of(body, head.code)), version=version, by=actor, catalogue=catalogue
    )
    response.headers["ETag"] = etag(changed.head.version)
    return out(changed)


def allowed(actor: Actor, drafts: list[Draft]) -> list[Draft]:
    """Structure may be entered without facts; facts ask for their own scope."""
    if any(draft.facts for draft in drafts):
        actor.require("facts:write")
    return drafts


def out(one: Enterprise) -> EnterpriseOut:
    return EnterpriseOut(
        **_head(one.head),
        sites=[
            SiteOut(
                id=site.id,
                code=site.code,
                name=site.name,
                region=site.region,
                address=site.address,
                longitude=None if site.longitude is None else decimal_text(site.longitude),
                latitude=None if site.latitude is None else decimal_text(site.latitude),
                lines=[_line(one, line.id) for line in one.lines if line.site == site.id],
            )
            for site in one.sites
        ],
        couplings=[
            CouplingOut(
                id=coupling.id,
                kind=coupling.kind,
                from_level=coupling.from_level,
                from_id=coupling.from_id,
                to_level=coupling.to_level,
                to_id=coupling.to_id,
            )
            for coupling in one.couplings
        ],
        meters=[
            MeterOut(
                id=meter.id,
                code=meter.code,
                kind=meter.kind,
                level=meter.level,
                subject_id=meter.subject,
                multiplier=decimal_text(meter.multiplier),
            )
            for meter in one.meters
        ],
    )


def _head(head: Head) -> dict[str, Any]:
    return {name: getattr(head, name) for name in EnterpriseHeadOut.model_fields}


def _line(one: Enterprise, line_id: UUID) -> LineOut:
    line = next(line for line in one.lines if line.id == line_id)
    return LineOut(
        id=line.id,
        code=line.code,
        name=line.name,
        industry=line.industry,
        gbt4754=line.gbt4754,
        processes=[
            ProcessOut(id=process.id, code=process.code, name=process.name, kind=process.kind)
            for process in one.processes
            if process.line == line_id
        ],
        units=[
            UnitOut(id=unit.id, code=unit.code, name=unit.name, kind=unit.kind, process=unit.process)
            for unit in one.units
            if unit.line == line_id
        ],
    )
