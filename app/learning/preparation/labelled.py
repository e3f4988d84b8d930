"""Labelled transactions as learning takes them."""

from dataclasses import dataclass, replace

from app.learning.comparison.sample import Sample
from app.learning.copies.origins import Origins
from app.learning.preparation.parts import Parts, stratified_parts_of
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
    #: Of how many payments each row speaks, shape (transactions,); None: of one.
    weights: Floats | None = None

    def parted(self, *, seed: int) -> Parts:
        """Return the parts; `seed` draws them where none are given, and the bounds are then cross-fitted."""
        return self.parts or stratified_parts_of(self.is_fraud, self.origins, seed=seed)

    def sample(self, *, legit_weight: float) -> Sample:
        """Return the rows as they are compared, each legit counted so many times, beside its own weight."""
        sample = Sample.of(
            self.features, self.amounts, self.is_fraud, legit_weight=legit_weight, origins=self.origins
        )
        return sample if self.weights is None else replace(sample, weights=sample.weights * self.weights)
