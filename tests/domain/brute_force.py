"""An independent reading of a pack: decide one complete record, and all completions of an incomplete one.

It shares the tree with the evaluator and nothing else: its own truth, stages, candidate values and calendar.
"""

import math
import operator
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from itertools import pairwise, product

from app.domain.policies.conditions import All, AnyOf, Leaf, Node, Not, Quantified
from app.domain.policies.facts import Value
from app.domain.policies.measures import After, During, Measure, OpenEnd, Span
from app.domain.policies.pack import Ladder, Pack, Rule, Scoped, Stage

Facts = Mapping[str, Value]
Days = tuple[date, date | None]
Effect = frozenset[tuple[str, str, str | None, tuple[Days, ...]]]
TAG = {"line": "industry", "unit": "unit_kind", "process": "process_kind", "site": "site_kind"}
SEASONS = (2019, 2022)
FREE = "no_tag_the_plan_names"
Params = tuple[tuple[str, object], ...]
NUMBERS = ("days", "pct", "min_days", "max_days")
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
            return (facts[node.key] in node.operand) == (node.op == "in")
        return bool(COMPARE[node.op](facts[node.key], node.operand))
    if isinstance(node, Quantified):
        return bool(facts[node.key])
    if isinstance(node, Not):
        return not true(node.part, facts)
    if isinstance(node, All):
        return all(true(part, facts) for part in node.parts)
    return any(true(part, facts) for part in node.parts)


def reaches(item: Scoped | Ladder, tag: Value) -> bool:
    """Whether a subject of the tag may meet it; a line's tag is its industry, another's its kind."""
    if item.binds == "line":
        return speaks_of(item, tag)
    return item.kinds is None or tag in item.kinds


def speaks_of(item: Scoped | Ladder, industry: Value) -> bool:
    if isinstance(item, Ladder):
        return industry in item.industry.tags or not item.industry.tags
    if item.tags is not None and industry not in item.tags:
        return False
    return industry not in item.except_tags


def limited(item: Scoped | Ladder) -> bool:
    """Whether it is only for some industries."""
    return bool(named_industries(item))


def named_industries(item: Scoped | Ladder) -> set[str]:
    return set(item.industry.tags) if isinstance(item, Ladder) else {*(item.tags or ()), *item.except_tags}


def meets(item: Scoped | Ladder, facts: Facts) -> bool:
    if not reaches(item, facts[TAG[item.binds]]):
        return False
    return item.binds in {"line", "site"} or not limited(item) or speaks_of(item, facts["industry"])


def decide(pack: Pack, facts: Facts, binds: str = "line") -> Answer:
    """Stage by stage, as A-G16 orders them."""

    def holding(stage: Stage) -> list[Rule]:
        return [
            each.rule
            for each in pack.scoped
            if each.binds == binds and each.rule.stage == stage and meets(each, facts) and true(each.rule.when, facts)
        ]

    before = holding("gate")
    penalties = holding("penalty")
    stopped = any(whole_stop(rule.then) for rule in before)
    if not stopped:
        before += [*holding("livelihood"), *holding("exemption")]
    rows: list[Rule] = []
    changed: dict[Rule, Measure] = {}
    if not stopped:
        ladders = [one for one in pack.ladders if one.binds == binds and meets(one, facts)]
        rows, changed = consult(ladders, facts, penalties, lifted=any(rule.lifts for rule in before))
    adjustments = [
        rule for rule in holding("adjustment") if rows and (not rule.to or any(row.id in rule.to for row in rows))
    ]
    for row in rows:
        added(row, [rule for rule in adjustments if not rule.to or row.id in rule.to], changed)
    zone = str(facts["zone"]) if pack.zones else None
    rules = (*before, *rows, *adjustments, *penalties, *holding("warning"), *holding("transport"))
    numbers = tuple((rule, measure.kind, tuple(measure.params.items())) for rule, measure in changed.items())
    return answer(pack, rules, numbers, zone)


def whole_stop(measure: Measure) -> bool:
    return measure.kind == "stop" and measure.params.get("share_pct") is None


def consult(
    ladders: list[Ladder], facts: Facts, penalties: list[Rule], *, lifted: bool
) -> tuple[list[Rule], dict[Rule, Measure]]:
    """The row of each ladder, with the rating one level worse or in the lowest class where a penalty says so."""
    lowered = any(rule.then.kind == "lowest_class" for rule in penalties)
    worse = [rule for rule in penalties if rule.then.kind == "one_level_up"][:1]
    if lifted and not lowered and not worse:
        return [], {}
    read = {leaf.fact for one in ladders for row in one.rows if row.when for leaf in ends(row.when)}
    for rule in worse:
        fact, levels = str(rule.then.params["of"]), dict(rule.then.params["levels"])  # type: ignore[call-overload]  # a mapping
        if fact in read and facts[fact] in levels:
            if levels[facts[fact]] == "stop":
                return [], {rule: Measure(kind="stop")}
            facts = {**facts, fact: levels[facts[fact]]}
    return [row for one in ladders if (row := row_of(one, facts, lowered=lowered))], {}


