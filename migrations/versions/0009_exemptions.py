"""Keep exemption lists: their versions, the entries on them, and what is found about those listed."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

from migrations.append_only import append_only

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
UUIDS, TEXTS = pg.ARRAY(sa.Uuid()), pg.ARRAY(sa.Text())
EVIDENCE = ("exemption_lists", "exemption_versions", "exemption_entries", "exemption_entry_steps", "exemption_findings")


def hands() -> list[sa.Column[str]]:
    """Who did it."""
    return [
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("person_name", sa.Text(), nullable=True),
        sa.Column("person_office", sa.Text(), nullable=True),
    ]


def upgrade() -> None:
    create_lists()
    create_entries()
    create_steps()
    create_findings()
    for name in EVIDENCE:
        append_only(name)


def create_lists() -> None:
    op.create_table(
        "exemption_lists",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("pack_name", sa.Text(), nullable=False),
        sa.Column("season", sa.Integer(), nullable=False),
        sa.Column("workflow", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        *hands(),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_exemption_lists"),
        sa.UniqueConstraint("pack_name", "season", name="uq_exemption_lists_pack_name_season"),
    )
    op.create_table(
        "exemption_list_heads",
        sa.Column("list_id", sa.Uuid(), nullable=False),
        sa.Column("newest", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("list_id", name="pk_exemption_list_heads"),
        sa.ForeignKeyConstraint(
            ["list_id"], ["exemption_lists.id"], name="fk_exemption_list_heads_list_id_exemption_lists"
        ),
    )
    op.create_table(
        "exemption_versions",
        sa.Column("list_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("previous_hash", sa.Text(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("filing", pg.JSONB(), nullable=False),
        sa.Column("facts", TEXTS, nullable=False),
        sa.Column("regions", TEXTS, nullable=False),
        *hands(),
        sa.Column("known_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("list_id", "number", name="pk_exemption_versions"),
        sa.ForeignKeyConstraint(
            ["list_id"], ["exemption_lists.id"], name="fk_exemption_versions_list_id_exemption_lists"
        ),
    )


def create_entries() -> None:
    op.create_table(
        "exemption_entries",
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("list_id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("fact", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("evidence", pg.JSONB(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        *hands(),
        sa.Column("known_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("enterprise_id", "id", name="pk_exemption_entries"),
        sa.ForeignKeyConstraint(
            ["enterprise_id"], ["enterprises.id"], name="fk_exemption_entries_enterprise_id_enterprises"
        ),
        sa.ForeignKeyConstraint(
            ["list_id"], ["exemption_lists.id"], name="fk_exemption_entries_list_id_exemption_lists"
        ),
    )
    op.create_index("ix_exemption_entries_id", "exemption_entries", ["id"])
    op.create_index("ix_exemption_entries_list_id_id", "exemption_entries", ["list_id", "id"])
    op.create_table(
        "exemption_entry_heads",
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("enterprise_id", "id", name="pk_exemption_entry_heads"),
        of_entry("exemption_entry_heads", "id"),
    )


def create_steps() -> None:
    op.create_table(
        "exemption_entry_steps",
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        *hands(),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("terms", pg.JSONB(), nullable=False),
        sa.Column("evidence", pg.JSONB(), nullable=False),
        sa.Column("finding_id", sa.Uuid(), nullable=True),
        sa.Column("assertions", UUIDS, nullable=False),
        sa.PrimaryKeyConstraint("enterprise_id", "id", name="pk_exemption_entry_steps"),
        sa.UniqueConstraint(
            "enterprise_id", "entry_id", "number", name="uq_exemption_entry_steps_enterprise_id_entry_id_number"
        ),
        of_entry("exemption_entry_steps", "entry_id"),
    )


def create_findings() -> None:
    op.create_table(
        "exemption_findings",
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("standing", sa.Text(), nullable=False),
        sa.Column("fails_on", sa.Date(), nullable=True),
        sa.Column("lacking", TEXTS, nullable=False),
        sa.Column("otherwise", TEXTS, nullable=False),
        sa.Column("snapshot", sa.LargeBinary(), nullable=False),
        sa.Column("known_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("enterprise_id", "id", name="pk_exemption_findings"),
        of_entry("exemption_findings", "entry_id"),
    )
    op.create_index("ix_exemption_findings_enterprise_id_entry_id", "exemption_findings", ["enterprise_id", "entry_id"])


def of_entry(table: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["enterprise_id", column],
        ["exemption_entries.enterprise_id", "exemption_entries.id"],
        name=f"fk_{table}_exemption_entries",
    )


def downgrade() -> None:
    for name in (
        "exemption_findings",
        "exemption_entry_steps",
        "exemption_entry_heads",
        "exemption_entries",
        "exemption_versions",
        "exemption_list_heads",
        "exemption_lists",
    ):
        op.drop_table(name)
