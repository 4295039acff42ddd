"""The table of a report: a row for each subject, then sums; one list of columns for sheet and printed page alike."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from app.documents.reports.cells import OF_INDUSTRY, OF_REGION, TOTAL, either, industry, level, so_many
from app.documents.reports.page import Section
from app.domain.errors import Language
from app.domain.reports.places import Place

Row_contra = TypeVar("Row_contra", contravariant=True)
Sums = TypeVar("Sums")
Sums_contra = TypeVar("Sums_contra", contravariant=True)
Sums_co = TypeVar("Sums_co", covariant=True)
Asked_contra = TypeVar("Asked_contra", contravariant=True)
ROW: dict[Language, str] = {"zh": "行类型", "en": "row"}
LINE: dict[Language, str] = {"zh": "明细", "en": "line"}


@dataclass(frozen=True, slots=True)
class Column(Generic[Row_contra, Sums_contra]):
    """One column: its cell of a row and, where rows are summed, its cell of a sum."""

    zh: str
    en: str
    cell: Callable[[Row_contra, Language], object]
    sum: Callable[[Sums_contra, Language], object] | None = None


class Placed(Protocol):
    """A row that is about a subject."""

    @property
    def place(self) -> Place: ...


class Counted(Protocol):
    """A sum that says of how many."""

    @property
    def enterprises(self) -> int: ...
    @property
    def subjects(self) -> int: ...


class Summary(Protocol[Sums_co]):
    """The sums of all rows, of each industry and of each region."""

    @property
    def whole(self) -> Sums_co: ...
    @property
    def by_industry(self) -> Mapping[str | None, Sums_co]: ...
    @property
    def by_region(self) -> Mapping[str, Sums_co]: ...


ENTERPRISE: Sequence[Column[Placed, Counted]] = (
    Column("企业名称", "enterprise_name", lambda row, _: row.place.enterprise_name),
    Column(
        "企业编码",
        "enterprise_code",
        lambda row, _: row.place.enterprise_code,
        lambda sums, language: so_many(sums.enterprises, "家企业", "enterprises", language),
    ),
)
USCC: Column[Placed, object] = Column("统一社会信用代码", "uscc", lambda row, _: row.place.uscc)
SUBJECT: Sequence[Column[Placed, Counted]] = (
    Column("行政区代码", "region", lambda row, _: row.place.region),
    Column("行业", "industry", lambda row, language: industry(row.place.industry, language)),
    Column("层级", "level", lambda row, language: level(row.place, language)),
    Column(
        "对象编码",
        "subject_code",
        lambda row, _: row.place.code,
        lambda sums, language: so_many(sums.subjects, "个对象", "subjects", language),
    ),
    Column("对象名称", "subject_name", lambda row, _: row.place.name),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table(Generic[Row_contra, Sums, Asked_contra]):
    """The columns of a report; on a sheet, `basis` stands behind them: what the figures stand on."""

    columns: Sequence[Column[Row_contra, Sums]]
    basis: Sequence[Column[Asked_contra, object]]

    def sheet_header(self, language: Language) -> list[str]:
        return [*_header(self.columns, language), *(either(language, one.zh, one.en) for one in self.basis)]

    def sheet_rows(self, rows: Iterable[Row_contra], asked: Asked_contra, language: Language) -> list[list[object]]:
        return self._with_basis(_cells(self.columns, rows, language), asked, language)

    def sheet_totals(self, summary: Summary[Sums], asked: Asked_contra, language: Language) -> list[list[object]]:
        return self._with_basis(_total_cells(self.columns, summary, language), asked, language)

    def sections(
        self, summary: Summary[Sums], told: Section, rows: Iterable[Row_contra], language: Language
    ) -> list[Section]:
        """What is printed: the sums, what stands out, then every subject."""
        return [
            self._section(
                either(language, "一、汇总", "1. Sums"), _total_cells(self.columns, summary, language), language
            ),
            told,
            self._section(either(language, "三、明细", "3. Subjects"), _cells(self.columns, rows, language), language),
        ]

    def _with_basis(self, rows: Sequence[list[object]], asked: Asked_contra, language: Language) -> list[list[object]]:
        behind = [one.cell(asked, language) for one in self.basis]
        return [[*row, *behind] for row in rows]

    def _section(self, title: str, rows: Sequence[Sequence[object]], language: Language) -> Section:
        return Section(title=title, header=_header(self.columns, language), rows=rows, wide=True)


def _header(columns: Sequence[Column[Row_contra, Sums]], language: Language) -> list[str]:
    """The kind of the row comes first."""
    return [ROW[language], *(either(language, one.zh, one.en) for one in columns)]


def _cells(
    columns: Sequence[Column[Row_contra, Sums]], rows: Iterable[Row_contra], language: Language
) -> list[list[object]]:
    return [[LINE[language], *(one.cell(row, language) for one in columns)] for row in rows]


def _total_cells(
    columns: Sequence[Column[Row_contra, Sums]], summary: Summary[Sums], language: Language
) -> list[list[object]]:
    """Under the first column, which names a row, stands what was summed."""
    return [
        [kind[language], label, *("" if one.sum is None else one.sum(sums, language) for one in columns[1:])]
        for kind, label, sums in _totals(summary, language)
    ]


def _totals(summary: Summary[Sums], language: Language) -> Iterator[tuple[Mapping[Language, str], str, Sums]]:
    """The kind of the sum, of what, and the sum: by industry in order of codes, by region, then all."""
    for code in sorted(summary.by_industry, key=lambda one: (one is None, one or "")):
        yield OF_INDUSTRY, industry(code, language), summary.by_industry[code]
    for region in sorted(summary.by_region):
        yield OF_REGION, region, summary.by_region[region]
    yield TOTAL, "", summary.whole
