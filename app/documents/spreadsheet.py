"""The register as sheets: the headers a template offers, and the drafts that filled-in rows become."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from typing import Any, Protocol, TypeVar

from app.documents.rejections import ERROR_HEADERS
from app.domain.enterprises.checking import Draft, FactDraft, Place, cell_text, required
from app.domain.enterprises.columns import COLUMNS, PERIOD, SHEETS, Column, RowLevel, facts_of, has_facts
from app.domain.errors import FieldError
from app.domain.facts.values import ValueRefused, day_of
from app.domain.policies.facts import Catalogue, FactSpec, normal

# The sheet of explanations in a template; it comes back with the others and says nothing.
GUIDE = "说明"
LEVEL_BY_SHEET: Mapping[str, RowLevel] = {zh: level for level, zh in SHEETS.items()} | {
    level: level for level in SHEETS
}
# A template writes “颗粒物 (mg/m3)” and marks what is required with a star.
_UNIT = re.compile(r"\s*[(（][^()（）]*[)）]\s*$")
Row = Sequence[object]


class Named(Protocol):
    """Anything a column can stand for."""

    @property
    def name(self) -> str: ...


N = TypeVar("N", bound=Named)


@dataclass(frozen=True, slots=True)
class Header:
    """What each column of a sheet means; None is a column to pass over."""

    level: RowLevel
    columns: tuple[Column | FactSpec | None, ...]
    names: tuple[str, ...]


class HeaderRefused(Exception):
    """The first line of a sheet names something the register does not know; carries every such name."""

    def __init__(self, errors: list[FieldError]) -> None:
        super().__init__("header")
        self.errors = errors


def titles(level: RowLevel, catalogue: Catalogue) -> list[str]:
    """The first line of a template."""
    structure = [column.zh + ("*" if column.required else "") for column in COLUMNS[level]]
    if not has_facts(level):
        return structure
    facts = [f"{fact.zh} ({fact.unit})" if fact.unit else fact.zh for fact in facts_of(level, catalogue)]
    return [*structure, *(column.zh for column in PERIOD), *facts]


def guide(catalogue: Catalogue, options: Mapping[str, Mapping[str, str]]) -> Iterator[list[object]]:
    """The sheet that explains the others: every column, what may stand in it, and what it asks."""
    yield ["工作表", "列", "英文名", "必填", "可填内容", "说明"]
    for level, sheet in SHEETS.items():
        for column in COLUMNS[level]:
            allowed = "、".join(options.get("levels" if column.kind == "level" else column.of, {}).values())
            yield [sheet, column.zh, column.name, "是" if column.required else "", allowed, ""]
        for fact in facts_of(level, catalogue) if has_facts(level) else ():
            allowed = "是、否" if fact.type == "boolean" else "、".join(fact.options.values()) or fact.unit
            yield [sheet, fact.zh, fact.name, "", allowed, fact.question]


def read_header(level: RowLevel, row: Row, catalogue: Catalogue) -> Header:
    """Chinese or canonical names, in any order; raises HeaderRefused."""
    names = titles_in(row)
    return Header(level, matched(names, _known(level, catalogue), sheet=(SHEETS[level], level)), names)


def titles_in(row: Row) -> tuple[str, ...]:
    """The titles of a first line, without units and stars."""
    return tuple(_clean(cell) for cell in row)


def matched(names: Sequence[str], known: Mapping[str, N], *, sheet: tuple[str, str]) -> tuple[N | None, ...]:
    """The column each title means; raises HeaderRefused with every title that means none, or one again."""
    columns: list[N | None] = []
    errors, taken = list[FieldError](), set[str]()
    for name in names:
        if not name or name in ERROR_HEADERS:
            columns.append(None)
            continue
        found = known.get(normal(name)) or known.get(normal(name).lower())
        if found is None:
            errors.append(_unknown(name, sheet, known))
        elif found.name in taken:
            errors.append(_twice(name))
        else:
            taken.add(found.name)
        columns.append(found)
    if errors:
        raise HeaderRefused(errors)
    return tuple(columns)


def read_row(header: Header, row: Row, *, sheet: str, line: int) -> Draft:
    """Blank means unknown; a beginning that is no day is told with everything else that is wrong."""
    cells: dict[str, Any] = {}
    facts: list[tuple[FactSpec, object]] = []
    for column, raw in zip(header.columns, row, strict=False):
        if column is None or is_blank(raw):
            continue
        if isinstance(column, FactSpec):
            facts.append((column, raw))
        else:
            cells[column.name] = raw
    begins, document = cells.pop("valid_from", None), cells.pop("document", None)
    start, errors = None, tuple[FieldError, ...]()
    try:
        start = None if begins is None else day_of(begins)
    except ValueRefused as refused:
        errors = (refused.at("valid_from"),)
    paper = None if document is None else cell_text(document)
    drafted = [FactDraft(fact.name, raw, start, None, paper, fact.name) for fact, raw in facts]
    return Draft(header.level, Place(sheet, line), cells, drafted, begins=start, errors=errors)


def key_of(header: Header, row: Row) -> str | None:
    """The own code of the enterprise a row belongs to."""
    name = "code" if header.level == "enterprise" else "enterprise"
    for column, raw in zip(header.columns, row, strict=False):
        if column is not None and column.name == name and not isinstance(column, FactSpec):
            return None if is_blank(raw) else cell_text(raw)
    return None


def key_missing(level: RowLevel) -> FieldError:
    name = "code" if level == "enterprise" else "enterprise"
    return required(next(column for column in COLUMNS[level] if column.name == name), "")


def is_blank(raw: object) -> bool:
    return raw is None or raw == "" or (isinstance(raw, str) and not raw.strip())


def unknown_sheet(name: str) -> FieldError:
    return FieldError(
        pointer="",
        code="sheet_unknown",
        zh=f"不认识的工作表“{name[:40]}”；应为：{'、'.join(SHEETS.values())}。",
        en=f"Unknown sheet {name[:40]!r}; expected one of: {', '.join(SHEETS)}.",
    )


@cache
def _known(level: RowLevel, catalogue: Catalogue) -> dict[str, Column | FactSpec]:
    """Any fact that may be asserted at this level has a column if somebody wants one."""
    known: dict[str, Column | FactSpec] = {}
    facts = list(catalogue.facts.values()) if has_facts(level) else []
    period = PERIOD if has_facts(level) else ()
    for one in (*facts, *COLUMNS[level], *period):
        known |= {one.name: one, normal(one.zh): one}
    return known


def _clean(cell: object) -> str:
    return _UNIT.sub("", "" if cell is None else str(cell).strip().rstrip("*").strip()).rstrip("*").strip()


def _unknown(name: str, sheet: tuple[str, str], known: Mapping[str, object]) -> FieldError:
    near = get_close_matches(name, list(known), n=3, cutoff=0.6)
    hint, hint_en = (f"是否指：{'、'.join(near)}？", f" Did you mean {', '.join(near)}?") if near else ("", "")
    return FieldError(
        pointer=name[:80],
        code="column_unknown",
        zh=f"“{sheet[0]}”表没有“{name[:80]}”这一列；该表未导入。{hint}",
        en=f"The {sheet[1]} sheet has no column {name[:80]!r}; the sheet was not imported.{hint_en}",
    )


def _twice(name: str) -> FieldError:
    return FieldError(
        pointer=name[:80],
        code="column_twice",
        zh=f"“{name[:80]}”列重复出现；该表未导入。",
        en=f"The column {name[:80]!r} stands twice; the sheet was not imported.",
    )
