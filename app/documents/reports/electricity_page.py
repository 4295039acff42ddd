"""The power supplier's monthly table as a page (HR-29); its columns are those of the sheet."""

from collections.abc import Sequence

from app.documents.electricity_sheet import HEADERS
from app.documents.reports.cells import either, either_of
from app.documents.reports.page import Page, Section
from app.domain.errors import Language


def sources(as_of: str, language: Language) -> list[str]:
    return either_of(
        language,
        (
            f"用电量：截至 {as_of} 已到的读数；估计值单列、不计入合计；完整率向下取整，100 即每个时段都有读数。",
            "企业、电表与通道的登记为现行；读数以同一 as_of 再取，结果相同。",
        ),
        (
            (
                f"Electricity: readings that had come by {as_of}; estimates stand beside and are in no sum; completeness is "
                "rounded down, so that 100 means every interval."
            ),
            "Enterprises, meters and channels are those registered now; readings come out the same for the same as_of.",
        ),
    )


def page(
    rows: Sequence[Sequence[object]], notes: Sequence[str], *, region: str, month: str, language: Language
) -> Page:
    return Page(
        title=either(language, f"{region}企业用电量月报表", f"Monthly electricity of enterprises, {region}"),
        language=language,
        facts=[
            (either(language, "月份", "Month"), month),
            (either(language, "电表", "Meters"), len(rows)),
        ],
        sections=[
            Section(title=either(language, "明细", "Meters"), header=HEADERS[language], rows=rows, wide=True),
        ],
        notes=notes,
    )
