"""The page of installed models: each version with its card, its schema and where its policies stand."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.artifacts import Model
from app.database.policies.models import RegisteredModel, Standing
from app.scoring.schema.feature import LARGEST, Feature
from app.scoring.templated_text import recalled
from app.triage.policies.state import PolicyState
from app.web.languages.sentences import said, worded
from app.web.pages import formatting
from app.web.pages.formatting import typeset
from app.web.pages.frame import Frame
from app.web.pages.policies.models.card import (
    Fact,
    FigureRow,
    figure_rows,
    figures_basis,
    limits_of,
    training_facts,
)
from app.web.pages.policies.models.reads import reads_of
from app.web.pages.policies.promises import PromiseView, promise_view
from app.web.pages.policies.version_row import STATES, WAITING
from app.workflows.models.installed import InstalledModel


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureRow:
    """One feature of a model's schema."""

    name: str
    kind: str
    unit: str
    #: The range that is accepted; empty where there is none.
    accepted: str
    about: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaView:
    """What payments must hold for a model."""

    name: str
    about: str
    currencies: str
    #: What is read beside the features, a sentence each.
    reads: tuple[str, ...]
    features: tuple[FeatureRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyLink:
    """The newest policy version of a model in one state."""

    id: int
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What is told of a model that can be loaded."""

    facts: tuple[Fact, ...]
    promise: PromiseView
    #: Why its first policy is what it is.
    reason: str
    figures: tuple[FigureRow, ...]
    basis: str
    limits: tuple[str, ...]
    schema: SchemaView


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelView:
    """One version in the models folder."""

    version: str
    #: Its standing in a word or two, and the colour of it.
    state: str
    tone: str
    #: Since when it is known here; empty where no start of the service has met it.
    known_since: str
    #: Why it cannot be loaded; empty where it can.
    refusal: str
    #: That payments which arrive do not fit it; empty where they do.
    misfit: str
    loaded: Loaded | None
    policies: tuple[PolicyLink, ...]
    has_report: bool
    may_draft: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelsPage:
    """All versions in the folder, the newest first."""

    frame: Frame
    models: tuple[ModelView, ...]
    may_train: bool
    problem: str = ""


def model_view(installed: InstalledModel, *, may_tune: bool) -> ModelView:
    """Return one version in words; `may_tune` says whether this reader keeps drafts."""
    standings = installed.known.standings if installed.known is not None else ()
    state, tone = (worded("damaged"), "fraud") if installed.model is None else _standing(standings)
    is_idle = not any(each.state is not PolicyState.RETIRED for each in standings)
    return ModelView(
        version=installed.version,
        state=state,
        tone=tone,
        known_since=_since(installed.known),
        refusal=_sentence(installed.refusal),
        misfit=said(installed.fit.warning) if installed.fit is not None else "",
        loaded=None if installed.model is None else _loaded(installed.model),
        policies=tuple(PolicyLink(id=each.policy_id, state=_policy_state(each)) for each in standings),
        has_report=installed.has_report,
        may_draft=may_tune and is_idle and installed.model is not None,
    )


def _standing(standings: Sequence[Standing]) -> tuple[str, str]:
    """Return what a model does here now, and its colour."""
    states = {each.state for each in standings}
    if PolicyState.ACTIVE in states:
        return worded("active"), "legit"
    if PolicyState.SHADOW in states:
        return worded("in shadow"), "unknown"
    if states & WAITING:
        return worded("waits for approval"), "unknown"
    was_signed = any(each.is_signed for each in standings)
    return (worded("retired"), "") if was_signed else (worded("not used"), "")


def _policy_state(standing: Standing) -> str:
    if standing.state is PolicyState.RETIRED and not standing.is_signed:
        return worded("withdrawn")
    return STATES[standing.state]


def _since(known: RegisteredModel | None) -> str:
    return "" if known is None else formatting.moment(known.registered_at)


def _loaded(model: Model) -> Loaded:
    return Loaded(
        facts=training_facts(model.card, model.version),
        promise=promise_view(model.certificate),
        reason=model.policy_reason,
        figures=figure_rows(model.card),
        basis=figures_basis(model.card),
        limits=limits_of(model.card),
        schema=_schema(model),
    )


def _schema(model: Model) -> SchemaView:
    told = model.schema.described
    return SchemaView(
        name=worded(told.name),
        about=worded(told.about),
        currencies=", ".join(told.payment.currencies),
        reads=tuple(reads_of(told)),
        features=tuple(_feature(each) for each in told.features),
    )


def _feature(feature: Feature) -> FeatureRow:
    has_range = (feature.least, feature.most) != (-LARGEST, LARGEST)
    return FeatureRow(
        name=feature.name,
        kind=worded(feature.kind.value),
        unit=worded(feature.unit),
        accepted=worded("%(low)s to %(high)s", low=_end(feature.least), high=_end(feature.most))
        if has_range
        else "",
        about=said(recalled(feature.about)),
    )


def _end(number: float) -> str:
    return typeset(f"{number:,.15g}")


def _sentence(words: str) -> str:
    capital = f"{words[:1].upper()}{words[1:]}"
    return capital if capital.endswith(".") or not capital else f"{capital}."
