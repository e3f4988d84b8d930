"""Whether this process lives, and whether it can do its work."""

from fastapi import APIRouter, Response
from pydantic import BaseModel

from app.web.dependencies import Services

router = APIRouter(tags=["health"])


class Health(BaseModel):
    """This process lives."""

    status: str = "ok"


class Ready(BaseModel):
    """Each part's health; 503 unless all of it works."""

    status: str
    database: bool
    model: bool
    waiting_for_model: int
    #: Still ready, but somebody must look; left out when there is nothing.
    warnings: list[str] | None = None


@router.get("/healthz", summary="Is the process alive?")
async def healthz() -> Health:
    """Answer without asking anything else."""
    return Health()


@router.get(
    "/readyz",
    summary="Can it do its work?",
    responses={503: {"model": Ready}},
    response_model_exclude_none=True,
)
async def readyz(services: Services, response: Response) -> Ready:
    """Ask database and model."""
    readiness = await services.pulse.readiness()
    if not readiness.is_ready:
        response.status_code = 503
    return Ready(
        status="ready" if readiness.is_ready else "not ready",
        database=readiness.database,
        model=readiness.model,
        waiting_for_model=readiness.waiting_for_model,
        warnings=list(services.feeds.warnings()) or None,
    )
