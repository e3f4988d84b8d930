"""People choose their language, their clock and their keys."""

from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

PREFERENCES = """
CREATE TABLE preferences (
    account_id bigint NOT NULL,
    language varchar(32),
    zone text,
    are_keys_on boolean NOT NULL DEFAULT true,
    changed_at timestamptz NOT NULL,
    CONSTRAINT pk_preferences PRIMARY KEY (account_id),
    CONSTRAINT fk_preferences_account_id_accounts FOREIGN KEY (account_id) REFERENCES accounts (id),
    CONSTRAINT ck_preferences_language CHECK (language IN ('en', 'de'))
)
"""
HOTKEYS = """
CREATE TABLE hotkeys (
    account_id bigint NOT NULL,
    move varchar(32) NOT NULL,
    key text,
    CONSTRAINT pk_hotkeys PRIMARY KEY (account_id, move),
    CONSTRAINT uq_hotkeys_account_id_key UNIQUE (account_id, key),
    CONSTRAINT fk_hotkeys_account_id_preferences FOREIGN KEY (account_id)
        REFERENCES preferences (account_id),
    CONSTRAINT ck_hotkeys_move CHECK (
        move IN ('fraud', 'legit', 'escalate', 'skip', 'undo', 'note', 'comment', 'help')
    ),
    CONSTRAINT ck_hotkeys_key_is_one CHECK (key ~ '^[a-z?]$')
)
"""


def upgrade() -> None:
    """Go up."""
    op.execute(PREFERENCES)
    op.execute(HOTKEYS)


def downgrade() -> None:
    """Go down; everybody has the usual keys and their browser's language again."""
    op.execute("DROP TABLE hotkeys")
    op.execute("DROP TABLE preferences")
