"""The names a pack gives and uses: facts and sets that clash or cannot match, and every place that cites."""

from collections.abc import Iterator

from pydantic import BaseModel

from app.documents.fact_shape import fact_specs
from app.documents.pack_shape import PackShape
from app.domain.policies.facts import PROGRAMME_VALUES, Catalogue, normal
from app.domain.policies.findings import Finding, Path
from app.domain.policies.pack import Source


def name_findings(shape: PackShape, base: Catalogue) -> Iterator[Finding]:
    """Names that are taken, and set values that no fact takes."""
    yield from _facts(shape, base)
    yield from _sets(shape, base)


def _facts(shape: PackShape, base: Catalogue) -> Iterator[Finding]:
    taken = {name: fact.name for fact in base.facts.values() for name in (fact.name, normal(fact.zh))}
    for fact in fact_specs(shape.facts):
        path: Path = ("facts", fact.name)
        if fact.name in base and base[fact.name] != fact:
            yield Finding(
                code="fact_declared_twice",
                path=path,
                zh=f"事实 {fact.name} 已在基础目录中以不同方式定义，请改名",
                en=f"the fact {fact.name} is declared differently in the base catalogue; choose another name",
            )
        elif (other := taken.setdefault(normal(fact.zh), fact.name)) != fact.name:
            yield Finding(
                code="fact_named_twice",
                path=path,
                zh=f"中文名“{fact.zh}”已是事实 {other} 的名称，请改名",
                en=f"the Chinese name {fact.zh} is already that of {other}; choose another",
            )


def _sets(shape: PackShape, base: Catalogue) -> Iterator[Finding]:
    catalogue = base.extended(fact_specs(shape.facts))
    for name, item in shape.sets.items():
        if item.of != "programme" and item.of not in catalogue:
            yield Finding(
                code="fact_unknown",
                path=("sets", name, "of"),
                zh=f"集合 {name} 所指的事实 {item.of} 不存在",
                en=f"no fact is named {item.of}, of which the set {name} is made",
            )
            continue
        options = PROGRAMME_VALUES if item.of == "programme" else catalogue[item.of].options
        wrong = [value for value in item.values if value not in options]
        if wrong:
            yield Finding(
                code="set_value_unknown",
                path=("sets", name, "values"),
                zh=f"{item.of} 没有取值 {'、'.join(wrong)}；可取 {'、'.join(options)}",
                en=f"{item.of} does not take {', '.join(wrong)}; it takes {', '.join(options)}",
            )


def sources(part: object, path: Path = (), owner: str = "") -> Iterator[Source]:
    """Every part of a pack's shape that cites provisions or readings, with the id of the rule or duty around it."""
    match part:
        case BaseModel():
            owner = getattr(part, "id", owner)
            cites, readings = (tuple(getattr(part, word, ())) for word in ("cites", "readings"))
            if cites or (readings and path):
                yield Source(path=path, owner=owner, cites=cites, readings=readings if path else ())
            for name, field in type(part).model_fields.items():
                yield from sources(getattr(part, name), (*path, field.alias or name), owner)
        case dict():
            for key, value in part.items():
                yield from sources(value, (*path, key), owner)
        case list():
            for index, item in enumerate(part):
                yield from sources(item, (*path, index), owner)
