"""What differs between two conditions, leaf by leaf, under the printed item it stands at."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from app.domain.policies.conditions import All, AnyOf, Leaf, Node, Not, Quantified


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One aspect that differs; None is "not there". `cite` is the printed item, for parts of conditions."""

    aspect: str
    before: object
    after: object
    cite: str = ""


def condition_changes(before: Node | None, after: Node | None, *, cite: str = "") -> Iterator[Change]:
    """Every difference; two conditions without one are the same condition."""
    if before == after:
        return
    if before is None or after is None:
        yield Change(aspect="condition", before=before, after=after, cite=_cite(before or after, cite))
        return
    here = _cite(after, cite)
    match before, after:
        case (All() | AnyOf(), _) | (_, All() | AnyOf()):
            yield from _junctions(before, after, here)
        case Not(), Not():
            yield from _cited(before, after)
            yield from condition_changes(before.part, after.part, cite=here)
        case Quantified(), Quantified() if before.part == after.part or before.group == after.group:
            yield from _quantified(before, after, here)
        case _:
            yield Change(aspect="condition", before=before, after=after, cite=here)


def _quantified(before: Quantified, after: Quantified, cite: str) -> Iterator[Change]:
    if replace(before, part=after.part, cite=after.cite) != after:
        yield Change(aspect="quantifier", before=before, after=after, cite=cite)
    yield from _cited(before, after)
    yield from condition_changes(before.part, after.part, cite=cite)


def _junctions(before: Node, after: Node, cite: str) -> Iterator[Change]:
    if _joint(before) is not _joint(after):
        yield Change(aspect="joint", before=_joint(before), after=_joint(after), cite=cite)
    if _joint(before) and _joint(after):
        yield from _cited(before, after)
    yield from _parts(_listed(before), _listed(after), cite)


def _parts(before: Sequence[Node], after: Sequence[Node], cite: str) -> Iterator[Change]:
    """Parts that are in both, wherever they stand, say the same; of the others, those about the same thing are compared."""
    gone, new = list(before), list(after)
    for part in before:
        if part in new:
            gone.remove(part)
            new.remove(part)
    if not gone and not new and list(before) != list(after):
        yield Change(aspect="order", before=tuple(before), after=tuple(after), cite=cite)
    for part in list(gone):
        partner = next((one for one in new if _about(one) == _about(part)), None)
        if partner is not None:
            gone.remove(part)
            new.remove(partner)
            yield from condition_changes(part, partner, cite=cite)
    for part in gone:
        yield from condition_changes(part, None, cite=cite)
    for part in new:
        yield from condition_changes(None, part, cite=cite)


def _about(node: Node) -> tuple[object, ...]:
    """What makes two parts comparable: the same fact, the same group, or the same kind of list."""
    match node:
        case Leaf():
            return (Leaf, node.fact, node.at)
        case Quantified():
            return (Quantified, node.group)
        case All() | AnyOf():
            return (All, node.cite)
        case Not():
            return (Not, *_about(node.part))


def _joint(node: Node) -> type[Node] | None:
    return type(node) if isinstance(node, All | AnyOf) else None


def _listed(node: Node) -> Sequence[Node]:
    return node.parts if isinstance(node, All | AnyOf) else (node,)


def _cited(before: Node, after: Node) -> Iterator[Change]:
    if before.cite != after.cite:
        yield Change(aspect="cite", before=before.cite, after=after.cite, cite=after.cite)


def _cite(node: Node | None, above: str) -> str:
    return (node.cite if node is not None else "") or above
