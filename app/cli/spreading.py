"""citus-sql: the statements that spread a fresh schema over a Citus cluster."""

from app.cli.screen import out
from app.persistence.citus import statements


def citus_sql() -> None:
    """Print the statements that make reference and distributed tables of a migrated, empty database; no database is touched."""
    for statement in statements():
        out.print(statement, soft_wrap=True, markup=False)
