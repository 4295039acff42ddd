"""Open the register: regions, the structure of enterprises, and what is claimed of them."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

from app.integrations.regions import all_regions
from migrations.append_only import append_only

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
TABLES = (
    "assertion_marks",
    "assertions",
    "meters",
    "couplings",
    "units",
    "processes",
    "lines",
    "sites",
    "enterprises",
    "built_up_areas",
    "regions",
)


def upgrade() -> None:
    create_regions()
    create_heads()
    create_tree()
    create_attachments()
    create_assertions()


def text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def below_enterprise(
    table: str, *columns: sa.Column[Any], key: tuple[str, ...] = ("code",), key_name: str = ""
) -> None:
    op.create_table(
        table,
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        *columns,
        sa.PrimaryKeyConstraint("enterprise_id", "id", name=f"pk_{table}"),
        sa.UniqueConstraint("enterprise_id", *key, name=key_name or f"uq_{table}_enterprise_id_{'_'.join(key)}"),
    )


def belongs(table: str, to: str, *columns: str) -> None:
    """A foreign key within the enterprise, or to the enterprise itself."""
    own = ["enterprise_id", *columns]
    theirs = ["enterprise_id", "id"] if columns else ["id"]
    op.create_foreign_key(f"fk_{table}_{'_'.join(own)}_{to}", table, to, own, theirs)


def create_regions() -> None:
    regions = op.create_table(
        "regions",
        text("code"),
        text("name"),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("code", "name", name="pk_regions"),
    )
    op.bulk_insert(
        regions,
        [
            {"code": one.code, "name": one.name, "valid_from": one.valid_from, "valid_to": one.valid_to}
            for one in all_regions()
        ],
    )
    op.create_table(
        "built_up_areas",
        sa.Column("id", sa.Uuid(), nullable=False),
        text("region"),
        text("name"),
        sa.Column("polygon", pg.JSONB(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("known_at", INSTANT, nullable=False),
        text("document", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_built_up_areas"),
    )
    append_only("built_up_areas")


def create_heads() -> None:
    op.create_table(
        "enterprises",
        sa.Column("id", sa.Uuid(), nullable=False),
        text("registrar"),
        text("code"),
        text("name"),
        text("region"),
        text("uscc", nullable=True),
        text("gbt4754", nullable=True),
        sa.Column("sample", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_enterprises"),
        sa.UniqueConstraint("registrar", "code", name="uq_enterprises_registrar_code"),
    )
    op.create_index(
        "ix_enterprises_region_id", "enterprises", ["region", "id"], postgresql_ops={"region": "text_pattern_ops"}
    )
    op.create_index("ix_enterprises_uscc", "enterprises", ["uscc"])


def create_tree() -> None:
    below_enterprise(
        "sites",
        text("code"),
        text("name"),
        text("region"),
        text("address", nullable=True),
        sa.Column("longitude", sa.Numeric(), nullable=True),
        sa.Column("latitude", sa.Numeric(), nullable=True),
    )
    belongs("sites", "enterprises")
    op.create_index(
        "ix_sites_region_enterprise_id",
        "sites",
        ["region", "enterprise_id"],
        postgresql_ops={"region": "text_pattern_ops"},
    )
    below_enterprise(
        "lines",
        sa.Column("site_id", sa.Uuid(), nullable=False),
        text("code"),
        text("name"),
        text("industry", nullable=True),
        text("gbt4754", nullable=True),
    )
    belongs("lines", "sites", "site_id")
    op.create_index("ix_lines_industry_enterprise_id", "lines", ["industry", "enterprise_id"])
    below_enterprise(
        "processes",
        sa.Column("line_id", sa.Uuid(), nullable=False),
        text("code"),
        text("name"),
        text("kind", nullable=True),
    )
    belongs("processes", "lines", "line_id")
    below_enterprise(
        "units",
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("process_id", sa.Uuid(), nullable=True),
        text("code"),
        text("name"),
        text("kind", nullable=True),
    )
    belongs("units", "lines", "line_id")
    belongs("units", "processes", "process_id")


def create_attachments() -> None:
    below_enterprise(
        "couplings",
        text("kind"),
        text("from_level"),
        sa.Column("from_id", sa.Uuid(), nullable=False),
        text("to_level"),
        sa.Column("to_id", sa.Uuid(), nullable=False),
        key=("kind", "from_level", "from_id", "to_level", "to_id"),
        key_name="uq_couplings_ends",
    )
    belongs("couplings", "enterprises")
    below_enterprise(
        "meters",
        text("code"),
        text("kind"),
        text("level"),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("multiplier", sa.Numeric(), nullable=False),
    )
    belongs("meters", "enterprises")


def create_assertions() -> None:
    op.create_table(
        "assertions",
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        text("level"),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        text("fact"),
        text("type"),
        text("value"),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        text("document", nullable=True),
        sa.Column("known_at", INSTANT, nullable=False),
        text("client_id"),
        text("person", nullable=True),
        sa.PrimaryKeyConstraint("enterprise_id", "id", name="pk_assertions"),
    )
    belongs("assertions", "enterprises")
    op.create_index("ix_assertions_id", "assertions", ["id"])
    append_only("assertions")
    below_enterprise(
        "assertion_marks",
        sa.Column("assertion_id", sa.Uuid(), nullable=False),
        text("kind"),
        sa.Column("at", INSTANT, nullable=False),
        text("client_id"),
        text("person", nullable=True),
        text("note", nullable=True),
        key=("assertion_id", "kind"),
    )
    belongs("assertion_marks", "assertions", "assertion_id")
    append_only("assertion_marks")


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
