"""What happened to policies, the newest first, each move with who made it and what it changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.triage.policies.state import PolicyState
from app.web.languages.sentences import marked, worded
from app.web.pages import formatting
from app.web.pages.policies.diff import DiffRow, diff_rows
from app.workflows.policies.history import HistoryEntry

VERBS: Mapping[PolicyState, str] = {
    PolicyState.DRAFT: marked("drafted"),
    PolicyState.SIMULATED: marked("simulated"),
    PolicyState.SHADOW: marked("sent into shadow"),
    PolicyState.APPROVED: marked("approved"),
    PolicyState.SCHEDULED: marked("scheduled"),
    PolicyState.ACTIVE: marked("activated"),
    PolicyState.RETIRED: marked("retired"),
}
TONES: Mapping[PolicyState, str] = {PolicyState.ACTIVE: "legit", PolicyState.RETIRED: ""}
#: Moves beside which a reader wants to see the values.
SHOWN_WITH_VALUES = frozenset({PolicyState.DRAFT, PolicyState.ACTIVE})


@dataclass(frozen=True, slots=True, kw_only=True)
class ChapterRow:
    """One move."""

    id: int
    policy_id: int
    verb: str
    tone: str
    account: str
    happened: str
    #: Why it was drafted, or let decide.
    reason: str
    #: What was signed, and answers that were given.
    statement: tuple[str, ...]
    answers: tuple[tuple[str, str], ...]
    differences: tuple[DiffRow, ...]
    parent_id: int


def chapter_rows(chapters: Sequence[HistoryEntry]) -> tuple[ChapterRow, ...]:
    """Return moves in words."""
    return tuple(_row(each) for each in chapters)


def _row(chapter: HistoryEntry) -> ChapterRow:
    event, version = chapter.event, chapter.version
    details = event.details or {}
    is_first = event.state is PolicyState.DRAFT
    answers = details.get("answers", []) if not is_first else []
    given = [(each["sentence"], each["answer"]) for each in answers]
    given += [(each.sentence, each.answer) for each in version.warnings] if is_first else []
    return ChapterRow(
        id=event.id,
        policy_id=event.policy_id,
        verb=_verb(event.state, details, is_unsigned=version.approved_at is None),
        tone=TONES.get(event.state, "unknown"),
        account=event.account,
        happened=formatting.moment(event.happened_at),
        reason=version.reason if is_first else details.get("reason", ""),
        statement=tuple((details.get("statement") or {}).get("sentences", ())),
        answers=tuple(given),
        differences=diff_rows(chapter.differences) if event.state in SHOWN_WITH_VALUES else (),
        parent_id=version.parent_id or 0,
    )


def _why_not_as_scheduled(details: Mapping[str, Any]) -> str:
    if "model_unusable" in details:
        return worded("its model could not be loaded")
    superseded_by = details.get("superseded_by")
    return (
        worded("version %(superseded_by)s decides by now", superseded_by=superseded_by)
        if superseded_by
        else ""
    )


def _verb(state: PolicyState, details: Mapping[str, Any], *, is_unsigned: bool) -> str:
    if details.get("rollback"):
        return worded("activated again by a rollback")
    if details.get("scheduled"):
        return worded("activated as scheduled")
    if why := _why_not_as_scheduled(details):
        return worded("not activated as scheduled, as %(why)s", why=why)
    if state is PolicyState.SCHEDULED:
        return worded(
            "scheduled for %(activates_at)s",
            activates_at=formatting.moment(datetime.fromisoformat(details["activates_at"])),
        )
    if state is PolicyState.RETIRED and is_unsigned:
        return worded("withdrawn")
    return VERBS[state]
