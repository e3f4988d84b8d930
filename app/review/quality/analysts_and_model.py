"""People beside the model on the same cases: where they agree, are overturned, and are right more often."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from app.review.outcome import GroundTruth
from app.review.quality.differences import Change
from app.review.quality.rates import Rate, once_per_group, rate
from app.review.quality.said import Pair

#: Where bands of the model's probability meet.
EDGES: Final = (0.01, 0.05, 0.2, 0.5, 0.8)
FRAUD = GroundTruth.FRAUD


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """Verdicts of one kind on cases of one band of P(fraud): `place` 0 lies below the first edge."""

    place: int
    said: GroundTruth
    cases: int
    #: Sum of the model's probabilities.
    expected: float
    #: Cases with a probability of one half or more.
    model_says_fraud: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """Cases of known truth: what a person said before the score was shown, and what the score says."""

    person: GroundTruth
    #: Fraud from a probability of one half on.
    model: GroundTruth
    truth: GroundTruth
    is_control: bool
    cases: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BandAgreement:
    """How many verdicts of a band say fraud, and how many frauds the model expects among them."""

    lowest: float
    highest: float
    said_fraud: Rate
    #: Mean probability.
    expected: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalystsAndModel:
    """All of it for one window."""

    bands: tuple[BandAgreement, ...]
    #: Verdicts that say what the model finds likelier.
    same: Rate
    #: First verdicts that a second person, drawn by chance, overturned: of those of fraud, and of legit.
    frauds_overturned: Rate
    legits_overturned: Rate
    #: The model's call, and the person's before they saw it, on the same cases.
    paired: Change
    controls: int


def analysts_and_model(
    bands: Sequence[Band], pairs: Sequence[Pair], called: Sequence[Called]
) -> AnalystsAndModel:
    """Return people beside the model."""
    agreeing = sum(
        each.model_says_fraud if each.said is FRAUD else each.cases - each.model_says_fraud for each in bands
    )
    return AnalystsAndModel(
        bands=tuple(_bands(bands)),
        same=Rate(hits=agreeing, trials=sum(each.cases for each in bands)),
        frauds_overturned=_overturned(pairs, FRAUD),
        legits_overturned=_overturned(pairs, GroundTruth.LEGIT),
        paired=_paired(called),
        controls=sum(each.cases for each in called if each.is_control),
    )


def _bands(bands: Sequence[Band]) -> Iterable[BandAgreement]:
    ends = (0.0, *EDGES, 1.0)
    for place in sorted({each.place for each in bands}):
        inside = [each for each in bands if each.place == place]
        cases = sum(each.cases for each in inside)
        yield BandAgreement(
            lowest=ends[place],
            highest=ends[place + 1],
            said_fraud=Rate(hits=sum(each.cases for each in inside if each.said is FRAUD), trials=cases),
            expected=sum(each.expected for each in inside) / cases,
        )


def _overturned(pairs: Sequence[Pair], said: GroundTruth) -> Rate:
    """Return how many settled first verdicts of one kind did not stand."""
    drawn = [
        pair
        for pair in pairs
        if pair.first.judgement is said
        and (pair.drawn_with or 1) < 1
        and (pair.is_same or pair.ruled is not None)
    ]
    first_once = once_per_group(drawn, lambda pair: pair.first.group)
    settled = once_per_group(first_once, lambda pair: pair.second.group)
    return rate(not pair.is_same and pair.ruled is not said for pair in settled)


def _paired(called: Sequence[Called]) -> Change:
    counts = {(model, person): 0 for model in (True, False) for person in (True, False)}
    for each in called:
        counts[each.model is each.truth, each.person is each.truth] += each.cases
    return Change(
        right_twice=counts[True, True],
        made_right=counts[False, True],
        made_wrong=counts[True, False],
        wrong_twice=counts[False, False],
    )
