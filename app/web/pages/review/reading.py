"""What the desk shows of the machine's mind: all of it, or nothing but the data."""

from app.artifacts import Model
from app.database.cases.cases import CaseFile
from app.web.pages.review.case import ModelView
from app.web.pages.review.features import SHOWN, SHOWN_BLIND, strip, sums
from app.web.pages.review.reasons import reason_views
from app.web.pages.review.score_panel import opinion
from app.web.pages.review.similar import alike
from app.workflows.cases.explanations import CaseExplanation, values_of
from app.workflows.models.serving import ActivePair


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
