"""The page of installed models: one that decides, one that can be drafted, one that is damaged."""

from collections.abc import Callable

from app.artifacts import Model
from app.database.policies.models import RegisteredModel, Standing
from app.review.access.people import Account
from app.triage.policies.state import PolicyState
from app.web.pages.policies.models.view import ModelsPage, model_view
from app.web.pages.rendering import html
from app.workflows.models.installed import InstalledModel
from app.workflows.models.schema_fit import SchemaFit
from tests.web.pages.builders import GRACE, MARGARET, NOON, a_frame, the_model

REFUSAL = "model 2026-05-02a: model.safetensors is not the file its card names (sha256 differs)"
MISFIT = SchemaFit(model_version="2026-05-03a", payments=200, unfit=180, example="distance is missing.")


def a_standing(state: PolicyState, policy_id: int = 1, *, is_signed: bool = True) -> Standing:
    return Standing(policy_id=policy_id, state=state, is_signed=is_signed)


def an_installed(
    *standings: Standing,
    version: str = "2026-11-24a",
    is_known: bool = True,
    refusal: str = "",
    fit: SchemaFit | None = None,
) -> InstalledModel:
    model: Model | None = None if refusal else the_model()
    known = RegisteredModel(sha256="ab" * 32, registered_at=NOON, standings=standings) if is_known else None
    return InstalledModel(
        version=version, model=model, refusal=refusal, known=known, has_report=not refusal, fit=fit
    )


def a_models_page(*installed: InstalledModel, reader: Account = GRACE, problem: str = "") -> ModelsPage:
    may_tune = reader is GRACE
    return ModelsPage(
        frame=a_frame(reader),
        models=tuple(model_view(each, may_tune=may_tune) for each in installed),
        may_train=may_tune,
        problem=problem,
    )


MODELS = (
    an_installed(a_standing(PolicyState.SIMULATED, 3, is_signed=False), a_standing(PolicyState.ACTIVE, 2)),
    an_installed(version="2026-05-03a", is_known=False, fit=MISFIT),
    an_installed(version="2026-05-02a", refusal=REFUSAL),
)
MODEL_PAGES: dict[str, Callable[[], str]] = {
    "models": lambda: html("models/page.html", a_models_page(*MODELS, problem="Nothing was drafted.")),
    "models, read only": lambda: html("models/page.html", a_models_page(*MODELS, reader=MARGARET)),
    "models, nothing": lambda: html("models/page.html", a_models_page()),
}
