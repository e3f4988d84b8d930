"""Fitting an encoding: which words of a category are common, and what stands where a number is missing.

No label is looked at, so whatever is measured afterwards is not flattered by it.
"""

from collections.abc import Mapping

import numpy as np

from app.scoring.arrays import Floats, Rows
from app.scoring.schema.columns import SECONDS_A_DAY, Column, Words, bent
from app.scoring.schema.encoding import Encoding
from app.scoring.schema.feature import Feature, Kind
from app.scoring.schema.schema import Schema

#: A word in fewer rows tells too little alone, and there are columns for so many words.
FEWEST_ROWS, MOST_WORDS = 30, 40


def fit_encoding(schema: Schema, columns: Mapping[str, Column], seconds: Floats, rows: Rows) -> Encoding:
    """Return the encoding that these rows of the columns give; `seconds` since 1970, shape (all rows,)."""
    taken = {name: column.taken(rows) for name, column in columns.items()}
    fill = {
        each.name: _median(each, taken[each.name], seconds[rows])
        for each in (*schema.features, *schema.derived)
        if each.may_be_missing and each.kind is not Kind.CATEGORY
    }
    words = {each.name: fit_words(taken[each.name]) for each in schema.features if each.kind is Kind.CATEGORY}
    return Encoding(schema=schema, fill=fill, words=words, decimals=schema.decimals)


def fit_words(column: Column) -> Words:
    """Return the words of a category, the commonest first."""
    counts = np.bincount(column.codes[column.codes >= 0], minlength=len(column.words))
    by_count = np.argsort(-counts, kind="stable")
    common = [place for place in by_count[:MOST_WORDS].tolist() if counts[place] >= FEWEST_ROWS]
    rare = set(np.flatnonzero(counts).tolist()) - set(common)
    return Words(
        common=tuple(column.words[place] for place in common),
        rare=frozenset(column.words[place] for place in rare),
    )


def _median(feature: Feature, column: Column, seconds: Floats) -> float:
    numbers = column.numbers
    if feature.kind is Kind.TIME:
        numbers = (seconds - numbers) / SECONDS_A_DAY
    known = bent(feature, numbers[~np.isnan(numbers)])
    return float(np.median(known)) if known.size else 0.0
