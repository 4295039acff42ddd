"""What a scenario is given: a small register of one enterprise, written down fact by fact."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from app.domain.decisions.subjects import FactSpan, Subject
from app.domain.policies.facts import LEVELS, Level, Value

# A value for all time, or the states a fact goes through.
Given = Value | Sequence[Mapping[str, Value | None]]
Facts = Mapping[str, Given]


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenPart:
    """A further unit or process of the line."""

    kind: str
    facts: Facts = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenLine:
    """A further line of the site, or with `elsewhere` of another site of the enterprise."""

    industry: str | None
    elsewhere: bool = False
    facts: Facts = field(default_factory=dict)
    units: tuple[GivenPart, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """Facts, a day and what must come out; only what `expect` names is compared."""

    name: str
    season: int
    day: date
    region: str
    subject: Level = "line"
    industry: str | None = None
    unit_kind: str | None = None
    process_kind: str | None = None
    facts: Facts = field(default_factory=dict)
    unverified: frozenset[str] = frozenset()
    units: tuple[GivenPart, ...] = ()
    processes: tuple[GivenPart, ...] = ()
    lines: tuple[GivenLine, ...] = ()
    expect: Mapping[str, object] = field(default_factory=dict)
    cites: tuple[str, ...] = ()


def tree_of(scenario: Scenario, levels: Mapping[str, Level]) -> Subject:
    """The scenario as a register of one enterprise: each fact sits on the level its catalogue entry names."""
    facts = _by_level(scenario, levels)
    parts = [_part("unit", f"u{number}", unit) for number, unit in enumerate(scenario.units, 1)]
    parts += [_part("process", f"p{number}", process) for number, process in enumerate(scenario.processes, 1)]
    if scenario.subject == "unit":
        parts.append(_node("unit", "unit", facts["unit"], kind=scenario.unit_kind))
    if scenario.subject == "process":
        parts.append(_node("process", "process", facts["process"], kind=scenario.process_kind))
    line = _node("line", "line", facts["line"], parts)
    line["industry"] = scenario.industry
    bare = scenario.subject == "site" and scenario.industry is None
    further = [(one.elsewhere, _line(number, one)) for number, one in enumerate(scenario.lines, 1)]
    site = _node(
        "site", "site", facts["site"], [*([] if bare else [line]), *(one for away, one in further if not away)]
    )
    site["region"] = scenario.region
    other = _node("site", "site2", {}, [one for away, one in further if away])
    other["region"] = scenario.region
    return _node("enterprise", "enterprise", facts["enterprise"], [site, other] if other["children"] else [site])


def _by_level(scenario: Scenario, levels: Mapping[str, Level]) -> dict[Level, dict[str, list[FactSpan]]]:
    """What belongs below the subject is said of the subject itself, whose parts inherit it."""
    chain: tuple[Level, ...] = ("enterprise", "site", "line", scenario.subject)
    around = [level for level in LEVELS if level in chain and LEVELS.index(level) <= LEVELS.index(scenario.subject)]
    found: dict[Level, dict[str, list[FactSpan]]] = {level: {} for level in LEVELS}
    for name, given in scenario.facts.items():
        own = levels.get(name, "line")
        above = [level for level in around if LEVELS.index(level) <= LEVELS.index(own)]
        found[above[-1]][name] = spans(name, given, verified=name not in scenario.unverified)
    return found


def spans(name: str, given: Given, *, verified: bool = True) -> list[FactSpan]:
    """A fact as dated spans."""
    states = given if isinstance(given, Sequence) and not isinstance(given, str) else [{"value": given}]
    return [
        {
            "value": _value(state),
            "from": _day(state.get("from")),
            "to": _day(state.get("to")),
            "assertion": name,
            "verified": verified,
        }
        for state in states
    ]


def _value(state: Mapping[str, Value | None]) -> Value:
    value = state["value"]
    if value is None:
        raise ValueError("a state of a fact has a value")
    return value


def _day(value: object) -> str | None:
    return None if value is None else str(value)


def _line(number: int, given: GivenLine) -> Subject:
    units = [_part("unit", f"line{number}u{index}", unit) for index, unit in enumerate(given.units, 1)]
    line = _node("line", f"line{number}", {name: spans(name, value) for name, value in given.facts.items()}, units)
    line["industry"] = given.industry
    return line


def _part(level: Level, name: str, given: GivenPart) -> Subject:
    facts = {fact: spans(fact, value) for fact, value in given.facts.items()}
    return _node(level, name, facts, kind=given.kind)


def _node(
    level: Level,
    name: str,
    facts: dict[str, list[FactSpan]],
    children: list[Subject] | None = None,
    *,
    kind: str | None = None,
) -> Subject:
    return {
        "level": level,
        "id": name,
        "code": name,
        "name": name,
        "facts": facts,
        "children": children or [],
        "kind": kind,
    }
