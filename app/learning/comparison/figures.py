"""What out-of-fold evidence is worth: per seed, over the seeds, and against another candidate."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial

import numpy as np

from app.learning.calibrating import fit_platt
from app.learning.comparison.sample import Sample
from app.learning.evaluation import OF_EVIDENCE, OF_PROBABILITY, REPLICATES
from app.learning.metrics.bootstrap import Interval, Metric, class_bootstrap, paired_difference
from app.learning.metrics.certified import review_at_miss
from app.learning.metrics.ranking import average_precision_without_highest_legits
from app.scoring.arrays import Floats, Rows

CONFIDENCE, PRECISION = 0.95, 0.95
#: What out-of-fold evidence is judged by: what a card tells, and how much of it a few legits hold.
OF_COMPARED: Mapping[str, Metric] = {
    **OF_EVIDENCE,
    "ap_without_ten_legits": average_precision_without_highest_legits,
}
#: Promises whose cost is told.
MISS_RATES = (0.15, 0.10, 0.05)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OutOfFold:
    """The pooled out-of-fold evidence of one candidate."""

    name: str
    rows: Rows
    seeds: tuple[int, ...]
    #: Logits, shape (seeds, rows).
    evidence: Floats
    #: Calibrated by Platt on the other folds, shape (seeds, rows).
    probability: Floats


@dataclass(frozen=True, slots=True)
class OverSeeds:
    """A figure's mean and range over fold seeds."""

    mean: float
    lowest: float
    highest: float


def out_of_fold(
    name: str, sample: Sample, rows: Rows, seeds: Sequence[int], evidence: Sequence[Floats]
) -> OutOfFold:
    """Calibrate pooled evidence fold by fold: each fold's map is fitted on the other folds."""
    return OutOfFold(
        name=name,
        rows=rows,
        seeds=tuple(seeds),
        evidence=np.array(evidence),
        probability=np.array(
            [_cross_calibrated(sample, rows, *each) for each in zip(seeds, evidence, strict=True)]
        ),
    )


def figures(sample: Sample, scored: OutOfFold, *, base_rate: float) -> dict[str, OverSeeds]:
    """Return every figure of a candidate over its seeds."""
    per_seed = [
        _of_seed(sample, scored.rows, evidence, probability, base_rate=base_rate)
        for evidence, probability in zip(scored.evidence, scored.probability, strict=True)
    ]
    return {name: _over([each[name] for each in per_seed]) for name in per_seed[0]}


def intervals(
    sample: Sample, scored: OutOfFold, *, generator: np.random.Generator
) -> dict[str, dict[str, float]]:
    """Return the figures of the seed-averaged scores with their bootstrap intervals by class."""
    draw = partial(class_bootstrap, replicates=REPLICATES, generator=generator)
    truth = (sample.is_fraud[scored.rows], sample.weights[scored.rows])
    return {
        name: asdict(draw(metric, (column,), *truth))
        for name, metric, column in _metrics_with_columns(scored)
    }


def differences(
    sample: Sample, first: OutOfFold, second: OutOfFold, *, generator: np.random.Generator
) -> dict[str, Interval]:
    """Return first minus second on the seed-averaged scores, transactions drawn in pairs by class."""
    truth = (sample.is_fraud[first.rows], sample.weights[first.rows])
    pairs = zip(_metrics_with_columns(first), _metrics_with_columns(second), strict=True)
    return {
        name: paired_difference(metric, (one,), (other,), *truth, replicates=REPLICATES, generator=generator)
        for (name, metric, one), (_, _, other) in pairs
    }


def _metrics_with_columns(scored: OutOfFold) -> list[tuple[str, Metric, Floats]]:
    evidence, probability = scored.evidence.mean(axis=0), scored.probability.mean(axis=0)
    return [(name, metric, evidence) for name, metric in OF_COMPARED.items()] + [
        (name, metric, probability) for name, metric in OF_PROBABILITY.items()
    ]


def _of_seed(
    sample: Sample, rows: Rows, evidence: Floats, probability: Floats, *, base_rate: float
) -> dict[str, float]:
    is_fraud, weights = sample.is_fraud[rows], sample.weights[rows]
    told = {name: metric(evidence, is_fraud, weights) for name, metric in OF_COMPARED.items()}
    told |= {name: metric(probability, is_fraud, weights) for name, metric in OF_PROBABILITY.items()}
    for miss_rate in MISS_RATES:
        review = review_at_miss(
            evidence,
            is_fraud,
            miss_rate=miss_rate,
            confidence=CONFIDENCE,
            precision=PRECISION,
            base_rate=base_rate,
        )
        told[f"review_rate_at_miss_{round(100 * miss_rate)}"] = review.review_rate
    return told


def _cross_calibrated(sample: Sample, rows: Rows, seed: int, evidence: Floats) -> Floats:
    whole, probability = np.full((2, sample.is_fraud.size), np.nan)
    whole[rows] = evidence
    folds = sample.folds(rows, seed=seed)
    for number, held_out in enumerate(folds):
        others = np.concatenate([part for other, part in enumerate(folds) if other != number])
        platt = fit_platt(whole[others], sample.is_fraud[others], sample.weights[others])
        probability[held_out] = platt.probability(whole[held_out])
    return np.asarray(probability[rows])


def _over(values: Sequence[float]) -> OverSeeds:
    return OverSeeds(float(np.mean(values)), min(values), max(values))
