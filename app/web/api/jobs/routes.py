"""Jobs by API: how each stands, for programs that watch."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends

from app.review.access.people import Ability, Account
from app.web.api.jobs.schemas import JobOut, JobsOut, JobWithSteps
from app.web.api.policies.routes import Before, Limit
from app.web.dependencies import RowKey, able
from app.web.problems import Problem
from app.web.services import Jobbing

PROBLEMS: dict[int | str, dict[str, Any]] = {
    401: {"model": Problem, "description": "The personal access token is missing, unknown or over."},
    403: {"model": Problem, "description": "Your role does not include this."},
    422: {"model": Problem, "description": "A field is wrong; the problem names it."},
    503: {"model": Problem, "description": "Come back after Retry-After seconds with the same request."},
}

router = APIRouter(prefix="/v1/jobs", tags=["jobs"], responses=PROBLEMS)

Operator = Annotated[Account, Depends(able(Ability.RUN_JOBS))]


@router.get("", summary="Jobs")
async def get_jobs(
    _operator: Operator, jobbing: Jobbing, before: Before = None, limit: Limit = 50
) -> JobsOut:
    """Return the newest jobs first."""
    found = await jobbing.jobs.newest(before=before, limit=limit + 1)
    page = [JobOut.of(each) for each in found[:limit]]
    return JobsOut(jobs=page, next_before=page[-1].id if len(found) > limit else None)


@router.get("/{job_id}", summary="One job")
async def get_job(job_id: RowKey, _operator: Operator, jobbing: Jobbing) -> JobWithSteps:
    """Return one job, and what it said."""
    job, steps = await jobbing.jobs.job(job_id)
    return JobWithSteps.told(job, steps)
