"""The review page of a person: their current case, or why there is none."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import uuid4

from app.artifacts import Model
from app.database.cases.cases import CaseFile
from app.database.cases.verdicts import PendingVerdict
from app.database.server.session import shared
from app.review.access.people import Ability
from app.review.card_numbers.masking import without_card_numbers
from app.review.case import CaseAlreadyJudged, Judgement, VerdictReason
from app.review.queue.priority import loss_in_base
from app.review.reason_codes import Code
from app.review.story.sentences import sentences
from app.review.timeline import newest_wait
from app.web.dependencies import Visitor
from app.web.languages.sentences import marked, worded
from app.web.pages import formatting
from app.web.pages.discussion.view import Place, discussion_view
from app.web.pages.frame import frame
from app.web.pages.lists.view import entry_view
from app.web.pages.review.case import CaseContext, ModelView, case_view
from app.web.pages.review.facts import facts_of
from app.web.pages.review.features import SHOWN, SHOWN_BLIND, strip, sums
from app.web.pages.review.header import Last, Notice, ReviewContext, ReviewPage, Undo, review_page
from app.web.pages.review.linked import linked_view
from app.web.pages.review.reasons import reason_views
from app.web.pages.review.score_panel import opinion
from app.web.pages.review.similar import alike
from app.web.pages.review.story import story_view
from app.web.pages.review.timeline import timeline_view
from app.web.problems import own_sentence
from app.web.services import (
    AccessServices,
    CaseServices,
    ModelServices,
    Services,
)
from app.workflows.cases.explanations import CaseExplanation, values_of
from app.workflows.models.serving import ActivePair

#: So many linked payments fit below the facts without scrolling; the search has the others.
LINKED_IN_SIGHT = 6
#: What was done last, as it is told.
DONE: Mapping[str, str] = {
    "fraud": marked("fraud"),
    "legit": marked("legit"),
    "escalate": marked("escalated"),
    "released": marked("back to the queue"),
    "skipped": marked("skipped, back to the queue"),
    "handed": marked("reassigned"),
    "waits": marked("waits for the customer"),
    "undone": marked("undone"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreenMessages:
    """What to tell beside the screen: what was done last, or what did not go as asked."""

    last: Last | None = None
    notice: Notice | None = None


class Done(NamedTuple):
    """What was done last: to which case, and a key of `DONE`."""

    case_id: int
    what: str


async def current_screen(
    services: Services,
    judge: Visitor,
    told: Done | ScreenMessages | None = None,
    *,
    lease: timedelta | None = None,
) -> ReviewPage:
    """Return the screen with the case this person holds, or the next; all of it read in one transaction."""
    async with shared(services.cases.claims.engine):
        if isinstance(told, Done):
            told = ScreenMessages(last=await last_of(services.cases, judge, *told))
        file = await services.cases.claims.current_or_next(judge.account, lease=lease)
        return await screen_of(services, judge, file, told)


async def next_screen(services: Services, judge: Visitor) -> ReviewPage | None:
    """Reserve the next case and return the screen with it, read in one transaction; None: there is none."""
    async with shared(services.cases.claims.engine):
        file = await services.cases.claims.have_next_ready(judge.account)
        return None if file is None else await screen_of(services, judge, file, is_ready=True)


async def screen_of(
    services: Services,
    judge: Visitor,
    file: CaseFile | None,
    told: ScreenMessages | None = None,
    *,
    is_ready: bool = False,
) -> ReviewPage:
    """Return the screen with this case on it.

    One that is made ready offers no undo: when it is shown, another verdict will be the newest.
    """
    claims, now = services.cases.claims, services.clock()
    told = told or ScreenMessages()
    given = None if is_ready else await services.cases.verdicts.undoable(judge.account)
    last = told.last
    if last is None and given is not None:
        last = await last_of(services.cases, judge, given.case_id, given.judgement.value)
    queue = await claims.queue(judge.account)
    case = None
    if file is not None:
        file = await claims.readable(judge.account, file)
        case = case_view(
            file,
            await _read(services.cases, services.models, judge, file),
            beside=await _beside(services, judge, file),
            is_blind=claims.is_blind(file),
            now=now,
            lease_duration=claims.lease_duration,
        )
    around = ReviewContext(
        judged=await services.cases.verdicts.judged_today(judge.account),
        model_is_out=not services.models.scorer.is_available,
        undo_seconds=int(services.cases.verdicts.grace.total_seconds()),
        colleagues=await _colleagues(services.access, judge, file),
        notice=told.notice,
        last=last,
        undo=_undo(given, last, now),
    )
    title = frame(
        judge.account, judge.csrf_token, title=worded("Review"), here="/review", notices=judge.notices
    )
    return review_page(title, queue, case, around, now=now)


async def last_of(cases: CaseServices, judge: Visitor, case_id: int, done: str) -> Last:
    """Return what became of the case before this one; only now, an audit is told as one."""
    sentence = worded("Case %(case_id)s \u2192 %(done)s", case_id=formatting.count(case_id), done=DONE[done])
    if await cases.verdicts.was_audit(judge.account, case_id):
        sentence = worded(
            "%(sentence)s. %(random_audit)s: it was a random audit.",
            sentence=sentence,
            random_audit=Code.RANDOM_AUDIT.value,
        )
    return Last(case_id=case_id, sentence=sentence)


def refusal(
    sentence: str,
    error: Exception,
    *,
    said: Judgement | None = None,
    note: str = "",
    reason: VerdictReason | None = None,
) -> ScreenMessages:
    """Return what to tell of something that was refused; the note that came with it is not lost.

    Of a card number in it the last four digits are left, so that it can be sent again as it is shown.

    `said` is what this person judged the case before, if that stands.
    """
    because = (
        why(error)
        if said is None
        else worded("You decided it already: %(said)s. That stands.", said=DONE[said.value])
    )
    return ScreenMessages(
        notice=Notice(sentence=f"{sentence} {because}", note=without_card_numbers(note), reason=reason)
    )


def why(error: Exception) -> str:
    """Return the error's own sentence."""
    if isinstance(error, CaseAlreadyJudged):
        return worded("It already has one; if your connection had just failed, it may be yours.")
    return worded(own_sentence(error))


