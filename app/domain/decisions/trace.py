"""Why: every condition that could matter, the value it saw, and its truth; nothing is short-circuited."""

from collections.abc import Callable, Mapping

from app.domain.decisions.program import Program
from app.domain.policies.conditions import (
    AnyOf,
    Leaf,
    Node,
    Not,
    Quantified,
    Truth,
    conjunction,
    disjunction,
    test_of,
)
from app.domain.policies.facts import Value
from app.domain.policies.pack import Rule

# (node, truth, value seen, parts): tuples that point into the pack, rendered on demand.
NodeTrace = tuple[Node, Truth, Value | None, tuple["NodeTrace", ...]]
RuleTrace = tuple[Rule, Truth, NodeTrace | None]
Traced = Callable[[Callable[[str], Value | None]], NodeTrace]


class Tracer:
    """Traces the records of one program."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._by_tag: dict[str | None, list[tuple[Rule, Traced | None]]] = {}

    def trace(self, record: Mapping[str, Value]) -> list[RuleTrace]:
        """One entry for each rule that can reach the subject, in stage order."""
        tag = record.get(self.program.tag)
        rules = self._by_tag.get(tag)  # type: ignore[arg-type]  # tags are texts
        if rules is None:
            rules = self._by_tag[str(tag)] = [
                (rule, _traced(rule.when) if rule.when else None) for rule in self.program.section(str(tag)).rules()
            ]
        defaults = self.program.defaults
        read = record.get if not defaults else _with_defaults(record, defaults)
        found: list[RuleTrace] = []
        for rule, traced in rules:
            if traced is None:
                found.append((rule, True, None))
            else:
                node = traced(read)
                found.append((rule, node[1], node))
        return found


def _with_defaults(record: Mapping[str, Value], defaults: Mapping[str, Value]) -> Callable[[str], Value | None]:
    return {**defaults, **record}.get


def _traced(node: Node) -> Traced:
    if isinstance(node, Leaf):
        return _traced_leaf(node)
    if isinstance(node, Quantified):
        key = node.key

        def quantified(read: Callable[[str], Value | None]) -> NodeTrace:
            seen = read(key)
            return (node, None if seen is None else bool(seen), seen, ())

        return quantified
    if isinstance(node, Not):
        part = _traced(node.part)

        def negation(read: Callable[[str], Value | None]) -> NodeTrace:
            inner = part(read)
            return (node, None if inner[1] is None else not inner[1], None, (inner,))

        return negation
    parts = [_traced(part) for part in node.parts]
    combine = disjunction if isinstance(node, AnyOf) else conjunction

    def junction(read: Callable[[str], Value | None]) -> NodeTrace:
        inner = tuple([part(read) for part in parts])
        return (node, combine([one[1] for one in inner]), None, inner)

    return junction


def _traced_leaf(node: Leaf) -> Traced:
    fact, test = node.fact, test_of(node)

    def leaf(read: Callable[[str], Value | None]) -> NodeTrace:
        value = read(fact)
        return (node, None if value is None else test(value), value, ())

    return leaf
