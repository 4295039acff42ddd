"""The pack as documents of zen-engine, which can trace themselves: a graph of tables, and a policy of assertions."""

import itertools
from collections.abc import Iterable
from typing import Any

from app.domain.decisions.program import ZONE
from app.domain.policies.conditions import All, AnyOf, Node
from app.domain.policies.pack import Rule
from bench.export import Export
from bench.records import keys_of

Json = dict[str, Any]


def graph(export: Export, tag: str) -> Json:
    """One table for each stage: all gates, all penalties and warnings, the first row of the ladder."""
    section = export.program.section(tag)
    gates, rows, lowest = ([rule for rule, _ in each] for each in (section.gates, section.rows, section.lowest))
    after = [rule for rule, _ in (*section.penalties, *section.warnings)]
    # Behind a gate that stops the ladder is not consulted; a lowered line meets the rows of its lowest class first,
    # and the last of them whatever its facts.
    stops = _either(rule for rule in gates if rule.then.stops)
    lowered = _either(rule for rule in after if rule.then.kind == "lowest_class")
    lower = [(_both(lowered, rule.when if rule is not lowest[-1] else None), rule) for rule in lowest]
    ladder = [*(lower if lowered.parts else ()), *((rule.when, rule) for rule in rows)]
    tables = [
        _table("gates", "collect", [_row(export, rule.when, rule) for rule in gates]),
        _table("after", "collect", [_row(export, rule.when, rule) for rule in after]),
        _table("row", "first", [_row(export, stops, None), *(_row(export, node, rule) for node, rule in ladder)]),
    ]
    first, last = ({"id": each, "name": each, "type": f"{each}Node"} for each in ("input", "output"))
    nodes = [first, *tables, last]
    edges = [
        {"id": f"e{index}", "sourceId": one["id"], "targetId": other["id"], "type": "edge"}
        for index, (one, other) in enumerate(itertools.pairwise(nodes))
    ]
    return {"nodes": nodes, "edges": edges}


def graph_code(result: Json) -> str:
    """The emitted rules, in stage order, from the outputs of the tables."""
    row = result["row"]["out"] if result.get("row") else ""
    return "".join(one["out"] for one in result["gates"]) + row + "".join(one["out"] for one in result["after"])


def _row(export: Export, node: Node | None, rule: Rule | None) -> Json:
    name, out = (rule.id, export.emitted(rule)) if rule else ("stopped", "''")
    return {"_id": name, "if": export.condition(node), "out": out}


def _table(name: str, policy: str, rows: list[Json]) -> Json:
    content = {
        "hitPolicy": policy,
        "rules": rows,
        "inputs": [{"id": "if", "name": "if"}],
        "outputs": [{"id": "out", "name": "out", "field": "out"}],
        "passThrough": True,
        "outputPath": name,
    }
    return {"id": name, "name": name, "type": "decisionTableNode", "content": content}


def policy(export: Export, tag: str) -> Json:
    """A data model of what the rules read, one assertion for each rule with its items as conditions, then the outcome."""
    section, chosen = export.program.section(tag), export.dialect.chosen
    asserted = {rule: f"line.holds_{index}" for index, rule in enumerate(section.rules()) if rule.when is not None}

    def ladder(rows: list[Rule], *, last: bool = False) -> str:
        if not rows:
            return "''"
        row, rest = rows[0], rows[1:]
        if row not in asserted or (last and not rest):
            return export.emitted(row)
        return chosen(asserted[row], export.emitted(row), ladder(rest, last=last))

    def each(rules: Iterable[Rule]) -> list[str]:
        return [chosen(asserted[rule], export.emitted(rule), "''") for rule in rules]

    row = ladder([rule for rule, _ in section.rows])
    lowered = [asserted[rule] for rule, _ in section.penalties if rule.then.kind == "lowest_class"]
    if lowered and section.lowest:
        row = chosen(" or ".join(lowered), ladder([rule for rule, _ in section.lowest], last=True), row)
    stops = " or ".join(asserted[rule] for rule, _ in section.gates if rule.then.stops)
    parts = each(rule for rule, _ in section.gates)
    parts.append(chosen(stops, "''", row) if stops else row)
    parts += each(rule for rule, _ in (*section.penalties, *section.warnings))
    blocks = [
        _block("line", "dataModel", {"name": "line", "properties": _properties(export, tag)}),
        *(_assertion(export, rule, output) for rule, output in asserted.items()),
        _block("outcome", "expression", {"key": "line.code", "value": " + ".join(parts)}),
    ]
    return {"imports": [], "blocks": blocks}


def _properties(export: Export, tag: str) -> list[Json]:
    program = export.program
    found = []
    for index, key in enumerate(keys_of(program, tag)):
        spec = program.pack.catalogue.facts.get(key)
        number, boolean = (
            bool(program.domains[key].thresholds),
            key != ZONE and (spec is None or spec.type == "boolean"),
        )
        kind = "number" if number else "boolean" if boolean else "string"
        name = export.names.get(key, key)
        found.append({"id": f"p{index}", "name": name, "type": kind, "array": False, "optional": False})
    return found


def _assertion(export: Export, rule: Rule, output: str) -> Json:
    joined = "or" if isinstance(rule.when, AnyOf) else "and"
    items = rule.when.parts if isinstance(rule.when, All | AnyOf) else (rule.when,)
    conditions = [
        {"id": f"c{index}", "expression": export.condition(item), "operator": joined, "depth": 0}
        for index, item in enumerate(items)
    ]
    return _block(rule.id, "assertion", {"output": output, "conditions": conditions})


def _block(name: str, kind: str, data: Json) -> Json:
    return {"id": name, "type": kind, "props": {"data": data}, "children": []}


def _either(rules: Iterable[Rule]) -> AnyOf:
    return AnyOf(parts=tuple(rule.when for rule in rules if rule.when is not None))


def _both(one: Node, other: Node | None) -> Node:
    return one if other is None else All(parts=(one, other))
