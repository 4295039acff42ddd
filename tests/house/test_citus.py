"""The schema can be spread over machines: keys that Citus must enforce lie on one machine, and every table is placed."""

import re

from sqlalchemy import ForeignKeyConstraint, Index, UniqueConstraint
from typer.testing import CliRunner

from app.cli import cli
from app.persistence.engine import Row
from app.persistence.metadata import load_rows
from app.persistence.tables import KINDS

# A foreign key holds towards tables that every machine has whole, and between tables that lie side by side.
HOLD = {
    ("reference", "reference"),
    ("distributed", "reference"),
    ("distributed", "distributed"),
    ("local", "local"),
    ("local", "reference"),
}


def printed() -> list[tuple[str, str]]:
    done = CliRunner().invoke(cli, ["citus-sql"])
    assert done.exit_code == 0
    return re.findall(r"SELECT create_(reference|distributed)_table\('(\w+)'", done.output)


def test_every_reference_and_distributed_table_is_named_once_and_no_local_one() -> None:
    assert sorted(printed()) == sorted((kind, name) for name, kind in KINDS.items() if kind != "local")


def test_tables_are_placed_after_those_they_refer_to_and_distributed_ones_side_by_side() -> None:
    load_rows()
    order = [name for _, name in printed()]
    for name in order:
        referred = {key.column.table.name for key in Row.metadata.tables[name].foreign_keys} - {name}
        assert {one for one in referred if order.index(one) > order.index(name)} == set()
    output = CliRunner().invoke(cli, ["citus-sql"]).output
    first = next(name for kind, name in printed() if kind == "distributed")
    placed = re.findall(r"'enterprise_id', colocate_with => '(\w+)'", output)
    assert placed == ["none", *[first] * (len(placed) - 1)]


def test_no_key_leads_to_a_table_that_lies_elsewhere() -> None:
    load_rows()
    pairs = {
        f"{table.name} -> {key.column.table.name}": (KINDS[table.name], KINDS[key.column.table.name])
        for table in Row.metadata.sorted_tables
        for key in table.foreign_keys
    }
    assert {name: kinds for name, kinds in pairs.items() if kinds not in HOLD} == {}


def test_what_is_unique_or_refers_among_distributed_tables_contains_the_distribution_column() -> None:
    load_rows()
    without = []
    for name in (name for name, kind in KINDS.items() if kind == "distributed"):
        table = Row.metadata.tables[name]
        unique: list[UniqueConstraint | ForeignKeyConstraint | Index] = [
            one for one in table.constraints if isinstance(one, UniqueConstraint)
        ]
        side_by_side = [
            one
            for one in table.constraints
            if isinstance(one, ForeignKeyConstraint) and KINDS[one.referred_table.name] == "distributed"
        ]
        indexes = [one for one in table.indexes if one.unique]
        without += [
            f"{name}: {one.name}"
            for one in (*unique, *side_by_side, *indexes)
            if "enterprise_id" not in {column.name for column in one.columns}
        ]
    assert without == []
