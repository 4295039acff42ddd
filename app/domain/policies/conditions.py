"""Conditions: a small tree over facts, in the shape the plan numbers its items; every node may cite its item."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from app.domain.periods import MonthDay
from app.domain.policies.facts import Value

Op = Literal["is", "is_not", "le", "lt", "ge", "gt", "eq", "in", "not_in"]
Truth = bool | None
Read = Callable[[str], Value | None]

OPPOSITE: dict[Op, Op] = {
    "is": "is_not",
    "is_not": "is",
    "le": "gt",
    "lt": "ge",
    "ge": "lt",
    "gt": "le",
    "in": "not_in",
    "not_in": "in",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """One fact, one operator, one literal or named set."""

    fact: str
    op: Op
    operand: Value | frozenset[str]
    set_name: str = ""
    cite: str = ""
    # The state before this day begins is asked, whatever happens later (A-G20, A-GP9).
    at: MonthDay | None = None

    @property
    def key(self) -> str:
        """The name under which a record carries the value asked."""
        return self.fact if self.at is None else f"{self.fact}@{self.at}"

    @property
    def text(self) -> str:
        return self._tested if self.at is None else f"{self._tested} @{self.at}"

    @property
    def _tested(self) -> str:
        if self.set_name:
            return f"{self.fact} {self.op.replace('_', ' ')} {self.set_name}"
        if isinstance(self.operand, bool):
            return self.fact if self.operand == (self.op == "is") else f"not {self.fact}"
        sign = {"le": "<=", "lt": "<", "ge": ">=", "gt": ">", "eq": "=="}.get(self.op, self.op.replace("_", " "))
        return f"{self.fact} {sign} {_written(self.operand)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class All:
    """Every part holds; an empty list holds."""

    parts: tuple["Node", ...]
    cite: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnyOf:
    """At least one part holds."""

    parts: tuple["Node", ...]
    cite: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Not:
    """The part does not hold."""

    part: "Node"
    cite: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantified:
    """Every (or some) member of a named group of units or lines meets the part."""

    every: bool
    group: str
    part: "Node"
    cite: str = ""

    @property
    def key(self) -> str:
        """The name under which a record carries the truth of this node."""
        word = "every" if self.every else "some"
        return f"{word} {self.group}: {text_of(self.part)}"


Node = Leaf | All | AnyOf | Not | Quantified


def _written(operand: Value | frozenset[str]) -> str:
    if isinstance(operand, frozenset):
        return "{" + ", ".join(sorted(operand)) + "}"
    # All digits of a number, or two large limits would share one key.
    return repr(operand).removesuffix(".0") if isinstance(operand, float) else str(operand)


def test_of(leaf: Leaf) -> Callable[[Value], bool]:
    """The leaf as a predicate on a known value."""
    operand = leaf.operand
    tests: dict[Op, Callable[[Value], bool]] = {
        "is": lambda value: value == operand,
        "eq": lambda value: value == operand,
        "is_not": lambda value: value != operand,
        "in": lambda value: value in operand,  # type: ignore[operator]  # the parser gives sets to "in" only
        "not_in": lambda value: value not in operand,  # type: ignore[operator]  # as above
        "le": lambda value: value <= operand,  # type: ignore[operator]  # the parser gives numbers to "<=" only
        "lt": lambda value: value < operand,  # type: ignore[operator]  # as above
        "ge": lambda value: value >= operand,  # type: ignore[operator]  # as above
        "gt": lambda value: value > operand,  # type: ignore[operator]  # as above
    }
    return tests[leaf.op]


def leaves(node: Node) -> Iterator[Leaf]:
    """All leaves, in reading order, those under quantifiers included."""
    match node:
        case Leaf():
            yield node
        case All() | AnyOf():
            for part in node.parts:
                yield from leaves(part)
        case Not() | Quantified():
            yield from leaves(node.part)


def quantified(node: Node) -> Iterator[Quantified]:
    """All quantified nodes; quantifiers do not nest."""
    match node:
        case Quantified():
            yield node
        case All() | AnyOf():
            for part in node.parts:
                yield from quantified(part)
        case Not():
            yield from quantified(node.part)
        case Leaf():
            return


def outer_leaves(node: Node) -> list[Leaf]:
    """The leaves that speak of the bound subject itself, not of the members of a group."""
    inner = {id(leaf) for each in quantified(node) for leaf in leaves(each.part)}
    return [leaf for leaf in leaves(node) if id(leaf) not in inner]


def kleene(node: Node, read: Read) -> Truth:
    """Strong three-valued truth: unknown unless the known facts settle it."""
    match node:
        case Leaf():
            value = read(node.key)
            return None if value is None else test_of(node)(value)
        case Quantified():
            seen = read(node.key)
            return None if seen is None else bool(seen)
        case Not():
            truth = kleene(node.part, read)
            return None if truth is None else not truth
        case All():
            return conjunction([kleene(part, read) for part in node.parts])
        case AnyOf():
            return disjunction([kleene(part, read) for part in node.parts])


def conjunction(truths: Sequence[Truth]) -> Truth:
    if False in truths:
        return False
    return None if None in truths else True


def disjunction(truths: Sequence[Truth]) -> Truth:
    if True in truths:
        return True
    return None if None in truths else False


def text_of(node: Node) -> str:
    """The condition on one line, for keys and diffs: two conditions never share one text."""
    match node:
        case Leaf():
            return node.text
        case Not():
            return f"not ({text_of(node.part)})"
        case Quantified():
            return node.key
        case All() | AnyOf():
            word, joint = ("all ", " and ") if isinstance(node, All) else ("any ", " or ")
            # Only two parts have a word between them that tells the one list from the other.
            return ("" if len(node.parts) > 1 else word) + "(" + joint.join(map(text_of, node.parts)) + ")"
