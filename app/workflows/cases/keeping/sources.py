"""Where an account's next case may come from."""

from datetime import timedelta

from sqlalchemy import TextClause

from app.database.cases.keeping.claim_statements import CLAIMS, TAKE_RESERVED
from app.review.access.people import Ability, Account
from app.review.case import CaseState

# For so long a colleague to whom a case was handed over is the only one who gets it.
OFFER_LASTS = timedelta(minutes=15)


def sources_of(account: Account, *, is_reserved: bool) -> tuple[TextClause, ...]:
    """Return where an account's next case may come from, in order.

    A colleague's reservation is taken only by who would have nothing to do, never to be ready oneself.
    """
    escalated = CLAIMS[CaseState.ESCALATED] if account.may(Ability.JUDGE_ESCALATED) else ()
    last = () if is_reserved else (TAKE_RESERVED,)
    return (*escalated, *CLAIMS[CaseState.OPEN], *last)
