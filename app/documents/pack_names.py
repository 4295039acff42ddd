"""The names a pack gives and uses: facts and sets that clash or cannot match, and every place that cites."""

from collections.abc import Callable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter

from pydantic import BaseModel

from app.documents.fact_shape import fact_specs
from app.documents.pack_basics import TextShape
from app.documents.pack_shape import PackShape, SetShape
from app.domain.policies.facts import PROGRAMME_VALUES, Catalogue, FactSpec, normal
from app.domain.policies.findings import Finding, Path
from app.domain.policies.leaves import NamedSet, place_key, place_label
from app.domain.policies.pack import Group, Place, Source

Problem = Callable[[Path, str, str, str], None]


def name_findings(shape: PackShape, base: Catalogue) -> Iterator[Finding]:
    """Names that are taken, set values that no fact takes, and acts that grant what is no fact."""
    catalogue = base.extended(fact_specs(shape.facts))
    yield from _facts(shape, base)
    yield from _sets(shape, catalogue)
    yield from _grants(shape, catalogue)


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


def _sets(shape: PackShape, catalogue: Catalogue) -> Iterator[Finding]:
    for name, item in shape.sets.items():
        if item.of != "programme" and catalogue.find(item.of) is None:
            yield Finding(
                code="fact_unknown",
                path=("sets", name, "of"),
                zh=f"集合 {name} 所指的事实 {item.of} 不存在",
                en=f"no fact is named {item.of}, of which the set {name} is made",
            )
            continue
        options = PROGRAMME_VALUES if item.of == "programme" else catalogue[fact_of(item, catalogue)].options
        wrong = [value for value in codes_of(item, catalogue) if value not in options]
        if wrong:
            yield Finding(
                code="set_value_unknown",
                path=("sets", name, "values"),
                zh=f"{item.of} 没有取值 {'、'.join(wrong)}；可取 {'、'.join(options)}",
                en=f"{item.of} does not take {', '.join(wrong)}; it takes {', '.join(options)}",
            )


def _grants(shape: PackShape, catalogue: Catalogue) -> Iterator[Finding]:
    for index, workflow in enumerate(shape.workflows):
        if workflow.grants and catalogue.find(workflow.grants) is None:
            yield Finding(
                code="grant_unknown",
                path=("workflows", index, "grants"),
                zh=f"grants 须写一个事实，没有名为 {workflow.grants} 的事实",
                en=f"grants names a fact, and none is named {workflow.grants}",
            )
        spec = catalogue.find(workflow.grants)
        if workflow.default and (spec is None or workflow.default not in (spec.values or ())):
            yield Finding(
                code="default_unknown",
                path=("workflows", index, "default"),
                zh=f"default 须为 {workflow.grants} 的取值，没有 {workflow.default}",
                en=f"default is a value of {workflow.grants}, and {workflow.default} is none",
            )


def resolved_sets(shape: PackShape, catalogue: Catalogue, problem: Problem) -> list[NamedSet]:
    """Every set with the values of those it includes, all by their codes."""
    includes = {name: item.includes for name, item in shape.sets.items()}
    own = {name: codes_of(item, catalogue) for name, item in shape.sets.items()}
    members = _resolved("sets", includes, own, problem)
    return [NamedSet(name, item.zh, fact_of(item, catalogue), members[name]) for name, item in shape.sets.items()]


def fact_of(item: SetShape, catalogue: Catalogue) -> str:
    """The fact whose values a set lists, by its canonical name."""
    found = catalogue.find(item.of)
    return found.name if found else item.of


def codes_of(item: SetShape, catalogue: Catalogue) -> list[str]:
    """The values of a set as codes; one that no fact takes stays as it is written."""
    found = catalogue.find(item.of)
    options = found.options if found else PROGRAMME_VALUES
    by_zh = {normal(zh): code for code, zh in options.items()}
    return [value if value in options else by_zh.get(normal(value), value) for value in item.values]


def resolved_groups(shape: PackShape, problem: Problem) -> dict[str, Group]:
    """Every group with the kinds of those it includes."""
    includes = {name: item.includes for name, item in shape.groups.items()}
    kinds = _resolved("groups", includes, {name: item.kinds for name, item in shape.groups.items()}, problem)
    return {
        name: Group(name=name, zh=item.zh, level=item.level, within=item.within, kinds=kinds[name])
        for name, item in shape.groups.items()
    }


def _resolved(
    section: str, includes: Mapping[str, list[str]], own: Mapping[str, list[str]], problem: Problem
) -> dict[str, frozenset[str]]:
    for name, others in includes.items():
        for other in others:
            if other not in own:
                problem((section, name), "name_unknown", f"没有名为 {other} 的定义", f"nothing is named {other} here")
    try:
        order = list(
            TopologicalSorter(
                {name: [one for one in each if one in own] for name, each in includes.items()}
            ).static_order()
        )
    except CycleError as error:
        circle = [str(name) for name in error.args[1]]
        told = " → ".join(circle)
        problem((section, circle[0]), "cyclic", f"循环定义：{told}", f"these are made of each other: {told}")
        return {name: frozenset(values) for name, values in own.items()}
    found: dict[str, frozenset[str]] = {}
    for name in order:
        found[name] = frozenset(own[name]).union(*(found[one] for one in includes[name] if one in own))
        if not found[name]:
            problem((section, name), "empty", f"{name} 没有任何成员", f"{name} has no members")
    return found


def places_of(shape: PackShape) -> tuple[Place, ...]:
    """The places a condition may ask for: those declared, and the zones."""
    declared = [
        Place(
            name=name,
            label=_label(place.name),
            regions=tuple(place.regions),
            complete=place.complete,
            readings=tuple(place.readings),
        )
        for name, place in shape.places.items()
    ]
    zones = [
        Place(name=name, label=_label(zone.name), regions=tuple(zone.regions), readings=tuple(zone.readings))
        for name, zone in shape.zones.items()
        if name not in shape.places
    ]
    return (*declared, *zones)


def place_fact(place: Place) -> FactSpec:
    """Lying in a place, as a question like any other."""
    return FactSpec(
        name=place_key(place.name),
        zh=place_label(place.label["zh"]),
        en=f"lies in {place.label['en']}",
        type="boolean",
        subject="site",
        question=f"厂区是否位于{place.label['zh']}？",
        question_en=f"Does the site lie in {place.label['en']}?",
        readings=place.readings,
    )


def _label(shape: TextShape) -> dict[str, str]:
    return {"zh": shape.zh, "en": shape.en}


def sources(part: object, path: Path = (), owner: str = "") -> Iterator[Source]:
    """Every part of a pack's shape that cites provisions or readings, with the id of the rule or duty around it."""
    match part:
        case BaseModel():
            owner = getattr(part, "id", None) or owner
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
