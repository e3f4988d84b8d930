"""Service levels in SQL: the rules of `app.review.queue.service_level`, so that lists and counts agree."""

from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True, kw_only=True)
class DuePart:
    """Cases that are due for one reason, in SQL."""

    #: What such a case fulfils.
    which: str
    #: Which cases have this level, as an index by `ranked_loss` finds them; empty: those of all levels.
    level: str
    #: By what it is due, and the time between that and `due_at`.
    column: str
    time: str


def ranked_loss(case: str) -> str:
    """Return SQL for the loss that gives a case its priority; what has no rate is above all."""
    return f"coalesce({_loss(case)}, 'Infinity')"


def due_parts(case: str) -> tuple[DuePart, ...]:
    """Return the parts that all cases fall into by what makes them due: each level; their deadline last."""
    loss = ranked_loss(case)
    levels = {
        "urgent": f"{loss} >= :urgent_from",
        "high": f"{loss} < :urgent_from AND {loss} >= :high_from",
        "normal": f"{loss} < :urgent_from AND {loss} < :high_from",
    }
    # Said otherwise than to the index: the planner, who knows no numbers, takes that for a way to few cases.
    # Of a truth value it thinks that it holds for half of them, and walks the time.
    chosen = {name: ["true" if each == name else "false" for each in levels] for name in levels}
    by_level = tuple(
        DuePart(
            which=(
                f"{_by_priority(case, *chosen[name])} AND {case}.respond_by IS DISTINCT FROM {due_at(case)}"
            ),
            level=level,
            column=f"{case}.opened_at",
            time=f"CAST(:{name}_time AS interval)",
        )
        for name, level in levels.items()
    )
    deadline = f"coalesce({case}.respond_by, 'infinity')"
    # In the words of its own index: by another one the planner would read all deadlines there are.
    by_deadline = DuePart(
        which=f"{deadline} < 'infinity' AND {deadline} = {due_at(case)}",
        level="",
        column=deadline,
        time="interval '0'",
    )
    return (*by_level, by_deadline)


def latest_due(state: str) -> str:
    """Return SQL for a moment by which all cases of a state are due: its level makes none later."""
    times = ", ".join(f"CAST(:{name}_time AS interval)" for name in ("urgent", "high", "normal"))
    return f"""(SELECT max(newest.opened_at) FROM cases newest WHERE newest.state = '{state}')
        + greatest({times})"""


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
