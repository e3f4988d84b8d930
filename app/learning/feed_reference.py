"""What the service keeps of the training rows as a whole, so that it knows a wrong feed when it comes."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from app.learning.fitting import weighted_quantiles
from app.scoring.arrays import Flags, Floats
from app.scoring.feed.measures import MEASURES, measures, normal_scores
from app.scoring.feed.reference import LEVELS, FeedReference
from app.scoring.feed.signs import MEASURE_LEVELS, Sign, conditional_scores, shown, signs_of
from app.scoring.feed.watch import peak_evidence, stakes_of

#: Fewer rows tell too little of a share to watch it.
FEWEST_ROWS = 1000
#: What one bet may win in any stretch of the training rows: with what is staked on it, a thirtieth of an
#: alarm or less. Among 30,000 for columns, one episode of the public sample alarmed 5 of 400 replays.
QUIET = 3_000.0
HALVINGS = 9
#: Another day moves shares a little further than those that were learned from.
MARGIN = 0.06
#: Correlations are drawn towards none by this share: the matrix can be inverted whatever the columns.
SHRINKAGE = 0.01
#: Least distance a share may move, for signs of one column and of a whole row: the share of frauds,
#: the hour, and the mix of customers differ between clients.
COLUMN_TOLERANCE, ROW_TOLERANCE = 0.12, 0.06
#: Clients differ most in these: only a feed in which nearly every row is odd speaks, and a test account
#: may repeat itself a hundred times.
LENIENT = {"grid": 0.5, "small_amount": 0.5, "repeated": 0.9}


class FeedNotLearnable(ValueError):
    """The training rows are too few to know a feed by."""


def fit_feed_reference(
    names: tuple[str, ...],
    features: Floats,
    amounts: Floats,
    weights: Floats,
    *,
    others: Sequence[tuple[Floats, Floats]] = (),
) -> FeedReference:
    """Return the reference of training rows in time order; pure and repeatable.

    `features` has shape (rows, columns), in payload units; `amounts` and `weights` (population rows
    that each row stands for) have shape (rows,). `others` are (features, amounts) of further feeds that
    count as right: they only widen tolerances. Raises `FeedNotLearnable` below 1,000 rows.
    """
    if len(features) < FEWEST_ROWS:
        raise FeedNotLearnable(
            f"{len(features):,} rows are too few to watch feeds by, {FEWEST_ROWS:,} are needed"
        )
    rows = _Rows(features, amounts, weights)
    is_counted = np.arange(len(features)) % 2 == 1
    reference = _counted(names, rows.of(~is_counted), rows.of(is_counted))
    mirrored = _counted(names, rows.of(is_counted), rows.of(~is_counted))
    flags = np.empty((len(features), reference.shares.size), dtype=np.bool_)
    flags[is_counted] = _flags(reference, features[is_counted], amounts[is_counted])
    flags[~is_counted] = _flags(mirrored, features[~is_counted], amounts[~is_counted])
    return _single(_with_tolerances(reference, [flags, *(_flags(reference, *other) for other in others)]))


class _Rows(NamedTuple):
    """Rows in time order; shapes as in `fit_feed_reference`."""

    features: Floats
    amounts: Floats
    weights: Floats

    def of(self, chosen: Flags) -> "_Rows":
        """Return the chosen rows, shape (rows,)."""
        return _Rows(self.features[chosen], self.amounts[chosen], self.weights[chosen])


def _counted(names: tuple[str, ...], learned: _Rows, unseen: _Rows) -> FeedReference:
    """Return what the one rows tell, with the shares of signs among the others, and no tolerances yet.

    A row is likelier to whoever learned from it than any payment to come will be, the more so the more
    columns there are: signs are counted in rows that their reference has not seen.
    """
    raw = _learned(names, *learned)
    measured = measures(unseen.features, raw)
    residuals = np.abs(conditional_scores(unseen.features, raw)[0])
    weights, above = unseen.weights, 1 - np.array(MEASURE_LEVELS)
    ready = _with(
        raw,
        thresholds=np.array([weighted_quantiles(column, weights, above) for column in measured.T]),
        odd_from=np.array([weighted_quantiles(each, weights, np.array([0.75]))[0] for each in residuals.T]),
    )
    flags = _flags(ready, unseen.features, unseen.amounts)
    return _with(ready, shares=np.average(flags, axis=0, weights=weights))


def _learned(names: tuple[str, ...], features: Floats, amounts: Floats, weights: Floats) -> FeedReference:
    """Return what rows tell by themselves: quantiles, moments and correlations, without any threshold."""
    means = np.average(features, axis=0, weights=weights)
    deviations = np.sqrt(np.average((features - means) ** 2, axis=0, weights=weights))
    columns = len(names)
    raw = FeedReference(
        names=names,
        quantiles=np.array([weighted_quantiles(column, weights, LEVELS) for column in features.T]),
        means=means,
        deviations=np.where(deviations > 0, deviations, 1.0),
        correlation=np.eye(columns),
        odd_from=np.zeros(columns),
        thresholds=np.zeros((len(MEASURES), len(MEASURE_LEVELS))),
        shares=np.zeros(len(signs_of(names))),
        tolerances=np.zeros(len(signs_of(names))),
        amount_quantiles=weighted_quantiles(amounts, weights, LEVELS),
    )
    return _with(raw, correlation=_correlation(normal_scores(features, raw), weights))


def _with(reference: FeedReference, **parts: Floats) -> FeedReference:
    held = {name: getattr(reference, name) for name in FeedReference.__dataclass_fields__}
    return FeedReference(**held | parts)


def _correlation(scores: Floats, weights: Floats) -> Floats:
    centred = scores - np.average(scores, axis=0, weights=weights)
    covariance = (centred * weights[:, None]).T @ centred / weights.sum()
    spread = np.sqrt(np.diag(covariance))
    spread = np.where(spread > 0, spread, 1.0)
    correlation: Floats = (1 - SHRINKAGE) * covariance / np.outer(spread, spread)
    np.fill_diagonal(correlation, 1.0)
    return correlation


def _with_tolerances(reference: FeedReference, feeds: Sequence[Flags]) -> FeedReference:
    """Learn how far shares move by themselves in right feeds, each (rows, signs) in time order."""
    signs = signs_of(reference.names)
    tolerances = [_tolerances(each, reference.shares, signs) for each in feeds]
    return _with(reference, tolerances=np.max(tolerances, axis=0))


def _flags(reference: FeedReference, features: Floats, amounts: Floats) -> Flags:
    return shown(features, amounts, np.zeros(len(features), dtype=np.bool_), reference)


def _single(reference: FeedReference) -> FeedReference:
    """Return the same numbers in single precision: a repeat on another machine gives the same file."""
    held = {name: getattr(reference, name) for name in FeedReference.__dataclass_fields__ if name != "names"}
    return _with(
        reference, **{name: each.astype(np.float32).astype(np.float64) for name, each in held.items()}
    )


def _tolerances(flags: Flags, shares: Floats, signs: tuple[Sign, ...]) -> Floats:
    """Return the least tolerances at which no bet on the training rows, in time order, is won.

    The hour moves some shares far: only what moves beyond that speaks of another feed.
    """
    floors = np.array(
        [LENIENT.get(sign.kind, COLUMN_TOLERANCE if sign.column else ROW_TOLERANCE) for sign in signs]
    )
    hits = np.concatenate([flags, ~flags], axis=1)
    centres = np.concatenate([shares, 1 - shares])
    low, high = np.tile(floors, 2), np.ones(centres.size)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        most = np.minimum(centres + middle, 1.0)
        stakes = stakes_of(signs, most)
        peaks = np.maximum(peak_evidence(hits, most, stakes), peak_evidence(hits[::-1], most, stakes))
        is_won = peaks > QUIET
        low, high = np.where(is_won, middle, low), np.where(is_won, high, middle)
    by_side = high.reshape(2, -1).max(axis=0)
    return np.where(by_side > floors + 2.0**-HALVINGS, by_side + MARGIN, floors)
