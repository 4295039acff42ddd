"""The monthly implementation of a plan (HR-34, A-HR8)."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Response

from app.api.bodies import RegionCode
from app.api.files import Leaving, SheetForm, sheet_answer, stream_sheet
from app.api.language import Lang
from app.api.report_answers import PAGE, AsOf, collected, page_answer, region_name, sheet
from app.api.report_bodies import MonthlyReport, monthly_report
from app.api.security import caller
from app.api.transactions import Unit, router
from app.documents.reports import monthly_table
from app.domain.access import Actor
from app.domain.reports.asked import MonthAsked
from app.domain.reports.monthly import MonthRow, MonthSummary
from app.persistence.unit_of_work import UnitOfWork
from app.services.reports import monthly

routes = router("reports", "/reports")
Reader = Annotated[Actor, Depends(caller("reports:read"))]


def wanted(
    uow: Unit,
    region: Annotated[RegionCode, Query(description="GB/T 2260 code; its subtree is included.")],
    pack: Annotated[str, Query(max_length=60, examples=["huairen"])],
    month: Annotated[str, Query(pattern=r"^20\d{2}-(0[1-9]|1[0-2])$", description="A month such as 2019-12.")],
    as_of: AsOf = None,
) -> MonthAsked:
    first = date.fromisoformat(f"{month}-01")
    return MonthAsked(region=region, pack=pack, first=first, as_of=as_of or uow.now)


Wanted = Annotated[MonthAsked, Depends(wanted)]


@routes.get("/monthly-implementation")
async def get_monthly_implementation(*, actor: Reader, uow: Unit, language: Lang, asked: Wanted) -> MonthlyReport:
    """Per subject: days planned, served, credited, made up, owed and due; verdicts, violations, exemptions, problems."""
    summary = MonthSummary()
    rows = await _rows(uow, asked, summary, by=actor)
    return monthly_report(rows, summary, asked, language)


@routes.get("/monthly-implementation/export", response_class=Response, responses=sheet_answer("The report as a sheet."))
async def export_monthly_implementation(
    *, actor: Reader, uow: Unit, language: Lang, form: SheetForm, asked: Wanted
) -> Response:
    """Any number of rows, their sums at the end."""
    ids = await monthly.prepared(uow, asked, by=actor)
    summary = MonthSummary()
    leaving = Leaving(
        media_type=form,
        sheet=monthly_table.SHEET[language],
        name=f"monthly-implementation-{asked.region}-{asked.first:%Y-%m}",
    )
    rows = sheet(
        monthly_table.TABLE.sheet_header(language),
        monthly.rows(uow, asked, ids, by=actor),
        lambda some: monthly_table.TABLE.sheet_rows(some, asked, language),
        summary.add,
        lambda: monthly_table.TABLE.sheet_totals(summary, asked, language),
    )
    return await stream_sheet(rows, leaving)


@routes.get("/monthly-implementation.html", response_class=Response, responses=PAGE)
async def print_monthly_implementation(*, actor: Reader, uow: Unit, language: Lang, asked: Wanted) -> Response:
    """The same report as a page to print."""
    summary = MonthSummary()
    rows = await _rows(uow, asked, summary, by=actor)
    name = await region_name(uow, asked.region)
    return page_answer(monthly_table.page(rows, summary, asked, name, language))


async def _rows(uow: UnitOfWork, asked: MonthAsked, summary: MonthSummary, *, by: Actor) -> list[MonthRow]:
    ids: list[UUID] = await monthly.prepared(uow, asked, by=by)
    return await collected(monthly.rows(uow, asked, ids, by=by), summary.add)
