"""CEL (common-expression-language on Rust): one compiled program for each industry."""

from typing import Any

import cel

from app.domain.decisions.program import Program
from bench.contenders import Contender, canonical, refuse, tagged
from bench.export import CEL, Export


def contender(program: Program) -> Contender:
    export = Export(program, CEL)
    compiled = {tag: cel.compile(export.outcome(tag)).execute for tag in program.tags} | {None: refuse}

    def decide(given: list[Any]) -> list[Any]:
        found = []
        for tag, record in given:
            try:
                found.append(compiled[tag](record))
            except (RuntimeError, TypeError, ValueError):
                found.append(None)
        return found

    return Contender(
        name="CEL on Rust (common-expression-language)",
        prepare=lambda records: [tagged(record, program, export) for record in records],
        decide=decide,
        code=lambda result: canonical(result) if isinstance(result, str) else None,
        prefix=20_000,
    )
