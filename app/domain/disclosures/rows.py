"""Rows of public lists: an allow-list of columns for each kind, and what one version has that another has not.

A row is one enterprise × line × process × equipment × measure × window × how it is checked × supervising body (HR-25,
L12-53, FS-36). Whatever is not a column here, persons, telephones, meters, places and evidence among it, cannot become
public.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from enum import StrEnum


class ListKind(StrEnum):
    """Who must stagger, who is exempt, who stands still."""

    STAGGERED = "staggered"
    EXEMPT = "exempt"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row in words; an empty cell says nothing. `row` names it from version to version and means nothing else."""

    row: str
    region: str
    enterprise_name: str
    uscc: str = ""
    industry: str = ""
    line: str = ""
    subject: str = ""
    processes: str = ""
    equipment: str = ""
    stagger_class: str = ""
    measure: str = ""
    cut_pct: str = ""
    cap_pct: str = ""
    windows: str = ""
    exemption: str = ""
    exempt_through: str = ""
    check_method: str = ""
    supervising_unit: str = ""
    rule: str = ""
    clauses: str = ""

    def as_json(self) -> dict[str, str]:
        return asdict(self)


ALL = tuple(one.name for one in fields(Row))
_WHO = ("region", "enterprise_name", "uscc", "industry", "line", "subject")
_CHECKED = ("check_method", "supervising_unit", "rule", "clauses")
COLUMNS: Mapping[ListKind, tuple[str, ...]] = {
    ListKind.STAGGERED: (
        *_WHO, "processes", "equipment", "stagger_class", "measure", "cut_pct", "cap_pct", "windows", *_CHECKED,
    ),
    ListKind.EXEMPT: (*_WHO, "exemption", "exempt_through", "rule", "clauses"),
    ListKind.STOPPED: (*_WHO, "processes", "equipment", "measure", "windows", *_CHECKED),
}  # fmt: skip
# The credit code of an enterprise has as many digits as a person's identity number.
_CODES = frozenset({"row", "uscc"})
_PERSONAL = re.compile(
    r"(?<!\d)(?:1[3-9]\d{9}|1[3-9]\d[ -]\d{4}[ -]\d{4}|0\d{2,3}-\d{7,8}|[1-9]\d{5}(?:19|20)\d{9}[\dXx])(?!\d)"
)
# One character is no name: it would be found in every address.
_SHORTEST_NAME = 2


def printed(rows: Iterable[Row]) -> tuple[Row, ...]:
    """In the order of the printed list."""
    return tuple(sorted(rows, key=_place))


def exposed(row: Row, persons: Collection[str]) -> tuple[str, ...]:
    """The columns that hold a telephone, an identity number, or one of these names."""
    names = [one for one in persons if len(one) >= _SHORTEST_NAME]
    return tuple(
        name
        for name in ALL
        if name not in _CODES
        and ((text := getattr(row, name)) and (_PERSONAL.search(text) or any(one in text for one in names)))
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RowChange:
    """A row both lists have, and the columns in which they differ."""

    before: Row
    after: Row
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListDiff:
    """What one list has that another has not."""

    added: tuple[Row, ...]
    removed: tuple[Row, ...]
    changed: tuple[RowChange, ...]


def diff(before: Sequence[Row], after: Sequence[Row]) -> ListDiff:
    was, now = ({one.row: one for one in rows} for rows in (before, after))
    return ListDiff(
        added=printed(one for key, one in now.items() if key not in was),
        removed=printed(one for key, one in was.items() if key not in now),
        changed=tuple(
            RowChange(before=was[one.row], after=one, columns=columns)
            for one in printed(now.values())
            if one.row in was and (columns := _differing(was[one.row], one))
        ),
    )


def applied(change: ListDiff, rows: Sequence[Row]) -> tuple[Row, ...]:
    """The later list, from the earlier one and their difference."""
    gone = {one.row for one in change.removed}
    mended = {one.after.row: one.after for one in change.changed}
    staying = (mended.get(one.row, one) for one in rows if one.row not in gone)
    return printed((*staying, *change.added))


def _differing(before: Row, after: Row) -> tuple[str, ...]:
    return tuple(name for name in ALL if getattr(before, name) != getattr(after, name))


def _place(one: Row) -> tuple[str, ...]:
    return (one.region, one.enterprise_name, one.uscc, one.line, one.subject, one.rule, one.row)
