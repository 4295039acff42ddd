"""Batch decisions from ready columns: ours beside OpenFisca-Core and a formula in bare NumPy, all on coded facts."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from openfisca_core.entities import build_entity
from openfisca_core.periods import DateUnit
from openfisca_core.simulation_builder import SimulationBuilder
from openfisca_core.taxbenefitsystems import TaxBenefitSystem
from openfisca_core.variables import Variable

from app.domain.decisions.columns import Coded, ColumnDecider, Columns
from app.domain.decisions.program import ZONE, Program
from app.domain.decisions.section import Section
from app.domain.policies.conditions import All, AnyOf, Leaf, Node, Not, Quantified
from app.domain.policies.pack import Rule
from bench.contenders import canonical, evaluator, filled
from bench.openfisca import INDUSTRY, MONTH
from bench.own import only
from bench.records import Record, complete_records, keys_of, with_missing
from bench.report import Findings, Row, Target
from bench.timing import Spread, Task, interleaved, ratios

ROWS = 2_000_000
LIME_ROWS = 500_000
MILLIONS_PER_SECOND = 30.0
Arrays = dict[str, Any]
Tell = Callable[[str], None]


def run(findings: Findings, *, count: int, rounds: int, tell: Tell) -> None:
    tell(f"drawing {count:,} records")
    diagram = evaluator().diagrams["line"]
    program = diagram.program
    records = complete_records(program, count)
    lime = [record for record in records if record[program.tag] == INDUSTRY]
    decider = ColumnDecider(diagram)
    sets = {
        "batch from columns": (records, ROWS),
        "batch from columns, 8 % of the facts missing": (with_missing(records, program), ROWS),
        "batch from columns, lime": (lime, LIME_ROWS),
    }
    tasks: dict[str, Task] = {}
    for work, (given, rows) in sets.items():
        tell(f"{work}: columns")
        columns, units = repeated(decider.columns(given), len(given), rows)
        batch = decider.batch(columns, units)
        tasks[f"{work}|cuofeng"] = Task(lambda batch=batch: decider.decide(batch), units)
        tasks[f"{work}|cuofeng, encoding included"] = Task(
            lambda columns=columns, units=units: decider.decide(decider.batch(columns, units)), units
        )
        _agree(work, [decider.outcomes[one] for one in decider.decide(batch)[: len(given)]], given, diagram.outcomes)
    tell("OpenFisca-Core")
    formula = Formula(program)
    arrays = formula.arrays(lime, -(-LIME_ROWS // len(lime)))
    expected = [only(diagram.outcomes(record)) for record in lime]
    for who, decide in (("OpenFisca-Core", OpenFisca(formula).outcomes), ("bare NumPy, the same formula", formula.of)):
        _agree(who, [formula.code(number) for number in decide(arrays)[: len(lime)]], expected, lambda code: code)
        key = f"batch from columns, lime|{who}"
        tasks[key] = Task(lambda decide=decide: decide(arrays), len(arrays[ZONE]))
    seconds = interleaved(tasks, rounds=rounds, tell=tell)
    _report(findings, seconds)


def _report(findings: Findings, seconds: dict[str, list[float]]) -> None:
    for key, found in seconds.items():
        work, _, who = key.partition("|")
        base = f"{work}|cuofeng"
        ratio = None if key == base else ratios(found, seconds[base])
        findings.rows.append(Row(work, who, Spread.of(found), "cuofeng" if ratio else "", ratio))
    per_second = [1 / one / 1e6 for one in seconds["batch from columns|cuofeng"]]
    lime = "batch from columns, lime|"
    findings.targets += [
        Target("batch from columns, all industries", Spread.of(per_second), least=MILLIONS_PER_SECOND, unit="M/s"),
        Target(
            "batch from columns, lime, against OpenFisca-Core on coded columns",
            ratios(seconds[f"{lime}OpenFisca-Core"], seconds[f"{lime}cuofeng"]),
            least=4,
        ),
    ]
    findings.notes.append(
        f"columns: the drawn lines, repeated to {ROWS:,} rows (lime: {LIME_ROWS:,}), facts as codes and floats, sorted by"
        " industry beforehand; `encoding included` also sorts and encodes them. All decide complete lines identically."
    )


def repeated(columns: Columns, count: int, rows: int) -> tuple[dict[str, Any], int]:
    """The same columns as often as it takes; codes as bytes, as a column store keeps them."""
    times = -(-rows // count)
    found = {
        key: Coded(one.values, np.tile(one.codes.astype(np.int8), times))
        if isinstance(one, Coded)
        else np.tile(one, times)
        for key, one in columns.items()
    }
    return found, count * times


def _agree(who: str, got: Sequence[Any], given: Sequence[Any], expected: Callable[[Any], Any]) -> None:
    differing = sum(one != expected(other) for one, other in zip(got, given, strict=True))
    if differing:
        raise AssertionError(f"{who} decides {differing} of {len(given)} rows differently")


class Formula:
    """The rules that reach a lime line as array operations over coded facts; an outcome is one whole number."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.section: Section = program.section(INDUSTRY)
        self.keys = keys_of(program, INDUSTRY)
        self.options = {
            key: {value: number for number, value in enumerate(self._options(key))}
            for key in self.keys
            if not program.domains[key].thresholds and set(program.domains[key].cells) != {True, False}
        }
        self.gates = [rule for rule, _ in self.section.gates]
        self.rows = [rule for rule, _ in self.section.rows]
        self.lowest = [rule for rule, _ in self.section.lowest]
        self.after = [rule for rule, _ in (*self.section.penalties, *self.section.warnings)]

    def _options(self, key: str) -> Sequence[Any]:
        spec = self.program.pack.catalogue.facts.get(key)
        return tuple(spec.options) if spec is not None else self.program.domains[key].cells

    def arrays(self, records: Sequence[Record], times: int) -> Arrays:
        full = [filled(record, self.program) for record in records]
        found = {}
        for key in self.keys:
            options = self.options.get(key)
            values = [record[key] if options is None else options[record[key]] for record in full]
            found[key] = np.tile(np.array(values, None if options is None else np.int32), times)
        return found

    def of(self, facts: Arrays) -> Any:
        """Bits for what applies, the row of the ladder, and the zone."""
        number = np.zeros(len(facts[ZONE]), np.int64)
        gates = [self._truth(rule.when, facts) for rule in self.gates]
        after = [self._truth(rule.when, facts) for rule in self.after]
        stopped = np.any([truth for rule, truth in zip(self.gates, gates, strict=True) if rule.then.stops], axis=0)
        lowering = [rule.then.kind == "lowest_class" for rule in self.after]
        lowered = np.any([truth for truth, lowers in zip(after, lowering, strict=True) if lowers], axis=0)
        row = np.where(lowered, self._first(self.lowest, facts), self._first(self.rows, facts))
        for truth in (*gates, *after):
            number = number * 2 + truth
        return (number * 16 + np.where(stopped, 0, row)) * 4 + facts[ZONE]

    def _first(self, rows: Sequence[Rule], facts: Arrays) -> Any:
        places = [self.rows.index(row) + 1 for row in rows]
        return np.select([self._truth(row.when, facts) for row in rows], places, 0)

    def _truth(self, node: Node | None, facts: Arrays) -> Any:
        match node:
            case None:
                return np.ones(len(facts[ZONE]), dtype=bool)
            case Leaf():
                return self._leaf(node, facts[node.key])
            case Not():
                return ~self._truth(node.part, facts)
            case All():
                return np.all([self._truth(part, facts) for part in node.parts], axis=0)
            case AnyOf():
                return np.any([self._truth(part, facts) for part in node.parts], axis=0)
            case Quantified():
                return facts[node.key]

    def _leaf(self, leaf: Leaf, values: Any) -> Any:
        options = self.options.get(leaf.key)
        if isinstance(leaf.operand, frozenset):
            wanted = [options[value] for value in leaf.operand if value in options]
            inside = np.any([values == one for one in wanted], axis=0)
            return inside if leaf.op == "in" else ~inside
        operand: Any = leaf.operand if options is None else options[leaf.operand]
        tests = {"is": np.equal, "eq": np.equal, "is_not": np.not_equal, "le": np.less_equal, "lt": np.less}
        return (tests | {"ge": np.greater_equal, "gt": np.greater})[leaf.op](values, operand)

    def code(self, number: int) -> str | None:
        """The evaluator's own name for a number."""
        rest, zone = divmod(int(number), 4)
        rest, row = divmod(rest, 16)
        rules = (*self.gates, *self.after)
        held = [rule for bit, rule in zip(reversed(range(len(rules))), rules, strict=True) if rest >> bit & 1]
        gates = [rule for rule in held if rule in self.gates]
        found = [*gates, *self.rows[row - 1 : row], *(rule for rule in held if rule not in self.gates)]
        zones = list(self.options[ZONE])
        zoned = self.program._zoned  # noqa: SLF001  the name says the zone only where the days depend on it
        return canonical("".join(f"{rule.id}@{zones[zone]};" if zoned[rule] else f"{rule.id};" for rule in found))


class OpenFisca:
    """The same formula as an OpenFisca system: a variable for each fact and one for the outcome."""

    def __init__(self, formula: Formula) -> None:
        entity = build_entity(key="line", plural="lines", label="", is_person=True)
        self.system = TaxBenefitSystem([entity])
        month = {"entity": entity, "definition_period": DateUnit.MONTH, "label": ""}
        for key in formula.keys:
            number = bool(formula.program.domains[key].thresholds)
            value_type = float if number else int if key in formula.options else bool
            self.system.add_variable(type(key, (Variable,), {"value_type": value_type, **month}))

        def outcome(lines: Any, period: Any) -> Any:
            return formula.of({key: lines(key, period) for key in formula.keys})

        self.system.add_variable(type("outcome", (Variable,), {"value_type": int, "formula": outcome, **month}))

    def outcomes(self, arrays: Arrays) -> Any:
        simulation = SimulationBuilder().build_default_simulation(self.system, len(arrays[ZONE]))
        for key, values in arrays.items():
            simulation.set_input(key, MONTH, values)
        return simulation.calculate("outcome", MONTH)
