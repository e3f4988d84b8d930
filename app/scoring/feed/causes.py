"""What may have happened to a feed that differs from what the model learned, tried out and said."""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from scipy.optimize import linear_sum_assignment

from app.scoring.arrays import Floats
from app.scoring.feed.distance import quantile_distance
from app.scoring.feed.measures import READINGS, dependence, log_density, normal_scores
from app.scoring.feed.reference import LEVELS, MEDIAN, FeedReference
from app.scoring.feed.signs import conditional_scores, on_grid, signs_of
from app.scoring.templated_text import Figure, Templated, together, typeset

#: A column read another way fits when at most this share lies on another side of a learned quantile.
FITS: Final = 0.12
#: Columns moved to their places fit better still.
EXPLAINS: Final = 0.08
#: The middle half of a column in learned units: of the same scale in all columns within this factor.
SAME_SCALE: Final = 1.15
#: A column that agrees with the others in fewer rows than this, and did in more than the rest, is turned.
AGREES_LESS: Final = 0.4
#: So many of the names of a list are told.
MOST_NAMES: Final = 6
LOWER, UPPER = int(np.argmin(np.abs(LEVELS - 0.25))), int(np.argmin(np.abs(LEVELS - 0.75)))


def causes_of(rows: Floats, amounts: Floats, reference: FeedReference) -> tuple[str, ...]:
    """Return what may have happened, the likeliest first, each as a phrase; at least one.

    Shapes as in `app.scoring.feed.comparison.compared`.
    """
    found = [*_copies(rows), *_constants(rows, reference), *_amounts(amounts, reference)]
    whole = next(_read_as_a_whole(rows, reference), None)
    moved, is_explained = _moved(rows, reference)
    if is_explained and not (whole or "").endswith(f"fits {reference.names[-1]}"):
        return (*moved, *found)
    if whole is not None:
        return (whole, *found)
    found += [*_scaled(rows, reference), *(moved or _signs(rows, reference))]
    if not found and _rounded(rows):
        found.append(Templated("the values are rounded to three decimals or fewer"))
    return tuple(found) or (_unexplained(rows, reference),)


def _copies(rows: Floats) -> Iterator[str]:
    different = len(np.unique(rows, axis=0))
    if different <= len(rows) / 2:
        yield Templated(
            "the same rows come again and again: %(different)s different ones of %(rows)s",
            different=typeset(f"{different:,}"),
            rows=typeset(f"{len(rows):,}"),
        )


def _constants(rows: Floats, reference: FeedReference) -> Iterator[str]:
    spread = np.ptp(rows, axis=0) == 0
    varies = reference.quantiles[:, -1] > reference.quantiles[:, 0]
    names = [name for name, is_one in zip(reference.names, spread & varies, strict=True) if is_one]
    if names and len(rows) > 1:
        yield (
            Templated("%(names)s holds one value in every row", names=names[0])
            if len(names) == 1
            else Templated("%(names)s hold one value in every row", names=_listed(names))
        )


def _amounts(amounts: Floats, reference: FeedReference) -> Iterator[str]:
    known = amounts[np.isfinite(amounts)]
    if not known.size:
        return
    learned = reference.amount_quantiles
    if known.max() <= 1.0 < learned[MEDIAN]:
        yield Templated("amounts look scaled to 0..1")
    elif np.median(known) > 20 * learned[MEDIAN] and bool((known == np.round(known)).all()):
        yield Templated("amounts look like cents, not currency units")


def amounts_in_doubt(amounts: Floats, reference: FeedReference) -> tuple[str, ...]:
    """Return what is impossible about the amounts of a whole file, as phrases; none for few rows."""
    known = amounts[np.isfinite(amounts)]
    if known.size < 100:
        return ()
    # A hundred times what hardly any payment exceeded.
    top = float(np.log1p(100 * reference.amount_quantiles[-1]))
    is_cents = np.abs(known * 100 - np.round(known * 100)) < 1e-6
    if known.max() <= top and is_cents.mean() < 0.5 and known.max() > 1.0:
        return (
            Templated(
                "amounts look like logarithms: none is above what the logarithm of a large one would be"
            ),
        )
    return tuple(_amounts(amounts, reference))


def _read_as_a_whole(rows: Floats, reference: FeedReference) -> Iterator[str]:
    """Say which other reading of whole rows makes most of them far likelier, and fits every column."""
    as_sent = log_density(rows, reference)
    distance = _distances(rows, reference).mean()
    gains = {}
    for name, reading in READINGS.items():
        read, _ = reading(rows, reference)
        fitted = _distances(read, reference)
        if np.median(fitted) < FITS and fitted.mean() < 0.7 * distance:
            gains[name] = float(np.median(log_density(read, reference) - as_sent))
    likeliest = max(gains, key=lambda name: gains[name], default=None)
    if likeliest is not None and gains[likeliest] > 1.0:
        names = _span(reference)
        yield {
            "standardised": _standardised(rows, reference),
            "reversed": Templated(
                "%(names)s look reversed: %(first)s fits %(last)s",
                names=names,
                first=reference.names[0],
                last=reference.names[-1],
            ),
            "negated": Templated("%(names)s look negated: every sign is turned", names=names),
        }[likeliest]


