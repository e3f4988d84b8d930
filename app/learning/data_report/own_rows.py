"""The payments of a team's own file, as the report on them looks at them."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from app.scoring.arrays import Flags, Floats, Rows
from app.scoring.schema.columns import Column
from app.scoring.schema.schema import Schema

#: The last quarter of the rows by time is compared with those before it.
EARLIER_SHARE = 0.75


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OwnRows:
    """The payments of a file in time order; rows along the first axis of each array."""

    schema: Schema
    #: By the feature's name, and by the entity's.
    columns: Mapping[str, Column]
    entities: Mapping[str, Column]
    #: NaN without a time.
    seconds: Floats
    amounts: Floats
    is_fraud: Flags

    @property
    def earlier(self) -> Rows:
        """The rows before the last quarter."""
        return np.arange(round(self.seconds.size * EARLIER_SHARE))

    @property
    def later(self) -> Rows:
        """The last quarter."""
        return np.arange(round(self.seconds.size * EARLIER_SHARE), self.seconds.size)
