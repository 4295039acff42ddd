"""Deciding by the million: facts as columns of small codes, each combination of codes decided once by the diagram.

What no condition can tell apart has one code, so a row is a short number and its outcome stands in a table. The table
is filled through the diagram where rows ask for it: columns know nothing of rules, and say exactly what it says.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from app.domain.decisions.diagram import Diagram, Record
from app.domain.decisions.outcomes import Outcomes
from app.domain.decisions.program import INDUSTRY, ZONE, Domain, Program
from app.domain.policies.conditions import leaves, quantified
from app.domain.policies.facts import Value

Numbers = npt.NDArray[np.int32]
Codes = npt.NDArray[np.uint16]
Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]
# Codes are summed as 16 bits, so facts are dealt out to digits that stay below this.
DIGIT = 2**16
# A table of 128 MB, of which only the pages that are looked at are taken up; beyond it combinations are told one by one.
DENSE = 2**25
# Rows worked on together: what lies between stays in the nearest cache.
BLOCK = 2**14


class ValueOutside(ValueError):
    """A column holds a value that the pack's closed list for the fact does not know."""

    def __init__(self, fact: str, value: Value) -> None:
        super().__init__(f"{fact}: {value!r}")
        self.fact = fact
        self.value = value


@dataclass(frozen=True, slots=True)
class Coded:
    """A column of few different values: `codes` number `values`, and -1 is unknown."""

    values: tuple[Value, ...]
    codes: npt.NDArray[Any]


# Numbers are floats, and NaN is unknown; a column that is not there is unknown throughout.
Columns = Mapping[str, Coded | Floats]


