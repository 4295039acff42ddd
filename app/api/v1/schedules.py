"""Schedules: computed as scenarios, compared, published, and read by line, enterprise and region."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Response

from app.api.bodies import RegionCode
from app.api.files import Leaving, SheetForm, sheet_answer, stream_sheet
from app.api.language import Lang
from app.api.long_work import OperationOut, accepted
from app.api.pagination import PageQuery
from app.api.preconditions import IfMatch, etag
from app.api.schedule_bodies import (
    ScheduleOut,
    SchedulePage,
    SchedulePublicationRequest,
    ScheduleRequest,
    ScheduleSummary,
    schedule_out,
    summary_fields,
)
from app.api.schedule_views import (
    ScheduleComparison,
    ScheduleEnterpriseOut,
    ScheduleLinePage,
    ScheduleScenario,
    ScheduleTonnesOut,
    baseline,
    line_out,
    months_out,
    schedule_tonnes,
    tonnes_out,
)
from app.api.security import caller
from app.api.transactions import Idempotent, Unit, router
from app.documents.schedule_sheet import SHEET
from app.documents.schedules import stop_days
from app.domain.access import Actor
from app.domain.errors import FieldError, Invalid
from app.domain.schedules.lines import Tally
from app.domain.schedules.versions import ScheduleState
from app.persistence.enterprises.reading import EnterpriseReader
from app.persistence.schedules.repository import LinesWanted, ScheduleRepository, ScheduleSearch
from app.services.schedules import computing, exporting, publishing, viewing

routes = router("schedules")
Reader = Annotated[Actor, Depends(caller("schedules:read"))]
Planner = Annotated[Actor, Depends(caller("schedules:write"))]
Publisher = Annotated[Actor, Depends(caller("schedules:publish"))]
COMPARED = 5


class ScopeUnclear(Invalid):
    code = "schedule_scope_unclear"
    zh = "须二选一：region（整个行政区），或 enterprise_id（一家企业）。"
    en = "Give either a region (its whole subtree) or an enterprise_id."


class ComparisonUnclear(Invalid):
    code = "schedule_comparison_unclear"
    zh = "ids 须为 2 至 5 个以逗号分隔、互不相同的排期编号。"
    en = "Give ids as two to five different ids of schedules, separated by commas."


def lines_wanted(
    enterprise_id: Annotated[UUID | None, Query()] = None,
    line_id: Annotated[UUID | None, Query()] = None,
    region: Annotated[RegionCode | None, Query(description="GB/T 2260 code; its subtree is included.")] = None,
    industry: Annotated[str | None, Query(max_length=60)] = None,
) -> LinesWanted:
    return LinesWanted(enterprise_id=enterprise_id, line_id=line_id, region=region, industry=industry)


Wanted = Annotated[LinesWanted, Depends(lines_wanted)]


@routes.post("", status_code=202, dependencies=[Idempotent])
async def compute_schedule(
    body: ScheduleRequest, actor: Planner, uow: Unit, language: Lang, response: Response
) -> OperationOut:
    """Who stops which line when; the operation tells how near it is to the best possible, its result names the schedule."""
    if (body.region is None) == (body.enterprise_id is None):
        raise ScopeUnclear()
    asked = computing.Asked(
        name=body.name,
        season=body.season,
        region=body.region,
        enterprise_id=body.enterprise_id,
        packs=None if body.packs is None else tuple(body.packs),
        from_day=body.from_day,
        based_on=body.based_on,
        options=body.settings.options(),
    )
    return accepted(await computing.start_schedule(uow, asked, by=actor), response, language)


@routes.get("")
async def list_schedules(
    *,
    actor: Reader,
    uow: Unit,
    page: PageQuery,
    language: Lang,
    region: Annotated[RegionCode | None, Query(description="GB/T 2260 code; its subtree is included.")] = None,
    enterprise_id: Annotated[UUID | None, Query(description="Those it has a line in.")] = None,
    season: Annotated[int | None, Query(ge=2013, le=2100)] = None,
    state: Annotated[ScheduleState | None, Query()] = None,
) -> SchedulePage:
    """Computed and published schedules, the newest first."""
    search = ScheduleSearch(region=region, enterprise_id=enterprise_id, season=season, state=state)
    found = await ScheduleRepository(uow.session).newest(
        search, visible_to=actor, after=page.after, limit=page.limit + 1
    )
    items, next_cursor = page.cut(found, lambda one: (one.id,))
    return SchedulePage(
        items=[ScheduleSummary(**summary_fields(one, language)) for one in items], next_cursor=next_cursor
    )


@routes.get("/comparison")
async def compare_schedules(
    *,
    actor: Reader,
    uow: Unit,
    language: Lang,
    ids: Annotated[str, Query(max_length=200, description="Two to five ids, separated by commas.")],
) -> ScheduleComparison:
    """Scenarios side by side: goals, tonnes, and on how many days of how many lines each differs from the first."""
    found = await viewing.compare(uow, several(ids), by=actor)
    return ScheduleComparison(
        baseline=baseline(language),
        items=[
            ScheduleScenario(
                schedule=ScheduleSummary(**summary_fields(one.schedule, language)),
                stop_days=stop_days(one.tally.stop_hours),
                tonnes=tonnes_out(one.tally.whole),
                months=months_out(one.tally),
                lines_changed=one.difference.lines,
                line_days_changed=one.difference.line_days,
            )
            for one in found
        ],
    )


def several(text: str) -> list[UUID]:
    try:
        ids = [UUID(one.strip()) for one in text.split(",")]
    except ValueError as wrong:
        error = FieldError(pointer="/query/ids", code="uuid", zh="不是编号。", en="Not an id.")
        raise ComparisonUnclear(errors=[error]) from wrong
    if not 2 <= len(ids) <= COMPARED or len(set(ids)) != len(ids):
        raise ComparisonUnclear()
    return ids


@routes.get("/{schedule_id}")
async def get_schedule(schedule_id: UUID, actor: Reader, uow: Unit, language: Lang, response: Response) -> ScheduleOut:
    """One schedule: what was asked, how good it is, and who published it."""
    one = await ScheduleRepository(uow.session).get(schedule_id, visible_to=actor)
    response.headers["ETag"] = etag(one.version)
    return schedule_out(one, language)


@routes.get("/{schedule_id}/lines")
async def list_schedule_lines(
    *, schedule_id: UUID, actor: Reader, uow: Unit, page: PageQuery, language: Lang, wanted: Wanted
) -> ScheduleLinePage:
    """The lines you see, with their stretches and the clauses these serve."""
    repository = ScheduleRepository(uow.session)
    one = await repository.get(schedule_id, visible_to=actor)
    after = -1 if page.after is None else int(page.after[0])
    found = await repository.lines(one, wanted, visible_to=actor, after=after, limit=page.limit + 1)
    items, next_cursor = page.cut(found, lambda line: (line.position,))
    packs = await viewing.packs_of(uow, one)
    return ScheduleLinePage(items=[line_out(line, packs, language) for line in items], next_cursor=next_cursor)


@routes.get("/{schedule_id}/enterprises/{enterprise_id}")
async def get_enterprise_schedule(
    schedule_id: UUID, enterprise_id: UUID, actor: Reader, uow: Unit, language: Lang
) -> ScheduleEnterpriseOut:
    """One enterprise's lines in a schedule, with their stops and cuts."""
    one = await ScheduleRepository(uow.session).get(schedule_id, visible_to=actor)
    await EnterpriseReader(uow.session).head(enterprise_id, visible_to=actor)
    wanted = LinesWanted(enterprise_id=enterprise_id)
    packs = await viewing.packs_of(uow, one)
    lines = [line async for some in viewing.portions(uow, one, wanted, by=actor) for line in some]
    tally = Tally(first=one.first, end=one.end)
    tally.add_all(lines)
    return ScheduleEnterpriseOut(
        schedule_id=one.id,
        enterprise_id=enterprise_id,
        lines=[line_out(line, packs, language) for line in lines],
        stop_days=stop_days(tally.stop_hours),
        tonnes=tonnes_out(tally.whole),
    )


