"""Regions: GB/T 2260 with the years of each code, and the built-up areas distances are measured from."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Depends, Query
from pydantic import Field

from app.api.bodies import AnswerBody, CivilDay, Instant, RegionCode, RequestBody
from app.api.pagination import PageQuery
from app.api.security import caller
from app.api.structure import Text
from app.api.transactions import Idempotent, Unit, router
from app.domain.access import Actor
from app.domain.enterprises.regions import BuiltUpArea, Region
from app.persistence.regions import BuiltUpAreaRepository, RegionRepository
from app.services import regions

routes = router("regions")
Reader = Annotated[Actor, Depends(caller("regions:read"))]
Surveyor = Annotated[Actor, Depends(caller("regions:write"))]


class RegionOut(AnswerBody):
    """One code under one name; `valid_to` is exclusive."""

    code: str
    name: str
    level: Literal["nation", "province", "city", "county"]
    parent: str | None
    valid_from: date | None
    valid_to: date | None


class RegionPage(AnswerBody):
    """Some regions, in order of codes."""

    items: list[RegionOut]
    next_cursor: str | None


class PolygonRequest(RequestBody):
    """GeoJSON geometry in WGS-84, longitude first."""

    type: Literal["Polygon", "MultiPolygon"]
    coordinates: list[Any]


class BuiltUpAreaRequest(RequestBody):
    """One edition of a built-up area."""

    name: Text
    polygon: PolygonRequest
    valid_from: CivilDay | None = None
    valid_to: CivilDay | None = None
    document: Text | None = None


class BuiltUpAreaOut(AnswerBody):
    """One edition of a built-up area."""

    id: UUID
    region: str
    name: str
    polygon: dict[str, Any] = Field(json_schema_extra={"additionalProperties": True})
    valid_from: date | None
    valid_to: date | None
    document: str | None
    known_at: Instant


class BuiltUpAreaList(AnswerBody):
    """The editions of a region's built-up areas."""

    items: list[BuiltUpAreaOut]


@routes.get("")
async def list_regions(
    *,
    _: Reader,
    uow: Unit,
    page: PageQuery,
    parent: Annotated[RegionCode, Query(description="This region and all below it.")] = "000000",
    day: Annotated[date | None, Query(description="Only codes valid on this day.")] = None,
    q: Annotated[str | None, Query(min_length=1, max_length=40)] = None,
) -> RegionPage:
    """Administrative regions below one, with the days on which their codes are valid."""
    found = await RegionRepository(uow.session).below(parent, day=day, q=q, after=page.after, limit=page.limit + 1)
    items, next_cursor = page.cut(found, lambda region: (region.code, region.name))
    return RegionPage(items=[out(region) for region in items], next_cursor=next_cursor)


@routes.get("/{code}")
async def get_region(code: RegionCode, _: Reader, uow: Unit) -> RegionPage:
    """All names a code ever bore, oldest first."""
    found = await RegionRepository(uow.session).get(code)
    return RegionPage(items=[out(region) for region in found], next_cursor=None)


@routes.get("/{code}/built-up-areas")
async def list_built_up_areas(code: RegionCode, _: Reader, uow: Unit) -> BuiltUpAreaList:
    """The built-up areas that were drawn for a region."""
    await RegionRepository(uow.session).get(code)
    found = await BuiltUpAreaRepository(uow.session).of_regions([code])
    return BuiltUpAreaList(items=[area_out(area) for area in found])


@routes.post("/{code}/built-up-areas", status_code=201, dependencies=[Idempotent])
async def draw_built_up_area(code: RegionCode, body: BuiltUpAreaRequest, actor: Surveyor, uow: Unit) -> BuiltUpAreaOut:
    """Draw the built-up area of a region, from a day on."""
    area = await regions.draw_built_up_area(
        uow,
        region=code,
        name=body.name,
        polygon=body.polygon.model_dump(),
        valid_from=body.valid_from,
        valid_to=body.valid_to,
        document=body.document,
        by=actor,
    )
    return area_out(area)


def out(region: Region) -> RegionOut:
    return RegionOut(
        code=region.code,
        name=region.name,
        level=region.level,
        parent=region.parent,
        valid_from=region.valid_from,
        valid_to=region.valid_to,
    )


def area_out(area: BuiltUpArea) -> BuiltUpAreaOut:
    return BuiltUpAreaOut(
        id=area.id,
        region=area.region,
        name=area.name,
        polygon=dict(area.polygon),
        valid_from=area.valid_from,
        valid_to=area.valid_to,
        document=area.document,
        known_at=area.known_at,
    )
