"""A page to print: headed facts and tables as HTML of one piece, with nothing to fetch and nothing that runs.

Everything is escaped by the template; the policy below lets a browser use this very style sheet and nothing else.
"""

import hashlib
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

from jinja2 import DictLoader, Environment, StrictUndefined, Template

from app.documents.workbook import write_xlsx
from app.domain.errors import Language

MEDIA_TYPE = "text/html; charset=utf-8"
TAGS: dict[Language, str] = {"zh": "zh-CN", "en": "en"}
# What Excel allows a sheet's name.
_SHEET_NAME = 31
_FORBIDDEN = str.maketrans(dict.fromkeys("[]:*?/\\", " "))
Cell = object


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A table under a heading, with a word below it where one is needed."""

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    note: str = ""
    # Many columns are printed across the page.
    wide: bool = False

    def __post_init__(self) -> None:
        ragged = [row for row in self.rows if len(row) != len(self.header)]
        if ragged:
            raise ValueError(f"{self.title}: {len(self.header)} columns and a row of {len(ragged[0])}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A document in one language: its title, what it is about, its tables, and how its figures come about."""

    title: str
    language: Language
    facts: Sequence[tuple[str, Cell]]
    sections: Sequence[Section]
    notes: Sequence[str] = field(default_factory=tuple)


def printed(page: Page) -> bytes:
    """The page as HTML."""
    return _template().render(page=page, tag=TAGS[page.language], style=_style(), empty=_EMPTY[page.language]).encode()


def security_policy() -> str:
    """Nothing is loaded and nothing runs; the style sheet is named by its hash (CSP)."""
    digest = b64encode(hashlib.sha256(_style().encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def workbook(page: Page) -> bytes:
    """The page as a workbook: its facts on the first sheet, then one sheet for each table."""
    first: list[Sequence[Cell]] = [(page.title, ""), *page.facts, *(("", note) for note in page.notes)]
    sheets = [(_sheet_name(0, page.title), first)]
    for number, one in enumerate(page.sections, start=1):
        sheets.append((_sheet_name(number, one.title), [list(one.header), *one.rows]))
    return write_xlsx(sheets)


def _sheet_name(number: int, title: str) -> str:
    """Names differ by their number, however long the titles are."""
    name = f"{number} {title}" if number else title
    return name.translate(_FORBIDDEN)[:_SHEET_NAME].strip("' ")


_EMPTY: dict[Language, str] = {"zh": "无", "en": "none"}


@cache
def _template() -> Template:
    found = Environment(
        loader=DictLoader({"page": _read("page.html.jinja")}),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return found.get_template("page")


@cache
def _style() -> str:
    return _read("page.css")


def _read(name: str) -> str:
    return (files("app.documents") / "templates" / name).read_text(encoding="utf-8")
