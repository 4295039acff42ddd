"""The names in a scenarios file: of its pack, of the facts it states, and of the values it gives them."""

from collections.abc import Iterator
from datetime import date

from app.documents.scenarios import Facts, ScenariosShape
from app.domain.policies.facts import FactSpec, Value
from app.domain.policies.findings import Finding, Path
from app.domain.policies.pack import Pack


def scenario_findings(shape: ScenariosShape, pack: Pack) -> Iterator[Finding]:
    """Whatever a scenario would lose in silence or break on."""
    if shape.pack != pack.name:
        yield Finding(
            code="pack_other",
            path=("pack",),
            zh=f"这些情景属于方案 {shape.pack}，而不是 {pack.name}",
            en=f"these scenarios are of {shape.pack}, not of {pack.name}",
        )
    for path, facts in _stated(shape):
        for name, given in facts.items():
            for value in [state.value for state in given] if isinstance(given, list) else [given]:
                yield from _fact((*path, name), name, value, pack)
    for index, case in enumerate(shape.scenarios):
        for name in case.unverified:
            yield from _known(("scenarios", index, "unverified"), name, pack)


def _stated(shape: ScenariosShape) -> Iterator[tuple[Path, Facts]]:
    for name, facts in shape.backgrounds.items():
        yield ("backgrounds", name), facts
    for index, case in enumerate(shape.scenarios):
        yield ("scenarios", index, "facts"), case.facts
        further: dict[str, list[Facts]] = {
            "units": [unit.facts for unit in case.units],
            "processes": [process.facts for process in case.processes],
            "lines": [line.facts for line in case.lines],
        }
        for word, parts in further.items():
            for number, facts in enumerate(parts):
                yield ("scenarios", index, word, number, "facts"), facts


def _known(path: Path, name: str, pack: Pack) -> Iterator[Finding]:
    if name not in pack.catalogue:
        yield Finding(code="fact_unknown", path=path, zh=f"没有名为 {name} 的事实", en=f"no fact is named {name}")


def _fact(path: Path, name: str, value: Value, pack: Pack) -> Iterator[Finding]:
    yield from _known(path, name, pack)
    if name in pack.catalogue and not _takes(pack.catalogue[name], value):
        fact = pack.catalogue[name]
        takes = ", ".join(fact.options) or fact.type
        yield Finding(
            code="value_unknown",
            path=path,
            zh=f"事实 {name} 不能取值 {value}；应为 {takes}",
            en=f"the fact {name} cannot be {value}; it takes {takes}",
        )


def _takes(fact: FactSpec, value: Value) -> bool:
    match fact.type:
        case "boolean":
            return isinstance(value, bool)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "date":
            return isinstance(value, str) and _is_day(value)
        case "enum" | "programme":
            return isinstance(value, str) and value in fact.options
        case "text":
            return isinstance(value, str)


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
