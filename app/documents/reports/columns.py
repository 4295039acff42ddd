"""Columns of a report's table: a header in both languages and a cell, one list for sheet and printed page alike."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Generic, TypeVar

from app.documents.catalogue import vocabulary
from app.documents.wording import exact
from app.domain.errors import Language
from app.domain.ledger.frame import DAY_HOURS
from app.domain.periods import SHANGHAI
from app.domain.reports.places import Place

R = TypeVar("R")
T = TypeVar("T")
UNKNOWN: dict[Language, str] = {"zh": "未知", "en": "unknown"}
TOTAL: dict[Language, str] = {"zh": "合计", "en": "total"}
OF_INDUSTRY: dict[Language, str] = {"zh": "行业小计", "en": "industry total"}
OF_REGION: dict[Language, str] = {"zh": "行政区小计", "en": "region total"}
ROW: dict[Language, str] = {"zh": "行类型", "en": "row"}
LINE: dict[Language, str] = {"zh": "明细", "en": "line"}


@dataclass(frozen=True, slots=True)
class Column(Generic[R, T]):
    """One column: its cell of a row and, where rows are summed, its cell of a sum."""

    zh: str
    en: str
    cell: Callable[[R, Language], object]
    sum: Callable[[T, Language], object] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Total(Generic[T]):
    """The sums of some rows: of all, of an industry, or of a region."""

    kind: Mapping[Language, str]
    label: str
    sums: T


def header(columns: Sequence[Column[R, T]], language: Language) -> list[str]:
    """The kind of the row comes first."""
    return [ROW[language], *(one.zh if language == "zh" else one.en for one in columns)]


def cells(columns: Sequence[Column[R, T]], rows: Iterable[R], language: Language) -> list[list[object]]:
    return [[LINE[language], *(one.cell(row, language) for one in columns)] for row in rows]


def total_cells(columns: Sequence[Column[R, T]], totals: Iterable[Total[T]], language: Language) -> list[list[object]]:
    """Under the first columns, which name a row, stands what was summed."""
    return [
        [
            one.kind[language],
            one.label,
            *("" if each.sum is None else each.sum(one.sums, language) for each in columns[1:]),
        ]
        for one in totals
    ]


def totals(
    whole: T, by_industry: Mapping[str | None, T], by_region: Mapping[str, T], language: Language
) -> Iterator[Total[T]]:
    """By industry in order of codes, by region, then all."""
    for code in sorted(by_industry, key=lambda one: (one is None, one or "")):
        yield Total(kind=OF_INDUSTRY, label=industry(code, language), sums=by_industry[code])
    for region in sorted(by_region):
        yield Total(kind=OF_REGION, label=region, sums=by_region[region])
    yield Total(kind=TOTAL, label="", sums=whole)


def days(hours: Decimal) -> str:
    """Hours as days, exact to a ten-thousandth of an hour."""
    found = (hours / DAY_HOURS).quantize(Decimal("0.000001")).normalize()
    return f"{found:f}"


def tonnes(value: float | None, language: Language) -> str:
    """What is not known is said so, and is never a nought."""
    return UNKNOWN[language] if value is None else exact(value)


def instant(at: datetime) -> str:
    return at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


def moment(at: datetime) -> str:
    """An instant to the microsecond, so that what is read from a page can be asked for again."""
    return at.astimezone(SHANGHAI).isoformat()


def industry(code: str | None, language: Language) -> str:
    if code is None:
        return UNKNOWN[language]
    label = vocabulary()["industries"].get(code)
    return code if label is None else label.zh if language == "zh" else label.en


def level(place: Place, language: Language) -> str:
    label = vocabulary()["levels"][place.level]
    return label.zh if language == "zh" else label.en


def so_many(count: int, zh: str, en: str, language: Language) -> str:
    """How many were summed, under a column that otherwise names one."""
    return f"{count} {either(language, zh, en)}"


def either(language: Language, zh: str, en: str) -> str:
    return zh if language == "zh" else en


def listed(parts: Iterable[str], language: Language) -> str:
    return ("；" if language == "zh" else "; ").join(part for part in parts if part)


def either_of(language: Language, zh: Sequence[str], en: Sequence[str]) -> list[str]:
    return list(zh if language == "zh" else en)


def yes(value: object, language: Language) -> str:
    """The word for a truth."""
    return either(language, "是" if value else "否", "yes" if value else "no")
