"""The daily execution of a response, as of 17:00 (YN-11, A-YN5)."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Response

from app.api.bodies import RegionCode
from app.api.files import Leaving, SheetForm, sheet_answer, stream_sheet
from app.api.language import Lang
from app.api.report_answers import PAGE, AsOf, collected, page_answer, region_name, sheet
from app.api.report_bodies import DailyReport, daily_report
from app.api.security import caller
from app.api.transactions import Unit, router
from app.documents.reports import daily_table
from app.domain.access import Actor
from app.domain.enterprises.structure import Enterprise
from app.domain.errors import Invalid
from app.domain.periods import civil_day
from app.domain.reports.asked import told_instant
from app.domain.reports.daily import DayAsked, DayRow, DaySummary, Taken
from app.persistence.unit_of_work import UnitOfWork
from app.services.compliance import interim
from app.services.reports import daily
from app.services.reports.daily import Meters, Prepared

routes = router("reports", "/reports")
Reader = Annotated[Actor, Depends(caller("reports:read"))]


class DailyScopeUnclear(Invalid):
    code = "daily_scope_unclear"
    zh = "须二选一：region（整个行政区），或 warning_id（该预警送达的企业）。"
    en = "Give either a region (its whole subtree) or a warning_id (those it was served on)."


async def wanted(
    uow: Unit,
    actor: Reader,
    *,
    region: Annotated[RegionCode | None, Query(description="GB/T 2260 code; its subtree is included.")] = None,
    warning_id: Annotated[UUID | None, Query(description="Only its measures, and those it was served on.")] = None,
    day: Annotated[date | None, Query(description="Civil day in China; today if absent.")] = None,
    as_of: AsOf = None,
) -> DayAsked:
    """By default as of 17:00 of the day; readings and visits after 17:00 are never told."""
    told = day or civil_day(uow.now)
    if warning_id is not None and region is None:
        region = await daily.region_of(uow, warning_id, by=actor)
    elif region is None or warning_id is not None:
        raise DailyScopeUnclear()
    return DayAsked(region=region, day=told, as_of=as_of or told_instant(told), warning_id=warning_id)


Wanted = Annotated[DayAsked, Depends(wanted)]


@routes.get("/daily-execution")
async def get_daily_execution(*, actor: Reader, uow: Unit, language: Lang, asked: Wanted) -> DailyReport:
    """Per subject: the measures in force, orders and their marks, readings since midnight, inspections, gaps."""
    summary = DaySummary()
    found = await daily.prepared(uow, asked, by=actor)
    rows = await _rows(uow, found, summary, by=actor)
    return daily_report(rows, summary, asked, found.responses, language)


@routes.get("/daily-execution/export", response_class=Response, responses=sheet_answer("The report as a sheet."))
async def export_daily_execution(
    *, actor: Reader, uow: Unit, language: Lang, form: SheetForm, asked: Wanted
) -> Response:
    """Any number of rows, their sums at the end."""
    found = await daily.prepared(uow, asked, by=actor)
    summary = DaySummary()
    leaving = Leaving(
        media_type=form, sheet=daily_table.SHEET[language], name=f"daily-execution-{asked.region}-{asked.day}"
    )
    rows = sheet(
        daily_table.TABLE.sheet_header(language),
        daily.rows(uow, found, _meters(uow, asked), by=actor),
        lambda some: daily_table.TABLE.sheet_rows(some, asked, language),
        summary.add,
        lambda: daily_table.TABLE.sheet_totals(summary, asked, language),
    )
    return await stream_sheet(rows, leaving)


@routes.get("/daily-execution.html", response_class=Response, responses=PAGE)
async def print_daily_execution(*, actor: Reader, uow: Unit, language: Lang, asked: Wanted) -> Response:
    """The same report as a page to print."""
    summary = DaySummary()
    found = await daily.prepared(uow, asked, by=actor)
    rows = await _rows(uow, found, summary, by=actor)
    name = await region_name(uow, asked.region)
    return page_answer(daily_table.page(rows, summary, asked, found.responses, region=name, language=language))


async def _rows(uow: UnitOfWork, found: Prepared, summary: DaySummary, *, by: Actor) -> list[DayRow]:
    return await collected(daily.rows(uow, found, _meters(uow, found.asked), by=by), summary.add)


def _meters(uow: UnitOfWork, asked: DayAsked) -> Meters:
    """What the meters say is the business of another room, so it is handed in."""

    async def taken(enterprises: Sequence[Enterprise]) -> Mapping[UUID, Taken]:
        return await interim.taken(uow, enterprises, asked.day, until=asked.ends, known_at=asked.as_of)

    return taken
