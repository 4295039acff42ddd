"""The pack under test, made ready once, and what every contender offers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from app.documents.catalogue import base_catalogue
from app.documents.pack import read_pack
from app.domain.decisions.evaluate import Evaluator
from app.domain.decisions.program import Program
from app.domain.policies.facts import Value
from bench.export import Export
from bench.records import Record

PACK = "linfen-twelve-industries"
# The code of the one outcome a contender gives, or None where it refuses to answer.
Code = str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """An engine: `prepare` (not timed) brings records into its form, `decide` (timed) runs over them one at a time."""

    name: str
    prepare: Callable[[Sequence[Record]], list[Any]]
    decide: Callable[[list[Any]], list[Any]]
    code: Callable[[Any], Code]
    traced: bool = False
    # Slow engines are timed on the first so many records, which are in random order.
    prefix: int | None = None

    def codes(self, records: Sequence[Record]) -> list[Code]:
        return [self.code(result) for result in self.decide(self.prepare(records))]


def evaluator() -> Evaluator:
    return Evaluator(read_pack(pack_text(), base_catalogue()).pack)


def pack_text() -> str:
    return (files("app.packs") / f"{PACK}.yaml").read_text(encoding="utf-8")


def canonical(emitted: str) -> str:
    """The evaluator's own name for an outcome that an export spelt as `rule;rule@zone;`."""
    parts = [part.partition("@") for part in emitted.split(";") if part]
    zone = next((zone for _, _, zone in parts if zone), "")
    return "+".join(rule for rule, _, _ in parts) + (f"@{zone}" if zone else "")


def tagged(record: Record, program: Program, export: Export) -> tuple[Value | None, Record]:
    """The host picks the program by industry and refuses where the industry is unknown."""
    return record.get(program.tag), export.named(
        {key: value for key, value in filled(record, program).items() if key != program.tag}
    )


def filled(record: Record, program: Program) -> Record:
    """The record as an engine without a notion of complete public records needs it: no event is said to be none."""
    return {**program.defaults, **record}


def refuse(_record: Record) -> None:
    return None
