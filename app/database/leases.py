"""Whether a case is held now, in SQL: the rule of `app.review.case`."""


def is_held(case: str, now: str = ":now") -> str:
    """Return SQL that says whether somebody holds the row `case`; a lease that ran out holds nothing."""
    return f"({case}.lease_expires_at IS NOT NULL AND {case}.lease_expires_at > {now})"
