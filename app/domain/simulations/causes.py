"""By which leaf: the conditions whose truth makes two plans say different things of one subject."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from app.domain.decisions.evaluate import Decision, Evaluator
from app.domain.decisions.trace import NodeTrace, RuleTrace
from app.domain.policies.conditions import AnyOf, Leaf, Not, Quantified, Truth, text_of
from app.domain.policies.facts import Value
from app.domain.policies.measures import Constraint
from app.domain.policies.pack import Rule

Side = Literal["before", "after"]
# condition: the rule stands in both plans, and this leaf decides there otherwise; added, removed: only one plan has the
# rule; measure: the same rule demands something else; precedence: the plans rank the same rules differently.
CauseKind = Literal["condition", "added", "removed", "measure", "precedence"]
# What a reader can take in; a rewritten plan would otherwise tell every leaf of both.
MOST = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """One reason for a difference: on which side, in which rule, by which leaf or measure."""

    kind: CauseKind
    side: Side
    rule: Rule
    leaf: Leaf | Quantified | None = None
    truth: Truth = None
    seen: Value | None = None
    constraint: Constraint | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """One plan's decision with its trace, by rule."""

    side: Side
    decision: Decision
    traces: dict[str, RuleTrace]

    @classmethod
    def of(cls, side: Side, decision: Decision, evaluator: Evaluator) -> "Told":
        return cls(side, decision, {entry[0].id: entry for entry in evaluator.trace(decision)})

    @property
    def applying(self) -> dict[str, Rule]:
        """The rules of all outcomes still possible."""
        return {rule.id: rule for outcome in self.decision.outcomes.possible for rule in outcome.rules}

    @property
    def demands(self) -> dict[str, tuple[str | None, tuple[Constraint, ...]]]:
        """What each of these rules gives: its class, and its constraints in the outcomes still possible."""
        found: dict[str, tuple[str | None, tuple[Constraint, ...]]] = {}
        for outcome in self.decision.outcomes.possible:
            for rule in outcome.rules:
                made = self.decision.apply(rule, outcome.zone, outcome.measure(rule)).constraint
                _, known = found.get(rule.id, (None, ()))
                found[rule.id] = (rule.class_, known if made in known else (*known, made))
        return found

    def whole(self, kind: CauseKind, rule: Rule) -> "Cause":
        """A rule as a whole: what it demands, and no leaf."""
        return Cause(kind=kind, side=self.side, rule=rule, truth=True, constraint=self.demands[rule.id][1][0])


def causes_of(before: Told | None, after: Told | None) -> list[Cause]:
    """Why two plans differ; a side that says nothing of the subject is None."""
    if before is None or after is None:
        told = after or before
        return [] if told is None else [cause for rule in told.applying.values() for cause in _alone(told, rule)][:MOST]
    rules = dict.fromkeys((*before.applying, *after.applying))
    found = [cause for rule_id in rules for cause in _of_rule(before, after, rule_id)]
    found += _measures(before, after)
    return (found or _precedence(before, after))[:MOST]


def _of_rule(before: Told, after: Told, rule_id: str) -> Iterator[Cause]:
    was, is_ = before.traces.get(rule_id), after.traces.get(rule_id)
    if was is None or is_ is None:
        told = after if was is None else before
        if rule_id in told.applying:
            yield from _alone(told, told.applying[rule_id])
        return
    if was[1] is is_[1]:
        # It held as before, and another rule decides whether it is reached: that one is told.
        return
    for side, mine, other in (("before", was, is_), ("after", is_, was)):
        yield from _turned(side, mine, other)  # type: ignore[arg-type]  # the two words of Side


def _turned(side: Side, mine: RuleTrace, other: RuleTrace) -> Iterator[Cause]:
    """The leaves that make a rule hold or fail on this side and do not say the same on the other."""
    rule, _, node = mine
    same = {(text_of(leaf[0]), leaf[1]) for leaf in _leaves(other[2])}
    support = list(_support(node))
    news = [leaf for leaf in support if (text_of(leaf[0]), leaf[1]) not in same]
    # Where only the joints changed (all became any), no leaf is news and all of them matter.
    whole = not news and all((text_of(leaf[0]), leaf[1]) in same for leaf in support)
    for leaf in support if whole and side == "after" else news:
        yield _cause("condition", side, rule, leaf)


def _alone(told: Told, rule: Rule) -> Iterator[Cause]:
    """A rule that only one plan has, with what makes it apply."""
    kind: CauseKind = "added" if told.side == "after" else "removed"
    entry = told.traces.get(rule.id)
    support = list(_support(entry[2])) if entry else []
    for leaf in support:
        yield _cause(kind, told.side, rule, leaf)
    if not support:
        yield told.whole(kind, rule)


def _measures(before: Told, after: Told) -> Iterator[Cause]:
    """Rules that apply on both sides and demand different things, or give different classes."""
    mine, theirs = before.demands, after.demands
    for rule_id, rule in before.applying.items():
        if rule_id in theirs and mine[rule_id] != theirs[rule_id]:
            yield before.whole("measure", rule)
            yield after.whole("measure", after.applying[rule_id])


def _precedence(before: Told, after: Told) -> list[Cause]:
    """The rules that took another's place; where all apply on both sides, all of them in their new order."""
    pairs = ((before, after), (after, before))
    lone = [
        told.whole("precedence", rule)
        for told, other in pairs
        for rule in told.applying.values()
        if rule.id not in other.applying
    ]
    return lone or [told.whole("precedence", rule) for told, _ in pairs for rule in told.applying.values()]


def _cause(kind: CauseKind, side: Side, rule: Rule, leaf: NodeTrace) -> Cause:
    node, truth, seen, _ = leaf
    if not isinstance(node, Leaf | Quantified):  # pragma: no cover  supports end in leaves
        raise TypeError(node)
    return Cause(kind=kind, side=side, rule=rule, leaf=node, truth=truth, seen=seen)


def _support(trace: NodeTrace | None) -> Iterator[NodeTrace]:
    """The leaves that make a node true, false or unknown: enough of them, and none that had no part in it."""
    if trace is None:
        return
    node, truth, _, parts = trace
    if isinstance(node, Leaf | Quantified):
        yield trace
        return
    for part in _bearing(node, truth, parts):
        yield from _support(part)


def _bearing(node: object, truth: Truth, parts: Sequence[NodeTrace]) -> Sequence[NodeTrace]:
    # One true part makes an "any", one false part breaks an "all"; otherwise it takes all of them.
    if isinstance(node, Not) or truth is (not isinstance(node, AnyOf)):
        return parts
    return [part for part in parts if part[1] is truth]


def _leaves(trace: NodeTrace | None) -> Iterator[NodeTrace]:
    if trace is None:
        return
    if isinstance(trace[0], Leaf | Quantified):
        yield trace
    for part in trace[3]:
        yield from _leaves(part)
