"""How the schema is spread over the machines of a Citus cluster: the statements, in the order in which they hold."""

from collections.abc import Iterator

from sqlalchemy import Table

from app.persistence.engine import Row
from app.persistence.metadata import load_rows
from app.persistence.tables import KINDS

COLUMN = "enterprise_id"


def statements() -> Iterator[str]:
    """Reference tables first, for distributed ones refer to them; each after those it refers to.

    Local tables stay on the coordinator and need no statement.
    """
    load_rows()
    # Evidence is guarded by triggers; Citus carries them to every machine only when told that they touch no other row.
    yield "SET citus.enable_unsafe_triggers TO on;"
    tables = Row.metadata.sorted_tables
    yield from (f"SELECT create_reference_table('{one.name}');" for one in tables if KINDS[one.name] == "reference")
    together = "none"
    for table in (one for one in tables if KINDS[one.name] == "distributed"):
        yield f"SELECT create_distributed_table('{table.name}', '{COLUMN}', colocate_with => '{together}');"
        together = _first(tables)


def _first(tables: list[Table]) -> str:
    return next(one.name for one in tables if KINDS[one.name] == "distributed")
