"""The schema is what the code says, and every step up has a step down."""

import os

from alembic import command
from alembic.script import ScriptDirectory

from app.integrations.embedded_postgres import EmbeddedPostgres
from app.persistence.engine import Row
from app.persistence.metadata import load_rows
from app.persistence.schema import alembic_config, downgrade, upgrade
from app.persistence.tables import KINDS
from tests import postgres


def test_every_migration_goes_up_down_and_up_and_the_code_agrees(server: EmbeddedPostgres) -> None:
    with postgres.database(server, f"stairway_{os.getpid()}", template="template1") as url:
        revisions = ScriptDirectory.from_config(alembic_config(url)).walk_revisions()
        for revision in reversed([revision.revision for revision in revisions]):
            upgrade(url, revision)
            downgrade(url, "-1")
            upgrade(url, revision)
        command.check(alembic_config(url))  # raises when the code has a table or column that no migration makes


def test_every_table_is_declared_to_be_reference_distributed_or_local() -> None:
    load_rows()
    assert set(Row.metadata.tables) == set(KINDS)


def test_the_key_of_a_distributed_table_contains_its_distribution_column() -> None:
    load_rows()
    distributed = [name for name, kind in KINDS.items() if kind == "distributed"]
    without = [name for name in distributed if "enterprise_id" not in Row.metadata.tables[name].primary_key.columns]
    assert without == []
