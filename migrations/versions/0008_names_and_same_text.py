"""Names that read the same are one name, the same text is found, and an installation knows itself."""

import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

# What app.review.text.UNSEEN holds.
UNSEEN = (
    r"\u00AD\u034F\u061C\u115F-\u1160\u17B4-\u17B5\u180B-\u180F\u200B-\u200F\u2028-\u202E\u2060-\u206F\u2800"
    r"\u3164\uFE00-\uFE0F\uFEFF\uFFA0\uFFF0-\uFFFB\U00013430-\U0001343F\U0001BCA0-\U0001BCA3\U0001D159"
    r"\U0001D173-\U0001D17A\U000E0000-\U000E0FFF"
)
COMPARABLE_TEXT = f"""
CREATE FUNCTION comparable_text(told text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT normalize(regexp_replace(normalize(told, NFKC), '[{UNSEEN}]', '', 'g'), NFKC)
$$
"""
LINKS = ("card", "device", "merchant", "ip")


def upgrade() -> None:
    """Go up."""
    for table in ("accounts", "clients"):
        _add_name_keys(table)
    op.create_table(
        "installation",
        sa.Column("is_only", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.CheckConstraint("is_only", name=op.f("ck_installation_is_one")),
        sa.PrimaryKeyConstraint("is_only", name=op.f("pk_installation")),
    )
    op.execute("INSERT INTO installation (id) VALUES (left(replace(gen_random_uuid()::text, '-', ''), 12))")
    op.execute(COMPARABLE_TEXT)
    # Only what is not its own comparable form needs an entry: of usual payments none.
    op.execute(
        "CREATE INDEX ix_transactions_same_id ON transactions (comparable_text(transaction_id))"
        " WHERE transaction_id ~ '[^ -~]' AND comparable_text(transaction_id) <> transaction_id"
    )
    for link in LINKS:
        op.execute(
            f"CREATE INDEX ix_transactions_same_{link} ON transactions"
            f" (comparable_text(attributes ->> '{link}'), id) WHERE (attributes ->> '{link}') ~ '[^ -~]'"
            f" AND comparable_text(attributes ->> '{link}') <> (attributes ->> '{link}')"
        )
    op.execute("DROP INDEX ix_verdicts_words")
    op.execute(
        "CREATE INDEX ix_verdicts_words ON verdicts USING gin (to_tsvector('simple', comparable_text(note)))"
    )


def downgrade() -> None:
    """Go down."""
    op.execute("DROP INDEX ix_verdicts_words")
    op.execute("CREATE INDEX ix_verdicts_words ON verdicts USING gin (to_tsvector('simple', note))")
    for link in LINKS:
        op.execute(f"DROP INDEX ix_transactions_same_{link}")
    op.execute("DROP INDEX ix_transactions_same_id")
    op.execute("DROP FUNCTION comparable_text")
    op.drop_table("installation")
    for table in ("clients", "accounts"):
        op.drop_column(table, "name_key")


def _add_name_keys(table: str) -> None:
    """Give every name its key; of several that read the same, the first gets it."""
    op.add_column(table, sa.Column("name_key", sa.Text(), nullable=True))
    connection, taken = op.get_bind(), set[str]()
    for row_id, name in connection.execute(sa.text(f"SELECT id, name FROM {table} ORDER BY id")).all():
        key = _name_key(name)
        if not key or key in taken:
            # A character no key holds: nobody comes upon it by typing another name.
            key = f"{key}\x1f{row_id}"
        taken.add(key)
        connection.execute(
            sa.text(f"UPDATE {table} SET name_key = :key WHERE id = :id"), {"key": key, "id": row_id}
        )
    op.alter_column(table, "name_key", nullable=False)
    op.create_unique_constraint(op.f(f"uq_{table}_name_key"), table, ["name_key"])


def _name_key(name: str) -> str:
    key = " ".join(_comparable(name).split())
    while (folded := _comparable(key.casefold())) != key:
        key = folded
    return " ".join(key.split())


def _comparable(text: str) -> str:
    seen = "".join(letter for letter in unicodedata.normalize("NFKC", text) if not _is_unseen(letter))
    return unicodedata.normalize("NFKC", seen)


def _is_unseen(letter: str) -> bool:
    return any(first <= ord(letter) <= last for first, last in RANGES)


def _ranges() -> tuple[tuple[int, int], ...]:
    """Return the same characters as numbers, inclusive."""
    letters = UNSEEN.encode().decode("unicode_escape")
    places = iter(letters)
    found: list[tuple[int, int]] = []
    for letter in places:
        if letter == "-":
            found[-1] = (found[-1][0], ord(next(places)))
        else:
            found.append((ord(letter), ord(letter)))
    return tuple(found)


RANGES = _ranges()
