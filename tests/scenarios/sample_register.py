"""The sample register read as an import reads it: rows checked, merged, and made into the trees a plan decides."""

import csv
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path
from uuid import UUID

from app.documents.catalogue import shipped_catalogue
from app.domain.access import Actor
from app.domain.decisions.subjects import FactSpan, Subject
from app.domain.enterprises.checking import Checked, Draft, check
from app.domain.enterprises.columns import COLUMNS, RowLevel
from app.domain.enterprises.merging import Merged, Rejection, merge
from app.domain.enterprises.regions import RegionTable
from app.domain.enterprises.structure import Enterprise, Head, Line, Process, Site, Unit
from app.domain.facts.values import value_of
from app.integrations.regions import all_regions
from app.persistence.facts.snapshots import _tree
from app.services.enterprises.files import Gathered, gather
from app.services.enterprises.yardsticks import yardsticks

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
NOW = datetime(2019, 12, 10, 2, tzinfo=UTC)
REGISTRAR = Actor(client_id="samples", regions=("000000",))


@dataclass(slots=True)
class Read:
    """The register after the import's checks."""

    enterprises: list[tuple[Enterprise, Merged]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


def rows_of(name: str) -> list[dict[str, str]]:
    with (SAMPLES / name).open(encoding="utf-8", newline="") as file:
        return [{key: value for key, value in row.items() if value} for row in csv.DictReader(file)]


def gathered(level: RowLevel) -> Gathered:
    """One file as the import takes it in."""
    found = gather((SAMPLES / f"register/{level}.csv").read_bytes(), "text/csv", level, shipped_catalogue())
    assert found.wrong == []
    return found


def drafts() -> Iterator[Draft]:
    for level in COLUMNS:
        file = gathered(level)
        for code in file.rows:
            yield from file.drafts(code)


def read() -> Read:
    """Every row through the checks and merges of the import."""
    found = Read()
    by = yardsticks(catalogue=shipped_catalogue(), regions=RegionTable(all_regions()), now=NOW, by=REGISTRAR)
    rows: dict[str, list[Checked]] = defaultdict(list)
    for draft in drafts():
        checked = check(draft, by)
        if isinstance(checked, list):
            found.refused += [f"{draft.place}: {error}" for error in checked]
        else:
            rows[checked.cells["code" if draft.level == "enterprise" else "enterprise"]].append(checked)
    numbers = count(1)
    for code, below in rows.items():
        head = Head(id=UUID(int=next(numbers)), registrar="samples", **below[0].cells)
        tree = Enterprise(head=head)
        merged = merge(tree, below, failed=set(), new_id=lambda: UUID(int=next(numbers)))
        found.refused += [f"{code}: {_told(one)}" for one in merged.rejected]
        found.enterprises.append((tree, merged))
    return found


def _told(rejection: Rejection) -> str:
    return f"{rejection.place} {rejection.error}"


def trees(found: Read) -> list[Subject]:
    """The trees of the evaluator; what the list of verifications names counts as verified."""
    verified = {(row["enterprise"], row["level"], row["code"], row["fact"]) for row in rows_of("verifications.csv")}
    return [_as_tree(merged, verified) for _, merged in found.enterprises]


def _as_tree(merged: Merged, verified: set[tuple[str, str, str, str]]) -> Subject:
    parts = list(merged.added.values())
    whole = Enterprise(
        head=merged.head,
        sites=tuple(part for part in parts if isinstance(part, Site)),
        lines=tuple(part for part in parts if isinstance(part, Line)),
        processes=tuple(part for part in parts if isinstance(part, Process)),
        units=tuple(part for part in parts if isinstance(part, Unit)),
    )
    codes = {part.id: getattr(part, "code", "") for part in parts} | {merged.head.id: merged.head.code}
    spans: dict[UUID, dict[str, list[FactSpan]]] = defaultdict(dict)
    for said in sorted(merged.said, key=lambda one: one.claim.valid_from or date.min):
        claim = said.claim
        span: FactSpan = {
            "value": value_of(claim.type, claim.value),
            "from": claim.valid_from.isoformat() if claim.valid_from else None,
            "to": None,
            "assertion": f"{codes[said.subject]}.{claim.fact}",
            "verified": (merged.head.code, said.level, codes[said.subject], claim.fact) in verified,
        }
        spans[said.subject].setdefault(claim.fact, []).append(span)
    return _tree(whole, spans)
