"""What a trace means to a reader: the readings relied on, and what is lacking for each better class."""

from collections.abc import Iterator
from dataclasses import replace

from app.domain.decisions.evaluate import Decision, Evaluator
from app.domain.decisions.trace import NodeTrace, RuleTrace
from app.domain.policies.conditions import OPPOSITE, AnyOf, Leaf, Not, Quantified, leaves, quantified
from app.domain.policies.pack import Pack, Rule


def failed_leaves(trace: NodeTrace) -> Iterator[tuple[Leaf | Quantified, bool]]:
    """The conditions that keep a node from holding, each with whether its value is known."""
    node, truth, _, parts = trace
    if truth is True:
        return
    if isinstance(node, Leaf | Quantified):
        yield node, truth is False
        return
    if isinstance(node, Not):
        yield from ((item, truth is False) for item in (*_leaves(node), *quantified(node.part)))
        return
    for part in parts:
        # One open door is enough: while some part of an either-or is only unknown, those known to fail are no news.
        if not isinstance(node, AnyOf) or truth is False or part[1] is None:
            yield from failed_leaves(part)


def _leaves(node: Not) -> list[Leaf | Quantified]:
    return list(leaves(node.part))


def better_rows(decision: Decision, trace: list[RuleTrace], evaluator: Evaluator) -> list[RuleTrace]:
    """The ladder rows of classes above the one that applies (all classes, when a gate or no class applies)."""
    ladder = {row.id for each in evaluator.pack.ladders for row in each.rows}
    rows = [entry for entry in trace if entry[0].id in ladder and entry[0].class_]
    present = {outcome.class_ for outcome in decision.outcomes.possible}
    classes = list(dict.fromkeys(entry[0].class_ for entry in rows))
    known = [classes.index(each) for each in present if each in classes]
    better = classes[: max(known)] if known and None not in present else classes
    return [entry for entry in rows if entry[0].class_ in better]


def kept_low(decision: Decision, trace: list[RuleTrace]) -> list[Leaf]:
    """What would have to be otherwise for a penalty not to send the line to its lowest class."""
    applied = {rule.id for outcome in decision.outcomes.possible for rule in outcome.rules}
    lowering = [node for rule, _, node in trace if rule.then.kind == "lowest_class" and rule.id in applied and node]
    return [replace(leaf, op=OPPOSITE[leaf.op]) for node in lowering for leaf in _true_leaves(node)]


def _true_leaves(trace: NodeTrace) -> Iterator[Leaf]:
    node, truth, _, parts = trace
    if isinstance(node, Leaf) and truth is True and node.op in OPPOSITE:
        yield node
    for part in parts:
        yield from _true_leaves(part)


def lacking(decision: Decision, trace: list[RuleTrace], evaluator: Evaluator) -> dict[str, list[str]]:
    """For each better class, the facts whose conditions fail or are unknown; its most favourable row counts."""
    found: dict[str, list[str]] = {}
    penalties = [leaf.fact for leaf in kept_low(decision, trace)]
    for rule, _, node in better_rows(decision, trace, evaluator):
        if node is None or rule.class_ is None:
            continue
        facts = [fact for item, _ in failed_leaves(node) for fact in facts_of(item)]
        unique = list(dict.fromkeys([*facts, *penalties]))
        if rule.class_ not in found or len(unique) < len(found[rule.class_]):
            found[rule.class_] = unique
    return found


def facts_of(item: Leaf | Quantified) -> list[str]:
    """The facts to mend; where only the presence of members matters, the group itself."""
    if isinstance(item, Leaf):
        return [item.fact]
    return [leaf.fact for leaf in leaves(item.part)] or [item.group]


def readings_of(decision: Decision) -> list[str]:
    """Every reading that the possible rules, their facts, or the zone rely on."""
    pack = decision.pack
    rules = {rule.id: rule for outcome in decision.outcomes.possible for rule in outcome.rules}
    found = [reading for rule in rules.values() for reading in _readings(rule, pack)]
    zone = next((zone for zone in pack.zones if zone.name == decision.bound.record.get("zone")), None)
    if zone is not None:
        found += zone.readings
    for ladder in pack.ladders:
        if decision.bound.record.get("industry") in ladder.industry.tags:
            found += ladder.industry.readings
    return [reading for reading in dict.fromkeys(found) if reading in pack.readings]


def _readings(rule: Rule, pack: Pack) -> Iterator[str]:
    yield from rule.readings
    span = getattr(rule.then.when, "span", None)
    if span is not None:
        yield from span.readings
    for leaf in leaves(rule.when) if rule.when else ():
        yield from pack.catalogue[leaf.fact].readings
