"""Builders of registers for tests: trees of one enterprise, and spans of facts."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from app.domain.decisions.subjects import FactSpan, Subject
from app.domain.policies.facts import Level, Value

PLAINS, MOUNTAIN, CITY = "141002", "141027", "141000"


def span(
    value: Value,
    *,
    start: str | None = None,
    end: str | None = None,
    verified: bool = True,
    assertion: str = "a1",
) -> FactSpan:
    return {"value": value, "from": start, "to": end, "assertion": assertion, "verified": verified}


def always(facts: Mapping[str, Value]) -> dict[str, list[FactSpan]]:
    """Each fact as one verified span without beginning or end."""
    return {name: [span(value, assertion=f"of {name}")] for name, value in facts.items()}


def subject(
    level: Level, name: str, facts: Mapping[str, Any] | None = None, children: Sequence[Subject] = ()
) -> Subject:
    """A node of the tree; a fact given as a plain value holds always, one given as spans holds as they say."""
    given = facts or {}
    plain = always({fact: value for fact, value in given.items() if not isinstance(value, list)})
    return {
        "level": level,
        "id": name,
        "code": name,
        "name": name,
        "facts": plain | {fact: spans for fact, spans in given.items() if isinstance(spans, list)},
        "children": list(children),
    }


def unit(name: str, kind: str | None, facts: Mapping[str, Any] | None = None, *, process: str | None = None) -> Subject:
    made = subject("unit", name, facts)
    made["kind"] = kind
    made["process"] = process
    return made


def line(
    name: str, industry: str | None, facts: Mapping[str, Any] | None = None, children: Sequence[Subject] = ()
) -> Subject:
    made = subject("line", name, facts, children)
    made["industry"] = industry
    return made


def site(
    lines: Sequence[Subject], facts: Mapping[str, Any] | None = None, *, name: str = "site", region: str | None = PLAINS
) -> Subject:
    made = subject("site", name, facts, lines)
    if region is not None:
        made["region"] = region
    return made


def enterprise(sites: Sequence[Subject], facts: Mapping[str, Any] | None = None) -> Subject:
    return subject("enterprise", "firm", facts, sites)


def firm(
    industry: str | None, facts: Mapping[str, Any], units: Sequence[Subject] = (), *, region: str = PLAINS
) -> Subject:
    """An enterprise with one line that carries all its facts."""
    return enterprise([site([line("line", industry, facts, units)], region=region)])


def below(one: Subject) -> Iterator[Subject]:
    """A subject and everything it holds."""
    yield one
    for child in one["children"]:
        yield from below(child)
