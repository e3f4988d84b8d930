"""How each analyst judges: how much and how quickly, in agreement with colleagues, upheld, and right."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from app.review.access.people import Role
from app.review.quality.agreement import Agreement
from app.review.quality.rates import ENOUGH, Rate, once_per_group, rate
from app.review.quality.said import GoldAnswer, Pair, Said


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What one person judged in the window; what was judged as a group is one judgement."""

    account_id: int
    name: str
    role: Role
    cases: int
    escalated: int
    #: On which they judged anything, UTC.
    days: int
    #: In sight, one for each judgement.
    milliseconds: Sequence[int]
    #: Final judgements that others could contradict, and those they did.
    final: int
    overturned: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How long judgements take while the page is in sight: half of them at most, and nine in ten."""

    judgements: int
    half: timedelta
    nine_in_ten: timedelta

    @property
    def is_enough(self) -> bool:
        """Whether enough was timed to speak of a pace."""
        return self.judgements >= ENOUGH


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonQuality:
    """One line of the table of analysts."""

    account_id: int
    name: str
    role: Role
    judgements: int
    cases: int
    escalated: int
    per_day: float
    pace: Pace | None
    #: This person's verdicts beside those of all colleagues who judged the same cases.
    agreement: Agreement
    overturned: Rate
    gold: Rate
    gold_pace: Pace | None


def people(
    works: Iterable[Work], pairs: Sequence[Pair], answers: Sequence[GoldAnswer]
) -> tuple[PersonQuality, ...]:
    """Return how each person judges, in the order given."""
    pairs_of, answers_of = defaultdict(list), defaultdict(list)
    for pair in pairs:
        pairs_of[pair.first.account_id].append(pair)
        pairs_of[pair.second.account_id].append(pair)
    for answer in answers:
        answers_of[answer.said.account_id].append(answer)
    return tuple(_person(work, pairs_of[work.account_id], answers_of[work.account_id]) for work in works)


def _person(work: Work, pairs: Sequence[Pair], answers: Sequence[GoldAnswer]) -> PersonQuality:
    """Return one line of the table; pairs and answers are this person's."""
    judgements = len(work.milliseconds)
    mine = once_per_group(answers, lambda each: each.said.group)
    return PersonQuality(
        account_id=work.account_id,
        name=work.name,
        role=work.role,
        judgements=judgements,
        cases=work.cases,
        escalated=work.escalated,
        per_day=judgements / work.days if work.days else 0.0,
        pace=pace(work.milliseconds),
        agreement=_agreement(work.account_id, pairs),
        overturned=Rate(hits=work.overturned, trials=work.final),
        gold=rate(each.is_right for each in mine),
        gold_pace=pace([each.milliseconds for each in mine]),
    )


def pace(milliseconds: Sequence[int]) -> Pace | None:
    """Return median and 90th percentile, between neighbours by proportion; None of nothing."""
    if not len(milliseconds):
        return None
    half, nine_in_ten = np.percentile(np.asarray(milliseconds, dtype=np.float64), (50, 90))
    return Pace(
        judgements=len(milliseconds),
        half=timedelta(milliseconds=float(half)),
        nine_in_ten=timedelta(milliseconds=float(nine_in_ten)),
    )


def _agreement(account_id: int, pairs: Iterable[Pair]) -> Agreement:
    """Return one person's verdicts against their colleagues', in either order."""
    own = once_per_group(pairs, lambda pair: _of(account_id, pair).group)
    return Agreement.of(
        pair.verdicts if pair.first.account_id == account_id else pair.verdicts[::-1] for pair in own
    )


def _of(account_id: int, pair: Pair) -> Said:
    return pair.first if pair.first.account_id == account_id else pair.second
