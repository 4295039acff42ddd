"""Simulations: what a draft would change, for whom, by which leaf, and how many tonnes a day."""

import asyncio
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Depends, Header, Query, Response

from app.api.bodies import RegionCode
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
from app.documents.workbook import CSV, XLSX, write_csv, write_xlsx
from app.domain.access import Actor, region_prefix
from app.domain.errors import Invalid, Language
from app.persistence.simulations import SimulationRepository, StoredChange, StoredSimulation, Wanted
from app.services import simulations

routes = router("simulations")
Reader = Annotated[Actor, Depends(caller("simulations:read"))]
Asker = Annotated[Actor, Depends(caller("simulations:write"))]
# One query of an export; the answer itself is one file.
EXPORTED_AT_ONCE = 5000
SHEET: dict[Language, str] = {"zh": "变化", "en": "changes"}
BINARY = {"schema": {"type": "string", "format": "binary"}}


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
    found = await SimulationRepository(uow.session).get(simulation_id, visible_to=actor)
    return SimulationOut.model_validate(
        {**in_language(dict(found.summary), language), **head(found, language)}
        | {"evaluator_version": found.evaluator_version}
    )


@routes.get("/{simulation_id}/changes")
async def list_simulation_changes(
    *, simulation_id: UUID, actor: Reader, uow: Unit, page: PageQuery, language: Lang, wanted: Filter
) -> SimulatedChangePage:
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


@routes.get(
    "/{simulation_id}/export",
    response_class=Response,
    responses={200: {"description": "The changes as a sheet.", "content": {XLSX: BINARY, "text/csv": BINARY}}},
)
async def export_simulation_changes(
    *,
    simulation_id: UUID,
    actor: Reader,
    uow: Unit,
    language: Lang,
    wanted: Filter,
    form: Annotated[
        Literal["csv", "xlsx"] | None, Query(alias="format", description="Goes before the Accept header.")
    ] = None,
    accept: Annotated[str | None, Header(include_in_schema=False)] = None,
) -> Response:
    """CSV unless `format=xlsx` or the Accept header asks for a workbook."""
    repository = SimulationRepository(uow.session)
    simulation = await repository.get(simulation_id, visible_to=actor)
    rows: list[list[object]] = [list(HEADERS[language])]
    after = -1
    while found := await repository.changes(simulation, wanted, after=after, limit=EXPORTED_AT_ONCE):
        rows += await asyncio.to_thread(sheet_rows, found, language)
        after = found[-1].position
    media_type = XLSX if form == "xlsx" or (form is None and XLSX in (accept or "")) else CSV
    content = await asyncio.to_thread(written, rows, media_type, language)
    name = f"simulation-{simulation.id}.{'xlsx' if media_type == XLSX else 'csv'}"
    return Response(content, media_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def sheet_rows(found: list[StoredChange], language: Language) -> list[list[object]]:
    return [change_row(dict(one.document), language) for one in found]


def written(rows: list[list[object]], media_type: str, language: Language) -> bytes:
    return write_xlsx([(SHEET[language], rows)]) if media_type == XLSX else write_csv(rows)


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
