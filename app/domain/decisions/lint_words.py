"""The linter's words: facts, conditions and cases as an official reads them, by their own labels."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping

from app.domain.decisions.program import INDUSTRY, TAGS, ZONE, Domain, Program
from app.domain.policies.conditions import All, AnyOf, Leaf, Node, Not, Quantified, quantified
from app.domain.policies.facts import Catalogue, Value
from app.domain.policies.pack import Pack

Told = tuple[str, str]
_SIGNS = {"le": "≤", "lt": "<", "ge": "≥", "gt": ">", "eq": "="}
_HIDDEN = {*TAGS.values(), INDUSTRY}


def told_case(facts: Mapping[str, Value], program: Program) -> Told:
    """A case in Chinese and in English; what every subject of a ladder shares is left out."""
    groups = {node.key: node for condition in program.conditions for node in quantified(condition)}
    parts = [
        _told_group(groups[key], bool(value), program.pack)
        if key in groups
        else _told_fact(key, value, program.domains[key], program.pack)
        for key, value in facts.items()
        if key not in _HIDDEN
    ]
    if not parts:
        return "任何情形", "any case"
    return "，".join(zh for zh, _ in parts), ", ".join(en for _, en in parts)


def told_values(fact: str, values: Iterable[Value], catalogue: Catalogue) -> Told:
    """Values of one fact by their labels, and by their codes in English."""
    options = catalogue[fact].options
    given = [str(value) for value in values]
    return "、".join(options.get(value, value) for value in given), ", ".join(given)


def _told_fact(key: str, value: Value, domain: Domain, pack: Pack) -> Told:
    if key == ZONE:
        zone = next(zone for zone in pack.zones if zone.name == value)
        return f"位于{zone.label['zh']}", f"in {zone.label['en']}"
    name, _, at = key.partition("@")
    spec = pack.catalogue[name]
    before = (f"（{at}之前）", f" (before {at})") if at else ("", "")
    if isinstance(value, bool):
        return f"{spec.zh}{before[0]}：{'是' if value else '否'}", f"{spec.en}{before[1]}: {'yes' if value else 'no'}"
    if domain.thresholds and not isinstance(value, str):
        within = _interval(value, domain)
        return (
            f"{spec.zh}{before[0]} {within} {spec.unit}".rstrip(),
            f"{spec.en}{before[1]} {within} {spec.unit}".rstrip(),
        )
    alike = [other for other, cell in domain.alike.items() if cell == domain.alike.get(value)]
    zh, en = told_values(name, alike or [value], pack.catalogue)
    return f"{spec.zh}{before[0]}为{zh}", f"{spec.en}{before[1]} is {en}"


def _interval(value: float, domain: Domain) -> str:
    """The cell that a number stands for, between the limits the plan names."""
    limits = domain.thresholds
    if domain.edges and value in limits:
        return f"= {value:g}"
    above, below = limits[: bisect_left(limits, value)], limits[bisect_right(limits, value) :]
    if not domain.edges and value in limits:
        below = (value,)
    low = f"> {above[-1]:g}" if above else ""
    high = f"{'<' if domain.edges else '≤'} {below[0]:g}" if below else ""
    return " ".join(part for part in (low, high) if part)


def _told_group(node: Quantified, holds: bool, pack: Pack) -> Told:  # noqa: FBT001  # a truth, not a switch
    label = pack.groups[node.group].zh
    if node.part == All(parts=()):
        return (f"有{label}", f"has {node.group}") if holds else (f"没有{label}", f"has no {node.group}")
    zh, en = told_condition(node.part, pack.catalogue)
    word = ("每一", "every") if node.every else ("任一", "some")
    truth = ("是", "yes") if holds else ("否", "no")
    return f"{word[0]}{label}都满足“{zh}”：{truth[0]}" if node.every else f"{word[0]}{label}满足“{zh}”：{truth[0]}", (
        f"{word[1]} of {node.group} meets “{en}”: {truth[1]}"
    )


def told_condition(node: Node, catalogue: Catalogue) -> Told:
    """A condition by labels."""
    match node:
        case Leaf():
            return _told_leaf(node, catalogue)
        case Not():
            zh, en = told_condition(node.part, catalogue)
            return f"并非（{zh}）", f"not ({en})"
        case Quantified():
            zh, en = told_condition(node.part, catalogue)
            return f"{'每一' if node.every else '任一'}成员：{zh}", f"{'every' if node.every else 'some'} member: {en}"
        case All() | AnyOf():
            parts = [told_condition(part, catalogue) for part in node.parts]
            joint = ("且", " and ") if isinstance(node, All) else ("或", " or ")
            return joint[0].join(zh for zh, _ in parts), joint[1].join(en for _, en in parts)


def _told_leaf(leaf: Leaf, catalogue: Catalogue) -> Told:
    spec = catalogue[leaf.fact]
    if isinstance(leaf.operand, bool):
        holds = leaf.operand == (leaf.op == "is")
        return (spec.zh, spec.en) if holds else (f"非{spec.zh}", f"not {spec.en}")
    if leaf.op in _SIGNS:
        return f"{spec.zh}{_SIGNS[leaf.op]}{leaf.operand:g}", f"{spec.en} {_SIGNS[leaf.op]} {leaf.operand:g}"
    values = sorted(leaf.operand) if isinstance(leaf.operand, frozenset) else [str(leaf.operand)]
    zh, en = told_values(leaf.fact, values, catalogue)
    negative = leaf.op in {"is_not", "not_in"}
    return f"{spec.zh}{'不为' if negative else '为'}{zh}", f"{spec.en} is {'not ' if negative else ''}{en}"
