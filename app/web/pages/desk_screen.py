"""The desk's screen, filled: the case before somebody's eyes, or why there is none."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from app.database.cases import CaseFile
from app.review.case import CaseAlreadyJudged, VerdictReason
from app.review.people import Ability
from app.review.reason_codes import Code
from app.web.dependencies import Everything, Visitor
from app.web.pages import words
from app.web.pages.desk_case import Beside, Read, case_view
from app.web.pages.desk_read import blind_read, open_read
from app.web.pages.desk_view import Around, DeskPage, Last, Notice, desk_page
from app.web.pages.frame import frame
from app.web.pages.linked_view import linked_view
from app.web.pages.timeline_view import timeline_view

#: So many linked payments fit below the facts without scrolling; the search has the others.
LINKED_IN_SIGHT = 6
#: What was done last, as it is told.
DONE: Mapping[str, str] = {
    "fraud": "fraud",
    "legit": "legit",
    "escalate": "to a senior colleague",
    "released": "back to the queue",
    "skipped": "skipped, back to the queue",
    "handed": "handed over",
    "undone": "taken back",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What to tell beside the screen: what was done last, or what did not go as asked."""

    last: Last | None = None
    notice: Notice | None = None


async def screen_of(
    everything: Everything, judge: Visitor, file: CaseFile | None, told: Told | None = None
) -> DeskPage:
    """Return the screen with this case on it."""
    casework, now = everything.casework, everything.clock()
    queue = await casework.queue()
    case = None
    if file is not None:
        case = case_view(
            file,
            await _read(everything, file),
            beside=await _beside(everything, file),
            is_blind=casework.is_blind(file),
            now=now,
            lease_duration=casework.lease_duration,
        )
    around = Around(
        judged=await everything.judging.judged_today(judge.account),
        model_is_out=not everything.scorer.is_available,
        undo_seconds=int(everything.judging.grace.total_seconds()),
        colleagues=await _colleagues(everything, judge, file),
        notice=told.notice if told else None,
        last=told.last if told else None,
    )
    title = frame(judge.account, judge.csrf_token, title="Desk", here="/desk", notices=judge.notices)
    return desk_page(title, queue, case, around, now=now)


async def last_of(everything: Everything, judge: Visitor, case_id: int, done: str) -> Last:
    """Return what became of the case before this one; only now, an audit is told as one."""
    sentence = f"Case {words.count(case_id)} \u2192 {DONE[done]}"
    given = await everything.judging.undoable(judge.account, case_id)
    if await everything.judging.was_audit(judge.account, case_id):
        sentence = f"{sentence}. {Code.RANDOM_AUDIT.value}: it was a random audit."
    seconds = 0 if given is None else max(0, int((given - everything.clock()).total_seconds()))
    return Last(case_id=case_id, sentence=sentence, undo_seconds=seconds)


def refusal(sentence: str, error: Exception, *, note: str = "", reason: VerdictReason | None = None) -> Told:
    """Return what to tell of something that was refused; the note that came with it is not lost."""
    return Told(notice=Notice(sentence=f"{sentence} {why(error)}", note=note, reason=reason))


def why(error: Exception) -> str:
    """Return the error's own sentence."""
    if isinstance(error, CaseAlreadyJudged):
        return "It already has one; if your connection had just failed, it may be yours."
    return (error.__doc__ or "").strip()


async def _beside(everything: Everything, file: CaseFile) -> Beside:
    linked = await everything.linked.of(file)
    shown = replace(linked, payments=linked.payments[:LINKED_IN_SIGHT])
    now, levels = everything.clock(), everything.supervising.levels
    due_at = levels.due_at(file.expected_loss, file.opened_at, file.respond_by)
    return Beside(
        due_at=due_at,
        timeliness=levels.timeliness(file.opened_at, due_at, now),
        linked=linked_view(shown, file.attributes, beside=file.occurred_at),
        timeline=timeline_view(await everything.lookup.timeline(file), now=now),
    )


async def _colleagues(
    everything: Everything, judge: Visitor, file: CaseFile | None
) -> tuple[tuple[str, str], ...]:
    """Return who could take this case over."""
    if file is None:
        return ()
    needed = Ability.JUDGE_ESCALATED if file.case.is_escalated else Ability.JUDGE
    return tuple(
        (each.name, each.display_name)
        for each in await everything.people.accounts()
        if each.may(needed) and each.id not in {judge.account.id, file.case.not_for}
    )


async def _read(everything: Everything, file: CaseFile) -> Read:
    """What the machine can say of a case: nothing before a first verdict with fresh eyes, else all it has."""
    pair = everything.serving.pair
    if everything.casework.is_blind(file) and file.provisional is None:
        return blind_read(file, pair.model)
    return open_read(file, pair, await everything.explaining.grounds(file, pair))
