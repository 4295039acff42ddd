"""Simulations: what a draft would change, for whom, by which leaf, and how many tonnes a day."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query, Response

from app.api.bodies import RegionCode
from app.api.files import Leaving, SheetForm, sheet_answer, stream_sheet
from app.api.language import Lang
from app.api.long_work import OperationOut, accepted
from app.api.pagination import PageQuery
from app.api.security import caller
from app.api.simulation_bodies import (
    ChangeDirection,
    SimulatedChange,
    SimulatedChangePage,
    SimulatedDraft,
    SimulationOut,
    SimulationPage,
    SimulationRequest,
    SimulationSummary,
)
from app.api.transactions import Idempotent, Unit, router
from app.documents.simulation import HEADERS, change_row, in_language
from app.domain.access import Actor, region_prefix
from app.domain.errors import Invalid, Language
from app.persistence.simulations import SimulationRepository, StoredChange, StoredSimulation, Wanted
from app.services import simulations

routes = router("simulations")
Reader = Annotated[Actor, Depends(caller("simulations:read"))]
Asker = Annotated[Actor, Depends(caller("simulations:write"))]
# One query of an export.
EXPORTED_AT_ONCE = 5000
SHEET: dict[Language, str] = {"zh": "变化", "en": "changes"}


class DraftUnclear(Invalid):
    code = "draft_unclear"
    zh = "草案须二选一：draft.pack（YAML 全文），或 draft.name 与 draft.version。"
    en = "Give the draft either as draft.pack (YAML text) or as draft.name with draft.version."


class PopulationUnclear(Invalid):
    code = "population_unclear"
    zh = "须二选一：region（该行政区的登记册），或 table（xlsx 或 csv 之一）。"
    en = "Give either a region (its register) or a table (one of xlsx and csv)."


def changes_wanted(
    industry: Annotated[str | None, Query(max_length=60)] = None,
    region: Annotated[RegionCode | None, Query(description="GB/T 2260 code; its subtree is included.")] = None,
    direction: Annotated[ChangeDirection | None, Query()] = None,
) -> Wanted:
    prefix = None if region is None else region_prefix(region)
    return Wanted(industry=industry, region=prefix, direction=direction)


Filter = Annotated[Wanted, Depends(changes_wanted)]


@routes.post("", status_code=202, dependencies=[Idempotent])
async def start_simulation(
    body: SimulationRequest, actor: Asker, uow: Unit, language: Lang, response: Response
) -> OperationOut:
    """Decide everybody under both plans; the operation's result names the simulation. Acts of authorities are left out."""
    table = None if body.table is None else body.table.model_dump(exclude_none=True)
    if (body.region is None) == (table is None) or (table is not None and len(table) != 1):
        raise PopulationUnclear()
    asked = simulations.Asked(
        draft_text=body.draft.pack,
        draft_name=draft_name(body.draft),
        against=body.against,
        season=body.season,
        day=body.day,
        region=body.region,
        table=table,
    )
    return accepted(await simulations.start_simulation(uow, asked, by=actor), response, language)


def draft_name(draft: SimulatedDraft) -> str | None:
    """`name@version` of a stored draft, or None where the text itself is given."""
    if draft.pack is not None and draft.name is None and draft.version is None:
        return None
    if draft.pack is not None or draft.name is None or draft.version is None:
        raise DraftUnclear()
    return f"{draft.name}@{draft.version}"


@routes.get("")
async def list_simulations(actor: Reader, uow: Unit, page: PageQuery, language: Lang) -> SimulationPage:
    """Your own, and those of regions you look after as a whole."""
    found = await SimulationRepository(uow.session).newest(visible_to=actor, after=page.after, limit=page.limit + 1)
    items, next_cursor = page.cut(found, lambda one: (one.id,))
    return SimulationPage(
        items=[SimulationSummary.model_validate(head(one, language)) for one in items], next_cursor=next_cursor
    )


@routes.get("/{simulation_id}")
async def get_simulation(simulation_id: UUID, actor: Reader, uow: Unit, language: Lang) -> SimulationOut:
    """One simulation: what a draft would change, in numbers."""
    found = await SimulationRepository(uow.session).get(simulation_id, visible_to=actor)
    return SimulationOut.model_validate(
        {**in_language(dict(found.summary), language), **head(found, language)}
        | {"evaluator_version": found.evaluator_version}
    )


@routes.get("/{simulation_id}/changes")
async def list_simulation_changes(
    *, simulation_id: UUID, actor: Reader, uow: Unit, page: PageQuery, language: Lang, wanted: Filter
) -> SimulatedChangePage:
    """What a draft would change, subject by subject."""
    repository = SimulationRepository(uow.session)
    simulation = await repository.get(simulation_id, visible_to=actor)
    after = -1 if page.after is None else int(page.after[0])
    found = await repository.changes(simulation, wanted, after=after, limit=page.limit + 1)
    items, next_cursor = page.cut(found, lambda one: (one.position,))
    return SimulatedChangePage(
        items=[
            SimulatedChange.model_validate({"position": one.position, **in_language(dict(one.document), language)})
            for one in items
        ],
        next_cursor=next_cursor,
    )


@routes.get("/{simulation_id}/export", response_class=Response, responses=sheet_answer("The changes as a sheet."))
async def export_simulation_changes(
    *, simulation_id: UUID, actor: Reader, uow: Unit, language: Lang, form: SheetForm, wanted: Filter
) -> Response:
    """CSV unless `format=xlsx` or the Accept header asks for a workbook."""
    repository = SimulationRepository(uow.session)
    simulation = await repository.get(simulation_id, visible_to=actor)
    leaving = Leaving(media_type=form, sheet=SHEET[language], name=f"simulation-{simulation.id}")
    return await stream_sheet(sheet_rows(repository, simulation, wanted, language), leaving)


async def sheet_rows(
    repository: SimulationRepository, simulation: StoredSimulation, wanted: Wanted, language: Language
) -> AsyncIterator[list[list[object]]]:
    """The header, then the changes some at a time."""
    yield [list(HEADERS[language])]
    after = -1
    while found := await repository.changes(simulation, wanted, after=after, limit=EXPORTED_AT_ONCE):
        yield await asyncio.to_thread(rows_of, found, language)
        after = found[-1].position


def rows_of(found: list[StoredChange], language: Language) -> list[list[object]]:
    return [change_row(dict(one.document), language) for one in found]


def head(one: StoredSimulation, language: Language) -> dict[str, Any]:
    return {
        "id": one.id,
        "draft": in_language(dict(one.draft), language),
        "against": None if one.against is None else in_language(dict(one.against), language),
        "season": one.season,
        "day": one.day,
        "region": one.region,
        "known_at": one.known_at,
        "subjects": one.summary["subjects"],
        "changed": one.summary["changed"],
    }
