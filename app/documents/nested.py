"""An enterprise as nested JSON, taken apart into the rows that files bring."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from app.domain.enterprises.checking import Draft, FactDraft, Place
from app.domain.enterprises.columns import RowLevel

# Where rows of a level nest the rows below them.
CHILDREN: Mapping[RowLevel, Sequence[tuple[str, RowLevel]]] = {
    "enterprise": (("sites", "site"), ("couplings", "coupling"), ("meters", "meter")),
    "site": (("lines", "line"),),
    "line": (("processes", "process"), ("units", "unit")),
}


def rows_of(given: Mapping[str, Any], *, pointer: str = "", line: int = 0) -> Iterator[Draft]:
    """Parents before children; pointers lead back to where each row was written."""
    return _rows("enterprise", given, {}, pointer, line)


def _rows(
    level: RowLevel, given: Mapping[str, Any], parents: Mapping[str, str], pointer: str, line: int
) -> Iterator[Draft]:
    nests = CHILDREN.get(level, ())
    skipped = {"facts", *(name for name, _ in nests)}
    cells = {**parents, **{name: value for name, value in given.items() if name not in skipped and value is not None}}
    facts = [
        FactDraft(
            one["fact"],
            one["value"],
            _day(one.get("valid_from")),
            _day(one.get("valid_to")),
            one.get("document"),
            f"{pointer}/facts/{index}/value",
        )
        for index, one in enumerate(given.get("facts", ()))
    ]
    yield Draft(level, Place(level, line, f"{pointer}/"), cells, facts)
    if not nests:
        return
    # A site knows its enterprise, a line its site and enterprise, a unit its line and enterprise.
    known = {"enterprise": parents.get("enterprise", given["code"])}
    if level != "enterprise":
        known[level] = given["code"]
    for name, below in nests:
        for index, child in enumerate(given.get(name, ())):
            yield from _rows(below, child, known, f"{pointer}/{name}/{index}", line)


def _day(given: date | str | None) -> date | None:
    return date.fromisoformat(given) if isinstance(given, str) else given
