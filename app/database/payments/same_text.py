"""Texts that a person takes for the same, in SQL: the rule of `app.review.text`."""


def comparable_sql(written: str) -> str:
    """Return SQL for a text as it is compared; ASCII, which most is, is compared as it is written."""
    return f"(CASE WHEN {written} ~ '[^ -~]' THEN comparable_text({written}) ELSE {written} END)"
