"""What a plan leaves without a rule or a number: values of closed lists, places."""

from collections import defaultdict
from collections.abc import Iterator

from app.domain.decisions.analysis import asked_keys, rows_by_value
from app.domain.decisions.diagram import TooEntangled
from app.domain.decisions.lint_ladders import is_rating
from app.domain.decisions.lint_words import told_values
from app.domain.decisions.program import Program
from app.domain.policies.conditions import leaves, test_of
from app.domain.policies.facts import Value
from app.domain.policies.findings import Finding
from app.domain.policies.pack import Ladder, Pack, Rule


def place_findings(pack: Pack) -> Iterator[Finding]:
    """Places that a plan names and does not fill."""
    for place in pack.places:
        if not place.complete or not place.regions:
            listed = "只列出了一部分地区" if place.regions else "没有列出任何地区"
            known = "lists only a part of its regions" if place.regions else "lists no region"
            yield Finding(
                code="place_undefined",
                path=("places", place.name),
                rule=place.name,
                severity="note" if place.regions else "warning",
                zh=f"“{place.label['zh']}”{listed}，其余地区是否属于它无从得知",
                en=f"{place.label['en']} {known}; whether others belong to it is unknown",
            )


def value_findings(program: Program) -> Iterator[Finding]:
    """Values of enumerated facts that a ladder leaves without a row, or without a number."""
    for ladder in program.ladders:
        for key in sorted(asked_keys(ladder)):
            spec = program.pack.catalogue.find(key.partition("@")[0])
            if spec is None or spec.type != "enum" or spec.absent is not None:
                continue
            try:
                table = rows_by_value(program, ladder, key)
            except TooEntangled:
                continue
            yield from _judged(program, ladder, key, table)


def _judged(program: Program, ladder: Ladder, key: str, table: dict[Value, set[Rule | None]]) -> Iterator[Finding]:
    bare: list[Value] = []
    asked: dict[Rule, list[Value]] = defaultdict(list)
    for value, rows in table.items():
        if rows == {None}:
            bare.append(value)
        elif len(rows) == 1 and (row := next(iter(rows))) is not None and row.then.asks:
            asked[row].append(value)
    if bare:
        yield _without_rule(program, ladder, key, bare)
    for row, values in asked.items():
        if is_rating(program.pack.catalogue[key.partition("@")[0]]) and _names(row, key, values):
            yield _without_number(program, row, key, values)
        elif len(values) < len(table) and row.id.split(".")[0] in program.pack.readings:
            yield _only_asked(program, row, key, values)


def _names(row: Rule, key: str, values: list[Value]) -> bool:
    """Whether the row itself speaks of these values, rather than of whatever is left."""
    if row.when is None:
        return False
    mine = [leaf for leaf in leaves(row.when) if leaf.key == key and leaf.op in {"is", "in"}]
    return any(all(test_of(leaf)(value) for value in values) for leaf in mine)


def _without_number(program: Program, row: Rule, key: str, values: list[Value]) -> Finding:
    fact = program.pack.catalogue[key.partition("@")[0]]
    zh, en = told_values(fact.name, values, program.pack.catalogue)
    return Finding(
        code="class_without_number",
        path=("rules",),
        rule=row.id,
        severity="warning",
        zh=f"{fact.zh}“{zh}”列有名称却没有数值，只能由主管部门决定",
        en=f"{fact.en} {en} is listed without a number: only an authority can decide it",
    )


def _without_rule(program: Program, ladder: Ladder, key: str, values: list[Value]) -> Finding:
    fact = program.pack.catalogue[key.partition("@")[0]]
    zh, en = told_values(fact.name, values, program.pack.catalogue)
    return Finding(
        code="value_without_rule",
        path=("rules", program.pack.ladders.index(ladder)),
        rule=ladder.industry.name or ladder.rows[0].id,
        severity="warning",
        zh=f"{fact.zh}为“{zh}”时没有任何规则",
        en=f"no rule treats {fact.en} {en}",
    )


def _only_asked(program: Program, row: Rule, key: str, values: list[Value]) -> Finding:
    fact = program.pack.catalogue[key.partition("@")[0]]
    zh, en = told_values(fact.name, values, program.pack.catalogue)
    return Finding(
        code="value_without_rule",
        path=("rules",),
        rule=row.id,
        severity="note",
        zh=f"{fact.zh}为“{zh}”时原文没有规则，只按理解 {row.id.split('.')[0]} 请主管部门决定",
        en=f"the text has no rule for {fact.en} {en}; by the reading {row.id.split('.')[0]} an authority is asked",
    )
