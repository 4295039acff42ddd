"""Synthetic lines of fixed seed, drawn from the pack's own facts, enumerations and limits; every outcome occurs."""

import random
from collections.abc import Iterator, Sequence
from typing import Any

from app.domain.decisions.program import ZONE, Program
from app.domain.policies.conditions import leaves, quantified
from app.domain.policies.facts import Value

Record = dict[str, Any]
SEED = 141000
MISSING_SHARE = 0.08
# How often an event that an authority records stands in the register of a line.
EVENT_SHARE = 0.02
TRUE_SHARE = 0.8


def complete_records(program: Program, count: int, *, seed: int = SEED) -> list[Record]:
    """One witness for each outcome the pack can have, filled up with random lines, in random order."""
    draw = random.Random(seed)
    keys = {tag: keys_of(program, tag) for tag in program.tags}
    found = [_filled(case, keys[str(case[program.tag])], program, draw) for case in witnesses(program)]
    while len(found) < count:
        tag = draw.choice(program.tags)
        found.append(_filled({program.tag: tag}, keys[tag], program, draw))
    draw.shuffle(found)
    return found[:count]


def with_missing(records: Sequence[Record], program: Program, *, seed: int = SEED + 1) -> list[Record]:
    """The same lines, each fact (the industry and the zone too) left out with a probability of 8 %."""
    draw = random.Random(seed)
    closed = program.defaults
    return [
        {key: value for key, value in record.items() if key in closed or draw.random() >= MISSING_SHARE}
        for record in records
    ]


def keys_of(program: Program, tag: str) -> list[str]:
    """What the rules read that can reach a line of this industry, in reading order."""
    conditions = [rule.when for rule in program.section(tag).rules() if rule.when]
    facts = [leaf.fact for node in conditions for leaf in leaves(node) if leaf.fact in program.domains]
    groups = [each.key for node in conditions for each in quantified(node)]
    return list(dict.fromkeys([ZONE, *facts, *groups]))


def witnesses(program: Program) -> Iterator[Record]:
    """Facts for every distinct outcome, recorded events included."""
    seen: set[str] = set()
    for tag in program.domains[program.tag].cells:
        stack: list[Record] = [{program.tag: tag}]
        while stack:
            case = stack.pop()
            try:
                code = program.run(case).code
            except KeyError as missing:
                fact = str(missing.args[0])
                stack += [{**case, fact: cell} for cell in program.domains[fact].cells]
                continue
            if code not in seen:
                seen.add(code)
                yield case


def _filled(case: Record, keys: Sequence[str], program: Program, draw: random.Random) -> Record:
    record = {program.tag: case[program.tag]}
    for key in keys:
        if key in case:
            record[key] = case[key]
        elif key not in program.defaults or draw.random() < EVENT_SHARE:
            record[key] = drawn(key, program, draw)
    return record


def drawn(key: str, program: Program, draw: random.Random) -> Value:
    """One value: mostly good, often exactly on a limit, any value of an enumeration."""
    domain = program.domains[key]
    if domain.thresholds:
        limit = draw.choice(domain.thresholds)
        return draw.choice((limit, limit, limit / 2, limit * 0.8, limit * 0.99, limit * 1.01, limit * 2))
    spec = program.pack.catalogue.facts.get(key)
    if spec is not None and spec.type == "programme":
        return draw.choice(("accepted",) * 6 + ("not_applicable", "done", "not_done"))
    if spec is not None and spec.options:
        return draw.choice(tuple(spec.options))
    if set(domain.cells) == {True, False}:
        return draw.random() < TRUE_SHARE
    return draw.choice(domain.cells)
