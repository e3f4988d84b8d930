"""Payments of a team's own schema, made ready to learn from: parted, encoded, and what forbids it said."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from app.learning.copies.origins import Origins, origins_of
from app.learning.copies.told import missing_originals
from app.learning.enough_rows import FEWEST_LEGITS
from app.learning.preparation.encoding import fit_encoding
from app.learning.preparation.labelled import Labelled
from app.learning.preparation.parts import Parts, apart, stratified_parts_of, time_parts_of
from app.learning.splits import Split, row_hashes
from app.scoring.arrays import Flags, Floats
from app.scoring.schema.columns import Column
from app.scoring.schema.encoding import Encoding
from app.scoring.schema.feature import Kind
from app.scoring.schema.schema import APART_ONLY, Schema
from app.triage.tuning.neyman_pearson import frauds_needed

#: A fold with fewer frauds than this measures nothing.
FEWEST_FRAUDS_IN_A_FOLD = 2
#: Beyond the label's delay: until then a history that begins with the file knows too little.
WARM_UP_DAYS = 7.0
#: In fewer dimensions different payments lie on lines, or as near to each other as copies, by themselves.
FEWEST_NUMBERS = 5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OwnPayments:
    """The labelled payments of one file; rows along the first axis of each array."""

    schema: Schema
    #: By the feature's name.
    columns: Mapping[str, Column]
    #: Since 1970; NaN without a time.
    seconds: Floats
    amounts: Floats
    is_fraud: Flags
    #: Of how many payments each speaks beside the legits' weight; None: of one.
    weights: Floats | None = None


def usual_split(schema: Schema) -> Split:
    """Return how payments of a schema are parted: by time wherever it says when they occurred."""
    has_moments = bool(schema.payment.time) and schema.payment.time_format not in APART_ONLY
    return Split.TIME if has_moments else Split.STRATIFIED


def labelled(payments: OwnPayments, split: Split, *, seed: int, holds_out: bool = False) -> Labelled:
    """Return the payments encoded and parted; what is fitted for it is fitted on the development rows.

    `holds_out`: whether bounds rest on rows that teach nothing. Where rows are parted by chance, the words
    and medians of all rows are counted: no label is looked at.
    """
    parts = _time_parts(payments, holds_out=holds_out) if split is Split.TIME else None
    rows = np.arange(payments.seconds.size) if parts is None else parts.development
    encoding = fit_encoding(payments.schema, payments.columns, payments.seconds, rows)
    data = encoded(payments, encoding)
    if parts is None:
        return replace(
            data, parts=stratified_parts_of(data.is_fraud, data.origins, seed=seed, holds_out=holds_out)
        )
    return replace(data, parts=apart(parts, data.origins))


def encoded(payments: OwnPayments, encoding: Encoding) -> Labelled:
    """Return the payments as a network reads them, with the origins of their rows."""
    features = encoding.encoded_columns(payments.columns, payments.seconds, payments.amounts)
    return Labelled(
        encoding=encoding,
        features=features,
        amounts=payments.amounts,
        is_fraud=payments.is_fraud,
        origins=_origins(payments, encoding, features),
        weights=payments.weights,
    )


def _origins(payments: OwnPayments, encoding: Encoding, features: Floats) -> Origins:
    """Return which rows are of one origin, by their numbers alone: words fall on each other by themselves."""
    hashes = row_hashes(features, payments.amounts)
    kinds = payments.schema.by_name
    numbers = [
        place
        for place, (column, source) in enumerate(zip(encoding.columns, encoding.sources, strict=True))
        if column == source and source in kinds and kinds[source].kind in {Kind.NUMERIC, Kind.MONEY}
    ]
    if len(numbers) < FEWEST_NUMBERS:
        return Origins.of_copies(hashes)
    return origins_of(features[:, numbers], payments.amounts, payments.is_fraud, hashes)


def _time_parts(payments: OwnPayments, *, holds_out: bool) -> Parts:
    label = payments.schema.label
    delay_days = label.delay_days if label else 0.0
    return time_parts_of(
        payments.seconds,
        payments.is_fraud,
        delay_days=delay_days,
        warm_up_days=delay_days + WARM_UP_DAYS if payments.schema.history else 0.0,
        holds_out=holds_out,
    )


def faults_of(data: Labelled, *, miss_rate: float, confidence: float) -> Iterator[str]:
    """Say what keeps payments from being learned from with this promise, one sentence each."""
    if data.parts is None:
        return
    if data.origins.is_unsure:
        yield missing_originals(data.origins, data.is_fraud)
        return
    needed = frauds_needed(miss_rate=miss_rate, confidence=confidence)
    parts, keys = data.parts, data.origins.keys
    bounding = parts.scored if parts.is_cross_fitted else parts.calibration
    different = np.unique(keys[bounding[data.is_fraud[bounding]]]).size
    if different < needed:
        yield (
            f"holds too few frauds: bounds would rest on {different} different ones, and a miss rate"
            f" of at most {miss_rate:.0%} with {confidence:.0%} confidence needs {needed}"
        )
    legits = int((~data.is_fraud[data.parts.development]).sum())
    if legits < FEWEST_LEGITS:
        yield f"holds too few legits to learn from ({legits:,}): {FEWEST_LEGITS} are needed"
    for number, fold in enumerate(data.parts.folds, start=1):
        learned, held_out = (int(data.is_fraud[rows].sum()) for rows in (fold.learned, fold.held_out))
        if min(learned, held_out) < FEWEST_FRAUDS_IN_A_FOLD:
            yield (
                f"holds too few frauds in a stretch of time: fold {number} would learn from {learned} and"
                f" measure on {held_out}"
            )
