"""Keep duties with what was filed, received and waived, their attachments and contacts, and what regions set for them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

from migrations.append_only import append_only, erasable

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
TEXTS = pg.ARRAY(sa.Text())
APPEND_ONLY = ("duty_filings", "duty_receipts", "duty_waivers", "duty_reminders", "attachments", "duty_settings")
TABLES = (
    "duty_rounds",
    "duty_settings",
    "contacts",
    "attachments",
    "duty_reminders",
    "duty_waivers",
    "duty_receipts",
    "duty_filings",
    "duties",
    "duty_terms",
)
NOT_DONE = sa.text("filed_at IS NULL AND waived_at IS NULL AND ceased_at IS NULL")


def text(name: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=null)


def instant(name: str, *, null: bool = False) -> sa.Column[object]:
    return sa.Column(name, INSTANT, nullable=null)


def uid(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.Uuid(), nullable=False)


def signed() -> tuple[sa.Column[str], ...]:
    return text("client_id"), text("person_name", null=True), text("person_office", null=True)


def upgrade() -> None:
    create_duties()
    create_evidence()
    create_attachments()
    create_contacts()
    create_settings()
    for table in APPEND_ONLY:
        append_only(table)
    erasable("contacts", ("name", "phone", "office"), mark="erased_at")


def create_duties() -> None:
    op.create_table(
        "duty_terms",
        uid("id"),
        text("pack"),
        sa.Column("season", sa.Integer(), nullable=False),
        text("section"),
        text("duty"),
        text("key"),
        text("who"),
        sa.Column("what", pg.JSONB(), nullable=False),
        sa.Column("cites", TEXTS, nullable=False),
        sa.Column("readings", TEXTS, nullable=False),
        sa.Column("forms", TEXTS, nullable=False),
        text("force"),
        text("addressee"),
        sa.Column("covers_from", sa.Date(), nullable=True),
        sa.Column("covers_until", sa.Date(), nullable=True),
        instant("opens_at", null=True),
        instant("soon_at", null=True),
        instant("due_at", null=True),
        sa.Column("conflicts", pg.JSONB(), nullable=False),
        text("grants"),
        sa.PrimaryKeyConstraint("id", name="pk_duty_terms"),
    )
    op.create_index("ix_duty_terms_pack_season", "duty_terms", ["pack", "season"])
    op.create_table(
        "duties",
        uid("enterprise_id"),
        uid("id"),
        uid("term_id"),
        text("region"),
        text("receiving_region"),
        instant("due_at"),
        instant("soon_at", null=True),
        instant("filed_at", null=True),
        instant("waived_at", null=True),
        instant("ceased_at", null=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("enterprise_id", "id", name="pk_duties"),
        sa.ForeignKeyConstraint(["term_id"], ["duty_terms.id"], name="fk_duties_term_id_duty_terms"),
    )
    op.create_index("ix_duties_id", "duties", ["id"])
    op.create_index("ix_duties_due_at_id", "duties", ["due_at", "id"])
    op.create_index("ix_duties_term_id", "duties", ["term_id"])
    op.create_index("ix_duties_enterprise_id_due_at_id", "duties", ["enterprise_id", "due_at", "id"])
    op.create_index(
        "ix_duties_region_due_at_id",
        "duties",
        ["region", "due_at", "id"],
        postgresql_ops={"region": "text_pattern_ops"},
    )
    op.create_index("ix_duties_waiting", "duties", ["soon_at"], postgresql_where=NOT_DONE)
    op.create_table(
        "duty_rounds",
        text("pack"),
        sa.Column("season", sa.Integer(), nullable=False),
        text("stood_on"),
        sa.PrimaryKeyConstraint("pack", "season", name="pk_duty_rounds"),
    )


def of_a_duty(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["enterprise_id", "duty_id"], ["duties.enterprise_id", "duties.id"], name=f"fk_{table}_enterprise_id_duties"
    )


def create_evidence() -> None:
    op.create_table(
        "duty_filings",
        uid("enterprise_id"),
        uid("id"),
        uid("duty_id"),
        sa.Column("number", sa.Integer(), nullable=False),
        text("form"),
        sa.Column("report", pg.JSONB(), nullable=False),
        text("note"),
        sa.Column("attachments", pg.JSONB(), nullable=False),
        instant("at"),
        text("hash"),
        *signed(),
        sa.PrimaryKeyConstraint("enterprise_id", "id", name="pk_duty_filings"),
        sa.UniqueConstraint("enterprise_id", "duty_id", "number", name="uq_duty_filings_enterprise_id_duty_id_number"),
        of_a_duty("duty_filings"),
    )
    op.create_table(
        "duty_receipts",
        uid("enterprise_id"),
        uid("id"),
        uid("filing_id"),
        text("verdict"),
        text("reason"),
        instant("at"),
        *signed(),
        sa.PrimaryKeyConstraint("enterprise_id", "id", name="pk_duty_receipts"),
        sa.UniqueConstraint("enterprise_id", "filing_id", name="uq_duty_receipts_enterprise_id_filing_id"),
        sa.ForeignKeyConstraint(
            ["enterprise_id", "filing_id"],
            ["duty_filings.enterprise_id", "duty_filings.id"],
            name="fk_duty_receipts_enterprise_id_duty_filings",
        ),
    )
    op.create_table(
        "duty_waivers",
        uid("enterprise_id"),
        uid("id"),
        uid("duty_id"),
        text("reason"),
        instant("at"),
        *signed(),
        sa.PrimaryKeyConstraint("enterprise_id", "id", name="pk_duty_waivers"),
        sa.UniqueConstraint("enterprise_id", "duty_id", name="uq_duty_waivers_enterprise_id_duty_id"),
        of_a_duty("duty_waivers"),
    )
    op.create_table(
        "duty_reminders",
        uid("enterprise_id"),
        uid("duty_id"),
        text("stage"),
        instant("at"),
        sa.PrimaryKeyConstraint("enterprise_id", "duty_id", "stage", name="pk_duty_reminders"),
        of_a_duty("duty_reminders"),
    )


def create_attachments() -> None:
    op.create_table(
        "attachments",
        uid("enterprise_id"),
        uid("id"),
        uid("duty_id"),
        text("name"),
        text("media_type"),
        sa.Column("size", sa.Integer(), nullable=False),
        text("sha256"),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        instant("at"),
        *signed(),
        sa.PrimaryKeyConstraint("enterprise_id", "id", name="pk_attachments"),
        of_a_duty("attachments"),
    )
    op.create_index("ix_attachments_id", "attachments", ["id"])


def create_contacts() -> None:
    op.create_table(
        "contacts",
        uid("enterprise_id"),
        uid("id"),
        sa.Column("number", sa.Integer(), nullable=False),
        text("region"),
        text("body"),
        text("role"),
        text("name", null=True),
        text("phone", null=True),
        text("office", null=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        instant("at"),
        instant("erased_at", null=True),
        *signed(),
        sa.PrimaryKeyConstraint("enterprise_id", "id", "number", name="pk_contacts"),
    )
    op.create_index("ix_contacts_id", "contacts", ["id"])
    op.create_index("ix_contacts_region", "contacts", ["region"], postgresql_ops={"region": "text_pattern_ops"})


def create_settings() -> None:
    op.create_table(
        "duty_settings",
        text("region"),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("lead_days", sa.Integer(), nullable=False),
        sa.Column("lead_hours", sa.Integer(), nullable=False),
        sa.Column("power_supplier_day", sa.Integer(), nullable=True),
        sa.Column("contact_months", sa.Integer(), nullable=False),
        text("basis"),
        instant("at"),
        *signed(),
        sa.PrimaryKeyConstraint("region", "number", name="pk_duty_settings"),
    )


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
    op.execute("DROP FUNCTION forbid_change_but_erasing()")
