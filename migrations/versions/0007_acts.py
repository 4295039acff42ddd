"""Let one mechanism carry every act: determinations move into it, and runs name the steps they stand on."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

from migrations.append_only import append_only

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
UUIDS = pg.ARRAY(sa.Uuid())


def upgrade() -> None:
    create_acts()
    create_steps()
    move_determinations()
    op.drop_table("determinations")
    op.alter_column("decision_runs", "determinations", new_column_name="acts")
    create_reading_confirmations()
    for table in ("acts", "act_steps", "reading_confirmations"):
        append_only(table)


def create_acts() -> None:
    op.create_table(
        "acts",
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("pack_name", sa.Text(), nullable=True),
        sa.Column("season", sa.Integer(), nullable=True),
        sa.Column("workflow", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("terms", pg.JSONB(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("evidence", pg.JSONB(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("person_name", sa.Text(), nullable=True),
        sa.Column("person_office", sa.Text(), nullable=True),
        sa.Column("known_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("enterprise_id", "id", name="pk_acts"),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprises.id"], name="fk_acts_enterprise_id_enterprises"),
    )
    op.create_index("ix_acts_id", "acts", ["id"])
    op.create_index("ix_acts_of_plan", "acts", ["enterprise_id", "pack_name", "season"])


def create_steps() -> None:
    op.create_table(
        "act_heads",
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("steps_done", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("enterprise_id", "id", name="pk_act_heads"),
        sa.ForeignKeyConstraint(
            ["enterprise_id", "id"], ["acts.enterprise_id", "acts.id"], name="fk_act_heads_enterprise_id_acts"
        ),
    )
    op.create_table(
        "act_steps",
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("act_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("does", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("person_name", sa.Text(), nullable=True),
        sa.Column("person_office", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("terms", pg.JSONB(), nullable=False),
        sa.Column("evidence", pg.JSONB(), nullable=False),
        sa.Column("assertions", UUIDS, nullable=False),
        sa.PrimaryKeyConstraint("enterprise_id", "id", name="pk_act_steps"),
        sa.UniqueConstraint("enterprise_id", "act_id", "number", name="uq_act_steps_enterprise_id_act_id_number"),
        sa.ForeignKeyConstraint(
            ["enterprise_id", "act_id"], ["acts.enterprise_id", "acts.id"], name="fk_act_steps_enterprise_id_acts"
        ),
    )


def create_reading_confirmations() -> None:
    op.create_table(
        "reading_confirmations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("pack_name", sa.Text(), nullable=False),
        sa.Column("reading_id", sa.Text(), nullable=False),
        sa.Column("wording", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("person_name", sa.Text(), nullable=False),
        sa.Column("person_office", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("known_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_reading_confirmations"),
    )
    op.create_index("ix_reading_confirmations_newest", "reading_confirmations", ["pack_name", "reading_id", "known_at"])


def move_determinations() -> None:
    """A determination's own id becomes that of its granting step, so that the runs made under it still name it."""
    made = "FROM determinations d WHERE d.revokes IS NULL"
    op.execute(
        f"""
        INSERT INTO acts (enterprise_id, id, kind, pack_name, season, workflow, subject_id, terms, valid_from, valid_to,
                          basis, evidence, client_id, person_name, person_office, known_at)
        SELECT enterprise_id, id, 'determination', pack_name, season, '', subject_id,
               jsonb_build_object('rule', rule_id, 'alternative', choice, 'number', number::text, 'way', 'alternative'),
               valid_from, valid_to, basis, '[]', client_id, person_name, person_office, known_at {made}
        """
    )
    op.execute(
        """
        INSERT INTO act_heads (enterprise_id, id, state, steps_done, version)
        SELECT d.enterprise_id, d.id, CASE WHEN r.id IS NULL THEN 'granted' ELSE 'revoked' END,
               CASE WHEN r.id IS NULL THEN 1 ELSE 2 END, CASE WHEN r.id IS NULL THEN 1 ELSE 2 END
        FROM determinations d
        LEFT JOIN determinations r ON r.enterprise_id = d.enterprise_id AND r.revokes = d.id
        WHERE d.revokes IS NULL
        """
    )
    columns = (
        "(enterprise_id, id, act_id, number, action, does, state, at, client_id, person_name, person_office, note, "
        "terms, evidence, assertions)"
    )
    shared = "client_id, person_name, person_office, basis, '{}', '[]', '{}'"
    op.execute(
        f"INSERT INTO act_steps {columns} SELECT enterprise_id, id, id, 1, 'grant', 'decides', 'granted', known_at, "
        f"{shared} {made}"
    )
    op.execute(
        f"INSERT INTO act_steps {columns} SELECT enterprise_id, id, revokes, 2, 'revoke', '', 'revoked', known_at, "
        f"{shared} FROM determinations WHERE revokes IS NOT NULL"
    )


def downgrade() -> None:
    """Acts of other kinds have no place in the older schema; determinations go back."""
    op.alter_column("decision_runs", "acts", new_column_name="determinations")
    op.create_table(
        "determinations",
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("pack_name", sa.Text(), nullable=False),
        sa.Column("season", sa.Integer(), nullable=False),
        sa.Column("rule_id", sa.Text(), nullable=False),
        sa.Column("choice", sa.Integer(), nullable=False),
        sa.Column("number", sa.Numeric(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("person_name", sa.Text(), nullable=False),
        sa.Column("person_office", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("known_at", INSTANT, nullable=False),
        sa.Column("revokes", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("enterprise_id", "id", name="pk_determinations"),
        sa.UniqueConstraint("enterprise_id", "revokes", name="uq_determinations_enterprise_id_revokes"),
    )
    op.execute(
        """
        INSERT INTO determinations (enterprise_id, id, subject_id, pack_name, season, rule_id, choice, number,
                                    valid_from, valid_to, basis, person_name, person_office, client_id, known_at, revokes)
        SELECT a.enterprise_id, s.id, a.subject_id, a.pack_name, a.season, a.terms ->> 'rule',
               coalesce((a.terms ->> 'alternative')::int, 0), (a.terms ->> 'number')::numeric, a.valid_from, a.valid_to,
               CASE WHEN s.action = 'grant' THEN a.basis ELSE s.note END, s.person_name, s.person_office, s.client_id,
               s.at, CASE WHEN s.action = 'revoke' THEN g.id END
        FROM acts a
        JOIN act_steps s ON s.enterprise_id = a.enterprise_id AND s.act_id = a.id
        JOIN act_steps g ON g.enterprise_id = a.enterprise_id AND g.act_id = a.id AND g.action = 'grant'
        WHERE a.kind = 'determination' AND s.action IN ('grant', 'revoke')
        """
    )
    append_only("determinations")
    for name in ("reading_confirmations", "act_steps", "act_heads", "acts"):
        op.drop_table(name)
