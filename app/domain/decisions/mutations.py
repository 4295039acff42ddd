"""Mutants: the same pack with one operator, number, class, fact, gate or window changed, to prove the scenarios bite."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from app.domain.decisions.mutated_measures import changed_measures, changed_spans, moved, same_days
from app.domain.policies.conditions import OPPOSITE, All, AnyOf, Leaf, Node, Not, Op, Quantified
from app.domain.policies.measures import During, Measure
from app.domain.policies.pack import Ladder, Pack, Rule, Scoped

_LIMIT_SHIFTS: dict[Op, tuple[Op, ...]] = {"le": ("lt",), "lt": ("le",), "ge": ("gt",), "gt": ("ge",)}


@dataclass(frozen=True, slots=True)
class Mutant:
    """A changed pack and what was changed; `rule` names the rule, if one was."""

    what: str
    rule: str
    pack: Pack


def mutants(pack: Pack) -> Iterator[Mutant]:
    """Every single change the scenarios must notice."""
    for index, window in enumerate(pack.windows):
        for what, span in changed_spans(window.span):
            if what.startswith("ends") and not _ends_with_the_season(pack):
                continue
            windows = list(pack.windows)
            windows[index] = replace(window, span=span)
            yield Mutant(f"season {window.zone}: {what}", "", replace(pack, windows=tuple(windows)))
    for rule_id, what, scoped in _section(pack):
        yield Mutant(f"{rule_id}: {what}", rule_id, replace(pack, scoped=scoped))
    for index, ladder in enumerate(pack.ladders):
        for rule_id, what, changed_ladder in _ladder(ladder, pack):
            ladders = (*pack.ladders[:index], changed_ladder, *pack.ladders[index + 1 :])
            yield Mutant(f"{rule_id or ladder.industry.name}: {what}", rule_id, replace(pack, ladders=ladders))


def _ends_with_the_season(pack: Pack) -> bool:
    """Whether the season's last day shows in any measure: those of an emergency plan end with the warning."""
    whens = [rule.then.when for rule in pack.rules()]
    return any(isinstance(when, During) or getattr(when, "until", None) == "season_end" for when in whens)


def _section(pack: Pack) -> Iterator[tuple[str, str, tuple[Scoped, ...]]]:
    items = pack.scoped
    for index, item in enumerate(items):
        for what, changed in _scoped(item, pack):
            yield item.rule.id, what, (*items[:index], *([changed] if changed else []), *items[index + 1 :])


def _scoped(item: Scoped, pack: Pack) -> Iterator[tuple[str, Scoped | None]]:
    yield "removed", None
    for what, rule in _rule(item.rule, pack):
        yield what, replace(item, rule=rule)
    for tag in sorted(item.except_tags):
        yield f"reaches {tag} too", replace(item, except_tags=item.except_tags - {tag})
    for tag in sorted(item.tags or ()):
        yield f"does not reach {tag}", replace(item, tags=(item.tags or frozenset()) - {tag})
    for kind in sorted(item.kinds or ()):
        yield f"does not reach {kind}", replace(item, kinds=(item.kinds or frozenset()) - {kind})


def _ladder(ladder: Ladder, pack: Pack) -> Iterator[tuple[str, str, Ladder]]:
    for index, row in enumerate(ladder.rows):
        others = (*ladder.rows[:index], *ladder.rows[index + 1 :])
        if len(ladder.rows) > 1:
            yield row.id, "removed", replace(ladder, rows=others)
        for what, rule in _rule(row, pack):
            yield row.id, what, replace(ladder, rows=(*ladder.rows[:index], rule, *ladder.rows[index + 1 :]))
    for tag in sorted(ladder.industry.tags):
        industry = replace(ladder.industry, tags=ladder.industry.tags - {tag})
        yield "", f"does not speak of {tag}", replace(ladder, industry=industry)
    for kind in sorted(ladder.kinds or ()):
        yield "", f"does not reach {kind}", replace(ladder, kinds=(ladder.kinds or frozenset()) - {kind})
    classes = {row.class_ for row in ladder.rows if row.class_ and ladder.lowest} - {ladder.lowest}
    for class_ in sorted(classes):
        yield "", f"lowest class is {class_}", replace(ladder, lowest=class_)


def _measures(measure: Measure, pack: Pack) -> Iterator[tuple[str, Measure]]:
    """Days beyond the window bind nobody, so a period that only reaches further out is the same measure."""
    for what, changed in changed_measures(measure):
        if replace(changed, when=measure.when) != measure or not same_days(changed, measure, pack):
            yield what, changed


def _rule(rule: Rule, pack: Pack) -> Iterator[tuple[str, Rule]]:
    if rule.class_ is not None:
        yield "another class", replace(rule, class_=f"{rule.class_}x")
    if rule.lifts:
        yield "lifts nothing", replace(rule, lifts=False)
    if rule.to:
        yield "of every row", replace(rule, to=frozenset())
    for index in range(len(rule.may_instead)):
        yield "no substitute", replace(rule, may_instead=(*rule.may_instead[:index], *rule.may_instead[index + 1 :]))
    for what, measure in _measures(rule.then, pack):
        yield what, replace(rule, then=measure)
    if rule.when is not None:
        for what, node in _node(rule.when):
            yield what, replace(rule, when=node)


def _node(node: Node) -> Iterator[tuple[str, Node]]:
    match node:
        case Leaf():
            yield from _leaf(node)
        case Not():
            yield "negation dropped", node.part
            for what, part in _node(node.part):
                yield what, replace(node, part=part)
        case Quantified():
            yield "every/some swapped", replace(node, every=not node.every)
            for what, part in _node(node.part):
                yield what, replace(node, part=part)
        case All() | AnyOf():
            yield from _junction(node)


def _junction(node: All | AnyOf) -> Iterator[tuple[str, Node]]:
    if len(node.parts) > 1:
        swapped = AnyOf(parts=node.parts) if isinstance(node, All) else All(parts=node.parts)
        yield "all/any swapped", swapped
    for index, part in enumerate(node.parts):
        rest = (*node.parts[:index], *node.parts[index + 1 :])
        if rest:
            yield f"without {index + 1}", replace(node, parts=rest)
        for what, changed in _node(part):
            yield what, replace(node, parts=(*node.parts[:index], changed, *node.parts[index + 1 :]))


def _leaf(leaf: Leaf) -> Iterator[tuple[str, Node]]:
    if leaf.at is not None:
        yield f"{leaf.text}: today", replace(leaf, at=None)
        yield f"{leaf.text}: a day later", replace(leaf, at=moved(leaf.at, 1))
    if leaf.op in OPPOSITE:
        yield f"{leaf.text}: operator reversed", replace(leaf, op=OPPOSITE[leaf.op])
    for op in _LIMIT_SHIFTS.get(leaf.op, ()):
        yield f"{leaf.text}: operator {op}", replace(leaf, op=op)
    if isinstance(leaf.operand, float):
        step = abs(leaf.operand) / 100 or 1.0
        yield f"{leaf.text}: number up", replace(leaf, operand=leaf.operand + step)
        yield f"{leaf.text}: number down", replace(leaf, operand=leaf.operand - step)
    if isinstance(leaf.operand, frozenset) and len(leaf.operand) > 1:
        for value in sorted(leaf.operand):
            # The smaller set is no longer the named one; under its name, two conditions would share a key.
            smaller = replace(leaf, operand=leaf.operand - {value}, set_name="")
            yield f"{leaf.text}: without {value}", smaller
