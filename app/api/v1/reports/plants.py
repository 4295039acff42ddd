"""一企一策: one document for each enterprise, as a body, a page to print, and a workbook."""

import asyncio
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query, Response

from app.api.files import BINARY, download
from app.api.language import Lang
from app.api.report_answers import PAGE, AsOf, page_answer, region_name
from app.api.security import caller
from app.api.transactions import Unit, router
from app.documents.described import Registered, Volume
from app.documents.reports.page import workbook
from app.documents.reports.plant import OnePlantOnePlan
from app.documents.reports.plant_made import Plant
from app.documents.reports.plant_page import page
from app.documents.schedule_channels import said_of
from app.documents.schedule_sheet import EXEMPTIONS
from app.documents.workbook import XLSX
from app.domain.access import Actor
from app.domain.decisions.season import season_bounds
from app.domain.errors import Language
from app.domain.periods import civil_day, season_of
from app.persistence.known_facts import known_facts
from app.persistence.unit_of_work import UnitOfWork
from app.services.reports import plants
from app.services.reports.plants import Found, PlantAsked
from app.services.schedules.registered import registered

routes = router("reports", "/enterprises/{enterprise_id}")
Reader = Annotated[Actor, Depends(caller("reports:read"))]
BOOK: dict[int | str, dict[str, Any]] = {200: {"description": "The document as a workbook.", "content": {XLSX: BINARY}}}


def wanted(
    uow: Unit,
    enterprise_id: UUID,
    season: Annotated[int | None, Query(ge=2013, le=2100, description="The present one if absent.")] = None,
    day: Annotated[
        date | None, Query(description="Civil day in China; if absent, today within the season, else its 1 December.")
    ] = None,
    as_of: AsOf = None,
) -> PlantAsked:
    instant = as_of or uow.now
    today = civil_day(instant)
    year = season_of(today) if season is None else season
    first, end = season_bounds(year)
    told = day or (today if first <= today < end else date(year, 12, 1))
    return PlantAsked(enterprise_id=enterprise_id, season=year, day=told, as_of=instant)


Wanted = Annotated[PlantAsked, Depends(wanted)]


@routes.get("/one-plant-one-plan")
async def get_one_plant_one_plan(*, actor: Reader, uow: Unit, language: Lang, asked: Wanted) -> OnePlantOnePlan:
    """Profile, lines, equipment, class and what a better one needs, calendar, emergency measures, checks, persons.

    Contacts need `contacts:read`, facts `facts:read`, exemptions `exemptions:read`; what is left out is named in `withheld`.
    """
    return await _plan(uow, asked, language, by=actor)


@routes.get("/one-plant-one-plan.html", response_class=Response, responses=PAGE)
async def print_one_plant_one_plan(*, actor: Reader, uow: Unit, language: Lang, asked: Wanted) -> Response:
    """The same document as a page to print, with everything it needs in it."""
    plan = await _plan(uow, asked, language, by=actor)
    return page_answer(page(plan, await region_name(uow, plan.region), language))


@routes.get("/one-plant-one-plan.xlsx", response_class=Response, responses=BOOK)
async def export_one_plant_one_plan(*, actor: Reader, uow: Unit, language: Lang, asked: Wanted) -> Response:
    """One sheet for each section; an enterprise fits in memory."""
    plan = await _plan(uow, asked, language, by=actor)
    content = await asyncio.to_thread(workbook, page(plan, await region_name(uow, plan.region), language))
    return download(content, media_type=XLSX, name=f"one-plant-one-plan-{asked.enterprise_id}-{asked.season}.xlsx")


async def _plan(uow: UnitOfWork, asked: PlantAsked, language: Language, *, by: Actor) -> OnePlantOnePlan:
    found = await plants.found(uow, asked, by=by)
    (known,) = await registered(
        uow,
        [found.enterprise.head.id],
        [one.pack.name for one in found.evaluators],
        asked.season,
        known_at=asked.as_of,
        by=by,
        listed=EXEMPTIONS in by.scopes,
    )
    volume = Volume(catalogue=await known_facts(uow.session), language=language, day=asked.day)
    return await asyncio.to_thread(_made, volume, asked, found, known, by=by)


def _made(volume: Volume, asked: PlantAsked, found: Found, known: Registered, *, by: Actor) -> OnePlantOnePlan:
    said = said_of(
        found.evaluators, known.tree, known.acts, season=asked.season, day=asked.day, language=volume.language
    )
    return Plant(
        volume=volume,
        season=asked.season,
        as_of=asked.as_of,
        known=known,
        said=said,
        evaluators=found.evaluators,
        schedules=found.schedules,
        contacts=found.contacts,
        scopes=by.scopes,
    ).plan()
