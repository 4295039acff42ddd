"""An independent reading of a pack: decide one complete record, and all completions of an incomplete one.

It shares the tree with the evaluator and nothing else: its own truth, stages, candidate values and calendar.
"""

import math
import operator
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from itertools import pairwise, product

from app.domain.policies.conditions import All, AnyOf, Leaf, Node, Not, Quantified
from app.domain.policies.facts import Value
from app.domain.policies.measures import After, During, Measure, OpenEnd, Span
from app.domain.policies.pack import Pack, Rule, Scoped

Facts = Mapping[str, Value]
Days = tuple[date, date | None]
Effect = frozenset[tuple[str, str, str | None, tuple[Days, ...]]]
TAG = {"line": "industry", "unit": "unit_kind"}
SEASONS = (2019, 2022)
FREE = "no_tag_the_plan_names"
COMPARE = {
    "is": operator.eq,
    "eq": operator.eq,
    "is_not": operator.ne,
    "le": operator.le,
    "lt": operator.lt,
    "ge": operator.ge,
    "gt": operator.gt,
}


@dataclass(frozen=True)
class Answer:
    """What the plan says of a completely known subject."""

    rules: tuple[str, ...]
    zone: str | None
    effect: Effect
    class_: str | None


def true(node: Node | None, facts: Facts) -> bool:
    if node is None:
        return True
    if isinstance(node, Leaf):
        if isinstance(node.operand, frozenset):
            return (facts[node.fact] in node.operand) == (node.op == "in")
        return bool(COMPARE[node.op](facts[node.fact], node.operand))
    if isinstance(node, Quantified):
        return bool(facts[node.key])
    if isinstance(node, Not):
        return not true(node.part, facts)
    if isinstance(node, All):
        return all(true(part, facts) for part in node.parts)
    return any(true(part, facts) for part in node.parts)


def reaches(scoped: Scoped, tag: Value) -> bool:
    if scoped.kinds is not None:
        return tag in scoped.kinds
    if scoped.tags is not None and tag not in scoped.tags:
        return False
    return tag not in scoped.except_tags


def decide(pack: Pack, facts: Facts, binds: str = "line") -> Answer:
    """Gates, then the ladder unless a gate stops, then penalties, which may lower the row, then warnings."""
    tag = facts[TAG[binds]]
    *stages, rows, lowest = reached(pack, tag, binds)
    gates, penalties, warnings = ([rule for rule in stage if true(rule.when, facts)] for stage in stages)
    found: list[Rule] = []
    if not any(rule.then.kind == "stop" for rule in gates):
        lowered = any(rule.then.kind == "lowest_class" for rule in penalties)
        found = [each for each in (lowest if lowered else rows) if true(each.when, facts)][:1]
        if lowered and not found:
            found = lowest[-1:]
    zone = str(facts["zone"]) if pack.zones else None
    return answer(pack, (*gates, *found, *penalties, *warnings), zone)


@cache
def reached(pack: Pack, tag: str, binds: str) -> list[list[Rule]]:
    """The gates, penalties and warnings that may reach a tag, the rows of its ladder, and the lowest of them."""
    stages = [
        [each.rule for each in stage if each.binds == binds and reaches(each, tag)]
        for stage in [pack.at_stage(stage) for stage in ("gate", "penalty", "warning")]
    ]
    for one in pack.ladders:
        if one.binds == binds and tag in one.industry.tags:
            return [*stages, list(one.rows), [each for each in one.rows if each.class_ == one.lowest]]
    return [*stages, [], []]


@cache
def answer(pack: Pack, rules: tuple[Rule, ...], zone: str | None) -> Answer:
    return Answer(
        tuple(rule.id for rule in rules),
        zone if any(zoned(pack, rule.then) for rule in rules) else None,
        effect(pack, rules, zone),
        next((rule.class_ for rule in rules if rule.class_), None),
    )


def possible(pack: Pack, facts: Facts, binds: str = "line") -> set[Answer]:
    return {decide(pack, each, binds) for each in completions(pack, facts, binds)}


def completions(pack: Pack, facts: Facts, binds: str = "line") -> Iterator[dict[str, Value]]:
    """Every way to fill in what is missing, facts that the tag's rules never mention left out."""
    known = {**absent(pack), **facts}
    keys = [key for key in mentioned(pack, known.get(TAG[binds]), binds) if key not in known]
    for values in product(*(candidates(pack, key, binds) for key in keys)):
        yield {**known, **dict(zip(keys, values, strict=True))}


