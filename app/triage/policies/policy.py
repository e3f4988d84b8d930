"""A policy: the bounds, gates and rules by which the machine decides, and what it leaves to people."""

from dataclasses import dataclass, fields, replace
from functools import partial
from typing import Annotated

from app.scoring.templated_text import Figure, Templated
from app.triage.costs import USUAL_COSTS, Costs
from app.triage.described import SHARE, Meaning, Section, check_ranges, described
from app.triage.policies.choices import AboveDecline, Fallback, ListsInForce, WrongFeed
from app.triage.refusal import LARGEST_NUMBER, PolicyImpossible
from app.triage.staffing import USUAL_STAFFING, Staffing

#: More bands than this nobody can read, let alone sign for.
MOST_BANDS = 24

_BOUND = partial(Meaning, Section.BOUNDS, unit="logit")
_GATE = partial(Meaning, Section.GATES, lowest=0)
_AUDIT = partial(Meaning, Section.AUDITS, unit=SHARE, lowest=0, highest=1)

_AUDIT_BY_DOUBT = partial(
    Meaning, Section.AUDITS, unit="1 / currency", lowest=0, highest=1, note="0: the shares alone"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Bounds on the evidence (logits) of both classes; the last two are for heads with evidence for legit."""

    approve_at_most: Annotated[float, _BOUND("Approve at or below this evidence for fraud", "Approve up to")]
    decline_at_least: Annotated[float, _BOUND("Decline at or above this evidence for fraud", "Decline from")]
    approve_legit_at_least: Annotated[
        float | None,
        _BOUND("Approve only at or above this evidence for legit", "Approve from evidence for legit"),
    ] = None
    decline_legit_at_most: Annotated[
        float | None,
        _BOUND("Decline only at or below this evidence for legit", "Decline up to evidence for legit"),
    ] = None

    @property
    def are_in_order(self) -> bool:
        """False where the approve bound lies above the decline bound: what both claim goes to people."""
        return self.approve_at_most <= self.decline_at_least


BOUND_NAMES = tuple(field.name for field in fields(Bounds))


@dataclass(frozen=True, slots=True, kw_only=True)
class AmountBand:
    """Bounds of their own for amounts from `amount_from` up to the next band's."""

    amount_from: Annotated[
        float,
        Meaning(
            Section.BANDS,
            "These bounds hold for amounts from here to the next band",
            "Amounts from",
            "currency",
            lowest=0,
        ),
    ]
    bounds: Bounds


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy(Bounds):
    """Bounds and gates on one model version's scale, and what review does with the rest.

    Its own bounds are those of amounts below the first band's. Every value says in its type what it means:
    files, the API, the form and the tables read it there (`app.triage.policies.fields`).

    Raises `PolicyImpossible` for an invalid value. Bounds out of order can be: between them
    both claim the transaction, and a person decides.
    """

    model_version: Annotated[
        str, Meaning(Section.MODEL, "The one model version on whose scale the bounds were set", "Model")
    ]
    #: Own bounds for larger amounts, ascending.
    bands: tuple[AmountBand, ...] = ()
    spread_at_most: Annotated[
        float | None, _GATE("Decide only up to this spread over the dropout passes", "Spread above", "logits")
    ] = None
    mutual_information_at_most: Annotated[
        float | None,
        _GATE(
            "Decide only up to this mutual information of the passes",
            "Model doubt (mutual information) above",
            "nats",
        ),
    ] = None
    novelty_at_most: Annotated[
        float | None,
        _GATE(
            "Decide only up to this novelty among the training data",
            "Novelty above",
            "percentile",
            highest=100,
        ),
    ] = None
    #: Stops approvals alone.
    expected_loss_at_most: Annotated[
        float | None,
        _GATE(
            "Approve only up to this expected loss, P(fraud) x (amount + costs.overhead)",
            "Expected loss above",
            "currency",
        ),
    ] = None
    wrong_feed: Annotated[
        WrongFeed,
        Meaning(
            Section.GATES,
            "While a client's feed is found wrong: review (people judge its payments) or decide",
            "A payment while its client's feed is wrong",
            words=(
                (WrongFeed.REVIEW.value, "people judge it"),
                (WrongFeed.DECIDE.value, "it is decided all the same"),
            ),
        ),
    ] = WrongFeed.REVIEW
    lists: Annotated[
        ListsInForce,
        Meaning(
            Section.LISTS,
            "Which lists decide payments before the bounds do: both, block (the block list alone) or none",
            "Lists in force",
            words=(
                (ListsInForce.BOTH.value, "block list and allow list"),
                (ListsInForce.BLOCK.value, "block list alone"),
                (ListsInForce.NONE.value, "neither"),
            ),
        ),
    ] = ListsInForce.BOTH
    allow_amount_at_most: Annotated[
        float | None,
        Meaning(
            Section.LISTS,
            "The allow list approves only up to this amount",
            "Allow list approves up to",
            "currency",
            lowest=0,
        ),
    ] = None
    #: A stolen card of a good customer is still stolen: by default the score has the last word.
    allow_above_decline: Annotated[
        AboveDecline,
        Meaning(
            Section.LISTS,
            "An allowed entity's payment that the bounds would decline: decline or approve",
            "An allowed payment at or above the decline bound",
            words=(
                (AboveDecline.DECLINE.value, "is declined all the same"),
                (AboveDecline.APPROVE.value, "is approved"),
            ),
        ),
    ] = AboveDecline.DECLINE
    audit_share_approved: Annotated[
        float, _AUDIT("Share of approvals a person looks at all the same", "Of approvals")
    ] = 0.005
    audit_share_declined: Annotated[
        float, _AUDIT("Share of declines a person looks at all the same", "Of declines")
    ] = 0.02
    #: Frauds hide near the bound.
    audit_share_near: Annotated[
        float,
        _AUDIT("Share of approvals near the approve bound a person looks at", "Of approvals near the bound"),
    ] = 0.02
    near_width: Annotated[
        float,
        Meaning(
            Section.AUDITS,
            "Near means closer to the approve bound than this",
            "Near means closer than",
            "logits",
            lowest=0,
            note="0: nothing is near",
        ),
    ] = 0.0
    #: Where the model doubts and much is at stake; the shares remain the least.
    audit_by_doubt: Annotated[
        float,
        _AUDIT_BY_DOUBT(
            "Look at a decided payment with a chance of at least this times sqrt(p (1 - p)) times what it may"
            " cost, its amount and costs.overhead; p is its probability of fraud",
            "By doubt and amount",
        ),
    ] = 0.0
    #: Tau of the queue's order.
    urgency_tau_minutes: Annotated[
        float,
        Meaning(
            Section.QUEUE,
            "Waiting this long makes a case 2.7 times (e) more urgent",
            "Waiting makes a case 2.7 times more urgent (tau) in",
            "minutes",
            lowest=1,
        ),
    ] = 30.0
    deadline_fallback: Annotated[
        Fallback,
        Meaning(
            Section.QUEUE,
            "What an unknown becomes at its deadline: wait, approve or decline",
            "An unknown past its deadline",
            words=(
                (Fallback.WAIT.value, "goes on waiting"),
                (Fallback.APPROVE.value, "is approved"),
                (Fallback.DECLINE.value, "is declined"),
            ),
        ),
    ] = Fallback.WAIT
    costs: Costs = USUAL_COSTS
    staffing: Staffing = USUAL_STAFFING

    def __post_init__(self) -> None:
        """Refuse values no policy can mean."""
        check_ranges(self)
        _check_bands(self.bands)

    @property
    def base_bounds(self) -> Bounds:
        """The bounds of amounts below the first band's."""
        return Bounds(**{name: getattr(self, name) for name in BOUND_NAMES})

    @property
    def all_bands(self) -> tuple[AmountBand, ...]:
        """Every band, the one from zero included."""
        return (AmountBand(amount_from=0.0, bounds=self.base_bounds), *self.bands)


#: The limits above which the machine does not decide; the expected loss stops approvals alone.
GATES = tuple(
    each.name for each in described(Policy) if each.meaning.section is Section.GATES and each.is_number
)


def _check_bands(bands: tuple[AmountBand, ...]) -> None:
    if len(bands) > MOST_BANDS:
        raise PolicyImpossible(
            "bands",
            Templated(
                "at most %(most)s amount bands, not %(count)s", most=str(MOST_BANDS), count=str(len(bands))
            ),
        )
    before = 0.0
    for place, band in enumerate(bands):
        where = f"bands.{place}."
        if not before < band.amount_from <= LARGEST_NUMBER:
            raise PolicyImpossible(
                f"{where}amount_from",
                Templated(
                    "%(path)s must be above %(before)s, where the band before it begins,"
                    " and up to %(largest)s, not %(value)s",
                    path=f"{where}amount_from",
                    before=Figure(f"{before:.15g}"),
                    largest=f"{LARGEST_NUMBER:g}",
                    value=Figure(f"{band.amount_from:.15g}"),
                ),
            )
        before = band.amount_from
        for each in described(Bounds):
            each.check(getattr(band.bounds, each.name), where)


def widest(policy: Policy) -> Policy:
    """Return the policy that approves all it does not decline, but for its gates."""

    def widened(bounds: Bounds) -> Bounds:
        return replace(bounds, approve_at_most=bounds.decline_at_least)

    bands = tuple(replace(band, bounds=widened(band.bounds)) for band in policy.bands)
    return replace(policy, approve_at_most=policy.decline_at_least, bands=bands)
