"""The explanation of a case's score: feature contributions, similar payments, reason codes."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.artifacts import Model
from app.database.cases.cases import CaseFile
from app.review.neighbours import Nearest
from app.review.reason_codes import Column, ReasonCode, Situation, reason_codes
from app.scoring.arrays import Floats
from app.scoring.explanation import Explanation
from app.scoring.features import AMOUNT
from app.scoring.percentile import percentile_among
from app.scoring.schema.feature import NUMBERS
from app.workflows.cases.similar_payments import KnownPayments, SimilarPayments
from app.workflows.models.serving import ActivePair
from app.workflows.payments.scoring import GuardedScorer


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseExplanation:
    """The explanation of a case; none of an audit may be shown before its verdict."""

    #: None while the model cannot say.
    explanation: Explanation | None
    #: None while no known payments are held, or none can be compared.
    nearest: Nearest | None
    codes: tuple[ReasonCode, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseExplainer:
    """Gathers the grounds of a case from the model and from the known payments."""

    scorer: GuardedScorer
    neighbours: KnownPayments

    async def grounds(
        self, file: CaseFile, pair: ActivePair, *, reader_id: int | None = None
    ) -> CaseExplanation:
        """Return the grounds as this account may hear them; another model's features have few."""
        values, model = values_of(file, pair.model), pair.model
        explanation, likeness = None, None
        if values is not None:
            vector = model.schema.vectorize([file.features], [float(file.amount)], [file.occurred_at])[0]
            explanation = await self._explanation(file, model, vector)
            likeness = await self.neighbours.likeness(model, vector, file, reader_id=reader_id)
        return CaseExplanation(
            explanation=explanation,
            nearest=likeness.nearest if likeness is not None else None,
            codes=reason_codes(_situation(file, pair, values, explanation, likeness)),
        )

    async def _explanation(self, file: CaseFile, model: Model, vector: Floats) -> Explanation | None:
        """Explain what has a score, while the model answers."""
        if file.score is None or not self.scorer.is_available:
            return None
        return await self.scorer.explain(model, vector)


def values_of(file: CaseFile, model: Model) -> Floats | None:
    """Return the case's columns as the model encodes them, the amount as it is; shape (columns,).

    None when the model reads other features.
    """
    if model.schema.problems_of_stored(file.features):
        return None
    return model.schema.values(file.features, float(file.amount), file.occurred_at)


def _situation(
    file: CaseFile,
    pair: ActivePair,
    values: Floats | None,
    explanation: Explanation | None,
    likeness: SimilarPayments | None,
) -> Situation:
    # Another model's score lies on another scale than the bounds and limits of this policy.
    score = file.score if file.score is not None and file.model_version == pair.model.version else {}
    percentiles = _percentiles(pair.model, values) if values is not None else {}
    return Situation(
        kind=file.case.kind,
        state=file.case.state,
        policy=pair.policy,
        amount=float(file.amount),
        evidence=score.get("evidence_fraud"),
        spread=score.get("spread"),
        novelty=score.get("novelty"),
        expected_loss=file.expected_loss,
        columns=_columns(pair.model, percentiles, explanation) if explanation is not None else (),
        amount_percentile=percentiles.get(AMOUNT)
        if pair.model.schema.knows_currency(file.currency)
        else None,
        hour=likeness.hour if likeness is not None else None,
        nearest=likeness.nearest if likeness is not None else None,
    )


def _columns(model: Model, percentiles: Mapping[str, float], explanation: Explanation) -> tuple[Column, ...]:
    """Return the payload's numbers; the amount, a rule of its own, is not among them."""
    pulls = zip(model.schema.read, model.schema.by_source(explanation.evidence).tolist(), strict=True)
    return tuple(
        Column(name=name, percentile=percentiles[name], pull=pull)
        for name, pull in pulls
        if name != AMOUNT and name in percentiles
    )


def _percentiles(model: Model, values: Floats) -> dict[str, float]:
    """Return the percentile of each number, the amount among them, among legit payments, by name."""
    found = {}
    for name, (place, *_) in model.schema.columns_of.items():
        feature = model.schema.described.readable.get(name)
        if name == AMOUNT or (feature is not None and feature.kind in NUMBERS):
            found[name] = percentile_among(float(values[place]), model.legit_quantiles[place])
    return found
