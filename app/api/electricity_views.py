"""The power supplier's monthly table (HR-29) in bodies, rows and on a page, wherever it is asked for."""

from collections.abc import AsyncIterator, Sequence
from datetime import date
from typing import Annotated

from fastapi import Query

from app.api.compliance_bodies import ElectricityMonth
from app.documents.electricity_sheet import HEADERS, complete_pct, kwh, sheet_row
from app.domain.errors import Language
from app.services.compliance.supplying import SuppliedMonth

Month = Annotated[str, Query(pattern=r"^20\d{2}-(0[1-9]|1[0-2])$", description="A month such as 2019-12.")]


def first_of(month: str) -> date:
    return date.fromisoformat(f"{month}-01")


def table_rows(some: Sequence[SuppliedMonth], language: Language) -> list[list[object]]:
    return [sheet_row(one.enterprise.head, one.meter_code, one.meter_kind, one.row, language) for one in some]


async def table(rows: AsyncIterator[list[SuppliedMonth]], language: Language) -> AsyncIterator[list[list[object]]]:
    """The header, then the rows as they come."""
    yield [list(HEADERS[language])]
    async for some in rows:
        yield table_rows(some, language)


def month_out(one: SuppliedMonth) -> ElectricityMonth:
    head, row = one.enterprise.head, one.row
    return ElectricityMonth(
        enterprise_id=head.id,
        enterprise_code=head.code,
        enterprise_name=head.name,
        uscc=head.uscc,
        region=head.region,
        meter_id=row.meter_id,
        meter_code=one.meter_code,
        meter_kind=one.meter_kind,
        month=row.month,
        days=row.days,
        whole_days=row.whole_days,
        intervals=row.slots,
        intervals_read=row.known_slots,
        complete_pct=complete_pct(row),
        total_kwh=kwh(row.total_wh),
        night_kwh=kwh(row.night_wh),
        estimated_kwh=kwh(row.estimated_wh),
        peak_day=row.peak_day,
        peak_kwh=kwh(row.peak_wh),
        own_generation=row.own_generation,
    )
