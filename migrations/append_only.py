"""Evidence is never altered: a table declared here refuses UPDATE, DELETE and TRUNCATE from everybody."""

from collections.abc import Sequence

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


def erasable(table: str, fields: Sequence[str], *, mark: str) -> None:
    """Append-only, but for one change: personal fields become NULL at once and together, and the mark says when.

    The row stays as proof that there was one; a row that was erased is never altered again.
    """
    op.execute(
        """
        CREATE FUNCTION forbid_change_but_erasing() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE
            fields text[] := string_to_array(TG_ARGV[0], ',');
            mark text := TG_ARGV[1];
            before jsonb := to_jsonb(OLD);
            after jsonb := to_jsonb(NEW);
        BEGIN
            IF before -> mark = 'null' AND after -> mark <> 'null'
                AND (after - fields - mark) = (before - fields - mark)
                AND NOT EXISTS (SELECT FROM unnest(fields) AS field WHERE after -> field <> 'null')
            THEN
                RETURN NEW;
            END IF;
            RAISE EXCEPTION '% is append-only but for erasing: % is refused', TG_TABLE_NAME, TG_OP
                USING ERRCODE = 'restrict_violation';
        END $$
        """
    )
    op.execute(
        f"CREATE TRIGGER {table}_erasable BEFORE UPDATE ON {table} FOR EACH ROW "
        f"EXECUTE FUNCTION forbid_change_but_erasing('{','.join(fields)}', '{mark}')"
    )
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION forbid_change()"
    )
