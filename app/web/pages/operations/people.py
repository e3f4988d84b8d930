"""Who is at work, what each holds, and what each got done lately."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.database.operations.queue_figures import Hold, Pace
from app.web.pages import formatting
from app.web.pages.operations.query import address


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldRow:
    """A case somebody holds."""

    number: str
    since: str
    left: str
    is_reserved: bool
    is_escalated: bool
    release: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRow:
    """Somebody at work."""

    name: str
    holds: tuple[HoldRow, ...]
    holds_address: str
    judged: str
    judged_address: str
    median: str


def people_at_work(holds: Sequence[Hold], paces: Sequence[Pace], now: datetime) -> tuple[PersonRow, ...]:
    """Return who holds a case or judged one in the last hour, by name."""
    names = {each.holder_id: each.holder for each in holds} | {each.account_id: each.name for each in paces}
    pace = {each.account_id: each for each in paces}
    return tuple(
        PersonRow(
            name=name,
            holds=tuple(_hold(each, now) for each in holds if each.holder_id == key),
            holds_address=address(holder=key),
            judged=formatting.count(pace[key].cases) if key in pace else "0",
            judged_address=address(judged_by=key) if key in pace else "",
            median=_median(pace.get(key)),
        )
        for key, name in sorted(names.items(), key=lambda each: (each[1], each[0]))
    )


def _hold(each: Hold, now: datetime) -> HoldRow:
    return HoldRow(
        number=formatting.count(each.case_id),
        since=formatting.duration(now - each.claimed_at),
        left=formatting.countdown(each.expires_at - now),
        is_reserved=each.is_reserved,
        is_escalated=each.is_escalated,
        release=f"/operations/cases/{each.case_id}/release",
    )


def _median(pace: Pace | None) -> str:
    if pace is None or pace.median_seconds is None:
        return ""
    return formatting.duration(timedelta(seconds=pace.median_seconds))
