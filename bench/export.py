"""The pack as expressions of other languages, by a walk over its tree: gates, ladders, penalties, warnings."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from app.domain.decisions.program import ZONE, Program
from app.domain.policies.conditions import All, AnyOf, Leaf, Node, Not, Quantified, quantified, test_of
from app.domain.policies.facts import Value
from app.domain.policies.pack import Rule

_SIGNS = {"is": "==", "eq": "==", "is_not": "!=", "le": "<=", "lt": "<", "ge": ">=", "gt": ">", "in": "in"}
_NO = AnyOf(parts=())
_YES = All(parts=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How a language spells what a pack needs."""

    both: str
    either: str
    negated: Callable[[str], str]
    true: str
    false: str
    chosen: Callable[[str, str, str], str]
    name: Callable[[str], str] = str


ZEN = Dialect(
    both="and",
    either="or",
    negated="not ({})".format,
    true="true",
    false="false",
    chosen="({} ? {} : {})".format,
)
CEL = Dialect(
    both="&&", either="||", negated="!({})".format, true="true", false="false", chosen="({} ? {} : {})".format
)
PYTHON = Dialect(
    both="and",
    either="or",
    negated="(not {})".format,
    true="True",
    false="False",
    chosen=lambda test, then, other: f"({then} if {test} else {other})",
    name="f[{!r}]".format,
)


class Export:
    """One program of a pack, spelt in one dialect."""

    def __init__(self, program: Program, dialect: Dialect) -> None:
        self.program = program
        self.dialect = dialect
        nodes = {node.key: node for condition in program.conditions for node in quantified(condition)}
        # A quantified condition is one more boolean fact; its key is no identifier, and neither is that of a place.
        self.names = {key: f"group_{index}" for index, key in enumerate(nodes)}
        self.names |= {key: key.replace(":", "_") for key in program.domains if ":" in key and key not in nodes}

    def named(self, record: Mapping[str, Value]) -> dict[str, Value]:
        """The record under the names the exported expressions use."""
        return {self.names.get(key, key): value for key, value in record.items()}

    def condition(self, node: Node | None) -> str:
        d = self.dialect
        match node:
            case None:
                return d.true
            case Leaf():
                return self._leaf(node)
            case Quantified():
                return d.name(self.names[node.key])
            case Not():
                return d.negated(self.condition(node.part))
            case All():
                return "(" + f" {d.both} ".join(map(self.condition, node.parts)) + ")" if node.parts else d.true
            case AnyOf():
                return "(" + f" {d.either} ".join(map(self.condition, node.parts)) + ")" if node.parts else d.false

    def _leaf(self, leaf: Leaf) -> str:
        d, name = self.dialect, self.dialect.name(self.names.get(leaf.fact, leaf.fact))
        if leaf.op == "not_in":
            return d.negated(f"{name} in {_literal(leaf.operand)}")
        if isinstance(leaf.operand, bool):
            return name if leaf.operand == (leaf.op == "is") else d.negated(name)
        return f"{name} {_SIGNS[leaf.op]} {_literal(leaf.operand)}"

    def emitted(self, rule: Rule) -> str:
        """`rule;`, with the zone where the days of its measure depend on it."""
        if not self.program._zoned[rule]:  # noqa: SLF001  the walk needs what the program knows
            return f"'{rule.id};'"
        return f"'{rule.id}@' + {self.dialect.name(ZONE)} + ';'"

    def outcome(self, tag: str) -> str:
        """The whole decision for one industry: a short form while no event is on record, else the full one."""
        quiet = self._stages(tag, self.program.defaults)
        return self.dialect.chosen(self._eventless(tag), quiet, self._stages(tag, {}))

    def _eventless(self, tag: str) -> str:
        rules = self.program.section(tag).rules()
        used = {leaf.fact for rule in rules if rule.when for leaf in _leaves(rule.when)}
        closed = [Leaf(fact=key, op="is", operand=value) for key, value in self.program.defaults.items() if key in used]
        return self.condition(All(parts=tuple(closed)))

    def _stages(self, tag: str, known: Mapping[str, Value]) -> str:
        section, d = self.program.section(tag), self.dialect

        def left(guarded: Iterable[tuple[Rule, object]]) -> list[tuple[Rule, Node]]:
            open_ = [(rule, simplified(rule.when or _YES, known)) for rule, _ in guarded]
            return [(rule, node) for rule, node in open_ if node != _NO]

        gates, penalties, warnings = left(section.gates), left(section.penalties), left(section.warnings)
        row = self._ladder(left(section.rows))
        lowered = [node for rule, node in penalties if rule.then.kind == "lowest_class"]
        if lowered and section.lowest:
            lowest = left(section.lowest)
            # A lowered line gets its lowest class even where no row of it holds.
            row = d.chosen(self.condition(AnyOf(parts=tuple(lowered))), self._ladder(lowest, last=True), row)
        after = "".join(
            f" + {d.chosen(self.condition(node), self.emitted(rule), _EMPTY)}" for rule, node in (*penalties, *warnings)
        )
        return f"({self._gated(gates, row)}{after})"

    def _gated(self, gates: list[tuple[Rule, Node]], row: str) -> str:
        """Each gate is asked once; behind a gate that stops, the ladder is not consulted."""
        if not gates:
            return row
        (rule, node), rest = gates[0], gates[1:]
        held = self._gated(rest, _EMPTY if rule.then.stops else row)
        held = self.emitted(rule) if held == _EMPTY else f"({self.emitted(rule)} + {held})"
        return self.dialect.chosen(self.condition(node), held, self._gated(rest, row))

    def _ladder(self, rows: list[tuple[Rule, Node]], *, last: bool = False) -> str:
        if not rows:
            return _EMPTY
        (rule, node), rest = rows[0], rows[1:]
        if node == _YES or (last and not rest):
            return self.emitted(rule)
        return self.dialect.chosen(self.condition(node), self.emitted(rule), self._ladder(rest, last=last))


_EMPTY = "''"


def simplified(node: Node, known: Mapping[str, Value]) -> Node:
    """The condition once some facts are known."""
    match node:
        case Leaf():
            if node.fact not in known:
                return node
            return _YES if test_of(node)(known[node.fact]) else _NO
        case Quantified():
            return node
        case Not():
            part = simplified(node.part, known)
            return _NO if part == _YES else _YES if part == _NO else Not(part=part)
        case All():
            parts = tuple(part for part in (simplified(part, known) for part in node.parts) if part != _YES)
            return _NO if _NO in parts else All(parts=parts)
        case AnyOf():
            parts = tuple(part for part in (simplified(part, known) for part in node.parts) if part != _NO)
            return _YES if _YES in parts else AnyOf(parts=parts)


def _leaves(node: Node) -> Iterable[Leaf]:
    match node:
        case Leaf():
            yield node
        case All() | AnyOf():
            for part in node.parts:
                yield from _leaves(part)
        case Not():
            yield from _leaves(node.part)
        case Quantified():
            return


def _literal(value: Value | frozenset[str]) -> str:
    if isinstance(value, frozenset):
        return "[" + ", ".join(f"'{code}'" for code in sorted(value)) + "]"
    if isinstance(value, str):
        return f"'{value}'"
    return repr(float(value))
