"""The summary of a season beside the winter before, and what authorities say of past winters (YN-20, FS-35, A-FS16)."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Annotated

from fastapi import Depends, Query, Response

from app.api.bodies import RegionCode
from app.api.files import Leaving, SheetForm, sheet_answer, stream_sheet
from app.api.language import Lang
from app.api.pagination import PageQuery
from app.api.report_answers import PAGE, AsOf, page_answer, region_name
from app.api.security import caller
from app.api.transactions import Idempotent, Unit, router
from app.api.winter_bodies import (
    SeasonRecordOut,
    SeasonRecordPage,
    SeasonRecordRequest,
    SeasonReport,
    season_report,
    told_of,
)
from app.documents.reports import winter_table
from app.documents.reports.winter_table import WinterRow, county_row, firm_row, industry_row
from app.domain.access import Actor
from app.domain.errors import Language
from app.domain.periods import ONE_DAY
from app.domain.reports.asked import ReportTooLarge
from app.domain.reports.winters import industries
from app.persistence.reports.records import SeasonRecordRepository
from app.services.reports import recording, winters
from app.services.reports.reductions import SeasonAsked
from app.services.reports.winters import Summary

routes = router("reports", "")
Reader = Annotated[Actor, Depends(caller("reports:read"))]
Recorder = Annotated[Actor, Depends(caller("reports:write"))]
MOST_FIRMS = 2_000


def wanted(
    uow: Unit,
    region: Annotated[RegionCode, Query(description="GB/T 2260 code; its subtree is included.")],
    season: Annotated[int, Query(ge=2013, le=2100, description="The year the season starts in.")],
    last_day: Annotated[
        date | None, Query(description="Until the end of this day; to the season's end if absent.")
    ] = None,
    as_of: AsOf = None,
) -> SeasonAsked:
    until = None if last_day is None or last_day.year > season + 1 else last_day + ONE_DAY
    return SeasonAsked(region=region, season=season, as_of=as_of or uow.now, until=until)


Wanted = Annotated[SeasonAsked, Depends(wanted)]


@routes.get("/reports/season-summary")
async def get_season_summary(*, actor: Reader, uow: Unit, language: Lang, asked: Wanted) -> SeasonReport:
    """Planned and served tonnes by pollutant, in all and by industry; an enterprise's are information only."""
    return season_report(_fits(await winters.summary(uow, asked, by=actor)), language)


@routes.get("/reports/season-summary/export", response_class=Response, responses=sheet_answer("The report as a sheet."))
async def export_season_summary(
    *, actor: Reader, uow: Unit, language: Lang, form: SheetForm, asked: Wanted
) -> Response:
    """The county first, then its industries, then its enterprises."""
    found = await winters.summary(uow, asked, by=actor)
    leaving = Leaving(
        media_type=form,
        sheet=winter_table.SHEET[language],
        name=f"season-summary-{asked.region}-{asked.season}",
    )
    return await stream_sheet(_sheet(found, language), leaving)


@routes.get("/reports/season-summary.html", response_class=Response, responses=PAGE)
async def print_season_summary(*, actor: Reader, uow: Unit, language: Lang, asked: Wanted) -> Response:
    """The same summary as a page to print."""
    found = _fits(await winters.summary(uow, asked, by=actor))
    name = await region_name(uow, asked.region)
    return page_answer(winter_table.page(_rows(found, language), told_of(found, name), language))


@routes.post("/season-records", status_code=201, dependencies=[Idempotent])
async def record_season(body: SeasonRecordRequest, actor: Recorder, uow: Unit) -> SeasonRecordOut:
    """Reserved to a person of the authority; append-only: a later record takes its place from then on."""
    return SeasonRecordOut.of(await recording.record(uow, body.said(), by=actor))


@routes.get("/season-records")
async def list_season_records(
    *,
    actor: Reader,
    uow: Unit,
    page: PageQuery,
    region: Annotated[RegionCode | None, Query(description="Exactly this region.")] = None,
    season: Annotated[int | None, Query(ge=2013, le=2100)] = None,
) -> SeasonRecordPage:
    """Newest first, with those that later ones took the place of."""
    found = await SeasonRecordRepository(uow.session).newest(
        region=region, season=season, visible_to=actor, after=page.after, limit=page.limit + 1
    )
    items, next_cursor = page.cut(found, lambda one: (one.id,))
    return SeasonRecordPage(items=[SeasonRecordOut.of(one) for one in items], next_cursor=next_cursor)


def _fits(found: Summary) -> Summary:
    if len(found.firms) > MOST_FIRMS:
        raise ReportTooLarge(most=MOST_FIRMS)
    return found


def _rows(found: Summary, language: Language) -> list[WinterRow]:
    return [
        county_row(found.county, language),
        *(industry_row(one, found.by_industry[one], language) for one in industries(found.by_industry)),
        *(firm_row(one.name, one.planned, one.served, language) for one in found.firms),
    ]


async def _sheet(found: Summary, language: Language) -> AsyncIterator[list[list[object]]]:
    """With what the figures stand on behind them."""
    basis = [f"{found.first}", told_of(found, "").until, int(found.whole_season), told_of(found, "").as_of]
    names = (
        ["期间起", "期间止", "全季", "截至"] if language == "zh" else ["first_day", "last_day", "whole_season", "as_of"]
    )
    yield [[*winter_table.header(language), *names]]
    for row in _rows(found, language):
        yield [[*winter_table.cells(row, language), *basis]]
