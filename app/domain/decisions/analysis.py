"""The tree walked without any enterprise: which rules can be met, which cases no rule meets."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from app.domain.decisions.diagram import MAX_COMPLETIONS, Diagram, TooEntangled
from app.domain.decisions.outcomes import Outcome
from app.domain.decisions.program import INDUSTRY, OTHER, Program
from app.domain.decisions.section import Rows, compiled
from app.domain.policies.conditions import Node, outer_leaves, quantified
from app.domain.policies.facts import Value
from app.domain.policies.pack import Ladder, Rule

T = TypeVar("T")
# A ladder with so many open cases is told by them.
ENOUGH = 20


@dataclass(frozen=True, slots=True)
class Case:
    """A witness: the facts that lead to an outcome."""

    facts: Mapping[str, Value]
    outcome: Outcome


def cases(program: Program, tag: str, industry: str | None = None) -> Iterator[Case]:
    """Every distinguishable case of one tag without recorded events; raises TooEntangled beyond the bound."""
    known: dict[str, Value] = {**program.defaults, program.tag: tag}
    if industry is not None:
        known[INDUSTRY] = industry
    for assign, outcome in explored(program, known, program.run):
        yield Case(assign, outcome)


def explored(
    program: Program, known: dict[str, Value], answer: Callable[[Mapping[str, Value]], T]
) -> Iterator[tuple[dict[str, Value], T]]:
    """Every distinguishable completion of what is known and its answer; raises TooEntangled beyond the bound."""
    stack = [known]
    runs = 0
    while stack:
        assign = stack.pop()
        runs += 1
        if runs > MAX_COMPLETIONS:
            raise TooEntangled(program.pack.name)
        try:
            found = answer(assign)
        except KeyError as missing:
            fact = str(missing.args[0])
            stack.extend({**assign, fact: cell} for cell in reversed(program.domains[fact].cells))
            continue
        yield assign, found


def witness(node: Node, program: Program) -> Mapping[str, Value] | None:
    """Facts that make a condition hold; none for a condition that nothing meets or that is beyond enumeration."""
    try:
        return next((facts for facts, holds in explored(program, {}, compiled(node)) if holds), None)
    except TooEntangled:
        return None


def satisfiable(node: Node, program: Program) -> bool:
    """Whether some facts make the condition hold; a condition beyond enumeration is taken to hold."""
    try:
        return any(holds for _, holds in explored(program, {}, compiled(node)))
    except TooEntangled:
        return True


def entangled(program: Program) -> bool:
    """Whether a completely unknown subject is beyond exact enumeration."""
    try:
        Diagram(program).outcomes({})
    except TooEntangled:
        return True
    return False


def unreachable(program: Program) -> list[Rule]:
    """Rules that no facts and no recorded events can bring about."""
    wanted = {row for ladder in program.ladders for row in ladder.rows}
    for tag in program.tags:
        # Other tags of one chapter differ by their gates alone, so a row that is met needs no second search.
        if wanted.intersection(rule for rule, _ in program.section(tag).rows):
            wanted -= _rows_met(program, tag, wanted)
    scoped = [item.rule for item in program.scoped]
    return [row for ladder in program.ladders for row in ladder.rows if row in wanted] + [
        rule for rule in scoped if rule.when is not None and not satisfiable(rule.when, program)
    ]


def _rows_met(program: Program, tag: str, wanted: set[Rule]) -> set[Rule]:
    """The wanted rows that some facts and events lead to; all of them when that is beyond enumeration."""
    section = program.section(tag)
    rows = {rule for rule, _ in section.rows} & wanted
    # Only these rules decide which row it is; without the others, the events can all be left open.
    stops = [holds for rule, holds in section.gates if rule.then.stops]
    lowers = [holds for rule, holds in section.penalties if rule.then.kind == "lowest_class"]

    def chosen(assign: Mapping[str, Value]) -> tuple[Rule, ...]:
        if any(holds(assign) for holds in stops):
            return ()
        return section.chosen(assign, lowest=any(holds(assign) for holds in lowers))

    met: set[Rule] = set()
    try:
        for _, found in explored(program, {program.tag: tag}, chosen):
            met |= rows.intersection(found)
            if met == rows:
                break
    except TooEntangled:
        return rows
    return met


def _one_on(ladder: Ladder, program: Program) -> tuple[str, str | None]:
    """A tag on a ladder, and for units and processes an industry their line may be of."""
    reached = [tag for tag in program.tags if ladder.reaches(tag)]
    below = program.binds != "line" and ladder.asks_industry
    return min(reached, key=lambda tag: (tag == OTHER, tag), default=OTHER), min(
        ladder.industry.tags
    ) if below else None


def gaps(program: Program) -> Iterator[tuple[Ladder, list[Mapping[str, Value]]]]:
    """For each ladder, the cases that no stopping or lifting rule and no row meets, told by the facts that make them so."""
    for ladder in program.ladders:
        rows = set(ladder.rows)
        found: dict[frozenset[tuple[str, Value]], Mapping[str, Value]] = {}
        for case in cases(program, *_one_on(ladder, program)):
            rules = case.outcome.rules
            if any(rule.then.stops or rule.lifts for rule in rules) or rows & set(rules) or _elsewhere(case, program):
                continue
            told = _essential(case.facts, ladder, program)
            found.setdefault(frozenset(told.items()), told)
            if len(found) == ENOUGH:
                break
        if found:
            yield ladder, list(found.values())


def _essential(facts: Mapping[str, Value], ladder: Ladder, program: Program) -> dict[str, Value]:
    """The facts of a gap without those that change nothing: without them still no row is ever met."""
    rows = _rows_of(program, ladder)
    asked = asked_keys(ladder)
    told = {key: value for key, value in facts.items() if key in asked or key in {program.tag, INDUSTRY}}
    for key in sorted(asked & told.keys()):
        fewer = {name: value for name, value in told.items() if name != key}
        if all(row is None for _, row in explored(program, fewer, lambda assign: rows.first(assign, lowest=False))):
            told = fewer
    return {key: value for key, value in told.items() if key in asked}


def _rows_of(program: Program, ladder: Ladder) -> Rows:
    section = program.section(_one_on(ladder, program)[0])
    return next(rows for rows, named in zip(section.ladders, section.named, strict=True) if named is ladder)


def _elsewhere(case: Case, program: Program) -> bool:
    """A ladder for sites speaks of those with lines of its industries; of others it says nothing on purpose."""
    lines = [present for key, present in case.facts.items() if key.startswith("some lines:")]
    return program.binds == "site" and bool(lines) and not any(lines)


def asked_keys(ladder: Ladder) -> set[str]:
    """What the rows of a ladder ask, as keys of a record."""
    conditions = [row.when for row in ladder.rows if row.when is not None]
    leaves_asked = {leaf.key for node in conditions for leaf in outer_leaves(node)}
    return leaves_asked | {group.key for node in conditions for group in quantified(node)}


def rows_by_value(program: Program, ladder: Ladder, key: str) -> dict[Value, set[Rule | None]]:
    """For each value of one fact, the rows that a subject with it can come to; None where it can come to no row."""
    tag, industry = _one_on(ladder, program)
    rows = _rows_of(program, ladder)
    known: dict[str, Value] = {program.tag: tag, **({INDUSTRY: industry} if industry else {})}
    domain = program.domains[key]
    found: dict[Value, set[Rule | None]] = {}
    for cell in domain.cells:
        runs = explored(program, {**known, key: cell}, lambda assign: rows.first(assign, lowest=False))
        found[cell] = {row for _, row in runs}
    return {value: found[cell] for value, cell in domain.alike.items()}
