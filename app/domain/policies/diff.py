"""What differs between two packs, rule by rule and section by section; what is written in another order only where order counts."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from difflib import SequenceMatcher
from typing import Any, Literal

from app.domain.policies.condition_diff import Change, condition_changes
from app.domain.policies.measures import Measure
from app.domain.policies.pack import Ladder, Pack, Rule, Scoped
from app.domain.policies.undertakings import Placement

Kind = Literal["added", "removed", "changed"]
# Identity and derived parts: they differ whenever anything does, or never by themselves.
_APART = frozenset({"name", "version", "hash", "catalogue", "local_facts", "sources"})
# What is a set in the law although it is a list in the text.
_UNORDERED = frozenset({"cites", "readings", "regions"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Something that was added, removed or changed; `before` and `after` are the whole of it."""

    section: str
    key: str
    kind: Kind
    before: Any
    after: Any
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A rule with what it binds: `where` are the fields of its scopes, or the ladder it is a row of."""

    rule: Rule
    where: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class PackDiff:
    """All differences: head first, then the sections, then the rules in stage order."""

    before: Pack
    after: Pack
    items: tuple[Difference, ...]

    @property
    def rules(self) -> tuple[Difference, ...]:
        return tuple(item for item in self.items if item.section == "rules")

    def places(self) -> dict[str, list[str]]:
        """The provisions something changed about, in the order of the text, with the rules that changed."""
        touched: dict[str, list[str]] = {item.key: [] for item in self.items if item.section == "provisions"}
        for item in self.rules:
            for cite in cites_of(item):
                touched.setdefault(cite, []).append(item.key)
        order = [*self.after.provisions, *self.before.provisions]
        return {cite: touched[cite] for cite in sorted(touched, key=lambda one: _position(order, one))}


def diff(before: Pack, after: Pack) -> PackDiff:
    """Compare two packs; equal content gives no items."""
    items: list[Difference] = []
    head: list[Change] = []
    for name in [field.name for field in fields(Pack) if field.name not in _APART]:
        was, now = getattr(before, name), getattr(after, name)
        if _is_section(was) or _is_section(now):
            items += _keyed(name, _by_key(was), _by_key(now))
        elif isinstance(was, Placement):
            items += _keyed(name, {"": was}, {"": now})
        elif not (_holds_rules(was) or _holds_rules(now)):
            head += _named_changes({name: was}, {name: now})
    if head:
        whole = Difference(section="head", key="", kind="changed", before=before, after=after, changes=tuple(head))
        items.insert(0, whole)
    items += _keyed("facts", _facts(before), _facts(after))
    moved = dict(_moved(before.ladders, after.ladders))
    items += _rules(_placed(before), _placed(after), moved)
    return PackDiff(before=before, after=after, items=tuple(items))


def cites_of(item: Difference) -> list[str]:
    """Every provision a rule cites or cited."""
    rules = [one.rule for one in (item.before, item.after) if isinstance(one, Placed)]
    return list(dict.fromkeys(cite for rule in rules for cite in (*rule.cites, *rule.then.cites)))


def _position(order: Sequence[str], one: str) -> int:
    return order.index(one) if one in order else len(order)


def _is_section(value: object) -> bool:
    """Whether a field of a pack holds things with a name of their own."""
    if isinstance(value, Mapping):
        return any(is_dataclass(one) or isinstance(one, frozenset) for one in value.values())
    return isinstance(value, tuple) and any(is_dataclass(one) and not isinstance(one, Scoped) for one in value)


def _holds_rules(value: object) -> bool:
    return isinstance(value, tuple) and any(isinstance(one, Scoped) for one in value)


def _by_key(section: Any) -> dict[str, object]:
    if isinstance(section, Mapping):
        return dict(section)
    return _numbered(section, _key)


def _numbered(items: Iterable[Any], key: Callable[[Any], str]) -> dict[str, Any]:
    """Items by their key; a second one of the same key is told apart by its number."""
    seen: Counter[str] = Counter()
    found = {}
    for item in items:
        seen[key(item)] += 1
        found[key(item) if seen[key(item)] == 1 else f"{key(item)} ({seen[key(item)]})"] = item
    return found


def _key(item: Any) -> str:
    if isinstance(item, Ladder):
        return ladder_name(item)
    return str(next((value for name in ("id", "name", "zone", "to") if (value := getattr(item, name, None))), ""))


def ladder_name(ladder: Ladder) -> str:
    return ladder.industry.name or f"every {ladder.binds}"


def _facts(pack: Pack) -> dict[str, object]:
    """What the pack asks or declares: a draft is read with the whole base catalogue, a stored pack is not."""
    names = sorted(pack.asked_facts() | pack.local_facts)
    return {name: pack.catalogue[name] for name in names if name in pack.catalogue}


def _keyed(section: str, before: Mapping[str, object], after: Mapping[str, object]) -> Iterator[Difference]:
    for key in dict.fromkeys((*before, *after)):
        was, now = before.get(key), after.get(key)
        if was is None or now is None:
            yield Difference(
                section=section, key=key, kind="added" if was is None else "removed", before=was, after=now
            )
        elif changes := _named_changes(_fields(was), _fields(now)):
            yield Difference(section=section, key=key, kind="changed", before=was, after=now, changes=tuple(changes))


def _fields(item: object) -> dict[str, object]:
    if isinstance(item, Ladder):
        # Rows are rules, compared one by one; a ladder is its chapter, its scope and its lowest class.
        industry = _fields(item.industry)
        own = {field.name: getattr(item, field.name) for field in fields(item)}
        return {**{f"industry.{name}": value for name, value in industry.items()}, **own} | {"rows": (), "industry": ""}
    if is_dataclass(item):
        return {field.name: getattr(item, field.name) for field in fields(item)}
    return {"value": item}


def _named_changes(before: Mapping[str, object], after: Mapping[str, object]) -> list[Change]:
    return [
        Change(aspect=name, before=before.get(name), after=after.get(name))
        for name in dict.fromkeys((*before, *after))
        if _differs(name, before.get(name), after.get(name))
    ]


def _differs(name: str, before: object, after: object) -> bool:
    if name.rpartition(".")[2] in _UNORDERED and isinstance(before, tuple) and isinstance(after, tuple):
        return set(before) != set(after)
    return before != after


def _placed(pack: Pack) -> dict[str, Placed]:
    """Every rule by its id; one that binds several levels stands once, with all of them."""
    scopes: dict[int, tuple[Rule, list[Scoped]]] = {}
    for scoped in pack.scoped:
        scopes.setdefault(id(scoped.rule), (scoped.rule, []))[1].append(scoped)
    found = [Placed(rule=rule, where=_where(own)) for rule, own in scopes.values()]
    for ladder in pack.ladders:
        found += [Placed(rule=row, where={"ladder": ladder_name(ladder)}) for row in ladder.rows]
    order = {id(rule): number for number, rule in enumerate(pack.rules())}
    return _numbered(sorted(found, key=lambda one: order[id(one.rule)]), lambda one: str(one.rule.id))


def _where(scopes: Sequence[Scoped]) -> dict[str, object]:
    found: dict[str, object] = {}
    for name in [field.name for field in fields(Scoped) if field.name != "rule"]:
        values = list(dict.fromkeys(getattr(scope, name) for scope in scopes))
        found[name] = values[0] if len(values) == 1 else frozenset(values)
    return found


def _rules(
    before: Mapping[str, Placed], after: Mapping[str, Placed], moved: Mapping[str, Change]
) -> Iterator[Difference]:
    for key in dict.fromkeys((*after, *before)):
        was, now = before.get(key), after.get(key)
        if was is None or now is None:
            yield Difference(
                section="rules", key=key, kind="added" if was is None else "removed", before=was, after=now
            )
            continue
        changes = [*_rule_changes(was, now), *([moved[key]] if key in moved else [])]
        if changes:
            yield Difference(section="rules", key=key, kind="changed", before=was, after=now, changes=tuple(changes))


def _rule_changes(before: Placed, after: Placed) -> Iterator[Change]:
    apart = {"id", "when", "then"}
    was = {**{n: v for n, v in _fields(before.rule).items() if n not in apart}, **before.where}
    now = {**{n: v for n, v in _fields(after.rule).items() if n not in apart}, **after.where}
    yield from condition_changes(before.rule.when, after.rule.when)
    yield from _measure_changes(before.rule.then, after.rule.then)
    yield from _named_changes(was, now)


def _measure_changes(before: Measure, after: Measure) -> Iterator[Change]:
    if before.kind != after.kind:
        yield Change(aspect="then", before=before, after=after)
        return
    was = {**_fields(before), **before.params, "params": None}
    now = {**_fields(after), **after.params, "params": None}
    for change in _named_changes(was, now):
        yield Change(aspect=f"then.{change.aspect}", before=change.before, after=change.after)


def _moved(before: Iterable[Ladder], after: Iterable[Ladder]) -> Iterator[tuple[str, Change]]:
    """The rows that stand elsewhere among the rows both ladders have: the first that holds wins, so order is law."""
    older = _numbered(before, ladder_name)
    for key, ladder in _numbered(after, ladder_name).items():
        if key not in older:
            continue
        was, now = [row.id for row in older[key].rows], [row.id for row in ladder.rows]
        common = [one for one in was if one in now], [one for one in now if one in was]
        blocks = SequenceMatcher(None, *common, autojunk=False).get_matching_blocks()
        kept = {one for block in blocks for one in common[0][block.a : block.a + block.size]}
        for one in common[0]:
            if one not in kept:
                yield one, Change(aspect="position", before=was.index(one) + 1, after=now.index(one) + 1)