@dataclass(frozen=True, slots=True)
class Part:
    """The rows of one tag: where they stood, and a line of weighted codes for each fact its rules read."""

    layout: "Layout"
    rows: Rows
    codes: Codes


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows made ready to be decided."""

    count: int
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Cells:
    """The codes of one fact: 0 leaves it out of the record, the others stand for a cell each."""

    key: str
    domain: Domain
    values: tuple[Value, ...]
    code_of: Mapping[Value, int]

    @classmethod
    def of(cls, key: str, program: Program) -> "Cells":
        """A fact whose absence has a meaning shares the code of that meaning."""
        domain = program.domains[key]
        default = domain.cell(program.defaults[key]) if key in program.defaults else None
        values = tuple(cell for cell in domain.cells if default is None or cell != default)
        codes = {cell: number for number, cell in enumerate(values, start=1)}
        return cls(key, domain, values, codes if default is None else codes | {default: 0})

    @property
    def radix(self) -> int:
        return len(self.values) + 1

    def encoded(self, column: Coded | Floats, rows: Rows | slice) -> npt.NDArray[np.intp]:
        """For some rows of a column the place in `table` of what stands there."""
        if isinstance(column, Coded):
            return column.codes[rows].astype(np.intp)
        numbers = column[rows]
        places = np.zeros(len(numbers), np.intp)
        for limit in self.domain.thresholds:
            places += numbers > limit
            if self.domain.edges:
                places += numbers >= limit
        places[np.isnan(numbers)] = -1
        return places

    def table(self, column: Coded | Floats) -> npt.NDArray[np.uint16]:
        """The code for each place, that of the unknown last; raises ValueOutside."""
        values = column.values if isinstance(column, Coded) else None
        codes = [self.code_of[cell] for cell in self.domain.cells] if values is None else map(self._code, values)
        return np.array([*codes, 0], np.uint16)

    def _code(self, value: Value) -> int:
        try:
            return self.code_of[self.domain.cell(value)]
        except KeyError:
            raise ValueOutside(self.key, value) from None


class ColumnDecider:
    """Decides rows of one program; `outcomes` grows, and a number once given keeps its meaning."""

    def __init__(self, diagram: Diagram) -> None:
        self.program: Program = diagram.program
        self.diagram = diagram
        self.outcomes: list[Outcomes] = []
        self._numbers: dict[Outcomes, int] = {}
        self._cells = {key: Cells.of(key, self.program) for key in self.program.domains}
        self._layouts: dict[Value | None, Layout] = {}

    def decide(self, batch: Batch) -> Numbers:
        """For every row the place of its outcome in `outcomes`."""
        found = np.empty(batch.count, np.int32)
        for part in batch.parts:
            found[part.rows] = part.layout.numbers(part.codes)
        return found

    def decided(self, records: Sequence[Record]) -> list[Outcomes]:
        """The outcome of each record, by way of columns."""
        numbers = self.decide(self.batch(self.columns(records), len(records)))
        return [self.outcomes[number] for number in numbers.tolist()]

    def columns(self, records: Sequence[Record]) -> dict[str, Coded | Floats]:
        """Records as columns of the facts this program reads."""
        return {
            key: _floats(records, key) if cells.domain.thresholds else _coded(records, key)
            for key, cells in self._cells.items()
        }

    def batch(self, columns: Columns, count: int) -> Batch:
        """Encode columns and sort their rows by tag; raises ValueOutside."""
        tags = self._cells[self.program.tag]
        given = columns.get(tags.key)
        numbers = (
            np.zeros(count, np.uint16)
            if given is None
            else tags.table(given).take(tags.encoded(given, slice(None)), mode="wrap")
        )
        parts = []
        for number, tag in enumerate((None, *tags.values)):
            rows = np.flatnonzero(numbers == number)
            if len(rows):
                layout = self._layout(tag)
                parts.append(Part(layout, rows, layout.weighted(columns, rows)))
        return Batch(count, tuple(parts))

    def number(self, record: Record) -> int:
        """The number of the outcome of one combination."""
        outcomes = self.diagram.outcomes(record)
        if outcomes not in self._numbers:
            self._numbers[outcomes] = len(self.outcomes)
            self.outcomes.append(outcomes)
        return self._numbers[outcomes]

    def _layout(self, tag: Value | None) -> "Layout":
        if tag not in self._layouts:
            keys = self._keys(tag)
            known = {} if tag is None else {self.program.tag: tag}
            carried = frozenset((self.program.tag, *keys))
            self._layouts[tag] = Layout([self._cells[key] for key in keys], known, carried, self.number)
        return self._layouts[tag]

    def _keys(self, tag: Value | None) -> list[str]:
        """What the diagram may ask about a tag; `Layout` refuses to answer if it ever asks for more."""
        open_keys = [key for key in self.program.domains if key != self.program.tag]
        if tag is None:
            return open_keys
        asked = {ZONE, INDUSTRY}
        for rule in self.program.section(str(tag)).rules():
            if rule.when is not None:
                asked |= {name for leaf in leaves(rule.when) for name in (leaf.key, leaf.fact)}
                asked |= {node.key for node in quantified(rule.when)}
        return [key for key in open_keys if key in asked]


@dataclass(slots=True)
class Layout:
    """How the facts of one tag make one number, and the outcomes found so far under such numbers."""

    cells: list[Cells]
    known: Mapping[str, Value]
    carried: frozenset[str]
    number: Callable[[Record], int]
    weights: list[int] = field(init=False)
    # From which fact to which, and what the digit counts in the whole number.
    digits: list[tuple[int, int, int]] = field(init=False)
    # Numbers of outcomes, one higher: 0 is a combination nobody has asked yet.
    table: Numbers | None = field(init=False)
    sparse: dict[bytes, int] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.weights, self.digits = [], []
        begin, size, stride = 0, 1, 1
        for place, cells in enumerate(self.cells):
            if size * cells.radix > DIGIT:
                self.digits.append((begin, place, stride))
                begin, size, stride = place, 1, stride * size
            self.weights.append(size)
            size *= cells.radix
        self.digits.append((begin, len(self.cells), stride))
        combinations = prod(cells.radix for cells in self.cells)
        self.table = np.zeros(combinations, np.int32) if combinations <= DENSE else None

    def weighted(self, columns: Columns, rows: Rows) -> Codes:
        found = np.zeros((len(self.cells), len(rows)), np.uint16)
        for line, cells, weight in zip(found, self.cells, self.weights, strict=True):
            column = columns.get(cells.key)
            if column is not None:
                table = cells.table(column) * np.uint16(weight)
                np.take(table, cells.encoded(column, rows), out=line, mode="wrap")
        return found

    def numbers(self, codes: Codes) -> Numbers:
        if self.table is None:
            return self._one_by_one(codes)
        keys = np.empty(codes.shape[1], np.int32)
        found = np.empty(codes.shape[1], np.int32)
        for start in range(0, len(keys), BLOCK):
            here = slice(start, start + BLOCK)
            key = keys[here]
            self._combine(codes[:, here], key)
            np.take(self.table, key, out=found[here], mode="clip")
        if not found.all():
            new = np.unique(keys[found == 0])
            self.table[new] = [self._ask(key) + 1 for key in new.tolist()]
            np.take(self.table, keys, out=found, mode="clip")
        found -= 1
        return found

    def _combine(self, codes: Codes, key: Numbers) -> None:
        key[:] = 0
        for begin, end, stride in self.digits:
            digit = np.add.reduce(codes[begin:end], axis=0, dtype=np.uint16)
            key += digit if stride == 1 else np.multiply(digit, stride, dtype=np.int32)

    def _ask(self, key: int) -> int:
        """The outcome of one combination, read off the number it makes."""
        found = dict(self.known)
        for cells in self.cells:
            key, code = divmod(key, cells.radix)
            if code:
                found[cells.key] = cells.values[code - 1]
        return self._answer(found)

    def _one_by_one(self, codes: Codes) -> Numbers:
        """Too many combinations for a table: those that occur are told apart by their codes."""
        rows = np.ascontiguousarray(codes.T).view(np.dtype((np.void, 2 * len(self.cells))))
        different, which = np.unique(rows, return_inverse=True)
        found = []
        for row in different:
            key = row.tobytes()
            if key not in self.sparse:
                self.sparse[key] = self._answer(self._record(np.frombuffer(key, np.uint16).tolist()))
            found.append(self.sparse[key])
        return np.array(found, np.int32)[which.reshape(-1)]

    def _record(self, weighted: Sequence[int]) -> dict[str, Value]:
        found = dict(self.known)
        for cells, weight, code in zip(self.cells, self.weights, weighted, strict=True):
            if code:
                found[cells.key] = cells.values[code // weight - 1]
        return found

    def _answer(self, record: dict[str, Value]) -> int:
        return self.number(_Watched(record, self.carried))


class _Watched(dict[str, Value]):
    """A record that fails loudly when it is asked for a fact its columns do not carry."""

    def __init__(self, record: Mapping[str, Value], carried: frozenset[str]) -> None:
        super().__init__(record)
        self.carried = carried

    def get(self, key: str, default: Any = None) -> Any:
        if key not in self.carried:
            raise LookupError(f"the diagram asks {key!r}, which no column of this tag carries")
        return super().get(key, default)


def _floats(records: Sequence[Record], key: str) -> Floats:
    return np.array([np.nan if (value := record.get(key)) is None else value for record in records], np.float64)


def _coded(records: Sequence[Record], key: str) -> Coded:
    numbers: dict[Value, int] = {}
    codes = [
        -1 if (value := record.get(key)) is None else numbers.setdefault(value, len(numbers)) for record in records
    ]
    return Coded(tuple(numbers), np.array(codes, np.int32))
