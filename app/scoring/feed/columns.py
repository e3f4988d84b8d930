"""Which columns of a model a feed is known by."""

from collections.abc import Mapping

import numpy as np

from app.scoring.arrays import Floats
from app.scoring.schema.columns import Column, bent
from app.scoring.schema.encoding import Encoding
from app.scoring.schema.feature import Kind

#: With fewer of them a feed as a whole has too little shape to be told from another.
FEWEST_COLUMNS = 5
_CONTINUOUS = frozenset({Kind.NUMERIC, Kind.MONEY})


def watched_columns(encoding: Encoding) -> tuple[int, ...]:
    """Return the places of the columns that are watched; none where they are too few.

    Quantiles and dependence tell a feed of continuous numbers. Counts, words and what may be missing stand
    on a few values, where any stretch of payments differs from the next.
    """
    kinds = {each.name: each.kind for each in encoding.schema.features if not each.may_be_missing}
    places = tuple(place for place, source in enumerate(encoding.sources) if kinds.get(source) in _CONTINUOUS)
    return places if len(places) >= FEWEST_COLUMNS else ()


def watched_names(encoding: Encoding) -> tuple[str, ...]:
    """Return the names of the same columns."""
    return tuple(encoding.columns[place] for place in watched_columns(encoding))


def watched_values(encoding: Encoding, columns: Mapping[str, Column]) -> Floats:
    """Return those columns of a file's payments, by feature, as the encoding gives them: (rows, columns)."""
    features = [encoding.schema.by_name[name] for name in watched_names(encoding)]
    return np.column_stack([bent(each, columns[each.name].numbers) for each in features])
