"""Scenarios: small cases written from the plan's text, each with the decision the text demands."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from app.domain.decisions.evaluate import Applied, Decision, Evaluator
from app.domain.decisions.explain import lacking, readings_of
from app.domain.decisions.given import Scenario, tree_of
from app.domain.periods import MonthDay
from app.domain.policies.measures import Measure, parts_of


@dataclass(frozen=True, slots=True)
class Difference:
    """One expectation that the pack does not meet."""

    scenario: str
    what: str
    expected: object
    got: object


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
    """The measures that applied rules make, in the words of a scenario; what only lowers a class is no measure."""
    silent = {"lowest_class", "one_level_up"}
    return [_measure(one, decision) for one in decision.applied if one.constraint.kind not in silent]


def _measure(applied: Applied, decision: Decision) -> dict[str, object]:
    constraint = applied.constraint
    parts = parts_of(constraint, season=decision.season)
    split = [{"in": part.name, "days": part.days, "hours": part.hours} for part in parts]
    return {
        "kind": constraint.kind,
        "from": constraint.period.start,
        "to": constraint.period.last_day,
        "days": constraint.period.days,
        "until": constraint.until,
        **constraint.params,
        **({"split": split} if split else {}),
        "alternatives": [_chosen(one) for one in applied.rule.then.alternatives],
        "may_instead": [one.then.kind for one in applied.rule.may_instead],
    }


def _chosen(one: object) -> dict[str, object]:
    return {"kind": one.kind, **one.params} if isinstance(one, Measure) else {"kind": one}


def matches(what: str, wanted: object, got: object) -> bool:
    """Whole values are compared, except that measures name only the fields they care about and readings a subset."""
    if what == "measures" and isinstance(wanted, list) and isinstance(got, list):
        return len(wanted) == len(got) and all(_same(one, want) for want, one in zip(wanted, got, strict=True))
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
    """Lists are compared whole, mappings by the keys that are wanted."""
    if isinstance(got, tuple | list) and isinstance(wanted, tuple | list):
        return len(got) == len(wanted) and all(_same(one, other) for one, other in zip(got, wanted, strict=True))
    if isinstance(got, Mapping) and isinstance(wanted, Mapping):
        return all(_same(got.get(key), value) for key, value in wanted.items())
    if isinstance(got, Mapping) and isinstance(wanted, str):
        return got.get("kind") == wanted
    return str(got) == wanted if isinstance(got, MonthDay) else got == wanted
