"""What each engine says when 8 % of the facts are missing, and whether ours is exact, by brute force."""

import itertools
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from app.domain.decisions.evaluate import Evaluator
from app.domain.decisions.program import Program
from app.domain.policies.facts import Value
from bench.contenders import Code, Contender, canonical, filled
from bench.export import PYTHON, Export
from bench.records import SEED, Record, keys_of

MAX_COMPLETIONS = 2_000
Possible = tuple[str, ...]


@dataclass(slots=True)
class Answers:
    """How often an engine answered rightly, wrongly without a word, or refused though the facts settle the matter."""

    right: int = 0
    wrong: int = 0
    needlessly_refused: int = 0
    rightly_refused: int = 0

    @property
    def count(self) -> int:
        return self.right + self.wrong + self.needlessly_refused + self.rightly_refused

    def note(self, answer: Code, truth: str, possible: Possible) -> None:
        if answer is None:
            settled = len(possible) == 1
            self.needlessly_refused += settled
            self.rightly_refused += not settled
        else:
            # Where several outcomes are possible any answer is a guess; a lucky one is not counted against the engine.
            self.right += answer == truth
            self.wrong += answer != truth


def answers(
    contender: Contender, records: Sequence[Record], truths: Sequence[str], possible: Sequence[Possible]
) -> Answers:
    found = Answers()
    given = records[: contender.prefix]
    for answer, truth, outcomes in zip(contender.codes(given), truths, possible, strict=False):
        found.note(answer, truth, outcomes)
    return found


@dataclass(frozen=True, slots=True)
class Exactness:
    """Records whose possible outcomes were compared with brute force, and those where they differ."""

    checked: int
    completions: int
    differing: int
    skipped: int


def exactness(evaluator: Evaluator, records: Sequence[Record], sample: int) -> Exactness:
    """Compare with every completion of the missing facts, decided by the pack exported to plain Python."""
    program, diagram = evaluator.programs["line"], evaluator.diagrams["line"]
    decide = python(program)
    checked = runs = differing = skipped = 0
    for record in random.Random(SEED).sample(list(records), sample):
        open_ = _open(record, program)
        if open_ is None:
            skipped += 1
            continue
        codes = {decide(complete) for complete in _completions(record, open_, program)}
        runs += len(list(itertools.product(*open_.values())))
        checked += 1
        differing += codes != set(diagram.outcomes(record).codes)
    return Exactness(checked, runs, differing, skipped)


def python(program: Program) -> Callable[[Record], str]:
    """The pack as plain Python: a second implementation of the same semantics, by the same walk as the exports."""
    export = Export(program, PYTHON)
    functions = {tag: eval(f"lambda f: {export.outcome(tag)}", {}) for tag in program.tags}
    tag_of = program.tag

    def decide(record: Record) -> str:
        return canonical(functions[record[tag_of]](export.named(filled(record, program))))

    return decide


def _open(record: Record, program: Program) -> dict[str, tuple[Value, ...]] | None:
    """All values of every missing fact; None where the industry is unknown or the completions are too many."""
    tag = record.get(program.tag)
    if tag is None:
        return None
    missing = [key for key in keys_of(program, str(tag)) if key not in record and key not in program.defaults]
    found = {key: _values(key, program) for key in missing}
    size = 1
    for values in found.values():
        size *= len(values)
    return found if size <= MAX_COMPLETIONS else None


def _values(key: str, program: Program) -> tuple[Value, ...]:
    spec = program.pack.catalogue.facts.get(key)
    return tuple(spec.options) if spec is not None and spec.options else program.domains[key].cells


def _completions(record: Record, open_: dict[str, tuple[Value, ...]], program: Program) -> Iterator[Record]:
    for values in itertools.product(*open_.values()):
        yield {**filled(record, program), **dict(zip(open_, values, strict=True))}
