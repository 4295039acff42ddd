"""OpenFisca-Core for one industry, lime: the ladder as monthly variables, one at a time and as vectors."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from openfisca_core.entities import build_entity
from openfisca_core.periods import DateUnit
from openfisca_core.simulation_builder import SimulationBuilder
from openfisca_core.taxbenefitsystems import TaxBenefitSystem
from openfisca_core.variables import Variable

from app.domain.decisions.program import Program
from app.domain.policies.conditions import All, AnyOf, Leaf, Node, Not, Quantified
from app.domain.policies.pack import Rule
from bench.contenders import Contender, canonical, filled
from bench.records import Record, keys_of

INDUSTRY = "lime"
MONTH = "2019-12"


class Lines:
    """The rules that reach a lime line as an OpenFisca system: a variable for each fact and one for the outcome."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.keys = keys_of(program, INDUSTRY)
        entity = build_entity(key="line", plural="lines", label="", is_person=True)
        self.system = TaxBenefitSystem([entity])
        for key in self.keys:
            number = bool(program.domains[key].thresholds)
            boolean = set(program.domains[key].cells) == {True, False}
            value_type = float if number else bool if boolean else str
            body = {"value_type": value_type, "entity": entity, "definition_period": DateUnit.MONTH, "label": ""}
            self.system.add_variable(type(key, (Variable,), body))
        section, keys = program.section(INDUSTRY), self.keys

        def formula(lines: Any, period: Any) -> Any:
            facts = {key: lines(key, period) for key in keys}
            return _outcome(section, facts, program)

        body = {
            "value_type": str,
            "entity": entity,
            "definition_period": DateUnit.MONTH,
            "label": "",
            "formula": formula,
        }
        self.system.add_variable(type("outcome", (Variable,), body))

    def columns(self, records: Sequence[Record]) -> dict[str, Any]:
        full = [filled(record, self.program) for record in records]
        return {key: np.array([record[key] for record in full]) for key in self.keys}

    def outcomes(self, columns: dict[str, Any]) -> Any:
        count = len(next(iter(columns.values())))
        simulation = SimulationBuilder().build_default_simulation(self.system, count)
        for key, values in columns.items():
            simulation.set_input(key, MONTH, values)
        return simulation.calculate("outcome", MONTH)


def _outcome(section: Any, facts: dict[str, Any], program: Program) -> Any:
    zone = facts["zone"]

    def emitted(rule: Rule) -> Any:
        zoned = program._zoned[rule]  # noqa: SLF001  the walk needs what the program knows
        return np.char.add(np.char.add(f"{rule.id}@", zone), ";") if zoned else f"{rule.id};"

    def ladder(rows: list[Rule]) -> Any:
        tests = [_truth(row.when, facts) for row in rows]
        return np.select(tests, [np.broadcast_to(emitted(row), zone.shape) for row in rows], "")

    def held(rules: list[Rule]) -> Any:
        text: Any = ""
        for rule in rules:
            text = np.char.add(text, np.where(_truth(rule.when, facts), emitted(rule), ""))
        return text

    gates = [rule for rule, _ in section.gates]
    after = [rule for rule, _ in (*section.penalties, *section.warnings)]
    stopped = np.any([_truth(rule.when, facts) for rule in gates if rule.then.stops], axis=0)
    lowered = np.any([_truth(rule.when, facts) for rule in after if rule.then.kind == "lowest_class"], axis=0)
    row = np.where(lowered, ladder([rule for rule, _ in section.lowest]), ladder([rule for rule, _ in section.rows]))
    return np.char.add(np.char.add(held(gates), np.where(stopped, "", row)), held(after))


def _truth(node: Node | None, facts: dict[str, Any]) -> Any:
    match node:
        case None:
            return np.ones(len(facts["zone"]), dtype=bool)
        case Leaf():
            return _leaf(node, facts[node.fact])
        case Not():
            return ~_truth(node.part, facts)
        case All():
            return np.all([_truth(part, facts) for part in node.parts], axis=0)
        case AnyOf():
            return np.any([_truth(part, facts) for part in node.parts], axis=0)
        case Quantified():
            return facts[node.key]


def _leaf(leaf: Leaf, values: Any) -> Any:
    operand: Any = leaf.operand
    if leaf.op in {"in", "not_in"}:
        inside = np.isin(values, sorted(operand))
        return inside if leaf.op == "in" else ~inside
    tests = {"is": np.equal, "eq": np.equal, "is_not": np.not_equal, "le": np.less_equal, "lt": np.less}
    return (tests | {"ge": np.greater_equal, "gt": np.greater})[leaf.op](values, operand)


def contenders(program: Program) -> list[Contender]:
    lines = Lines(program)
    return [
        Contender(
            name="OpenFisca-Core, one line at a time",
            prepare=lambda records: [lines.columns([record]) for record in records],
            decide=lambda given: [lines.outcomes(columns)[0] for columns in given],
            code=lambda text: canonical(str(text)),
            prefix=100,
        ),
        Contender(
            name="OpenFisca-Core, all lines at once from columns",
            prepare=lambda records: [lines.columns(records)],
            decide=lambda given: list(lines.outcomes(given[0])),
            code=lambda text: canonical(str(text)),
        ),
    ]
