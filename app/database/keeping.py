"""For whom, and until when, a case is kept, in SQL: the rule of `app.review.keeping.hold`."""

from app.database.tables.keeping import kept_until


def is_for_all(case: str, now: str = ":now") -> str:
    """Return SQL that says whether the row `case` neither waits nor is kept for an assignee."""
    return f"{kept_until(case)} <= CAST({now} AS timestamptz)"


def waits(case: str, now: str = ":now") -> str:
    """Return SQL that says whether the row `case` waits for the customer."""
    return f"({case}.waits_until IS NOT NULL AND {case}.waits_until > CAST({now} AS timestamptz))"


def is_kept_for_another(case: str, account: str, now: str = ":now") -> str:
    """Return SQL that says whether the row `case` is kept for an assignee who is not this account.

    `account` may be NULL: then every assignee is another.
    """
    return (
        f"({case}.assigned_to IS NOT NULL AND {case}.assigned_to IS DISTINCT FROM {account}"
        f" AND {case}.assigned_until > CAST({now} AS timestamptz))"
    )
