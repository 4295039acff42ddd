"""The leaf grammar: one fact, one operator, one literal or named set, parsed by Python's own `ast`."""

import ast
import difflib
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from app.domain.policies.conditions import Leaf, Op
from app.domain.policies.facts import Catalogue, FactSpec, normal

_OPS: dict[type[ast.cmpop], Op] = {
    ast.Is: "is",
    ast.IsNot: "is_not",
    ast.Eq: "eq",
    ast.LtE: "le",
    ast.Lt: "lt",
    ast.GtE: "ge",
    ast.Gt: "gt",
    ast.In: "in",
    ast.NotIn: "not_in",
}
PLACE_WORDS = frozenset({"place", "地点"})
_NUMBER_OPS = {"eq", "le", "lt", "ge", "gt"}
# A leaf is one comparison; anything longer is a mistake or an attack on the parser.
MAX_LEAF_CHARACTERS = 200


class LeafError(ValueError):
    """The leaf cannot be read; the message says why and what would do."""


@dataclass(frozen=True, slots=True)
class NamedSet:
    """A set of values of one enumerated fact, callable by its English or Chinese name."""

    name: str
    zh: str
    of: str
    values: frozenset[str]


def parse_leaf(text: str, catalogue: Catalogue, sets: Iterable[NamedSet], *, cite: str = "") -> Leaf:
    """Read one leaf, checked against the typed catalogue.

    Raises LeafError for any other syntax, unknown names, values outside an enumeration, or a type mismatch.
    """
    if len(text) > MAX_LEAF_CHARACTERS:
        raise LeafError(f"a condition is at most {MAX_LEAF_CHARACTERS} characters")
    try:
        tree = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise LeafError(f"{text!r} is not of the form: fact, operator, literal or set") from error
    match tree:
        case ast.Name(id=name):
            return _boolean(_fact(name, catalogue), holds=True, cite=cite)
        case ast.UnaryOp(op=ast.Not(), operand=ast.Name(id=name)):
            return _boolean(_fact(name, catalogue), holds=False, cite=cite)
        case ast.Compare(
            left=ast.Name(id=name), ops=[ast.In() | ast.NotIn() as op], comparators=[ast.Name(id=place)]
        ) if name in PLACE_WORDS:
            return _boolean(_place(place, catalogue), holds=isinstance(op, ast.In), cite=cite)
        case ast.Compare(left=ast.Name(id=name), ops=[op], comparators=[right]) if type(op) in _OPS:
            return _comparison(_fact(name, catalogue), _OPS[type(op)], right, sets, cite)
        case _:
            raise LeafError(f"{text!r} is not of the form: fact, operator, literal or set")


def _fact(name: str, catalogue: Catalogue) -> FactSpec:
    found = catalogue.find(name)
    if found is not None:
        return found
    known = [*catalogue.facts, *(fact.zh for fact in catalogue.facts.values())]
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"; did you mean {near[0]}?" if near else "; declare it under `facts`"
    raise LeafError(f"no fact is named {name}{hint}")


def _place(name: str, catalogue: Catalogue) -> FactSpec:
    found = catalogue.find(place_key(name)) or catalogue.find(place_label(name))
    if found is None:
        raise LeafError(f"no place and no zone is named {name}; declare it under `places`")
    return found


def place_key(name: str) -> str:
    """The key under which a record carries whether a site lies in a named place."""
    return f"place:{name}"


def place_label(zh: str) -> str:
    return f"位于{zh}"


def _boolean(fact: FactSpec, *, holds: bool, cite: str) -> Leaf:
    if fact.type != "boolean":
        raise LeafError(f"{fact.name} is a {fact.type}, so it needs an operator and a value")
    return Leaf(fact=fact.name, op="is", operand=holds, cite=cite)


def _comparison(fact: FactSpec, op: Op, right: ast.expr, sets: Iterable[NamedSet], cite: str) -> Leaf:
    if op in _NUMBER_OPS:
        return Leaf(fact=fact.name, op=op, operand=_number(fact, right), cite=cite)
    if not isinstance(right, ast.Name):
        raise LeafError(f"{fact.name} is compared with a name here, not with {ast.unparse(right)}")
    if op in {"in", "not_in"}:
        named = _set(fact, right.id, sets)
        return Leaf(fact=fact.name, op=op, operand=named.values, set_name=named.name, cite=cite)
    return Leaf(fact=fact.name, op=op, operand=_option(fact, right.id), cite=cite)


def _number(fact: FactSpec, right: ast.expr) -> float:
    if fact.type != "number":
        raise LeafError(f"{fact.name} is a {fact.type}; numbers compare with numbers only")
    negative = isinstance(right, ast.UnaryOp) and isinstance(right.op, ast.USub)
    literal = right.operand if isinstance(right, ast.UnaryOp) and negative else right
    match literal:
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            return _finite(-value if negative else value)
        case _:
            raise LeafError(f"{fact.name} is compared with a number, not with {ast.unparse(right)}")


def _finite(value: float) -> float:
    """A float; Python reads 1e400 as infinity and keeps integers of any length, beyond which no value lies."""
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise LeafError("the number is larger than any a fact can have")
    return number


def _option(fact: FactSpec, name: str) -> str:
    options: Mapping[str, str] = fact.options
    if not options:
        raise LeafError(f"{fact.name} is a {fact.type}; `is` needs a fact with named values")
    by_zh = {normal(zh): code for code, zh in options.items()}
    found = name if name in options else by_zh.get(normal(name))
    if found is None:
        raise LeafError(f"{name} is not a value of {fact.name}; it takes {', '.join(options)}")
    return found


def _set(fact: FactSpec, name: str, sets: Iterable[NamedSet]) -> NamedSet:
    found = next((s for s in sets if name == s.name or normal(name) == normal(s.zh)), None)
    if found is None:
        raise LeafError(f"no set is named {name}; declare it under `sets`")
    of_programme = found.of == "programme" and fact.type == "programme"
    if found.of != fact.name and not of_programme and not found.values <= set(fact.options):
        raise LeafError(f"the set {name} holds values of {found.of}, not of {fact.name}")
    return found
