"""The tree walked without any enterprise: which rules can be met, which cases no rule meets."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from app.domain.decisions.diagram import MAX_COMPLETIONS, Diagram, TooEntangled
from app.domain.decisions.outcomes import Outcome
from app.domain.decisions.program import Program, compiled
from app.domain.policies.conditions import Node
from app.domain.policies.facts import Value
from app.domain.policies.pack import Rule


@dataclass(frozen=True, slots=True)
class Case:
    """A witness: the facts that lead to an outcome."""

    facts: Mapping[str, Value]
    outcome: Outcome


def cases(program: Program, tag: str) -> Iterator[Case]:
    """Every distinguishable case of one tag without recorded events; raises TooEntangled beyond the bound."""
    stack: list[dict[str, Value]] = [{**program.defaults, program.tag: tag}]
    runs = 0
    while stack:
        assign = stack.pop()
        runs += 1
        if runs > MAX_COMPLETIONS:
            raise TooEntangled(program.pack.name)
        try:
            outcome = program.run(assign)
        except KeyError as missing:
            fact = str(missing.args[0])
            stack.extend({**assign, fact: cell} for cell in reversed(program.domains[fact].cells))
            continue
        yield Case(assign, outcome)


def satisfiable(node: Node, program: Program) -> bool:
    """Whether some facts make the condition hold."""
    holds = compiled(node)
    stack: list[dict[str, Value]] = [{}]
    while stack:
        assign = stack.pop()
        try:
            if holds(assign):
                return True
        except KeyError as missing:
            fact = str(missing.args[0])
            stack.extend({**assign, fact: cell} for cell in program.domains[fact].cells)
    return False


def entangled(program: Program) -> bool:
    """Whether a completely unknown subject is beyond exact enumeration."""
    try:
        Diagram(program).outcomes({})
    except TooEntangled:
        return True
    return False


def unreachable(program: Program) -> list[Rule]:
    """Rules that no facts can bring about."""
    met = {rule for tag in program.tags for case in cases(program, tag) for rule in case.outcome.rules}
    ladder_rows = [row for ladder in program.ladders for row in ladder.rows]
    scoped = [item.rule for item in (*program.gates, *program.penalties, *program.warnings)]
    return [row for row in ladder_rows if row not in met] + [
        rule for rule in scoped if rule.when is not None and not satisfiable(rule.when, program)
    ]


def gaps(program: Program) -> Iterator[tuple[str, Case]]:
    """For each industry with a ladder, a case that meets neither a stopping gate nor a row."""
    for ladder in program.ladders:
        tag = min(ladder.industry.tags)
        rows = set(ladder.rows)
        for case in cases(program, tag):
            rules = case.outcome.rules
            if not any(rule.then.stops for rule in rules) and not rows & set(rules):
                yield ladder.industry.name, case
                break
