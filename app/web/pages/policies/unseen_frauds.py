"""Why frauds are not seen, in words: what keeps a promise, or a comparison, from being judged."""

from collections.abc import Mapping

from app.triage.guarantee.standing import MOST_UNANSWERED
from app.web.languages.sentences import worded
from app.web.pages import formatting


def unseen_frauds(policy: str, *, unanswered: int, drawn: int) -> Mapping[str, str]:
    """Return a sentence for each reason by its value; `policy` is who could audit declines."""
    share = worded("%(some)s of %(all)s", some=formatting.count(unanswered), all=formatting.count(drawn))
    return {
        "declines_not_audited": worded(
            "Nobody looks at declines, which are never charged back: let %(policy)s audit a share of them.",
            policy=policy,
        ),
        "approvals_not_seen": worded(
            "Approved frauds are not seen: no approvals are audited, and of no source a propensity is stated."
        ),
        "answers_missing": worded(
            "%(share)s payments drawn for people had no verdict at that age: more than"
            " %(most_unanswered)s leave too much open.",
            share=share,
            most_unanswered=formatting.percent(MOST_UNANSWERED),
        ),
    }