def absent(pack: Pack) -> dict[str, Value]:
    return {name: fact.absent for name, fact in pack.catalogue.facts.items() if fact.absent is not None}


@cache
def mentioned(pack: Pack, tag: Value | None, binds: str = "line") -> list[str]:
    """The keys that rules which may reach the tag ask; all of them when the tag is unknown."""
    scoped = [each for each in pack.scoped if each.binds == binds]
    rules = [each.rule for each in scoped if tag is None or reaches(each, tag)]
    for ladder in pack.ladders:
        if ladder.binds == binds and (tag is None or tag in ladder.industry.tags):
            rules += ladder.rows
    keys = {key for rule in rules if rule.when is not None for key in asked(rule.when)}
    return sorted(keys | {TAG[binds]} | ({"zone"} if pack.zones else set()))


def asked(node: Node) -> set[str]:
    if isinstance(node, Leaf):
        return {node.fact}
    if isinstance(node, Quantified):
        return {node.key}
    parts = (node.part,) if isinstance(node, Not) else node.parts
    return {key for part in parts for key in asked(part)}


@cache
def candidates(pack: Pack, key: str, binds: str = "line") -> list[Value]:
    """Values that stand for all others: every option, and each limit with its nearest neighbours."""
    if key == TAG[binds]:
        scoped = [each for each in pack.scoped if each.binds == binds]
        tags = {tag for each in scoped for tag in (*(each.tags or ()), *each.except_tags, *(each.kinds or ()))}
        return sorted({*tags, *(tag for one in pack.ladders for tag in one.industry.tags), FREE})
    if key == "zone":
        return [zone.name for zone in pack.zones]
    fact = pack.catalogue.facts.get(key)
    if fact is None or fact.type == "boolean":
        return [True, False]
    if fact.type != "number":
        return list(fact.options)
    limits = sorted(limits_of(pack, key))
    around = [(math.nextafter(limit, -math.inf), limit, math.nextafter(limit, math.inf)) for limit in limits]
    between = [(low + high) / 2 for low, high in pairwise(limits)]
    return sorted({value for three in around for value in three} | {*between, limits[0] - 7, limits[-1] + 7})


def limits_of(pack: Pack, fact: str) -> set[float]:
    found: set[float] = set()
    stack = [rule.when for rule in pack.rules() if rule.when is not None]
    while stack:
        node = stack.pop()
        if isinstance(node, Leaf):
            if node.fact == fact and isinstance(node.operand, float):
                found.add(node.operand)
        elif isinstance(node, All | AnyOf):
            stack += node.parts
        else:
            stack.append(node.part)
    return found


def effect(pack: Pack, rules: tuple[Rule, ...], zone: str | None) -> Effect:
    """What happens to production, by day, in a leap and in a common season."""
    return frozenset(
        (
            rule.then.kind,
            repr(sorted(rule.then.params.items())),
            getattr(rule.then.when, "until", None),
            tuple(days(pack, rule.then, zone, season) for season in SEASONS),
        )
        for rule in rules
        if binds(rule.then)
    )


def binds(measure: Measure) -> bool:
    return measure.kind not in {"sanction", "lowest_class"}


def zoned(pack: Pack, measure: Measure) -> bool:
    """Whether the days of a measure differ between zones."""
    if not binds(measure):
        return False
    calendars = {tuple(days(pack, measure, zone.name, season) for season in SEASONS) for zone in pack.zones}
    return len(calendars) > 1


def days(pack: Pack, measure: Measure, zone: str | None, season: int) -> Days:
    """First and last day; an end that is not a day is None, and a finding begins on no day of the calendar."""
    first, last = civil(next(window.span for window in pack.windows if window.zone in (None, zone)), season)
    match measure.when:
        case During(span=None):
            return first, last
        case During(span=span) if span is not None:
            inner = civil(span, season)
            return max(first, inner[0]), min(last, inner[1])
        case OpenEnd(first=start, until=until):
            begins = date.min if start is None else date(season + (start.month < 7), start.month, start.day)
            return begins, last if until == "season_end" else None
        case After(span=span):
            return civil(span, season)[1] + timedelta(1), None
    raise AssertionError(measure)


def civil(span: Span, season: int) -> tuple[date, date]:
    def of(month: int, day: int) -> date:
        year = season if month >= 7 else season + 1
        leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
        return date(year, month, 28 if (month, day) == (2, 29) and not leap else day)

    return of(span.first.month, span.first.day), of(span.last.month, span.last.day)
