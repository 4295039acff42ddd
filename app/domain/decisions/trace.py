"""Why: every condition that could matter, the value it saw, and its truth; nothing is short-circuited."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar

from app.domain.decisions.program import Program
from app.domain.policies.conditions import (
    AnyOf,
    Leaf,
    Node,
    Not,
    Quantified,
    Truth,
    test_of,
)
from app.domain.policies.facts import Value
from app.domain.policies.pack import Rule

# (node, truth, value seen, parts): tuples that point into the pack, rendered on demand.
NodeTrace = tuple[Node, Truth, Value | None, tuple["NodeTrace", ...]]
RuleTrace = tuple[Rule, Truth, NodeTrace | None]
Read = Callable[[str], Value | None]
Traced = Callable[[Read], NodeTrace]
Step = Callable[[Read], Sequence[RuleTrace]]

# A condition over few enumerated facts has few traces, each made once; more facts than this would have too many.
MAX_REMEMBERED_FACTS = 4
MAX_REMEMBERED = 1_000
T = TypeVar("T")


class Tracer:
    """Traces the records of one program."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._closed = frozenset(program.defaults)
        self._by_tag: dict[Value | None, tuple[list[Step], list[Step]]] = {}
        self._single: dict[Rule, Callable[[Read], RuleTrace]] = {}

    def trace(self, record: Mapping[str, Value]) -> list[RuleTrace]:
        """One entry for each rule that can reach the subject, in stage order."""
        tag = record.get(self.program.tag)
        steps = self._by_tag.get(tag)
        if steps is None:
            steps = self._by_tag[tag] = (self._steps(str(tag), quiet=True), self._steps(str(tag), quiet=False))
        # Most subjects have no recorded event at all: what only asks for events is settled for them.
        if record.keys().isdisjoint(self._closed):
            read, plan = record.get, steps[0]
        else:
            read, plan = {**self.program.defaults, **record}.get, steps[1]
        found: list[RuleTrace] = []
        for step in plan:
            found += step(read)
        return found

    def trace_rule(self, rule: Rule, record: Mapping[str, Value]) -> RuleTrace:
        """One rule of the program, whether or not it is for subjects of this tag."""
        if rule not in self._single:
            self._single[rule] = self._rule(rule, quiet=False)
        return self._single[rule]({**self.program.defaults, **record}.get)

    def _steps(self, tag: str, *, quiet: bool) -> list[Step]:
        """Neighbouring rules that together read few enumerated facts are one step, whose traces are made once."""
        steps: list[Step] = []
        together: list[Callable[[Read], RuleTrace]] = []
        keys: list[str] = []
        for rule in self.program.section(tag).rules():
            own = self._open_keys(rule, quiet=quiet)
            joined = None if own is None else list(dict.fromkeys([*keys, *own]))
            if together and (joined is None or len(joined) > MAX_REMEMBERED_FACTS):
                steps.append(_remembering(_all(together), keys))
                together, joined = [], own
            if joined is None:
                steps.append(_all([self._rule(rule, quiet=quiet)]))
                keys = []
            else:
                together.append(self._rule(rule, quiet=quiet))
                keys = joined
        return [*steps, _remembering(_all(together), keys)] if together else steps

    def _open_keys(self, rule: Rule, *, quiet: bool) -> list[str] | None:
        known = self._closed if quiet else frozenset()
        return [] if rule.when is None else self._rememberable(rule.when, known)

    def _rule(self, rule: Rule, *, quiet: bool) -> Callable[[Read], RuleTrace]:
        if rule.when is None:
            return lambda _: (rule, True, None)
        traced, defaults = self._traced(rule.when), self.program.defaults
        closed = quiet and not self._closed.isdisjoint(_keys(rule.when))

        def whole(read: Read) -> RuleTrace:
            node = traced((lambda key: defaults[key] if key in defaults else read(key)) if closed else read)
            return (rule, node[1], node)

        return whole

    def _rememberable(self, node: Node, known: frozenset[str] = frozenset()) -> list[str] | None:
        keys = [key for key in dict.fromkeys(_keys(node)) if key not in known]
        numbers = any(self.program.domains[key].thresholds for key in keys if key in self.program.domains)
        return None if numbers or len(keys) > MAX_REMEMBERED_FACTS else keys

    def _traced(self, node: Node) -> Traced:
        traced = self._plain(node)
        keys = self._rememberable(node)
        return traced if keys is None else _remembering(traced, keys)

    def _plain(self, node: Node) -> Traced:
        if isinstance(node, Leaf):
            return _traced_leaf(node)
        if isinstance(node, Quantified):
            return _traced_group(node)
        if isinstance(node, Not):
            part = self._traced(node.part)

            def negation(read: Read) -> NodeTrace:
                inner = part(read)
                return (node, None if inner[1] is None else not inner[1], None, (inner,))

            return negation
        parts = [self._traced(part) for part in node.parts]
        # One such part decides the whole: a true one an "any", a false one an "all".
        decisive = isinstance(node, AnyOf)

        def junction(read: Read) -> NodeTrace:
            inner = tuple([part(read) for part in parts])
            truths = [one[1] for one in inner]
            truth = decisive if decisive in truths else None if None in truths else not decisive
            return (node, truth, None, inner)

        return junction


def _remembering(make: Callable[[Read], T], keys: Sequence[str]) -> Callable[[Read], T]:
    """Traces are immutable, so the same values may share one."""
    if not keys:
        settled = make(_nothing)
        return lambda _: settled
    known: dict[object, T] = {}
    find = known.get

    def kept(values: object, read: Read) -> T:
        found = make(read)
        if len(known) < MAX_REMEMBERED:
            known[values] = found
        return found

    if len(keys) == 1:
        (only,) = keys

        def of_one(read: Read) -> T:
            value = read(only)
            return find(value) or kept(value, read)

        return of_one

    def of_several(read: Read) -> T:
        values = tuple(map(read, keys))
        return find(values) or kept(values, read)

    return of_several


def _nothing(_: str) -> None:
    return None


def _all(rules: Sequence[Callable[[Read], RuleTrace]]) -> Step:
    if len(rules) == 1:
        (only,) = rules
        return lambda read: (only(read),)
    return lambda read: tuple([rule(read) for rule in rules])


def _keys(node: Node) -> Iterator[str]:
    if isinstance(node, Leaf | Quantified):
        yield node.key
    elif isinstance(node, Not):
        yield from _keys(node.part)
    else:
        for part in node.parts:
            yield from _keys(part)


def _traced_group(node: Quantified) -> Traced:
    key = node.key

    def quantified(read: Read) -> NodeTrace:
        seen = read(key)
        return (node, None if seen is None else bool(seen), seen, ())

    return quantified


def _traced_leaf(node: Leaf) -> Traced:
    fact, test, operand = node.key, test_of(node), node.operand

    if node.op == "le":

        def within(read: Read) -> NodeTrace:
            value = read(fact)
            return (node, None if value is None else value <= operand, value, ())  # type: ignore[operator]  # numbers only

        return within

    def leaf(read: Read) -> NodeTrace:
        value = read(fact)
        return (node, None if value is None else test(value), value, ())

    return leaf
