"""The hot path: a decision diagram over facts, grown where records walk it, exact about what is unknown.

Every node asks one fact; its branch for *unknown* stands for all completions at once. Because a fact is asked at most
once on a path, the outcomes under an unknown branch are exactly those that some completion gives: no more, no fewer.
"""

from collections.abc import Mapping

from app.domain.decisions.outcomes import Outcome, Outcomes
from app.domain.decisions.program import Program
from app.domain.policies.facts import Value

# check-pack refuses a pack whose completely unknown subject needs more completions than this, so no record ever does.
MAX_COMPLETIONS = 20_000

Record = Mapping[str, Value]


class TooEntangled(ValueError):
    """The pack asks so many facts together that the possible outcomes cannot be enumerated."""


_fetch = dict.__getitem__


class Branch(dict[Value | None, "Branch | Outcomes"]):
    """A node that asks one fact; its items lead on from a value, None for unknown, and grow at the first visit.

    It is the dictionary itself, because a walk through many records spends its time fetching nodes from memory.
    """

    __slots__ = ("diagram", "fact", "known", "unknown")

    def __init__(self, diagram: "Diagram", fact: str, known: dict[str, Value], unknown: frozenset[str]) -> None:
        super().__init__()
        self.diagram = diagram
        self.fact = fact
        self.known = known
        self.unknown = unknown

    def __missing__(self, value: Value | None) -> "Branch | Outcomes":
        grow = self.diagram.grow
        program = self.diagram.program
        if value is not None:
            cell = program.domains[self.fact].cell(value)
            self[value] = self[cell] if cell != value else grow({**self.known, self.fact: cell}, self.unknown)
        elif self.fact in program.defaults:
            self[None] = self[program.defaults[self.fact]]
        else:
            self[None] = grow(self.known, self.unknown | {self.fact})
        return self[value]


class Measured(Branch):
    """A node that asks a number: its items are cells, for there are too many numbers to keep each."""

    __slots__ = ("domain",)

    def __init__(self, diagram: "Diagram", fact: str, known: dict[str, Value], unknown: frozenset[str]) -> None:
        super().__init__(diagram, fact, known, unknown)
        self.domain = diagram.program.domains[fact]

    def __getitem__(self, value: Value | None) -> "Branch | Outcomes":
        return _fetch(self, None if value is None else self.domain.cell(value))


class Limited(Branch):
    """The same where one limit parts the numbers in two."""

    __slots__ = ("beyond", "limit", "within")

    def __init__(self, diagram: "Diagram", fact: str, known: dict[str, Value], unknown: frozenset[str]) -> None:
        super().__init__(diagram, fact, known, unknown)
        domain = diagram.program.domains[fact]
        self.limit = domain.thresholds[0]
        self.within, self.beyond = domain.cells

    def __getitem__(self, value: Value | None) -> "Branch | Outcomes":
        if value is not None:
            value = self.within if value <= self.limit else self.beyond  # type: ignore[operator]  # a number asked as one
        return _fetch(self, value)


# Where a walk begins: in general, and for a record without any of the facts whose absence has a meaning.
Entrance = tuple[Branch | Outcomes, Branch | Outcomes]


class Diagram:
    """The possible outcomes of any record under one program."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._interned: dict[tuple[str, ...], Outcomes] = {}
        self._closed = frozenset(program.defaults)
        self._root = self.grow({}, frozenset())
        # Most subjects have no recorded event at all: their walk starts behind those questions.
        self._quiet = self.grow(dict(program.defaults), frozenset())
        self._entrance = (self._root, self._quiet)

    def entrance(self, place: Record) -> Entrance:
        """Where the walks of many records begin that all know `place`: behind the questions it answers."""
        root, quiet = (self._behind(node, place) for node in (self._root, self._quiet))
        return root, quiet

    def _behind(self, node: Branch | Outcomes, place: Record) -> Branch | Outcomes:
        while isinstance(node, Branch) and node.fact in place:
            node = node[place[node.fact]]
        return node

    def outcomes(self, record: Record, entrance: Entrance | None = None) -> Outcomes:
        """Exactly the outcomes possible for a record; facts it lacks are unknown, unless absence has a meaning."""
        root, quiet = entrance or self._entrance
        node = quiet if self._closed.isdisjoint(record) else root
        get = record.get
        while node.__class__ is not Outcomes:
            node = node[get(node.fact)]  # type: ignore[index, union-attr]  # what is not Outcomes is a Branch
        return node

    def unknown_on(self, record: Record) -> list[str]:
        """The facts a record's walk asks and does not find."""
        node = self._root
        missing = []
        while isinstance(node, Branch):
            value = record.get(node.fact)
            if value is None and node.fact not in self.program.defaults:
                missing.append(node.fact)
            node = node[value]
        return missing

    def grow(self, known: dict[str, Value], unknown: frozenset[str]) -> Branch | Outcomes:
        found: dict[str, Outcome] = {}
        asked = self._complete(known, unknown, found)
        if asked is None:
            return self._intern(found)
        domain = self.program.domains[asked]
        kind = Branch
        if domain.thresholds:
            kind = Limited if len(domain.thresholds) == 1 and not domain.edges else Measured
        return kind(self, asked, known, unknown)

    def _complete(self, known: dict[str, Value], unknown: frozenset[str], found: dict[str, Outcome]) -> str | None:
        """Run over all completions of the unknown facts; returns the first fact that has not been asked yet."""
        stack = [known]
        runs = 0
        while stack:
            assign = stack.pop()
            runs += 1
            if runs > MAX_COMPLETIONS:
                raise TooEntangled(self.program.pack.name)
            try:
                outcome = self.program.run(assign)
            except KeyError as missing:
                fact = str(missing.args[0])
                if fact not in unknown:
                    return fact
                stack.extend({**assign, fact: cell} for cell in reversed(self.program.domains[fact].cells))
                continue
            found[outcome.code] = outcome
        return None

    def _intern(self, found: dict[str, Outcome]) -> Outcomes:
        codes = tuple(sorted(found))
        if codes not in self._interned:
            self._interned[codes] = Outcomes(tuple(found[code] for code in codes))
        return self._interned[codes]
