"""naming: the lines of an enterprise, with the units and processes that some measure or duty names of them."""

from collections.abc import Collection, Iterable, Iterator, Sequence

from app.domain.decisions.evaluate import Evaluator
from app.domain.decisions.subjects import Subject
from app.domain.schedules.given.asked import Asked
from app.domain.schedules.given.cutting import named_kinds, only_follows, share_of
from app.domain.schedules.given.plant import HEAT_OUTPUT, Line, Named
from app.domain.schedules.given.prepared import Works


def lines_of(
    works: Works, evaluators: Sequence[Evaluator], asked: Iterable[Asked], owing: Collection[str]
) -> list[Line]:
    """The lines on the sites that some plan governs; `owing` are subjects with hours in a ledger."""
    found = {
        line["id"]: Line(works=works, site=site, subject=line, named=Named())
        for site in works.tree["children"]
        if any(each.pack.governs(site.get("region") or "") for each in evaluators)
        for line in site["children"]
    }
    for line in found.values():
        line.named.ids |= {unit["id"] for unit in line.units if unit["facts"].get(HEAT_OUTPUT)}
        line.named.ids |= {one["id"] for one in line.subject["children"] if one["id"] in owing}
    for one in asked:
        for line in _below(one, found.values()):
            _name(one, line)
    return list(found.values())


def _below(one: Asked, lines: Iterable[Line]) -> Iterator[Line]:
    """The lines a demand speaks of: that of a unit, the line itself, or all of a site."""
    ids = {subject["id"] for subject in one.chain}
    for line in lines:
        if line.id in ids or one.subject["id"] == line.site["id"]:
            yield line


def _name(one: Asked, line: Line) -> None:
    if one.subject["level"] in {"unit", "process"}:
        line.named.ids.add(one.subject["id"])
    if share_of(one) is None:
        return
    units, couples = named_kinds(one, "units"), named_kinds(one, "couples")
    line.named.leading |= _of_kinds(line, units)
    if not only_follows(line.production, couples, units):
        line.named.following |= _of_kinds(line, couples) - line.named.leading
    excluded = one.constraint.params.get("except_units")
    line.named.ids |= {unit["id"] for unit in line.units if excluded is not None and _is_of_class(unit, excluded)}


def _of_kinds(line: Line, kinds: frozenset[str]) -> set[str]:
    return {unit["id"] for unit in line.units if unit.get("kind") in kinds}


def _is_of_class(unit: Subject, catalogue_class: object) -> bool:
    return any(span["value"] == catalogue_class for span in unit["facts"].get("catalogue_class", []))