def _standardised(rows: Floats, reference: FeedReference) -> str:
    """Tell columns of mean 0 and deviation 1 that belong together from random ones."""
    read, _ = READINGS["standardised"](rows, reference)
    gained = dependence(normal_scores(read, reference), reference)
    # What rows whose columns have nothing to do with each other gain, on average: far below zero.
    unrelated = -0.5 * (reference.log_determinant + np.trace(reference.precision) - len(reference.names))
    if np.median(gained) < unrelated / 2:
        return Templated(
            "the columns look like normal random numbers that have nothing to do with each other"
        )
    names = _span(reference)
    return Templated("%(names)s look standardised (mean 0, standard deviation 1)", names=names)


def _moved(rows: Floats, reference: FeedReference) -> tuple[tuple[str, ...], bool]:
    """Return which columns fit the place of another, and whether every column then fits."""
    distances = np.array(
        [[quantile_distance(column, edges) for edges in reference.quantiles] for column in rows.T]
    )
    own = np.diag(distances)
    at, fits = linear_sum_assignment(distances)
    is_moved = (fits != at) & (own > FITS) & (distances[at, fits] < np.minimum(FITS, 0.5 * own))
    pairs = [
        Templated("%(column)s fits %(place)s", column=reference.names[a], place=reference.names[b])
        for a, b in zip(at[is_moved], fits[is_moved], strict=True)
    ]
    if len(pairs) < 2:
        return (), False
    is_explained = len(pairs) > len(at) / 3 and bool((distances[at, fits] < EXPLAINS).mean() > 0.8)
    return (Templated("columns look permuted: %(pairs)s", pairs=_listed(pairs)),), is_explained


def _scaled(rows: Floats, reference: FeedReference) -> Iterator[str]:
    """Say whether all columns are of another scale, or lie beside their place by the same step."""
    lower, median, upper = np.quantile(rows, (0.25, 0.5, 0.75), axis=0)
    learned = reference.quantiles
    width = learned[:, UPPER] - learned[:, LOWER]
    varies = width > 0
    if not varies.any():
        return
    ratios = (upper - lower)[varies] / width[varies]
    steps = (median - learned[:, MEDIAN])[varies]
    ratio, step = float(np.median(ratios)), float(np.median(steps))
    is_one_scale = bool(
        (np.abs(np.log(np.maximum(ratios, 1e-12) / max(ratio, 1e-12))) < np.log(1.3)).mean() > 0.8
    )
    if is_one_scale and abs(np.log(max(ratio, 1e-12))) > np.log(SAME_SCALE):
        yield Templated(
            "all columns are about %(ratio)s times as wide as learned: another unit or scale",
            ratio=Figure(f"{ratio:.3g}"),
        )
    elif is_one_scale and abs(step) > 0.02 and (np.abs(steps - step) < 0.5 * abs(step)).mean() > 0.6:
        yield Templated("about %(step)s is added to every column", step=Figure(f"{step:.3g}"))
    elif bool((np.abs(np.log(np.maximum(upper - lower, 1e-12)[varies])) < 0.7).mean() < 0.2) and bool(
        ((rows >= 0) & (rows <= 1)).all()
    ):
        yield Templated("all columns look scaled to 0..1")


def _signs(rows: Floats, reference: FeedReference) -> Iterator[str]:
    as_sent, turned = _distances(rows, reference), _distances(-rows, reference)
    is_turned = (as_sent > FITS) & (turned < 0.5 * as_sent)
    # A column whose values are even to both sides still shows by what the others make of it.
    _, expected, own = conditional_scores(rows, reference)
    agreed = ((own > 0) == (expected > 0)).mean(axis=0)
    is_turned |= (agreed < AGREES_LESS) & (_learned_agreement(reference) > 1 - AGREES_LESS)
    names = [name for name, is_one in zip(reference.names, is_turned, strict=True) if is_one]
    if names:
        yield Templated("the sign of %(names)s looks turned", names=_listed(names))


def _learned_agreement(reference: FeedReference) -> Floats:
    """Return how often each column's sign is the one its row's other columns speak for, (columns,)."""
    signs = signs_of(reference.names)
    return np.array(
        [share for sign, share in zip(signs, reference.shares, strict=True) if sign.kind == "agrees"]
    )


def _rounded(rows: Floats) -> bool:
    return bool(on_grid(rows).mean() > 0.5)


def _unexplained(rows: Floats, reference: FeedReference) -> str:
    if np.quantile(_distances(rows, reference), 0.9) < FITS:
        return Templated(
            "each column by itself looks right, but their values do not belong together: shuffled within"
            " columns, or of another preparation of the same data"
        )
    return Templated(
        "the values fit no simple change: another preparation (another year's, another tool's), or random"
    )


def _distances(rows: Floats, reference: FeedReference) -> Floats:
    return np.array([quantile_distance(*pair) for pair in zip(rows.T, reference.quantiles, strict=True)])


def _span(reference: FeedReference) -> Templated:
    return Templated("%(first)s to %(last)s", first=reference.names[0], last=reference.names[-1])


def _listed(names: Sequence[str]) -> Templated:
    told = together(names[:MOST_NAMES], ", ")
    more = len(names) - MOST_NAMES
    return told if more <= 0 else Templated("%(names)s and %(more)s more", names=told, more=str(more))
