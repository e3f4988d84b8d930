"""Which single column nearly tells the label: what no model could know when a payment comes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.learning.metrics.ranking import auroc
from app.scoring.arrays import Flags, Floats
from app.scoring.schema.columns import Column
from app.scoring.schema.feature import Kind
from app.scoring.schema.schema import Schema

#: No honest column of a payment reaches it alone.
LEAK = 0.999
#: Fewer frauds are ranked so by chance, in one of many columns.
FEWEST_FRAUDS = 10
#: What stands nearly only where a payment was fraud was written down afterwards.
MOST_FRAUDS_AMONG_VALUES = 0.9
#: Rates of words are those of the other rows of so many parts, with one row of the usual rate in each.
PARTS = 5
#: Numbers with few different values are looked at as words, too: their order may say nothing.
MOST_VALUES_AS_WORDS = 1_000

VALUES, WORDS, MISSING, AFTERWARDS = (
    "its values",
    "the frauds among equal values",
    "whether it is missing",
    "it stands nearly only with frauds",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leak:
    """One column that tells the label alone."""

    feature: str
    #: What of it: one of the sentences above.
    by: str
    #: AUROC from 0.5 up; of `AFTERWARDS` the share of frauds among the rows that have a value.
    figure: float
    #: Whether the schema says that it was known before the payment was decided.
    is_meant: bool = False

    @property
    def sentence(self) -> str:
        """What it is, by which figure, and what to do about it; without a full stop."""
        figure = (
            f"{self.figure:.1%} of the payments that have a value are frauds"
            if self.by == AFTERWARDS
            else f"AUROC {self.figure:.4f}, above {LEAK:g}"
        )
        if self.is_meant:
            return f"Leak {self.feature}: {self.by} ({figure}); known_before says it is meant"
        return (
            f"LEAK {self.feature}: {self.by} ({figure}). No payment tells so much before it is decided:"
            " take the column out of the features, or say known_before = true where it was surely known"
        )


def leaks(
    schema: Schema, columns: Mapping[str, Column], amounts: Floats, is_fraud: Flags
) -> tuple[Leak, ...]:
    """Return every column that tells the label alone, the clearest first; rows along the first axis.

    With fewer than `FEWEST_FRAUDS` frauds, or as few legits, nothing can be told, and nothing is returned.
    """
    if min(is_fraud.sum(), (~is_fraud).sum()) < FEWEST_FRAUDS:
        return ()
    found = []
    for feature in schema.features:
        column = columns[feature.name]
        tests = tuple(_tests(column, is_fraud, feature.kind))
        over = [test for test in tests if test[1] > LEAK or test[0] == AFTERWARDS]
        if over:
            by, figure = max(over, key=lambda test: test[1])
            found.append(Leak(feature=feature.name, by=by, figure=figure, is_meant=feature.known_before))
    if schema.reads_amount:
        ranked = _either_way(amounts, is_fraud)
        found += [Leak(feature="amount", by=VALUES, figure=ranked)] if ranked > LEAK else []
    return tuple(sorted(found, key=lambda leak: -leak.figure))


def _tests(column: Column, is_fraud: Flags, kind: Kind) -> Iterator[tuple[str, float]]:
    """Yield what a column is tried by, and how well it tells frauds from legits."""
    missing = column.is_missing
    present = ~missing
    if missing.any() and present.any():
        yield MISSING, _either_way(missing.astype(np.float64), is_fraud)
        among_values = float(is_fraud[present].mean())
        if is_fraud[present].sum() >= FEWEST_FRAUDS and _stands_afterwards(among_values, is_fraud):
            yield AFTERWARDS, among_values
    shown = is_fraud[present]
    if min(shown.sum(), (~shown).sum()) < FEWEST_FRAUDS:
        return
    codes = codes_of(column, present, kind)
    if codes is not None:
        yield WORDS, auroc(cross_fitted_rates(codes, shown), shown, np.ones(shown.size))
    if kind is not Kind.CATEGORY:
        yield VALUES, _either_way(column.numbers[present], shown)


def _stands_afterwards(among_values: float, is_fraud: Flags) -> bool:
    return among_values >= MOST_FRAUDS_AMONG_VALUES and float(is_fraud.mean()) < 0.5


def codes_of(column: Column, present: Flags, kind: Kind) -> NDArray[np.intp] | None:
    """Return the values by number; None where too many numbers are different."""
    if kind is Kind.CATEGORY:
        return column.codes[present].astype(np.intp)
    different, codes = np.unique(column.numbers[present], return_inverse=True)
    return codes if different.size <= MOST_VALUES_AS_WORDS else None


def _either_way(scores: Floats, is_fraud: Flags) -> float:
    """Return the AUROC of a column, or of its negative where that is higher."""
    value = auroc(scores, is_fraud, np.ones(is_fraud.size))
    return max(value, 1 - value)


def cross_fitted_rates(codes: NDArray[np.intp], is_fraud: Flags) -> Floats:
    """Return for each row the share of frauds among equal codes in the other parts, shape (rows,).

    A row's own label is never counted, so a code for each row tells nothing.
    """
    part = np.arange(codes.size) % PARTS
    size = int(codes.max()) + 1
    place = part * size + codes
    rows = np.bincount(place, minlength=PARTS * size).reshape(PARTS, size)
    frauds = np.bincount(place, weights=is_fraud, minlength=PARTS * size).reshape(PARTS, size)
    usual = float(is_fraud.mean())
    rates = (frauds.sum(axis=0) - frauds + usual) / (rows.sum(axis=0) - rows + 1)
    return np.asarray(rates[part, codes])
