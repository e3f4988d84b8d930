"""Why frauds are not seen, in words: what keeps a promise, or a comparison, from being judged."""

from collections.abc import Mapping

from app.triage.guarantee.standing import MOST_UNANSWERED
from app.web.pages import formatting


def unseen_frauds(policy: str, *, unanswered: int, drawn: int) -> Mapping[str, str]:
    """Return a sentence for each reason by its value; `policy` is who could audit declines."""
    share = f"{formatting.count(unanswered)} of {formatting.count(drawn)}"
    return {
        "declines_not_audited": "Nobody looks at declines, which are never charged back:"
        f" let {policy} audit a share of them.",
        "approvals_not_seen": "Approved frauds are not seen: no approvals are audited, and of no"
        " source a propensity is stated.",
        "answers_missing": f"{share} payments drawn for people had no verdict at that age:"
        f" more than {formatting.percent(MOST_UNANSWERED)} leave too much open.",
    }
