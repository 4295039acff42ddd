"""The hot path: a decision diagram over facts, grown where records walk it, exact about what is unknown.

Every node asks one fact; its branch for *unknown* stands for all completions at once. Because a fact is asked at most
once on a path, the outcomes under an unknown branch are exactly those that some completion gives: no more, no fewer.
"""

from collections.abc import Callable, Mapping

from app.domain.decisions.outcomes import Outcome, Outcomes
from app.domain.decisions.program import Domain, Program
from app.domain.policies.facts import Value

# check-pack refuses a pack whose completely unknown subject needs more completions than this, so no record ever does.
MAX_COMPLETIONS = 20_000

Record = Mapping[str, Value]


class TooEntangled(ValueError):
    """The pack asks so many facts together that the possible outcomes cannot be enumerated."""


class Branch:
    """A node that asks one fact; `step` leads on from its value, None for unknown."""

    __slots__ = ("fact", "step")

    def __init__(self, fact: str, step: "Callable[[Value | None], Branch | Outcomes]") -> None:
        self.fact = fact
        self.step = step


class Diagram:
    """The possible outcomes of any record under one program."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._interned: dict[tuple[str, ...], Outcomes] = {}
        self._closed = frozenset(program.defaults)
        self._root = self.grow({}, frozenset())
        # Most subjects have no recorded event at all: their walk starts behind those questions.
        self._quiet = self.grow(dict(program.defaults), frozenset())

    def outcomes(self, record: Record) -> Outcomes:
        """Exactly the outcomes possible for a record; facts it lacks are unknown, unless absence has a meaning."""
        node = self._quiet if record.keys().isdisjoint(self._closed) else self._root
        get = record.get
        while node.__class__ is Branch:
            node = node.step(get(node.fact))
        return node  # type: ignore[return-value]  # the loop ends on what is not a Branch

    def unknown_on(self, record: Record) -> list[str]:
        """The facts a record's walk asks and does not find."""
        node = self._root
        missing = []
        while isinstance(node, Branch):
            value = record.get(node.fact)
            if value is None and node.fact not in self.program.defaults:
                missing.append(node.fact)
            node = node.step(value)
        return missing

    def grow(self, known: dict[str, Value], unknown: frozenset[str]) -> Branch | Outcomes:
        found: dict[str, Outcome] = {}
        asked = self._complete(known, unknown, found)
        if asked is None:
            return self._intern(found)
        domain = self.program.domains[asked]
        grown = _Children(self, asked, known, unknown)
        if len(domain.thresholds) == 1 and not domain.edges:
            return Branch(asked, _one_limit(grown, domain))
        if domain.thresholds:
            return Branch(asked, lambda value: grown[None if value is None else domain.cell(value)])
        return Branch(asked, grown.__getitem__)

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


class _Children(dict[Value | None, Branch | Outcomes]):
    """The branches of a node by value, grown at the first visit."""

    def __init__(self, diagram: Diagram, fact: str, known: dict[str, Value], unknown: frozenset[str]) -> None:
        super().__init__()
        self.diagram = diagram
        self.fact = fact
        self.known = known
        self.unknown = unknown

    def __missing__(self, value: Value | None) -> Branch | Outcomes:
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


def _one_limit(grown: _Children, domain: Domain) -> Callable[[Value | None], Branch | Outcomes]:
    limit = domain.thresholds[0]
    within, beyond = domain.cells

    def step(value: Value | None) -> Branch | Outcomes:
        if value is None:
            return grown[None]
        return grown[within if value <= limit else beyond]  # type: ignore[operator]  # numbers only reach this node

    return step
