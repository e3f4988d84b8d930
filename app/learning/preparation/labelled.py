"""Labelled transactions as learning takes them."""

from dataclasses import dataclass

from app.learning.copies.origins import Origins
from app.learning.preparation.parts import Parts
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
    #: Which rows are of one origin.
    origins: Origins
    #: None: parted by chance.
    parts: Parts | None = None