@routes.get("/{schedule_id}/tonnes")
async def get_schedule_tonnes(
    *, schedule_id: UUID, actor: Reader, uow: Unit, language: Lang, wanted: Wanted
) -> ScheduleTonnesOut:
    """By pollutant for every day, month and industry, against the emission of normal days."""
    one = await ScheduleRepository(uow.session).get(schedule_id, visible_to=actor)
    return schedule_tonnes(one, await viewing.tally(uow, one, wanted, by=actor), language)


@routes.get("/{schedule_id}/export", response_class=Response, responses=sheet_answer("The lines as a sheet."))
async def export_schedule(
    *, schedule_id: UUID, actor: Reader, uow: Unit, language: Lang, form: SheetForm, wanted: Wanted
) -> Response:
    """In the layout of printed lists; CSV unless `format=xlsx` or the Accept header asks for a workbook.

    Contacts and supervisors need `facts:read`, exemptions `exemptions:read`: without, their columns are left out.
    """
    one = await ScheduleRepository(uow.session).get(schedule_id, visible_to=actor)
    rows = exporting.rows(uow, one, wanted, by=actor, language=language)
    return await stream_sheet(rows, Leaving(media_type=form, sheet=SHEET[language], name=f"schedule-{one.id}"))


@routes.post("/{schedule_id}/publication", status_code=202, dependencies=[Idempotent])
async def publish_schedule(
    schedule_id: UUID,
    body: SchedulePublicationRequest,
    *,
    actor: Publisher,
    uow: Unit,
    seen: IfMatch,
    language: Lang,
    response: Response,
) -> ScheduleOut:
    """Reserved to a person; locks it in place of the one before, and the operation serves everybody and plans the ledger."""
    wanted = publishing.Wanted(version=seen, basis=body.basis, acknowledge_within_hours=body.acknowledge_within_hours)
    one = await publishing.publish(uow, schedule_id, wanted, by=actor)
    if one.publication is not None:
        response.headers["Location"] = f"/v1/operations/{one.publication.operation_id}"
    response.headers["ETag"] = etag(one.version)
    response.headers["Retry-After"] = "1"
    return schedule_out(one, language)