def _undo(given: PendingVerdict | None, last: Last | None, now: datetime) -> Undo | None:
    if given is None:
        return None
    return Undo(
        case_id=given.case_id,
        number=formatting.count(given.case_id),
        token=given.token,
        seconds=max(0, int((given.settles_at - now).total_seconds())),
        is_last=last is not None and last.case_id == given.case_id,
    )


async def _beside(services: Services, judge: Visitor, file: CaseFile) -> CaseContext:
    cases, schema = services.cases, services.models.serving.pair.model.schema.described
    linked = await cases.linked_payments.of(file, judge.account)
    shown = replace(linked, payments=linked.payments[:LINKED_IN_SIGHT])
    now, levels = services.clock(), services.operations.case_lists.levels
    pasts = await cases.story.pasts(file, schema.kept)
    told = sentences(float(file.amount), pasts, linked_frauds=linked.frauds)
    happened = await cases.lookup.timeline(judge.account, file)
    due_at = levels.due_at(loss_in_base(file.queue_loss, file.queue_rate), file.opened_at, file.respond_by)
    return CaseContext(
        due_at=due_at,
        timeliness=levels.timeliness(file.opened_at, due_at, now),
        story=story_view(told, file.attributes, file.currency),
        facts=facts_of(
            file.attributes, file.features, order=(*schema.entities, *schema.by_name), issuers=cases.issuers
        ),
        linked=linked_view(shown, file.attributes, beside=file.occurred_at, now=now),
        timeline=timeline_view(happened, now=now),
        discussion=discussion_view(
            await cases.discussions.of_held(judge.account, file),
            judge.account,
            place=Place.REVIEW,
            csrf_token=judge.csrf_token,
            form=uuid4(),
            now=now,
        ),
        listings=tuple(
            entry_view(each, now)
            for each in await cases.entity_lists.of_payment(judge.account, file.attributes)
        ),
        handed=await cases.claims.reassignment_of(judge.account, file),
        assignment=await cases.assigning.of(judge.account, file),
        wait=newest_wait(happened),
    )


async def _colleagues(
    access: AccessServices, judge: Visitor, file: CaseFile | None
) -> tuple[tuple[str, str], ...]:
    """Return to whom a case can be reassigned; who judged it before is not left out, or that told it."""
    if file is None:
        return ()
    needed = Ability.JUDGE_ESCALATED if file.case.is_escalated else Ability.JUDGE
    return tuple(
        (each.name, each.display_name)
        for each in await access.accounts.accounts()
        if each.may(needed) and each.id != judge.account.id
    )


async def _read(cases: CaseServices, models: ModelServices, judge: Visitor, file: CaseFile) -> ModelView:
    """What the model says of a case: nothing before the first verdict of a blind review, else everything."""
    pair = models.serving.pair
    if cases.claims.is_blind(file) and file.provisional is None:
        return blind_read(file, pair.model)
    grounds = await cases.explanations.grounds(file, pair, reader_id=judge.account.id)
    return open_read(file, pair, grounds)


def blind_read(file: CaseFile, model: Model) -> ModelView:
    """Return the data alone: neither score nor reason nor known payment goes before the verdict."""
    values = values_of(file, model)
    return ModelView(
        opinion=None,
        features=strip(file, model, values, None, shown=SHOWN_BLIND) if values is not None else (),
        sums=None,
        codes=(),
        alike=None,
        bounds_moved=False,
    )


def open_read(file: CaseFile, pair: ActivePair, grounds: CaseExplanation) -> ModelView:
    """Return the opinion with its grounds."""
    values, explanation = values_of(file, pair.model), grounds.explanation
    shown = SHOWN if file.score is not None else SHOWN_BLIND
    return ModelView(
        opinion=opinion(file, pair.model, pair.policy),
        features=strip(file, pair.model, values, explanation, shown=shown) if values is not None else (),
        sums=sums(pair.model, explanation) if explanation is not None else None,
        codes=reason_views(grounds.codes, file.currency),
        alike=alike(grounds.nearest, beside=file.occurred_at),
        bounds_moved=file.policy_id != pair.policy_id,
    )
