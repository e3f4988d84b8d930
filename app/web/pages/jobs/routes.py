"""The addresses of jobs: the list, one of them, and what can be done to it."""

from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Form, Query
from fastapi.responses import RedirectResponse, Response

from app.review.access.people import Ability
from app.review.jobs import JobEnded, JobNotToBeRetried
from app.web.dependencies import CHECKED, DIGITS, LARGEST_KEY, RowKey, Visitor, require
from app.web.languages.sentences import worded
from app.web.pages.frame import frame
from app.web.pages.jobs.view import JobsPage, job_page, job_view
from app.web.pages.rendering import render
from app.web.problems import own_sentence
from app.web.services import Jobbing, JobServices
from app.workflows.jobs.challenger import DAYS

router = APIRouter(include_in_schema=False)
PLACE = "/jobs"
#: Jobs on one page.
SHOWN = 50

Operator = Annotated[Visitor, Depends(require(Ability.RUN_JOBS))]


@router.get("/jobs")
async def jobs(
    jobbing: Jobbing,
    operator: Operator,
    before: Annotated[int | None, DIGITS, Query(ge=1, le=LARGEST_KEY)] = None,
) -> Response:
    """Show the newest jobs, or those before one."""
    found = await jobbing.jobs.newest(before=before, limit=SHOWN + 1)
    rows = tuple(job_view(each) for each in found[:SHOWN])
    page = JobsPage(
        frame=frame(
            operator.account, operator.csrf_token, title=worded("Jobs"), here=PLACE, notices=operator.notices
        ),
        rows=rows,
        is_live=any(each.is_live for each in rows),
        older=f"{PLACE}?before={rows[-1].id}" if len(found) > SHOWN else "",
        may_train=jobbing.files.is_open,
        challenger_days=jobbing.challenger.arguments[DAYS],
        form=str(uuid4()),
    )
    return render("jobs/list.html", page)


@router.post("/jobs/challenger", dependencies=CHECKED)
async def challenger(jobbing: Jobbing, operator: Operator, form: Annotated[UUID, Form()]) -> Response:
    """Ask for a challenger; while one is under way, that is the one."""
    job_id = await jobbing.jobs.ask(operator.account, jobbing.challenger, form=form)
    return RedirectResponse(f"{PLACE}/{job_id}", status_code=303)


@router.get("/jobs/{job_id}")
async def job(jobbing: Jobbing, operator: Operator, job_id: RowKey) -> Response:
    """Show one job and what it said. Raises `JobNotFound`."""
    return await _page(jobbing, operator, job_id)


@router.post("/jobs/{job_id}/cancel", dependencies=CHECKED)
async def cancel(jobbing: Jobbing, operator: Operator, job_id: RowKey) -> Response:
    """Cancel a job: twice is as good as once. Raises `JobNotFound`."""
    try:
        await jobbing.jobs.cancel(operator.account, job_id)
    except JobEnded as refusal:
        return await _page(jobbing, operator, job_id, problem=worded(own_sentence(refusal)))
    return RedirectResponse(f"{PLACE}/{job_id}", status_code=303)


@router.post("/jobs/{job_id}/retry", dependencies=CHECKED)
async def retry(
    jobbing: Jobbing, operator: Operator, job_id: RowKey, form: Annotated[UUID, Form()]
) -> Response:
    """Ask for the same once more: pressed twice, or by two people, it is one job. Raises `JobNotFound`."""
    try:
        new = await jobbing.jobs.retry(operator.account, job_id, form=form)
    except JobNotToBeRetried as refusal:
        return await _page(jobbing, operator, job_id, problem=worded(own_sentence(refusal)))
    return RedirectResponse(f"{PLACE}/{new}", status_code=303)


async def _page(jobbing: JobServices, operator: Visitor, job_id: int, *, problem: str = "") -> Response:
    found, steps = await jobbing.jobs.job(job_id)
    title = worded("Job %(job_id)s", job_id=job_id)
    page = job_page(
        frame(operator.account, operator.csrf_token, title=title, here=PLACE, notices=operator.notices),
        found,
        steps,
        form=str(uuid4()),
        problem=problem,
    )
    return render("jobs/job.html", page, status=409 if problem else 200)
