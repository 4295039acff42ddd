"""How a sample register is put together: rows by level, reproducible choices, and the files they become."""

import csv
import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

Option = TypeVar("Option")
Fact = bool | int | float | str
Facts = Mapping[str, Fact]
Row = dict[str, str]

# The columns of each file in the order of the import's templates; facts no row fills are left out.
STRUCTURE: Mapping[str, tuple[str, ...]] = {
    "enterprise": ("code", "name", "region", "uscc", "gbt4754", "sample"),
    "site": ("enterprise", "code", "name", "region", "address", "longitude", "latitude"),
    "line": ("enterprise", "site", "code", "name", "industry", "gbt4754"),
    "process": ("enterprise", "line", "code", "name", "kind"),
    "unit": ("enterprise", "line", "process", "code", "name", "kind"),
    "coupling": ("enterprise", "kind", "from_level", "from_code", "to_level", "to_code"),
    "meter": ("enterprise", "code", "kind", "level", "subject", "multiplier"),
}
PERIOD = ("valid_from", "document")
WITH_FACTS = ("enterprise", "site", "line", "process", "unit")
VERIFICATION = ("enterprise", "level", "code", "fact", "note")
ACCEPTANCES = frozenset({"accepted", "not_applicable"})


def share(*key: object) -> float:
    """A number in [0, 1) that depends on nothing but the key: one enterprise more changes no other."""
    digest = hashlib.sha256("/".join(map(str, key)).encode()).digest()
    return int.from_bytes(digest[:6], "big") / (1 << 48)


def pick(options: Sequence[Option], *key: object) -> Option:
    """One of the options, always the same one for the same key."""
    return options[int(share(*key) * len(options))]


def text(value: object) -> str:
    """A cell as the import reads it: lower-case booleans, plain decimals, nothing for what is unknown."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.10g}" if isinstance(value, float) else str(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A line and the rule it was written to meet."""

    enterprise: str
    line: str
    rule: str


@dataclass(slots=True)
class Register:
    """The rows of every file, in the order in which they were written."""

    rows: dict[str, list[Row]] = field(default_factory=lambda: {level: [] for level in STRUCTURE})
    verified: list[Row] = field(default_factory=list)
    written: list[Written] = field(default_factory=list)

    def add(
        self,
        level: str,
        cells: Mapping[str, object],
        facts: Facts | None = None,
        *,
        since: str = "",
        document: str = "",
        claimed: frozenset[str] = frozenset(),
    ) -> None:
        """One row; acceptances are entered as verified unless they are only `claimed`."""
        row = {**cells, **(facts or {})}
        if level in WITH_FACTS:
            row |= {"valid_from": since if facts else "", "document": document}
        self.rows[level].append({name: text(value) for name, value in row.items() if value not in {None, ""}})
        for name, value in (facts or {}).items():
            if value in ACCEPTANCES and name not in claimed:
                enterprise = text(cells["code"] if level == "enterprise" else cells["enterprise"])
                self.verified.append(
                    {
                        "enterprise": enterprise,
                        "level": level,
                        "code": text(cells["code"]),
                        "fact": name,
                        "note": document,
                    }
                )

    def files(self) -> dict[str, bytes]:
        """Every file by its name below the folder of samples."""
        found = {f"register/{level}.csv": _csv(self._columns(level), rows) for level, rows in self.rows.items()}
        return {**found, "verifications.csv": _csv(VERIFICATION, self.verified)}

    def _columns(self, level: str) -> tuple[str, ...]:
        if level not in WITH_FACTS:
            return STRUCTURE[level]
        fixed = {*STRUCTURE[level], *PERIOD}
        facts = {name for row in self.rows[level] for name in row if name not in fixed}
        return (*STRUCTURE[level], *PERIOD, *sorted(facts))


def _csv(columns: Sequence[str], rows: Sequence[Row]) -> bytes:
    held = io.StringIO()
    writer = csv.DictWriter(held, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return held.getvalue().encode()
