"""The tree walked without any enterprise: which rules can be met, which cases no rule meets."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from app.domain.decisions.diagram import MAX_COMPLETIONS, Diagram, TooEntangled
from app.domain.decisions.outcomes import Outcome
from app.domain.decisions.program import INDUSTRY, OTHER, Program
from app.domain.decisions.section import compiled
from app.domain.policies.conditions import Node
from app.domain.policies.facts import Value
from app.domain.policies.pack import Ladder, Rule

T = TypeVar("T")


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
    for assign, outcome in _explored(program, known, program.run):
        yield Case(assign, outcome)


def _explored(
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


def satisfiable(node: Node, program: Program) -> bool:
    """Whether some facts make the condition hold; a condition beyond enumeration is taken to hold."""
    try:
        return any(holds for _, holds in _explored(program, {}, compiled(node)))
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
        for _, found in _explored(program, {program.tag: tag}, chosen):
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
    return min(reached, key=lambda tag: (tag == OTHER, tag)), min(ladder.industry.tags) if below else None


def gaps(program: Program) -> Iterator[tuple[str, Case]]:
    """For each industry with a ladder, a case that meets neither a stopping gate nor a row."""
    for ladder in program.ladders:
        rows = set(ladder.rows)
        for case in cases(program, *_one_on(ladder, program)):
            rules = case.outcome.rules
            if not any(rule.then.stops for rule in rules) and not rows & set(rules):
                yield ladder.industry.name, case
                break
