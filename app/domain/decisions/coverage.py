"""What the scenarios of a pack reach: every rule applied, every leaf seen true, false and unknown."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from app.domain.decisions.evaluate import Evaluator
from app.domain.decisions.given import Scenario, tree_of
from app.domain.decisions.trace import NodeTrace
from app.domain.policies.conditions import Leaf, Quantified, Truth
from app.domain.policies.leaves import place_key

LeafKey = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Coverage:
    """Rules no scenario applies, and for each leaf the truths no scenario shows."""

    rules_missing: tuple[str, ...]
    leaves_missing: tuple[tuple[LeafKey, tuple[str, ...]], ...]
    leaves: int


def coverage(scenarios: Iterable[Scenario], evaluator: Evaluator) -> Coverage:
    """Walk every scenario and note what it reached."""
    levels = {name: fact.subject for name, fact in evaluator.pack.catalogue.facts.items()}
    applied: set[str] = set()
    seen: dict[LeafKey, set[Truth]] = defaultdict(set)
    for scenario in scenarios:
        for decision in evaluator.evaluate(tree_of(scenario, levels), season=scenario.season, day=scenario.day):
            if decision.bound.subject["id"] != scenario.subject:
                continue
            applied.update(rule_id for outcome in decision.outcomes.possible for rule_id in outcome.rule_ids)
            for rule, _, node in evaluator.trace(decision):
                if node is not None:
                    _note(rule.id, node, seen)
    ids = [rule.id for rule in evaluator.pack.rules()]
    wanted = {True: "true", False: "false", None: "unknown"}
    lacking = []
    for key, truths in sorted(seen.items()):
        never = _never(key, evaluator)
        missing = tuple(word for truth, word in wanted.items() if truth not in truths and truth not in never)
        if missing:
            lacking.append((key, missing))
    return Coverage(tuple(one for one in ids if one not in applied), tuple(lacking), len(seen))


def _never(key: LeafKey, evaluator: Evaluator) -> set[Truth]:
    """The truths a leaf cannot have."""
    fact = key[1].removeprefix("not ").split(" ")[0]
    place = next((one for one in evaluator.pack.places if place_key(one.name) == fact), None)
    if place is not None:
        # A whole list is never unknown; beyond one that is not confirmed nothing is known to lie outside.
        return {None} if place.complete else {key[1].startswith("not ")}
    spec = evaluator.pack.catalogue.find(fact)
    # An event that the authority records is never unknown: no record means it did not happen.
    return {None} if spec is not None and spec.absent is not None else set()


def _note(rule_id: str, trace: NodeTrace, seen: dict[LeafKey, set[Truth]]) -> None:
    node, truth, _, parts = trace
    if isinstance(node, Leaf):
        seen[rule_id, node.text].add(truth)
    elif isinstance(node, Quantified):
        seen[rule_id, node.key].add(truth)
    for part in parts:
        _note(rule_id, part, seen)
