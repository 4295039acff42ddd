"""Scenarios: small cases written from the plan's text, each with the decision the text demands."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from app.domain.decisions.evaluate import Decision, Evaluator
from app.domain.decisions.explain import lacking, readings_of
from app.domain.decisions.subjects import FactSpan, Subject
from app.domain.policies.facts import LEVELS, Level, Value


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenUnit:
    """A further unit of the line's site."""

    kind: str
    facts: Mapping[str, Value] = field(default_factory=dict)


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
    facts: Mapping[str, Value] = field(default_factory=dict)
    unverified: frozenset[str] = frozenset()
    units: tuple[GivenUnit, ...] = ()
    expect: Mapping[str, object] = field(default_factory=dict)
    cites: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """One expectation that the pack does not meet."""

    scenario: str
    what: str
    expected: object
    got: object


def tree_of(scenario: Scenario, levels: Mapping[str, Level]) -> Subject:
    """The scenario as a register of one enterprise: each fact sits on the level its catalogue entry names."""

    def spans(level: Level, facts: Mapping[str, Value]) -> dict[str, list[FactSpan]]:
        return {
            name: [
                {
                    "value": value,
                    "from": None,
                    "to": None,
                    "assertion": name,
                    "verified": name not in scenario.unverified,
                }
            ]
            for name, value in facts.items()
            if levels.get(name, "line") == level or (level == "line" and name not in levels)
        }

    deepest: Level = "unit" if scenario.subject == "unit" else "line"
    facts = {level: spans(level, scenario.facts) for level in LEVELS if LEVELS.index(level) <= LEVELS.index(deepest)}
    # Unit facts of a line scenario hold for the line's own record too.
    units = [_node("unit", f"u{i}", spans_of(unit), kind=unit.kind) for i, unit in enumerate(scenario.units, 1)]
    if scenario.subject == "unit":
        units.append(_node("unit", "unit", facts["unit"], kind=scenario.unit_kind))
    line = _node("line", "line", facts["line"] | facts.get("process", {}), units)
    line["industry"] = scenario.industry
    site = _node("site", "site", facts["site"], [line])
    site["region"] = scenario.region
    return _node("enterprise", "enterprise", facts["enterprise"], [site])


def spans_of(unit: GivenUnit) -> dict[str, list[FactSpan]]:
    return {
        name: [{"value": value, "from": None, "to": None, "assertion": name, "verified": True}]
        for name, value in unit.facts.items()
    }


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


def run(scenarios: Iterable[Scenario], evaluator: Evaluator) -> list[Difference]:
    """Every expectation that fails, in order."""
    levels = {name: fact.subject for name, fact in evaluator.pack.catalogue.facts.items()}
    differences: list[Difference] = []
    for scenario in scenarios:
        decisions = evaluator.evaluate(tree_of(scenario, levels), season=scenario.season, day=scenario.day)
        checked = [one for one in decisions if one.bound.subject["id"] == scenario.subject]
        if not checked:
            differences.append(Difference(scenario.name, "subject", scenario.subject, "the plan binds no such subject"))
            continue
        seen = observed(checked[0], evaluator, scenario.expect)
        differences += [
            Difference(scenario.name, what, wanted, seen.get(what))
            for what, wanted in scenario.expect.items()
            if not matches(what, wanted, seen.get(what))
        ]
    return differences


def observed(decision: Decision, evaluator: Evaluator, wanted: Mapping[str, object]) -> dict[str, object]:
    """What came out, in the words of `expect`."""
    possible = decision.outcomes.possible
    seen: dict[str, object] = {
        "status": decision.status,
        "rules": [applied.rule.id for applied in decision.applied],
        "class": possible[0].class_ if len({outcome.class_ for outcome in possible}) == 1 else None,
        "measures": measures_seen(decision),
        "in_force": decision.in_force,
        "possible": sorted({outcome.rule_ids for outcome in possible}),
        "flags": sum(len(applied.rule.flags) for applied in decision.applied),
    }
    if "deciding" in wanted:
        seen["deciding"] = {fact for one in evaluator.deciding(decision) for fact in evaluator.facts_of(one.key)}
    if "lacks" in wanted:
        seen["lacks"] = lacking(decision, evaluator.trace(decision), evaluator)
    if "readings" in wanted:
        seen["readings"] = set(readings_of(decision))
    return seen


def measures_seen(decision: Decision) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    for applied in decision.applied:
        constraint = applied.constraint
        if constraint.kind == "lowest_class":
            continue
        found.append(
            {
                "kind": constraint.kind,
                "from": constraint.period.start,
                "to": constraint.period.last_day,
                "days": constraint.period.days,
                "until": constraint.until,
                **constraint.params,
            }
        )
    return found


def matches(what: str, wanted: object, got: object) -> bool:
    """Whole values are compared, except that measures name only the fields they care about and readings a subset."""
    if what == "measures" and isinstance(wanted, list) and isinstance(got, list):
        return len(wanted) == len(got) and all(
            all(_same(one.get(key), value) for key, value in want.items())
            for want, one in zip(wanted, got, strict=True)
        )
    if what == "possible" and isinstance(wanted, list):
        return sorted(tuple(rules) for rules in wanted) == got
    if what == "readings" and isinstance(wanted, list) and isinstance(got, set):
        return set(wanted) <= got
    if what == "deciding" and isinstance(wanted, list):
        return set(wanted) == got
    if what == "lacks" and isinstance(wanted, dict) and isinstance(got, dict):
        return all(set(facts) == set(got.get(name, ())) for name, facts in wanted.items())
    return wanted == got


def _same(got: object, wanted: object) -> bool:
    if isinstance(got, tuple | list) and isinstance(wanted, tuple | list):
        return list(got) == list(wanted)
    return got == wanted
