"""Outcomes in an order that survives a restore (epoch, 64-bit transaction id, row); where to try writing."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

# Which history of transaction ids this server writes: a restored dump changes the identifier, a promoted
# standby and a restore to a point in time change the timeline. A standby itself writes none.
SERVER_HISTORY = """
CREATE FUNCTION server_history(OUT system_identifier bigint, OUT timeline bigint)
LANGUAGE sql STABLE AS $$
    SELECT control.system_identifier,
        CASE WHEN NOT pg_is_in_recovery()
        THEN ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::bigint END
    FROM pg_control_system() control
$$
"""

# The epoch that what is written now belongs to, whether or not it is in the table yet.
OUTCOME_EPOCH_NOW = """
CREATE FUNCTION outcome_epoch_now() RETURNS integer LANGUAGE sql STABLE AS $$
    SELECT newest.epoch + CASE
        WHEN pg_is_in_recovery() THEN 0
        WHEN (newest.system_identifier, newest.timeline)
                IS DISTINCT FROM (here.system_identifier, here.timeline) THEN 1
        ELSE 0 END
    FROM (SELECT * FROM outcome_epochs ORDER BY epoch DESC LIMIT 1) newest, server_history() here
$$
"""

# Nobody writes an outcome before its epoch is there; who meets another one beginning it waits for that one.
OUTCOME_EPOCH = """
CREATE FUNCTION outcome_epoch() RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    wanted integer;
BEGIN
    FOR attempt IN 1..2 LOOP
        wanted := outcome_epoch_now();
        IF EXISTS (SELECT FROM outcome_epochs WHERE epoch = wanted) THEN
            RETURN wanted;
        END IF;
        INSERT INTO outcome_epochs (epoch, system_identifier, timeline, began_at)
        SELECT wanted, here.system_identifier, here.timeline, clock_timestamp() FROM server_history() here
        ON CONFLICT (epoch) DO NOTHING;
        IF FOUND THEN
            RETURN wanted;
        END IF;
    END LOOP;
    RAISE EXCEPTION 'the order of outcomes begins anew' USING ERRCODE = 'serialization_failure';
END $$
"""
FUNCTIONS = {
    "server_history": SERVER_HISTORY,
    "outcome_epoch_now": OUTCOME_EPOCH_NOW,
    "outcome_epoch": OUTCOME_EPOCH,
}
XACT = "(pg_current_xact_id()::text)::bigint"
IN_ORDER = ("ix_outcomes_in_order", "outcomes")


def upgrade() -> None:
    """What was settled so far is the first epoch; what comes now begins the next one."""
    op.create_table(
        "outcome_epochs",
        sa.Column("epoch", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("system_identifier", sa.BigInteger(), nullable=True),
        sa.Column("timeline", sa.BigInteger(), nullable=True),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("epoch", name=op.f("pk_outcome_epochs")),
    )
    op.execute("INSERT INTO outcome_epochs (epoch, began_at) VALUES (1, now())")
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON outcome_epochs"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    for function in FUNCTIONS.values():
        op.execute(function)
    op.drop_index(*IN_ORDER)
    op.execute(
        f"ALTER TABLE outcomes ALTER COLUMN xact TYPE bigint, ALTER COLUMN xact SET DEFAULT {XACT},"
        " ADD COLUMN epoch integer NOT NULL DEFAULT 1"
    )
    op.execute("ALTER TABLE outcomes ALTER COLUMN epoch SET DEFAULT outcome_epoch()")
    op.create_index(*IN_ORDER, ["client_id", "epoch", "xact", "transaction_id"])
    op.create_table(
        "write_checks",
        sa.Column("process", sa.Uuid(), nullable=False),
        sa.Column("filling", sa.LargeBinary(), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("process", name=op.f("pk_write_checks")),
    )
    # Kept outside the row and not compressed, so that writing it takes up space on the disk.
    op.execute("ALTER TABLE write_checks ALTER COLUMN filling SET STORAGE EXTERNAL")


def downgrade() -> None:
    """One epoch again, and transaction ids as far as an integer holds them."""
    op.drop_table("write_checks")
    op.drop_index(*IN_ORDER)
    op.execute(
        "ALTER TABLE outcomes DROP COLUMN epoch,"
        " ALTER COLUMN xact TYPE integer USING least(xact, 2147483647)::integer"
    )
    for function in reversed(FUNCTIONS):
        op.execute(f"DROP FUNCTION {function}")
    op.drop_table("outcome_epochs")
    op.create_index(*IN_ORDER, ["client_id", "xact", "transaction_id"])
