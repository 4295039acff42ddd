"""zen-engine: compiled expressions, and its graph and policy documents with trace."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import zen

from app.domain.decisions.program import Program
from bench.contenders import Code, Contender, canonical, refuse, tagged
from bench.export import ZEN, Export
from bench.records import Record
from bench.zen_documents import graph, graph_code, policy

TRACE: Any = {"trace": True}


def contenders(program: Program) -> list[Contender]:
    """Host code picks the industry's expression or document, which spares the engine the widest choice."""
    plain, nested = Export(program, ZEN), Export(program, replace(ZEN, name="line.{}".format))
    return [
        expressions(program, plain),
        documents(program, plain, name="graph of tables", document=graph, wrap=lambda record: record, read=graph_code),
        documents(
            program,
            nested,
            name="policy of assertions",
            document=policy,
            wrap=lambda record: {"line": record},
            read=lambda result: result["line"]["code"],
        ),
    ]


def expressions(program: Program, export: Export) -> Contender:
    compiled = {tag: zen.compile_expression(export.outcome(tag)).evaluate for tag in program.tags} | {None: refuse}

    def decide(given: list[Any]) -> list[Any]:
        found = []
        for tag, record in given:
            try:
                found.append(compiled[tag](record))
            except RuntimeError:
                found.append(None)
        return found

    return Contender(
        name="zen-engine, compiled expressions",
        prepare=lambda records: [tagged(record, program, export) for record in records],
        decide=decide,
        code=code,
    )


def documents(
    program: Program,
    export: Export,
    *,
    name: str,
    document: Callable[[Export, str], Any],
    wrap: Callable[[Record], Any],
    read: Callable[[Any], str],
) -> Contender:
    content = {tag: document(export, tag) for tag in program.tags}
    evaluate = zen.ZenEngine({"loader": {"type": "static", "content": content}}).evaluate

    def prepare(records: Sequence[Record]) -> list[Any]:
        pairs = (tagged(record, program, export) for record in records)
        return [(tag, wrap(record)) for tag, record in pairs]

    return Contender(
        name=f"zen-engine, {name}, with trace",
        prepare=prepare,
        decide=lambda given: [evaluate(tag, record, TRACE) for tag, record in given],
        code=lambda answer: canonical(read(answer["result"])),
        traced=True,
        prefix=2_000,
    )


def code(result: Any) -> Code:
    return canonical(result) if isinstance(result, str) else None
