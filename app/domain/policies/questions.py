"""What a pack will ask about an industry: each fact once, in the order in which it matters, and the units to register."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from app.domain.policies.conditions import Leaf, Node, leaves, quantified
from app.domain.policies.facts import FactSpec, Level
from app.domain.policies.pack import STAGES, Binding, Group, Pack, Rule

# Whether a site lies in a named place follows from its region; nobody is asked.
_BY_REGION = "place:"


@dataclass(frozen=True, slots=True)
class Bound:
    """A rule that can reach lines of an industry or what stands on them; `kinds` of units or processes, if only some."""

    rule: Rule
    binds: Binding
    kinds: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Reader:
    """A rule that reads a fact, and the leaves in which it does."""

    bound: Bound
    leaves: tuple[Leaf, ...]


@dataclass(slots=True)
class Question:
    """One fact with everything that reads it; `groups` are those of whose members it is asked."""

    fact: FactSpec
    readers: list[Reader] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    needed_for: list[str] = field(default_factory=list)

    @property
    def rules(self) -> list[Rule]:
        return list(dict.fromkeys(reader.bound.rule for reader in self.readers))

    @property
    def urgency(self) -> tuple[int, int]:
        """Earlier stages come first, because they may settle everything; then what more rules read."""
        return min(STAGES.index(rule.stage) for rule in self.rules), -len(self.rules)


@dataclass(frozen=True, slots=True)
class Registered:
    """Units, processes or lines a pack has to know of: by a group a condition speaks of, or because a rule binds them."""

    level: Level
    kinds: frozenset[str] | None
    group: Group | None
    rules: tuple[Rule, ...]


def questions(pack: Pack, industry: str | None) -> list[Question]:
    """Every fact the rules for an industry read, most pressing first; None asks for all industries."""
    asked: dict[str, Question] = {}
    for bound in reaching(pack, industry):
        if bound.rule.when is not None:
            _ask(pack, bound, bound.rule.when, asked)
    _ask_inputs(pack, asked)
    return sorted(asked.values(), key=lambda question: question.urgency)


def reaching(pack: Pack, industry: str | None) -> list[Bound]:
    """The rules for lines of an industry and for the sites, processes and units there, in stage order."""
    found = [
        Bound(scoped.rule, scoped.binds, scoped.kinds)
        for scoped in pack.scoped
        if industry is None or scoped.speaks_of(industry)
    ]
    for ladder in pack.ladders:
        if industry is None or ladder.speaks_of(industry):
            found += [Bound(row, ladder.binds, ladder.kinds) for row in ladder.rows]
    return sorted(found, key=lambda bound: STAGES.index(bound.rule.stage))


def registered(pack: Pack, industry: str | None) -> list[Registered]:
    """What has to be registered below a site for these rules to be answered."""
    found: list[Registered] = []
    bounds = reaching(pack, industry)
    groups: dict[str, list[Rule]] = {}
    for bound in bounds:
        for node in quantified(bound.rule.when) if bound.rule.when else ():
            groups.setdefault(node.group, []).append(bound.rule)
    for name, rules in groups.items():
        group = pack.groups[name]
        found.append(Registered(group.level, group.kinds, group, tuple(dict.fromkeys(rules))))
    kinds: dict[tuple[Level, frozenset[str] | None], list[Rule]] = {}
    for bound in bounds:
        if bound.binds in {"unit", "process"}:
            level: Level = "unit" if bound.binds == "unit" else "process"
            kinds.setdefault((level, bound.kinds), []).append(bound.rule)
    found += [Registered(level, of, None, tuple(dict.fromkeys(rules))) for (level, of), rules in kinds.items()]
    return found


def _ask(pack: Pack, bound: Bound, when: Node, asked: dict[str, Question]) -> None:
    inside = {id(leaf): node.group for node in quantified(when) for leaf in leaves(node.part)}
    for name, own in _by_fact(leaves(when)):
        if name not in pack.catalogue or name.startswith(_BY_REGION):
            continue
        question = asked.setdefault(name, Question(pack.catalogue[name]))
        question.readers.append(Reader(bound, tuple(own)))
        question.groups += [
            group for leaf in own if (group := inside.get(id(leaf))) is not None and group not in question.groups
        ]


def _by_fact(found: Iterable[Leaf]) -> Iterator[tuple[str, list[Leaf]]]:
    by_fact: dict[str, list[Leaf]] = {}
    for leaf in found:
        by_fact.setdefault(leaf.fact, []).append(leaf)
    yield from by_fact.items()


def _ask_inputs(pack: Pack, asked: dict[str, Question]) -> None:
    """A derived fact is computed: what is asked are its inputs, by the same rules."""
    for question in list(asked.values()):
        derive = question.fact.derive
        for name in derive.inputs if derive else ():
            if name in pack.catalogue:
                own = asked.setdefault(name, Question(pack.catalogue[name]))
                own.readers += [reader for reader in question.readers if reader not in own.readers]
                own.needed_for.append(question.fact.name)
