"""Labelled transactions as learning takes them."""

from dataclasses import dataclass

from app.learning.copies.origins import Origins, origins_of
from app.learning.preparation.parts import Parts
from app.learning.splits import row_hashes
from app.scoring.arrays import Flags, Floats
from app.scoring.schema.encoding import Encoding


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """Raw labelled transactions; rows along the first axis."""

    #: How their features became columns.
    encoding: Encoding
    #: The columns, without the amount's; shape (transactions, columns).
    features: Floats
    amounts: Floats
    is_fraud: Flags
    #: None: parted by chance.
    parts: Parts | None = None
    #: Which rows are of one origin; worked out where it is None.
    origins: Origins | None = None

    @property
    def known_origins(self) -> Origins:
        """Which rows are of one origin."""
        if self.origins is not None:
            return self.origins
        hashes = row_hashes(self.features, self.amounts)
        return origins_of(self.features, self.amounts, self.is_fraud, hashes)
