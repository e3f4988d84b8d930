"""The demo's generator: class-conditional Gaussian mixtures that resemble the data and hold no row of it.

`app.learning.generator_fitting` says why no single row can be read out of its numbers.
"""

from dataclasses import dataclass

import numpy as np

from app.scoring.arrays import Flags, Floats

# A payload of six decimals looks like the real one and is half as long.
DECIMALS = 6


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Mixture:
    """Gaussians over the columns V1..V28 and log1p(amount).

    Raises ValueError when the shapes contradict each other.
    """

    #: Shares of the components, shape (components,); they add up to one.
    weights: Floats
    #: Shape (components, columns).
    means: Floats
    #: Lower Cholesky factors of the covariances, shape (components, columns, columns).
    factors: Floats

    def __post_init__(self) -> None:
        """Refuse shapes that do not belong together."""
        components, columns = self.means.shape
        if self.weights.shape != (components,) or self.factors.shape != (components, columns, columns):
            raise ValueError(
                f"one shape each: {self.weights.shape=}, {self.means.shape=}, {self.factors.shape=}"
            )

    @property
    def mean(self) -> Floats:
        """Mean of the whole mixture, shape (columns,)."""
        return self.weights @ self.means

    @property
    def covariance(self) -> Floats:
        """Covariance of the whole mixture, shape (columns, columns)."""
        within = np.einsum("k,kij,klj->il", self.weights, self.factors, self.factors)
        apart = self.means - self.mean
        result: Floats = within + (self.weights[:, None] * apart).T @ apart
        return result

    def sample(self, count: int, rng: np.random.Generator) -> Floats:
        """Return `count` fresh draws, shape (count, columns)."""
        component = rng.choice(self.weights.size, size=count, p=self.weights)
        noise = rng.standard_normal((count, self.means.shape[1]))
        drawn = np.empty_like(noise)
        for number, factor in enumerate(self.factors):
            chosen = component == number
            drawn[chosen] = self.means[number] + noise[chosen] @ factor.T
        return drawn


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Drawn:
    """Generated transactions; rows along the first axis of each array."""

    #: Shape (transactions, names).
    features: Floats
    #: In currency units, whole cents.
    amounts: Floats
    #: True for fraud.
    classes: Flags


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Generator:
    """What the demo's transactions are drawn from."""

    #: Names of the feature columns; the mixtures have one column more, log1p(amount).
    names: tuple[str, ...]
    legit: Mixture
    fraud: Mixture
    #: What a drawn value is clipped to, inside what was observed; shape (columns,) each.
    lowest: Floats
    highest: Floats

    def sample(self, count: int, *, fraud_share: float, rng: np.random.Generator) -> Drawn:
        """Return `count` fresh transactions, each a fraud with probability `fraud_share`."""
        classes = rng.random(count) < fraud_share
        drawn = np.empty((count, len(self.names) + 1))
        drawn[classes] = self.fraud.sample(int(classes.sum()), rng)
        drawn[~classes] = self.legit.sample(int((~classes).sum()), rng)
        np.clip(drawn, self.lowest, self.highest, out=drawn)
        amounts: Floats = np.expm1(drawn[:, -1])
        return Drawn(
            features=np.round(drawn[:, :-1], DECIMALS) + 0.0, amounts=amounts.round(2), classes=classes
        )
