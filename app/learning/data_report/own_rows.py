"""The payments of a team's own file, as the report on them looks at them."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from app.learning.preparation.own_payments import OwnPayments
from app.scoring.arrays import Rows
from app.scoring.schema.columns import Column

#: The last quarter of the rows by time is compared with those before it.
EARLIER_SHARE = 0.75


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OwnRows(OwnPayments):
    """The payments of a file in time order; rows along the first axis of each array."""

    #: By the entity's name.
    entities: Mapping[str, Column]

    @property
    def earlier(self) -> Rows:
        """The rows before the last quarter."""
        return np.arange(round(self.seconds.size * EARLIER_SHARE))

    @property
    def later(self) -> Rows:
        """The last quarter."""
        return np.arange(round(self.seconds.size * EARLIER_SHARE), self.seconds.size)
