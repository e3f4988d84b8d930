"""Whether this process lives, and whether it can do its work."""

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from app.database.server.watch import BlockingTransaction
from app.web.services import AllServices

router = APIRouter(tags=["health"])


class Health(BaseModel):
    """This process lives."""

    status: str = "ok"


class HeldBack(BaseModel):
    """The transaction, of any database of the server, that keeps outcomes settled since from being told."""

    pid: int | None = Field(description="The server's process; none for a prepared transaction.")
    gid: str | None = Field(description="The name of a prepared transaction nobody has finished.")
    database: str | None
    seconds: float = Field(description="For how long.")


class Ready(BaseModel):
    """Each part's health; 503 unless all of it works."""

    status: str
    database: bool = Field(description="It answers, and takes writes.")
    model: bool
    waiting_for_model: int
    outcomes_held_back_by: HeldBack | None = Field(
        default=None, description="Only where something holds them back; the service is ready all the same."
    )
    warnings: list[str] | None = Field(
        default=None, description="Only where somebody must look; the service is ready all the same."
    )


@router.get("/healthz", summary="Is the process alive?")
async def healthz() -> Health:
    """Answer without asking anything else."""
    return Health()


@router.get(
    "/readyz",
    summary="Can it do its work?",
    responses={503: {"model": Ready}},
    response_model_exclude_defaults=True,
)
async def readyz(services: AllServices, response: Response) -> Ready:
    """Ask database and model."""
    readiness = await services.pulse.readiness()
    if not readiness.is_ready:
        response.status_code = 503
    return Ready(
        status="ready" if readiness.is_ready else "not ready",
        database=readiness.database,
        model=readiness.model,
        waiting_for_model=readiness.waiting_for_model,
        outcomes_held_back_by=_held_back(readiness.held_back_by),
        warnings=list(services.warnings()) or None,
    )


def _held_back(by: BlockingTransaction | None) -> HeldBack | None:
    if by is None:
        return None
    return HeldBack(pid=by.pid, gid=by.gid, database=by.database, seconds=round(by.seconds or 0.0, 1))
