"""Which column says that a payment was fraud: two values, and a name or words that strengthen it."""

from app.learning.schema_inference import names
from app.learning.schema_inference.draft import Draft
from app.learning.schema_inference.look import Look
from app.learning.schema_inference.sample import AnswerRefused
from app.scoring.schema.schema import LabelColumn

ROLE = "[label] column"
OPTION = "--label COLUMN"
_FRAUD = frozenset(
    {"fraud", "fraudulent", "scam", "bad", "chargeback", "suspicious", "illicit", "confirmed fraud"}
)
_LEGIT = frozenset(
    {
        "legit",
        "genuine",
        "normal",
        "good",
        "ok",
        "legitimate",
        "valid",
        "licit",
        "non-fraud",
        "not fraud",
        "no fraud",
    }
)
#: From here on the rarer value is no sure sign of fraud any more: the file may have been balanced.
BALANCED = 0.4
#: A yes-or-no column whose name says nothing is a candidate only where yes is rare.
RARE = 0.2


def guess_label(draft: Draft) -> None:
    """Take the label out of the columns, or ask. Raises `AnswerRefused` for one that cannot be it."""
    if draft.answers.label:
        look = draft.said(draft.answers.label, "the label")
        if look.profile.distinct != 2 or not look.profile.is_whole:
            raise AnswerRefused(
                f"{look.name!r} was said to be the label, and holds {look.profile.distinct} values"
                f" with {look.profile.missing:,} cells missing: a label has two, and none missing"
            )
        _take(draft, look, "it was said so")
        return
    two = [look for look in draft.left() if look.profile.distinct == 2 and look.profile.is_whole]
    strong = [
        look
        for look in two
        if names.says(look.name, names.LABEL) or _says_fraud(look) or names.says_fraud(look.name)
    ]
    if len(strong) == 1:
        _take(draft, strong[0], "two values, and " + _why(strong[0]))
        return
    weak = [look for look in two if min(look.profile.counts.values()) < RARE * look.profile.present]
    candidates = strong or [look for look in weak if look.truths is not None]
    if not candidates:
        draft.explain(
            "[label]", "No column has two values one of which could be fraud: a file without labels."
        )
        return
    how = "several columns could be the label" if strong else "no column is surely the label"
    draft.ask(ROLE, f"which column says that a payment was fraud? {how}.", candidates, OPTION)
    rarer, commoner = _by_count(candidates[0])
    draft.explain(
        ROLE,
        "Or write it here yourself, such as:",
        "[label]",
        f"column = {candidates[0].name!r}",
        f"fraud = [{rarer!r}]",
        f"legit = [{commoner!r}]",
    )
    for look in candidates:
        draft.ignore(look, "may be the label: asked about, and no feature until that is said")


def _says_fraud(look: Look) -> bool:
    return any(text.strip().lower() in _FRAUD | _LEGIT for text in look.profile.counts)


def _by_count(look: Look) -> tuple[str, str]:
    """Return the rarer of two values, and the commoner."""
    rarer, commoner = sorted(look.profile.counts, key=lambda text: look.profile.counts[text])
    return rarer, commoner


def _why(look: Look) -> str:
    return "its words say it" if _says_fraud(look) else "its name says it"


def _take(draft: Draft, look: Look, reason: str) -> None:
    rarer, commoner = _by_count(look)
    share = look.profile.counts[rarer] / look.profile.present
    fraud, why = _fraud_word(look, rarer, share)
    legit = commoner if fraud == rarer else rarer
    rate = look.profile.counts[fraud] / look.profile.present
    draft.label = LabelColumn(column=look.name, fraud=(fraud,), legit=(legit,))
    draft.explain(
        ROLE,
        f"Guessed: {reason}. {fraud} is fraud: {why}; {rate:.3%} of the rows looked at.",
        "Nobody said how long a fraud takes to become known: delay_days = 0 until you say.",
        "Each legit row counts once: legit_weight = 1; more where legit payments were left out of the file.",
        "base_rate = 0 takes the share of frauds in the file for that of the population.",
    )


def _fraud_word(look: Look, rarer: str, share: float) -> tuple[str, str]:
    """Return the file's word for fraud, and why."""
    for text in look.profile.counts:
        if text.strip().lower() in _FRAUD:
            return text, "the word says so"
    if any(text.strip().lower() in _LEGIT for text in look.profile.counts):
        return next(
            text for text in look.profile.counts if text.strip().lower() not in _LEGIT
        ), "the other is legit"
    if look.truths is not None and (names.says_fraud(look.name) or share >= BALANCED):
        return look.truths[0], "it says yes"
    if look.truths is not None and look.truths[0] != rarer:
        return rarer, "the rarer value, though it says no: look whether that is meant"
    return rarer, "the rarer value"
