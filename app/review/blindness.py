"""Blind review: on which cases the score is hidden until a first verdict, and what else is hidden.

Real fraud analysts judge better from the data alone, and worse once they have seen a score. Ordinary
unknowns are drawn by chance when they open, with a probability that is kept; audits and looks at what a
colleague judged always are blind, because anything told of them would give them away.

Of a blind case nothing may be told that depends on what the machine thinks of it or on why a person looks:
not in its place in the queue either. So the queue goes by `queue_losses`: of a blind case, by what the
amount alone lets expect, as if there were no score. `app.database.blindness` says the same in SQL.
"""

import numpy as np

from app.review.access.people import Ability, Account
from app.review.case import CaseKind, CaseState
from app.scoring.arrays import Flags, Floats
from app.triage.labels import Label

#: A case in these is still to be judged, or its verdict may be undone.
LIVE_STATES = frozenset({CaseState.OPEN, CaseState.ESCALATED, CaseState.GIVEN})

#: In these people are compared with what is known, or with each other.
LOOKS_AT_PEOPLE = frozenset({CaseKind.GOLD, CaseKind.SECOND, CaseKind.RULING})


def chance_decides(kind: CaseKind, label: Label, *, has_score: bool) -> bool:
    """Whether a case is drawn blind by chance: an ordinary unknown with a score to hide."""
    return kind is CaseKind.UNKNOWN and label is Label.UNKNOWN and has_score


def _is_always_blind(kind: CaseKind, label: Label, *, has_score: bool) -> bool:
    would_give_away = kind is CaseKind.AUDIT or label is not Label.UNKNOWN
    return would_give_away or (has_score and kind is not CaseKind.UNKNOWN)


def blind_probability(kind: CaseKind, label: Label, *, has_score: bool, share: float) -> float:
    """Return how likely a case is to hide the machine's opinion; `share` is that of ordinary unknowns."""
    if chance_decides(kind, label, has_score=has_score):
        return share
    return float(_is_always_blind(kind, label, has_score=has_score))


def is_blind(kind: CaseKind, label: Label, *, has_score: bool, drawn: bool | None) -> bool:
    """Whether a case is judged blind: as it was drawn where chance decides, and hidden while it did not."""
    if chance_decides(kind, label, has_score=has_score):
        return drawn is not False
    return _is_always_blind(kind, label, has_score=has_score)


def reader_of(account: Account) -> int | None:
    """Return whose verdicts must not be heard of as looked at: of those who judge. None: nothing is kept."""
    return account.id if account.may(Ability.JUDGE) else None


def hides_discussion(
    account: Account, kind: CaseKind, state: CaseState, *, is_blind: bool, has_said: bool
) -> bool:
    """Whether what colleagues said about a case, and that they did, is kept from this account for now.

    It is kept from whoever could be asked to judge the case without the machine's opinion or a colleague's,
    until they have said what they think: a first verdict, or a final one (`has_said`). To escalate says
    nothing. A look at people whose payment has no score hides no score: there nothing may say that
    anything is kept, or it would stand out.
    """
    could_judge = _may_judge_unheard(account, state, has_said=has_said)
    return could_judge and (is_blind or kind in LOOKS_AT_PEOPLE)


def hides_words(
    account: Account,
    state: CaseState,
    *,
    is_blind: bool,
    has_score: bool,
    has_said: bool,
) -> bool:
    """Whether what colleagues wrote while they moved a case is kept from this account for now.

    Why it is assigned, reassigned, escalated or waits, and what stands in their note. That they did is told,
    and that their words are kept back. So a look at people without a score would stand out, unless the same
    goes for every case without one.
    """
    return _may_judge_unheard(account, state, has_said=has_said) and (is_blind or not has_score)


def _may_judge_unheard(account: Account, state: CaseState, *, has_said: bool) -> bool:
    """Whether this account could be asked what it thinks of a case, and has not said so."""
    return state in LIVE_STATES and reader_of(account) is not None and not has_said


def queue_losses(expected: Floats, by_amount: Floats, blind: Flags) -> Floats:
    """Return the losses by which cases stand in the queue, shape (cases,), each in its own currency.

    `expected` is what the machine expects, `by_amount` what the base rate of fraud and the amount do.
    """
    losses: Floats = np.where(blind, by_amount, expected)
    return losses
