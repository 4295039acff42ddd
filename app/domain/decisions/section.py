"""The rules one tag can meet, with their compiled conditions, and how one rule changes what another gives."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from app.domain.policies.conditions import AnyOf, Leaf, Node, Not, Quantified, leaves, test_of
from app.domain.policies.facts import Value
from app.domain.policies.measures import Measure
from app.domain.policies.pack import Ladder, Rule, Stage

Assign = Mapping[str, Value]
Holds = Callable[[Assign], bool]
Guarded = tuple[Rule, Holds]
# What lies beyond the last level of a rating: everything stops (A-FS12).
BEYOND = "stop"


@dataclass(frozen=True, slots=True)
class Shift:
    """A rating read one level worse."""

    fact: str
    levels: Mapping[str, str]

    @classmethod
    def of(cls, measure: Measure) -> "Shift":
        return cls(str(measure.params["of"]), measure.words("levels"))


@dataclass(frozen=True, slots=True)
class Rows:
    """One ladder: all its rows, and those of the class that violators fall to."""

    rows: list[Guarded]
    lowest: list[Guarded]

    def first(self, assign: Assign, *, lowest: bool) -> Rule | None:
        """The first row that holds; a lowered line gets its lowest class even where no row of it holds (L12-52)."""
        rows = self.lowest if lowest and self.lowest else self.rows
        found = next((rule for rule, holds in rows if holds(assign)), None)
        return rows[-1][0] if found is None and rows is self.lowest else found


@dataclass(slots=True)
class Section:
    """What can reach a subject of one tag, by stage."""

    stages: Mapping[Stage, list[Guarded]]
    ladders: list[Rows]
    named: list[Ladder]
    asked: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        self.asked = frozenset(leaf.fact for rule, _ in self.rows if rule.when for leaf in leaves(rule.when))

    def holding(self, stage: Stage, assign: Assign) -> tuple[Rule, ...]:
        return tuple([rule for rule, holds in self.stages[stage] if holds(assign)])

    def chosen(self, assign: Assign, *, lowest: bool) -> tuple[Rule, ...]:
        """The row of each ladder."""
        found = [ladder.first(assign, lowest=lowest) for ladder in self.ladders]
        return tuple([row for row in found if row is not None])

    def adjusting(self, rows: tuple[Rule, ...], assign: Assign) -> tuple[Rule, ...]:
        """The adjustments of the rows that apply; where no row does, nothing is asked."""
        here = {row.id for row in rows}
        return tuple(
            [
                rule
                for rule, holds in (self.stages["adjustment"] if rows else ())
                if (not rule.to or not here.isdisjoint(rule.to)) and holds(assign)
            ]
        )

    @property
    def gates(self) -> list[Guarded]:
        return self.stages["gate"]

    @property
    def penalties(self) -> list[Guarded]:
        return self.stages["penalty"]

    @property
    def warnings(self) -> list[Guarded]:
        return self.stages["warning"]

    @property
    def rows(self) -> list[Guarded]:
        return [row for ladder in self.ladders for row in ladder.rows]

    @property
    def lowest(self) -> list[Guarded]:
        return [row for ladder in self.ladders for row in ladder.lowest]

    @property
    def ladder(self) -> Ladder | None:
        return next(iter(self.named), None)

    def rules(self) -> list[Rule]:
        """Every rule in stage order."""
        before: tuple[Stage, ...] = ("gate", "livelihood", "exemption")
        after: tuple[Stage, ...] = ("adjustment", "penalty", "warning", "transport")
        staged = [[rule for stage in stages for rule, _ in self.stages[stage]] for stages in (before, after)]
        return [*staged[0], *(rule for rule, _ in self.rows), *staged[1]]


def adjusted(rows: Iterable[Rule], adjustments: Sequence[Rule]) -> dict[Rule, Measure]:
    """The rows whose number the adjustments change, with what becomes of it."""
    found: dict[Rule, Measure] = {}
    for row in rows:
        own = [rule.then for rule in adjustments if rule.then.kind == "add" and (not rule.to or row.id in rule.to)]
        for number, most in (("days", row.then.number("max_days", 366)), ("pct", 100.0)):
            more = sum(measure.number(number) for measure in own)
            if more and number in row.then.params:
                value = min(max(row.then.number(number) + more, row.then.number("min_days")), most)
                found[row] = found.get(row, row.then).changed(**{number: value})
    return found


def tests_of(tests: Sequence[Callable[[Value], bool]], value: Value) -> tuple[bool, ...]:
    return tuple(test(value) for test in tests)


def compiled(node: Node | None) -> Holds:
    """The condition as a closure; a missing fact raises KeyError."""
    if node is None:
        return lambda _: True
    if isinstance(node, Leaf):
        key, test = node.key, test_of(node)
        return lambda assign: test(assign[key])
    if isinstance(node, Quantified):
        key = node.key
        return lambda assign: bool(assign[key])
    if isinstance(node, Not):
        part = compiled(node.part)
        return lambda assign: not part(assign)
    parts = [compiled(part) for part in node.parts]
    if isinstance(node, AnyOf):
        return lambda assign: any(part(assign) for part in parts)
    return lambda assign: all(part(assign) for part in parts)