def row_of(one: Ladder, facts: Facts, *, lowered: bool) -> Rule | None:
    lowest = [row for row in one.rows if one.lowest and row.class_ == one.lowest]
    rows = lowest if lowered and lowest else list(one.rows)
    for row in rows:
        if true(row.when, facts):
            return row
    return lowest[-1] if lowered and lowest else None


def added(row: Rule, adjustments: list[Rule], changed: dict[Rule, Measure]) -> None:
    own = {name: float(str(row.then.params[name])) for name in NUMBERS if name in row.then.params}
    bounds = {"days": (own.get("min_days", 0.0), own.get("max_days", 366.0)), "pct": (0.0, 100.0)}
    for number, (least, most) in bounds.items():
        given = [rule.then.params.get(number, 0) for rule in adjustments if rule.then.kind == "add"]
        more = sum(float(str(one)) for one in given)
        if number in own and more:
            total = max(least, min(most, own[number] + more))
            changed[row] = replace(row.then, params={**changed.get(row, row.then).params, number: total})


def ends(node: Node) -> list[Leaf]:
    if isinstance(node, Leaf):
        return [node]
    parts = (node.part,) if isinstance(node, Not | Quantified) else node.parts
    return [leaf for part in parts for leaf in ends(part)]


@cache
def answer(
    pack: Pack, rules: tuple[Rule, ...], changed: tuple[tuple[Rule, str, Params], ...], zone: str | None
) -> Answer:
    measures = {rule: rule.then for rule in rules}
    for rule, kind, params in changed:
        when = rule.then.when if kind == rule.then.kind else During()
        measures[rule] = Measure(kind=kind, params=dict(params), when=when)
    return Answer(
        tuple(rule.id for rule in rules),
        zone if any(zoned(pack, measure) for measure in measures.values()) else None,
        effect(pack, tuple(measures.values()), zone),
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
    items: list[Scoped | Ladder] = [*pack.scoped, *pack.ladders]
    near = [one for one in items if one.binds == binds and (tag is None or reaches(one, tag))]
    rules = [rule for one in near for rule in (one.rows if isinstance(one, Ladder) else [one.rule])]
    keys = {key for rule in rules if rule.when is not None for key in asked(rule.when)}
    keys |= {str(rule.then.params["of"]) for rule in rules if rule.then.kind == "one_level_up"}
    if binds in {"unit", "process"} and any(limited(one) for one in near):
        keys.add("industry")
    return sorted(keys | {TAG[binds]} | ({"zone"} if pack.zones else set()))


def asked(node: Node) -> set[str]:
    if isinstance(node, Leaf):
        return {node.key}
    if isinstance(node, Quantified):
        return {node.key}
    parts = (node.part,) if isinstance(node, Not) else node.parts
    return {key for part in parts for key in asked(part)}


@cache
def candidates(pack: Pack, key: str, binds: str = "line") -> list[Value]:
    """Values that stand for all others: every option, and each limit with its nearest neighbours."""
    everything: list[Scoped | Ladder] = [*pack.scoped, *pack.ladders]
    items = [one for one in everything if one.binds == binds]
    if key == "site_kind":
        return ["*"]
    if key == "industry":
        return sorted({FREE}.union(*map(named_industries, items)))
    if key == TAG[binds]:
        return sorted({FREE}.union(*(one.kinds or () for one in items)))
    if key == "zone":
        return [zone.name for zone in pack.zones]
    key = key.split("@", maxsplit=1)[0]
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
            if fact == node.fact and isinstance(node.operand, float):
                found.add(node.operand)
        elif isinstance(node, All | AnyOf):
            stack += node.parts
        else:
            stack.append(node.part)
    return found


def effect(pack: Pack, measures: tuple[Measure, ...], zone: str | None) -> Effect:
    """What happens to production, by day, in a leap and in a common season."""
    return frozenset(
        (
            measure.kind,
            repr(sorted(measure.params.items())),
            str((getattr(measure.when, "until", None), getattr(measure.when, "after_hours", 0))),
            tuple(days(pack, measure, zone, season) for season in SEASONS),
        )
        for measure in measures
        if binds(measure)
    )


def binds(measure: Measure) -> bool:
    return measure.kind not in {"sanction", "make_up", "lowest_class", "one_level_up", "add", "eligible"}


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
        case OpenEnd(first=start, until=until, last=through):
            begins = date.min if start is None else date(season + (start.month < 7), start.month, start.day)
            if through is not None:
                return begins, date(season + (through.month < 7), through.month, through.day)
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
