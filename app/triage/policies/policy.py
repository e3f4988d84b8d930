"""A policy: the bounds, gates and rules by which the machine decides, and what it leaves to people."""

from dataclasses import dataclass, fields, replace
from enum import StrEnum
from math import inf

from app.triage.costs import USUAL_COSTS, Costs
from app.triage.refusal import LARGEST_NUMBER, PolicyImpossible
from app.triage.staffing import USUAL_STAFFING, Staffing

#: More bands than this nobody can read, let alone sign for.
MOST_BANDS = 24


class Fallback(StrEnum):
    """What becomes of an unknown nobody judged by its deadline."""

    WAIT = "wait"
    APPROVE = "approve"
    DECLINE = "decline"


class WrongFeed(StrEnum):
    """What becomes of the payments of a client whose feed is wrong as a whole."""

    REVIEW = "review"
    DECIDE = "decide"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Bounds on the evidence (logits) of both classes. Raises `PolicyImpossible`."""

    #: Fraud evidence (logit) at or below which a transaction is approved.
    approve_at_most: float
    #: Fraud evidence (logit) at or above which a transaction is declined.
    decline_at_least: float
    #: For heads with their own evidence for legit: approve only at or above this; None: no such bound.
    approve_legit_at_least: float | None = None
    #: For heads with their own evidence for legit: decline only at or below this; None: no such bound.
    decline_legit_at_most: float | None = None

    @property
    def are_in_order(self) -> bool:
        """False where the approve bound lies above the decline bound: what both claim goes to people."""
        return self.approve_at_most <= self.decline_at_least


BOUND_NAMES = tuple(field.name for field in fields(Bounds))


@dataclass(frozen=True, slots=True, kw_only=True)
class AmountBand:
    """Bounds of their own for amounts from `amount_from` up to the next band's."""

    amount_from: float
    bounds: Bounds


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Bounds and gates on one model version's scale, and what review does with the rest.

    Raises `PolicyImpossible` for an invalid value. Bounds out of order can be: between them
    both claim the transaction, and a person decides.
    """

    #: The one model version on whose scale the bounds were set.
    model_version: str
    #: For amounts below the first band's.
    approve_at_most: float
    decline_at_least: float
    approve_legit_at_least: float | None = None
    decline_legit_at_most: float | None = None
    #: Own bounds for larger amounts, ascending.
    bands: tuple[AmountBand, ...] = ()
    #: Largest spread (logits) over the passes that the machine may decide on; None: no limit.
    spread_at_most: float | None = None
    #: Largest mutual information (nats) it may decide on; None: no limit.
    mutual_information_at_most: float | None = None
    #: Largest novelty (percentile of the training data, 0-100) it may decide on; None: no limit.
    novelty_at_most: float | None = None
    #: Largest expected loss (P x (amount + overhead), currency) it may approve; None: no limit.
    expected_loss_at_most: float | None = None
    #: Share of automatic approvals, and of automatic declines, that a person looks at all the same.
    audit_share_approved: float = 0.005
    audit_share_declined: float = 0.02
    #: The same for approvals closer to the approve bound than `near_width` (logits): frauds hide there.
    audit_share_near: float = 0.02
    near_width: float = 0.0
    #: What an unknown becomes at its `respond_by`.
    deadline_fallback: Fallback = Fallback.WAIT
    #: What becomes of payments while their client's feed is found wrong.
    wrong_feed: WrongFeed = WrongFeed.REVIEW
    #: Minutes in which waiting makes a case e times more urgent (tau of the queue's order).
    patience_minutes: float = 30.0
    costs: Costs = USUAL_COSTS
    staffing: Staffing = USUAL_STAFFING

    def __post_init__(self) -> None:
        """Refuse values no policy can mean."""
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, float) and not _is_number(value):
                raise PolicyImpossible(
                    field.name, f"{field.name} must be a number up to {LARGEST_NUMBER:g}, not {value}"
                )
        for name, lowest, highest, meaning in RANGES:
            value = getattr(self, name)
            if value is not None and not lowest <= value <= highest:
                raise PolicyImpossible(name, f"{name} is {meaning}, not {value:g}")
        _check_bands(self.bands)

    @property
    def base_bounds(self) -> Bounds:
        """The bounds of amounts below the first band's."""
        return Bounds(**{name: getattr(self, name) for name in BOUND_NAMES})

    @property
    def all_bands(self) -> tuple[AmountBand, ...]:
        """Every band, the one from zero included."""
        return (AmountBand(amount_from=0.0, bounds=self.base_bounds), *self.bands)


#: The limits above which the machine does not decide; the last one stops approvals alone.
GATES = ("spread_at_most", "mutual_information_at_most", "novelty_at_most", "expected_loss_at_most")
RANGES = (
    ("spread_at_most", 0, inf, "a limit that cannot be negative"),
    ("mutual_information_at_most", 0, inf, "a limit that cannot be negative"),
    ("novelty_at_most", 0, 100, "a percentile between 0 and 100"),
    ("expected_loss_at_most", 0, inf, "an amount that cannot be negative"),
    ("audit_share_approved", 0, 1, "a share between 0 and 1"),
    ("audit_share_declined", 0, 1, "a share between 0 and 1"),
    ("audit_share_near", 0, 1, "a share between 0 and 1"),
    ("near_width", 0, inf, "a width that cannot be negative"),
    ("patience_minutes", 1, inf, "at least one minute"),
)


def _is_number(value: float) -> bool:
    """Whether sums of this and its like are numbers, too."""
    return abs(value) <= LARGEST_NUMBER


def _check_bands(bands: tuple[AmountBand, ...]) -> None:
    if len(bands) > MOST_BANDS:
        raise PolicyImpossible("bands", f"at most {MOST_BANDS} amount bands, not {len(bands)}")
    before = 0.0
    for place, band in enumerate(bands):
        where = f"bands.{place}"
        if not _is_number(band.amount_from) or band.amount_from <= before:
            raise PolicyImpossible(
                f"{where}.amount_from",
                f"{where}.amount_from must be above {before:.15g}, where the band before it begins,"
                f" and up to {LARGEST_NUMBER:g}, not {band.amount_from:.15g}",
            )
        before = band.amount_from
        for name in BOUND_NAMES:
            value = getattr(band.bounds, name)
            if value is not None and not _is_number(value):
                raise PolicyImpossible(
                    f"{where}.{name}",
                    f"{where}.{name} must be a number up to {LARGEST_NUMBER:g}, not {value}",
                )


def widest(policy: Policy) -> Policy:
    """Return the policy that approves all it does not decline, but for its gates."""

    def widened(bounds: Bounds) -> Bounds:
        return replace(bounds, approve_at_most=bounds.decline_at_least)

    bands = tuple(replace(band, bounds=widened(band.bounds)) for band in policy.bands)
    return replace(policy, approve_at_most=policy.decline_at_least, bands=bands)
