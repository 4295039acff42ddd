"""Merging checked rows into an enterprise: what is new, what changes, what hangs in the air."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from app.domain.enterprises.checking import Checked, Place, required
from app.domain.enterprises.columns import COLUMNS, SHEETS, RowLevel
from app.domain.enterprises.structure import Coupling, Enterprise, Head, Line, Meter, Part, Process, Site, Unit
from app.domain.errors import FieldError
from app.domain.facts.assertions import Claim
from app.domain.policies.facts import LEVELS, Level

MAKERS: Mapping[RowLevel, Callable[..., Part]] = {
    "site": Site,
    "line": Line,
    "process": Process,
    "unit": Unit,
    "coupling": Coupling,
    "meter": Meter,
}
PARENTS: tuple[Level, ...] = ("site", "line", "process")


@dataclass(frozen=True, slots=True)
class Rejection:
    """One reason why a row did not land."""

    place: Place
    level: RowLevel
    error: FieldError


@dataclass(frozen=True, slots=True)
class Said:
    """A claim, the subject it is about, and the row it stands in."""

    place: Place
    level: Level
    subject: UUID
    claim: Claim


@dataclass(slots=True)
class Merged:
    """The outcome of a merge; nothing in it has been stored."""

    head: Head
    head_changed: bool = False
    added: dict[UUID, Part] = field(default_factory=dict)
    changed: dict[UUID, Part] = field(default_factory=dict)
    said: list[Said] = field(default_factory=list)
    rejected: list[Rejection] = field(default_factory=list)
    landed: Counter[RowLevel] = field(default_factory=Counter)

    @property
    def structure_changed(self) -> bool:
        return self.head_changed or bool(self.added) or bool(self.changed)


class _Refused(Exception):
    def __init__(self, *errors: FieldError) -> None:
        super().__init__()
        self.errors = errors


def merge(
    known: Enterprise, rows: Iterable[Checked], *, failed: set[tuple[str, str]], new_id: Callable[[], UUID]
) -> Merged:
    """Rows must come parents first; `failed` names the (level, code) of rows that were refused before."""
    merging = _Merging(known, failed, new_id)
    for row in rows:
        merging.take(row)
    return merging.merged


class _Merging:
    """The enterprise as it grows row by row, found by codes."""

    def __init__(self, known: Enterprise, failed: set[tuple[str, str]], new_id: Callable[[], UUID]) -> None:
        self.merged = Merged(head=known.head)
        self._failed = failed
        self._new_id = new_id
        self._parts: dict[RowLevel, dict[object, Part]] = {
            "site": {site.code: site for site in known.sites},
            "line": {line.code: line for line in known.lines},
            "process": {process.code: process for process in known.processes},
            "unit": {unit.code: unit for unit in known.units},
            "coupling": {_ends(coupling): coupling for coupling in known.couplings},
            "meter": {meter.code: meter for meter in known.meters},
        }

    def take(self, row: Checked) -> None:
        try:
            subject = self._head(row) if row.level == "enterprise" else self._part(row)
        except _Refused as refused:
            self._failed.add((row.level, row.cells.get("code", "")))
            self.merged.rejected += [Rejection(row.place, row.level, error) for error in refused.errors]
            return
        self.merged.landed[row.level] += 1
        if row.level in LEVELS:
            self.merged.said += [Said(row.place, row.level, subject, claim) for claim in row.claims]

    def _head(self, row: Checked) -> UUID:
        head = replace(self.merged.head, **{name: value for name, value in row.cells.items() if name != "code"})
        self.merged.head_changed |= head != self.merged.head
        self.merged.head = head
        return head.id

    def _part(self, row: Checked) -> UUID:
        fields = self._fields(row)
        key: object = tuple(fields.values()) if row.level == "coupling" else row.cells["code"]
        known = self._parts[row.level].get(key)
        part = self._new(row, fields) if known is None else replace(known, **fields)
        if isinstance(part, Unit):
            self._process_on_the_line(row, part)
        if part != known:
            self._parts[row.level][key] = part
            kept = self.merged.added if known is None or part.id in self.merged.added else self.merged.changed
            kept[part.id] = part
        return part.id

    def _new(self, row: Checked, fields: Mapping[str, Any]) -> Part:
        missing = [column for column in COLUMNS[row.level] if column.required and column.name not in row.cells]
        missing = [column for column in missing if column.of != "enterprise"]
        if missing:
            raise _Refused(*(required(column, row.place.pointer) for column in missing))
        return MAKERS[row.level](id=self._new_id(), **fields)

    def _fields(self, row: Checked) -> dict[str, Any]:
        cells = row.cells
        fields = {name: value for name, value in cells.items() if name != "enterprise"}
        for name in PARENTS:
            if name in fields:
                fields[name] = self._find(row, name, name, cells[name])
        if row.level == "coupling":
            return {
                "kind": cells["kind"],
                "from_level": cells["from_level"],
                "from_id": self._find(row, cells["from_level"], "from_code", cells["from_code"]),
                "to_level": cells["to_level"],
                "to_id": self._find(row, cells["to_level"], "to_code", cells["to_code"]),
            }
        if row.level == "meter":
            fields["subject"] = self._find(row, cells["level"], "subject", cells["subject"])
        return fields

    def _find(self, row: Checked, level: RowLevel, column: str, code: str) -> UUID:
        sheet = SHEETS[level]
        if (level, code) in self._failed:
            raise _Refused(
                FieldError(
                    pointer=f"{row.place.pointer}{column}",
                    code="parent_rejected",
                    zh=f"所属{sheet}“{code}”未通过；请先改正该行，再一并重新提交。",
                    en=f"The {level} {code!r} was rejected; mend that row and send both again.",
                )
            )
        found = self._parts[level].get(code)
        if found is None:
            raise _Refused(
                FieldError(
                    pointer=f"{row.place.pointer}{column}",
                    code="parent_unknown",
                    zh=f"没有编码为“{code}”的{sheet}；请先登记。",
                    en=f"There is no {level} with the code {code!r}; register it first.",
                )
            )
        return found.id

    def _process_on_the_line(self, row: Checked, unit: Unit) -> None:
        if unit.process is None:
            return
        on_line = any(
            isinstance(process, Process) and process.id == unit.process and process.line == unit.line
            for process in self._parts["process"].values()
        )
        if not on_line:
            raise _Refused(
                FieldError(
                    pointer=f"{row.place.pointer}process",
                    code="process_of_another_line",
                    zh="该工序属于另一条生产线。",
                    en="This process belongs to another line.",
                )
            )


def _ends(coupling: Coupling) -> tuple[object, ...]:
    return (coupling.kind, coupling.from_level, coupling.from_id, coupling.to_level, coupling.to_id)
