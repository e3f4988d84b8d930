"""Service levels in SQL: the rules of `app.review.queue.service_level`, so that lists and counts agree."""

from datetime import datetime
from typing import Any

from app.review.queue.depth import BAND_ENDS
from app.review.queue.service_level import Priority, ServiceLevels, Timeliness

# In the base currency; what has no rate may be any loss, and counts as urgent.
_LOSS = "coalesce(c.queue_loss, c.expected_loss) * c.queue_rate"
_IS_URGENT = f"c.queue_rate IS NULL OR {_LOSS} >= :urgent_from"
_IS_HIGH = f"{_LOSS} >= :high_from"
PRIORITY = (
    f"CASE WHEN {_IS_URGENT} THEN '{Priority.URGENT}'"
    f" WHEN {_IS_HIGH} THEN '{Priority.HIGH}' ELSE '{Priority.NORMAL}' END"
)
_TIME = (
    f"CASE WHEN {_IS_URGENT} THEN CAST(:urgent_time AS interval)"
    f" WHEN {_IS_HIGH} THEN CAST(:high_time AS interval)"
    " ELSE CAST(:normal_time AS interval) END"
)
NOW = "CAST(:now AS timestamptz)"
#: `least` passes over a deadline that is none.
DUE_AT = f"least(c.opened_at + {_TIME}, c.respond_by)"
WARNS_AT = f"(c.opened_at + CAST(:warning_share AS double precision) * ({DUE_AT} - c.opened_at))"
TIMELINESS = (
    f"CASE WHEN {NOW} >= {DUE_AT} THEN '{Timeliness.BREACHED}'"
    f" WHEN {NOW} >= {WARNS_AT} THEN '{Timeliness.DUE_SOON}' ELSE '{Timeliness.IN_TIME}' END"
)
_BANDS = " ".join(
    f"WHEN c.opened_at > {NOW} - interval '{end.total_seconds():.0f} seconds' THEN '{band}'"
    for band, end in BAND_ENDS.items()
    if end is not None
)
AGE_BAND = f"CASE {_BANDS} ELSE '{list(BAND_ENDS)[-1]}' END"


def level_parameters(levels: ServiceLevels, now: datetime) -> dict[str, Any]:
    """Return what these expressions are asked with."""
    return {
        "now": now,
        "urgent_from": levels.urgent_from,
        "high_from": levels.high_from,
        "urgent_time": levels.urgent,
        "high_time": levels.high,
        "normal_time": levels.normal,
        "warning_share": levels.warning_share,
    }
