"""How large the world is, and how its thieves work; docs/payments-world.md says the same for readers."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """All that is chosen of a world; the rest is drawn by its seed."""

    cards: int = 2_400
    terminals: int = 1_000
    cities: int = 40
    #: Terminals within this distance of home are those that a card is used at.
    radius_km: float = 15.0
    #: Of one card, as a mean.
    payments_a_day: float = 0.8
    #: A payment above this amount (EUR) is a fraud with this probability, whatever else it is.
    large_from: float = 500.0
    large_fraud_share: float = 0.25
    #: The chance of one terminal on one day, how long it lasts, and how many of its payments are frauds.
    compromised_a_day: float = 3e-4
    compromised_days: int = 28
    compromised_fraud_share: float = 0.25
    #: The chance of one card on one day, how long it lasts, how many of its payments are frauds, and by how
    #: much those are larger than they would have been.
    stolen_a_day: float = 8e-4
    stolen_days: int = 14
    stolen_fraud_share: float = 1 / 3
    stolen_factor: float = 5.0
    #: Thieves pay while owners sleep: a stolen card is used so many times as often from midnight to six.
    stolen_at_night: float = 3.0
    #: So many devices and addresses are behind the thefts.
    thieves: int = 40
    #: Days from a day after the fraud until it is reported, as a mean.
    reported_after_days: float = 5.0


#: A small world in which thieves are busy: an evening's demo shows some of each.
DEMO = Parameters(
    cards=900,
    terminals=240,
    cities=12,
    compromised_a_day=1.2e-3,
    stolen_a_day=2.2e-3,
    thieves=6,
)
