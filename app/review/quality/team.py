"""Quality of the team: second reviews, and whether fast verdicts on control cases are less accurate."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from app.review.quality.agreement import Agreement
from app.review.quality.people import Pace, pace
from app.review.quality.rates import Rate, once_per_group, rate
from app.review.quality.said import GoldAnswer, Pair


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondReviews:
    """What came of cases that two people judged."""

    #: The first verdict beside the second, all pairs; those chance asked for; those of high exposure.
    all: Agreement
    by_chance: Agreement
    by_exposure: Agreement
    #: Of the disagreements: sent to a senior colleague, ruled by one, and there for the first verdict.
    sent: int
    ruled: int
    first_upheld: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Gold:
    """How often people are right where the truth is known, and whether they are when they hurry."""

    all: Rate
    pace: Pace | None
    #: Answers no slower than their author's own median, and the slower ones: people differ in speed and
    #: in skill, so each is compared with themselves.
    quick: Rate
    slow: Rate


def second_looks(pairs: Sequence[Pair]) -> SecondReviews:
    """Return what second reviews show of all verdicts."""
    apart = [pair for pair in pairs if not pair.is_same]
    ruled = [pair for pair in apart if pair.ruled is not None]
    return SecondReviews(
        all=_agreement(pairs),
        by_chance=_agreement(pair for pair in pairs if _is_by_chance(pair)),
        by_exposure=_agreement(pair for pair in pairs if not _is_by_chance(pair)),
        sent=sum(pair.has_ruling for pair in apart),
        ruled=len(ruled),
        first_upheld=sum(pair.ruled == pair.first.judgement for pair in ruled),
    )


def gold(answers: Sequence[GoldAnswer]) -> Gold:
    """Return how right people are on known truths."""
    counted = once_per_group(answers, lambda each: each.said.group)
    times: dict[int, list[int]] = defaultdict(list)
    for each in counted:
        times[each.said.account_id].append(each.milliseconds)
    medians = {account_id: median(own) for account_id, own in times.items()}
    # Who answered once has no slower half.
    several = [each for each in counted if len(times[each.said.account_id]) > 1]
    quick = [each for each in several if each.milliseconds <= medians[each.said.account_id]]
    slow = [each for each in several if each.milliseconds > medians[each.said.account_id]]
    return Gold(
        all=rate(each.is_right for each in counted),
        pace=pace([each.milliseconds for each in counted]),
        quick=rate(each.is_right for each in quick),
        slow=rate(each.is_right for each in slow),
    )


def _agreement(pairs: Iterable[Pair]) -> Agreement:
    first_once = once_per_group(pairs, lambda pair: pair.first.group)
    return Agreement.of(pair.verdicts for pair in once_per_group(first_once, lambda pair: pair.second.group))


def _is_by_chance(pair: Pair) -> bool:
    return pair.drawn_with is not None and pair.drawn_with < 1
