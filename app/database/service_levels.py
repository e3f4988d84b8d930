"""Service levels in SQL: the rules of `app.review.queue.service_level`, so that lists and counts agree."""

from datetime import datetime
from typing import Any

from app.review.queue.depth import BAND_ENDS
from app.review.queue.service_level import Priority, ServiceLevels, Timeliness


def _loss(case: str) -> str:
    """Return SQL for a loss in the base currency; what has no rate may be any loss, and counts as urgent."""
    return f"coalesce({case}.queue_loss, {case}.expected_loss) * {case}.queue_rate"


def _by_priority(case: str, urgent: str, high: str, normal: str) -> str:
    return (
        f"CASE WHEN {case}.queue_rate IS NULL OR {_loss(case)} >= :urgent_from THEN {urgent}"
        f" WHEN {_loss(case)} >= :high_from THEN {high} ELSE {normal} END"
    )


def due_at(case: str) -> str:
    """Return SQL that says by when the row `case` should be judged; no deadline makes it no later."""
    times = (f"CAST(:{name}_time AS interval)" for name in ("urgent", "high", "normal"))
    return f"least({case}.opened_at + {_by_priority(case, *times)}, {case}.respond_by)"


#: What `due_at` is asked with, of the parameters that there are.
DUE_PARAMETERS = frozenset({"urgent_from", "high_from", "urgent_time", "high_time", "normal_time"})
PRIORITY = _by_priority("c", f"'{Priority.URGENT}'", f"'{Priority.HIGH}'", f"'{Priority.NORMAL}'")
NOW = "CAST(:now AS timestamptz)"
DUE_AT = due_at("c")
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
