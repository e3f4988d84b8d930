"""The lab's addresses: look, try, let bounds be proposed, list what changes, keep a draft."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from app.review.access.people import Ability
from app.triage.guard_rails import WarningsUnanswered
from app.triage.tuning.staircase import choice_told
from app.web.dependencies import CHECKED, DIGITS, LARGEST_KEY, Visitor, require
from app.web.languages.sentences import marked, said, worded
from app.web.pages import formatting
from app.web.pages.formatting import few
from app.web.pages.frame import frame
from app.web.pages.policies.lab.changes import changes_page, csv_lines
from app.web.pages.policies.lab.fields import measured_text
from app.web.pages.policies.lab.form import LabForm, form_of, last_days, sent_form
from app.web.pages.policies.lab.inputs import ReadForm, answers_in, kept_whole, read, sent_and_read
from app.web.pages.policies.lab.page import Mistake
from app.web.pages.policies.lab.trial import (
    MISTAKES,
    Trial,
    certificate_of,
    drawn,
    mistake_of,
    moved,
    tried,
    whole_page,
)
from app.web.pages.rendering import render
from app.web.pages.whole_file import csv_file
from app.web.services import Clock, Policies, PolicyServices
from app.workflows.policies.drafts import Draft

router = APIRouter(include_in_schema=False)

Reader = Annotated[Visitor, Depends(require(Ability.SEE_POLICIES))]
Manager = Annotated[Visitor, Depends(require(Ability.TUNE_POLICIES))]
Sent = Annotated[ReadForm, Depends(sent_and_read)]
SentForm = Annotated[LabForm, Depends(sent_form)]
USUAL_DAYS = 7
Days = Annotated[int, Form(ge=1, le=366)]

NOT_AS_SHOWN = Mistake(
    field="",
    sentence=(
        marked(
            "Nothing is kept yet: this is not what you were shown. Now it is: read what it"
            " would have done, then keep it."
        )
    ),
)
NO_SUCH_STEP = Mistake(
    field="", sentence=marked("This step is not offered any more. Choose one that is shown.")
)
NO_SUCH_MEASUREMENT = Mistake(
    field="", sentence=marked("This value is not measured any more. Choose one that is shown.")
)
NO_REASON = Mistake(
    field="reason", sentence=marked("Say why: whoever approves it, and an auditor later, will ask.")
)


@router.get("/thresholds")
async def lab(
    policies: Policies,
    clock: Clock,
    reader: Reader,
    base: Annotated[int | None, DIGITS, Query(alias="from", ge=1, le=LARGEST_KEY)] = None,
    activated: Annotated[int | None, DIGITS, Query(ge=1, le=LARGEST_KEY)] = None,
) -> Response:
    """Show what decides now, and a draft of it to be changed; `from` begins with another version."""
    active = await policies.lab.active()
    version = active if base is None else await policies.lifecycle.version(base)
    span = last_days(USUAL_DAYS, clock())
    form = form_of(version.policy, parent_id=version.id, span=span)
    is_so = activated == active.id
    message = (
        worded("Version %(activated)s decides every payment from now on.", activated=activated)
        if is_so
        else ""
    )
    return await _page(policies, reader, read(form), message=message)


@router.post("/thresholds/simulate", dependencies=CHECKED)
async def simulate(request: Request, policies: Policies, reader: Reader, sent: Sent) -> Response:
    """Show what these values would have done."""
    if "x-fragment" not in request.headers:
        return await _page(policies, reader, sent)
    trial = await tried(policies, sent)
    page = moved(trial, may_tune=reader.account.may(Ability.TUNE_POLICIES))
    return render("thresholds/_moved.html", page, status=_status(trial))


@router.post("/thresholds/curves", dependencies=CHECKED)
async def curves(policies: Policies, _reader: Reader, sent: Sent) -> Response:
    """Draw the pictures of these values."""
    trial = await tried(policies, sent)
    if trial.mistake is not None:
        return render("thresholds/_moved.html", moved(trial, may_tune=False), status=422)
    return render("thresholds/_drawn.html", await drawn(policies, trial))


@router.post("/thresholds/window", dependencies=CHECKED)
async def window(policies: Policies, clock: Clock, reader: Reader, form: SentForm, days: Days) -> Response:
    """Show the same draft over the last so many days."""
    return await _page(policies, reader, read(form.with_span(last_days(days, clock()))))


@router.post("/thresholds/propose", dependencies=CHECKED)
async def propose(policies: Policies, reader: Reader, sent: Sent) -> Response:
    """Show the bounds that keep the promise, cost least, or fill the hours; nothing is applied."""
    try:
        asked = sent.asked
        proposed = await policies.proposals.propose(asked.policy, asked.wish, asked.span)
    except MISTAKES as error:
        return await _page(policies, reader, sent, mistake=mistake_of(error))
    notes = list(proposed.notes)
    if proposed.price_per_analyst_hour is not None:
        notes.append(
            worded(
                "One more analyst hour a day would save about %(price_per_analyst_hour)s a day"
                " (%(value)s for one more review).",
                price_per_analyst_hour=few(proposed.price_per_analyst_hour),
                value=formatting.number(proposed.price_per_review or 0),
            )
        )
    return await _page(policies, reader, read(sent.form.with_policy(proposed.policy)), notes=tuple(notes))


@router.post("/thresholds/step", dependencies=CHECKED)
async def step(
    policies: Policies, reader: Reader, sent: Sent, step: Annotated[str, Form(max_length=24)] = ""
) -> Response:
    """Show the draft with the promise of a step, chosen among those that were shown."""
    try:
        asked = sent.asked
        offered = await policies.proposals.steps(asked.policy, asked.wish, asked.span)
    except MISTAKES as error:
        return await _page(policies, reader, sent, mistake=mistake_of(error))
    found = [each for each in offered.steps if repr(each.promise.miss_rate) == step]
    if not found:
        return await _page(policies, reader, sent, mistake=NO_SUCH_STEP)
    form = sent.form.with_policy(found[0].policy).with_promise(found[0].promise)
    return await _page(policies, reader, read(form), notes=choice_told(found[0].certificate))


@router.post("/thresholds/measured", dependencies=CHECKED)
async def measured(
    policies: Policies, reader: Reader, form: SentForm, measured: Annotated[str, Form(max_length=80)] = ""
) -> Response:
    """Show the draft with a measured rate of people typed into its costs; nothing is kept."""
    found = measured_text(measured, await policies.lab.measured())
    if found is None:
        return await _page(policies, reader, read(form), mistake=NO_SUCH_MEASUREMENT)
    path, text = found
    return await _page(policies, reader, read(form.with_value(path, text)), filled=path)


@router.post("/thresholds/changes", dependencies=CHECKED)
async def changes(
    policies: Policies,
    reader: Reader,
    sent: Sent,
    changed: Annotated[str, Form(max_length=8)] = "",
    offset: Annotated[int, Form(ge=0, le=LARGEST_KEY)] = 0,
) -> Response:
    """List the payments that would get another label."""
    try:
        page = await changes_page(policies, reader, sent, kind=changed, offset=offset)
    except MISTAKES as error:
        return await _page(policies, reader, sent, mistake=mistake_of(error))
    return render("thresholds/changes.html", page)


@router.post("/thresholds/changes.csv", dependencies=CHECKED)
async def changes_csv(
    policies: Policies,
    reader: Reader,
    sent: Sent,
    changed: Annotated[str, Form(max_length=8)] = "",
) -> Response:
    """Return the same list as a file, whole."""
    try:
        return await csv_file(csv_lines(policies, sent.asked, kind=changed), "changes.csv")
    except MISTAKES as error:
        return await _page(policies, reader, sent, mistake=mistake_of(error))


@router.post("/thresholds/drafts", dependencies=CHECKED)
async def draft(policies: Policies, manager: Manager, sent: Sent) -> Response:
    """Keep a draft for another manager to approve."""
    try:
        asked, form = sent.asked, sent.form
        if not asked.is_as_shown(form):
            return await _page(policies, manager, sent, mistake=NOT_AS_SHOWN, status=409)
        if not form.reason:
            return await _page(policies, manager, sent, mistake=NO_REASON)
        kept = Draft(
            policy=asked.policy,
            reason=kept_whole("reason", form.reason),
            parent_id=asked.parent_id,
            certificate=await certificate_of(policies, asked),
            answers=answers_in(form),
            digest=form.digest,
        )
        policy_id = await policies.lifecycle.draft(manager.account, kept, asked.span)
    except MISTAKES as error:
        return await _page(policies, manager, sent, mistake=mistake_of(error))
    except WarningsUnanswered as error:
        sentence = worded("Answer this first: %(sentence)s", sentence=said(error.warnings[0].sentence))
        mistake = Mistake(field=f"answer.{error.warnings[0].guard}", sentence=sentence)
        return await _page(policies, manager, sent, mistake=mistake)
    return RedirectResponse(f"/thresholds/versions/{policy_id}?done=saved", status_code=303)


async def _page(
    policies: PolicyServices,
    reader: Visitor,
    sent: ReadForm,
    *,
    mistake: Mistake | None = None,
    notes: tuple[str, ...] = (),
    message: str = "",
    filled: str = "",
    status: int = 422,
) -> Response:
    trial = await tried(policies, sent)
    title = frame(
        reader.account,
        reader.csrf_token,
        title=worded("Thresholds"),
        here="/thresholds",
        notices=reader.notices,
    )
    page = await whole_page(
        policies,
        reader.account,
        title,
        trial,
        mistake=mistake,
        notes=notes,
        message=message,
        filled=filled,
    )
    return render("thresholds/page.html", page, status=_status(trial) if mistake is None else status)


def _status(trial: Trial) -> int:
    return 422 if trial.mistake is not None else 200
