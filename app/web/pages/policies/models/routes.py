"""The addresses of installed models: all of them, a report, and a draft of a first policy."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from app.artifacts import ArtifactRefused
from app.review.access.people import Ability
from app.web.dependencies import CHECKED, Visitor, require
from app.web.languages.sentences import worded
from app.web.pages.frame import frame
from app.web.pages.policies.models.view import ModelsPage, model_view
from app.web.pages.rendering import render
from app.web.services import Models, ModelServices, Policies

router = APIRouter(include_in_schema=False)

Reader = Annotated[Visitor, Depends(require(Ability.SEE_POLICIES))]
Manager = Annotated[Visitor, Depends(require(Ability.TUNE_POLICIES))]
Version = Annotated[str, Path(max_length=200)]
#: A report is a file of its own with styles in it: nothing of it runs, and it reaches nothing of ours.
REPORT_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action"
    " 'none'; frame-ancestors 'none'; base-uri 'none'; sandbox"
)


@router.get("/models")
async def installed_models(models: Models, reader: Reader) -> Response:
    """Show every model in the folder."""
    return await _page(models, reader)


@router.get("/models/{version}/report")
async def report(models: Models, _reader: Reader, version: Version) -> Response:
    """Return the report that lies beside a model, as it is. Raises `ModelNotFound` and `ReportNotFound`."""
    headers = {"Content-Security-Policy": REPORT_POLICY, "Cache-Control": "no-store"}
    return HTMLResponse(await models.installed.report(version), headers=headers)


@router.post("/models/{version}/draft", dependencies=CHECKED)
async def draft(models: Models, policies: Policies, manager: Manager, version: Version) -> Response:
    """Draft the policy a model is shipped with, once. Raises `ModelNotFound`."""
    try:
        model = await models.installed.model(version)
        policy_id = await policies.first.draft(manager.account, model)
    except ArtifactRefused as refused:
        problem = worded("Nothing was drafted: %(refused)s", refused=refused)
        return await _page(models, manager, problem=problem, status=409)
    return RedirectResponse(f"/thresholds/versions/{policy_id}?done=first", status_code=303)


async def _page(models: ModelServices, reader: Visitor, *, problem: str = "", status: int = 200) -> Response:
    may_tune = reader.account.may(Ability.TUNE_POLICIES)
    page = ModelsPage(
        frame=frame(
            reader.account,
            reader.csrf_token,
            title=worded("Models"),
            here="/thresholds",
            notices=reader.notices,
        ),
        may_train=reader.account.may(Ability.RUN_JOBS),
        models=tuple(model_view(each, may_tune=may_tune) for each in await models.installed.every()),
        problem=problem,
    )
    return render("models/page.html", page, status=status)
