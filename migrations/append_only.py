"""Evidence is never altered: a table declared here refuses UPDATE, DELETE and TRUNCATE from everybody."""

from alembic import op


def create_forbid_change() -> None:
    """The function behind every such trigger; the first migration makes it."""
    op.execute(
        """
        CREATE FUNCTION forbid_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
        END $$
        """
    )


def append_only(table: str) -> None:
    """A statement trigger, so that even a change of no rows is refused; dropping the table drops it."""
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION forbid_change()"
    )
