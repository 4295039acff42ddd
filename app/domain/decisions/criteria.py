"""Criteria: what a plan's rules would ask of a subject if an authority granted it a fact, and what it still lacks."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

from app.domain.decisions.evaluate import Evaluator, level_of
from app.domain.decisions.explain import facts_of, failed_leaves
from app.domain.decisions.program import INDUSTRY, Program
from app.domain.decisions.records import Bound, Values
from app.domain.decisions.subjects import Subject
from app.domain.policies.conditions import Leaf, Quantified, Truth, conjunction, kleene, leaves, outer_leaves
from app.domain.policies.facts import Value
from app.domain.policies.pack import Ladder, Rule, Scoped
from app.domain.warnings import LEVEL, Colour

Standing = Literal["met", "unknown", "failed"]
_BEST: tuple[Truth, ...] = (False, None, True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """One rule that waits for the fact, judged on one subject as if the fact were there.

    `lacking` are the conditions in the way, each with whether it is known to fail; `unregistered` is what the register
    does not say of the subject itself, its industry or kind, so that the rule may not be for it at all.
    """

    rule: Rule
    bound: Bound
    truth: Truth
    lacking: tuple[tuple[Leaf | Quantified, bool], ...]
    unregistered: tuple[str, ...] = ()

    @property
    def lacking_facts(self) -> tuple[str, ...]:
        """The facts to mend or to find out, each once."""
        asked = [fact for item, _ in self.lacking for fact in facts_of(item)]
        return tuple(dict.fromkeys([*asked, *self.unregistered]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What several criteria come to, of which one is enough, with the facts lacking for the open or the failed ones."""

    standing: Standing
    lacking: tuple[str, ...]


def criteria(
    evaluator: Evaluator, tree: Subject, *, day: date, fact: str, value: Value = True, subject_id: str
) -> list[Criterion]:
    """Every rule that waits for the fact, on every subject it binds at or below one subject, with the fact assumed.

    These are the rules `granted_by` it; of a fact that grants none, every rule that asks it (CZ-04). Left out are rules
    that this very value rules out, and those that ask the fact only of the members of a group or of an earlier day,
    which a grant to the subject does not settle.
    """
    return [
        one
        for bound in evaluator.reader.bound(tree, day.isoformat())
        if any(subject["id"] == subject_id for subject in bound.chain)
        for one in _of_bound(evaluator, bound, fact, value)
    ]


def verdict(found: Iterable[Criterion]) -> Verdict:
    """Met where some criterion holds, unknown where none does and some may, failed otherwise."""
    every = list(found)
    if any(one.truth is True for one in every):
        return Verdict(standing="met", lacking=())
    open_ = [one for one in every if one.truth is None]
    lacking = (fact for one in (open_ or every) for fact in one.lacking_facts)
    return Verdict(standing="unknown" if open_ else "failed", lacking=tuple(dict.fromkeys(lacking)))


def _of_bound(evaluator: Evaluator, bound: Bound, fact: str, value: Value) -> Iterator[Criterion]:
    level = level_of(bound)
    program, assumed = evaluator.programs[level], {**bound.record, fact: value}
    for item, rule in _asking(program, fact, value):
        reached, unregistered = _reach(item, program, bound.record)
        if reached is False:
            continue
        _, truth, trace = max(
            (evaluator.tracers[level].trace_rule(rule, one) for one in _under_warnings(rule, assumed)),
            key=lambda found: _BEST.index(found[1]),
        )
        yield Criterion(
            rule=rule,
            bound=bound,
            truth=conjunction([reached, truth]),
            lacking=() if trace is None else tuple(dict.fromkeys(failed_leaves(trace))),
            unregistered=unregistered,
        )


def _under_warnings(rule: Rule, record: Values) -> list[Values]:
    """A grant for the days of warnings is asked for before there is one, so no missing warning stands in its way."""
    if rule.when is None or all(leaf.fact != LEVEL for leaf in leaves(rule.when)):
        return [record]
    return [record, *({**record, LEVEL: str(colour)} for colour in Colour)]


def _asking(program: Program, fact: str, value: Value) -> Iterator[tuple[Scoped | Ladder, Rule]]:
    # Other rules may ask who is granted without saying who should be: HR-36 finds the listed who meet nothing.
    granting = any(rule.granted_by == fact for rule in program.pack.rules())
    for item in program.reaching:
        for rule in item.rows if isinstance(item, Ladder) else (item.rule,):
            if rule.when is None or rule.then.kind == "eligible" or (granting and rule.granted_by != fact):
                continue
            asks = any(leaf.key == fact for leaf in outer_leaves(rule.when))
            if asks and kleene(rule.when, {fact: value}.get) is not False:
                yield item, rule


def _reach(item: Scoped | Ladder, program: Program, record: Values) -> tuple[Truth, tuple[str, ...]]:
    """Whether a rule is for the subject at all; unknown where its industry or kind is asked and not registered."""
    if program.binds == "site":
        # A rule for sites asks for the industries of their lines in its condition.
        return True, ()
    truths: list[Truth] = []
    unregistered: list[str] = []
    if item.asks_industry:
        industry = record.get(INDUSTRY)
        truths.append(None if industry is None else item.speaks_of(str(industry)))
        unregistered += [INDUSTRY] if industry is None else []
    if program.binds != "line" and item.kinds is not None:
        kind = record.get(program.tag)
        truths.append(None if kind is None else kind in item.kinds)
        unregistered += [program.tag] if kind is None else []
    return conjunction(truths), tuple(unregistered)
