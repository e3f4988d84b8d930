"""What is odd about a team's own payments, and keeps nobody from learning from them."""

from collections.abc import Collection, Iterator

import numpy as np

from app.learning.data_report.cells import ClassBalance
from app.learning.data_report.leaks import FEWEST_FRAUDS, codes_of
from app.learning.data_report.order import Copies
from app.learning.data_report.own_rows import OwnRows
from app.scoring.arrays import Floats
from app.scoring.schema.columns import SECONDS_A_DAY, Column
from app.scoring.schema.feature import Kind

#: From here on a column hardly says anything, and a category tells single payments.
MOSTLY_MISSING, MOST_WORDS = 0.95, 1_000
#: A value in whose payments so large a share are frauds tells more than payments do, unless most are frauds.
NEARLY_ALL, MOST_FRAUDS = 0.99, 0.5
#: Copies in so large a share of the frauds are no chance.
MANY_COPIES = 0.1
#: A difference to the stated base rate by this factor is no chance.
FAR_RATE = 2.0
#: Frauds in so large a share of all payments are found where legits were left out.
MANY_FRAUDS = 0.2
#: The last payments, whose frauds may not be known yet: which share of all, how many frauds are to be
#: expected among them so that chance is no reason, and by which factor fewer are too few.
LAST_SHARE, FEWEST_EXPECTED, TOO_FEW = 0.05, 20, 4


def column_warnings(rows: OwnRows) -> Iterator[str]:
    """Say what is odd about each column, one sentence each without its full stop."""
    for feature in rows.schema.features:
        column = rows.columns[feature.name]
        missing = float(column.is_missing.mean())
        if missing > MOSTLY_MISSING:
            yield f"{feature.name} is missing in {missing:.1%} of the payments"
        if feature.kind is Kind.CATEGORY:
            yield from _of_words(feature.name, column)
        if feature.kind is Kind.TIME:
            yield from _of_moments(feature.name, column, rows.seconds)


def value_warnings(rows: OwnRows, told: Collection[str]) -> Iterator[str]:
    """Say which columns hold a value that stands nearly only with frauds; `told`: features that are leaks.

    A column whose other values say little is no leak by its AUROC, however surely one value was written down
    when the fraud was known.
    """
    if float(rows.is_fraud.mean()) >= MOST_FRAUDS:
        return
    for feature in rows.schema.features:
        # One of many numbers stands with frauds alone by chance.
        if feature.name in told or feature.known_before or feature.kind not in {Kind.BOOLEAN, Kind.CATEGORY}:
            continue
        column = rows.columns[feature.name]
        present = ~column.is_missing
        codes = codes_of(column, present, feature.kind)
        if codes is None or not codes.size:
            continue
        counts, frauds = np.bincount(codes), np.bincount(codes, weights=rows.is_fraud[present])
        one_sided = np.flatnonzero((counts >= FEWEST_FRAUDS) & (frauds >= NEARLY_ALL * counts))
        if one_sided.size:
            code = int(one_sided[np.argmax(counts[one_sided])])
            value = column.words[code] if column.words else f"{np.unique(column.numbers[present])[code]:g}"
            yield (
                f"{feature.name} is {value} in {counts[code]:,} payments, of which {int(frauds[code]):,} are"
                " frauds: perhaps it was written down when the fraud was known; take it out then"
            )


def _of_words(name: str, column: Column) -> Iterator[str]:
    different = np.unique(column.codes[column.codes >= 0]).size
    present = int((column.codes >= 0).sum())
    if different > MOST_WORDS or different > max(10, present / 2):
        yield (
            f"{name} has {different:,} different words in {present:,} payments: nearly all of them are rare,"
            " and a model reads rare ones as one"
        )


def _of_moments(name: str, column: Column, seconds: Floats) -> Iterator[str]:
    later = int((column.numbers > seconds).sum())
    if later:
        yield (
            f"{name} lies after the payment in {later:,} payments: a moment that had not come was known only"
            " if it was planned, such as a date of expiry"
        )


def class_warnings(rows: OwnRows, balance: ClassBalance, of_rows: Copies) -> Iterator[str]:
    """Say what is odd about frauds and legits, one sentence each without its full stop."""
    if balance.frauds < FEWEST_FRAUDS:
        yield f"there are {balance.frauds} frauds: too few to look for columns that tell them alone"
    label = rows.schema.label
    stated, found = (label.base_rate if label else 0.0), balance.weighted_fraud_rate
    if stated and not stated / FAR_RATE < found < stated * FAR_RATE:
        weight = balance.weight_for(stated)
        fits = f"; legit_weight = {weight:.3g} would fit it" if weight else ""
        yield f"the schema says a base rate of {stated:.3%}, and the file's is {found:.3%}{fits}"
    if not stated and found > MANY_FRAUDS:
        yield f"{found:.0%} of the payments are frauds: where legits were left out, say base_rate"
    copied = balance.frauds - of_rows.different_frauds
    if copied > MANY_COPIES * balance.frauds:
        yield f"{copied:,} of {balance.frauds:,} frauds are exact copies of others: they teach nothing again"
    if of_rows.of_both_classes:
        yield f"{of_rows.of_both_classes:,} groups of equal payments hold frauds and legits"
    yield from _of_delay(rows)


def _of_delay(rows: OwnRows) -> Iterator[str]:
    """Say what the delay of labels leaves out, or that the last payments lack frauds as if there were one."""
    label = rows.schema.label
    if label is None or np.isnan(rows.seconds).any():
        return
    span = (rows.seconds.max() - rows.seconds.min()) / SECONDS_A_DAY
    if label.delay_days > span / 2:
        yield f"delay_days is {label.delay_days:g}, and the file spans {span:.1f} days: little is left"
    last = np.arange(round(rows.seconds.size * (1 - LAST_SHARE)), rows.seconds.size)
    usual, of_last = float(rows.is_fraud.mean()), float(rows.is_fraud[last].mean()) if last.size else 0.0
    if not label.delay_days and usual * last.size >= FEWEST_EXPECTED and of_last < usual / TOO_FEW:
        yield (
            f"the last twentieth of the payments has {of_last:.3%} frauds, all have {usual:.3%}: perhaps its"
            " frauds are not known yet; say delay_days"
        )
