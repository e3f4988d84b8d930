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
#: A label of more values than fraud, legit, unknown and the like is none.
MOST_ANSWERS = 6


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
    candidates = strong or _unnamed(two)
    if not strong and (several := [look for look in draft.left() if _is_undecided(look)]):
        _ask_about_several(draft, several)
        return
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


def _unnamed(two: list[Look]) -> list[Look]:
    """Return the columns of two values that may be the label though no name says so, the likelier alone."""
    rare = [look for look in two if min(look.profile.counts.values()) < RARE * look.profile.present]
    likelier = (
        [look for look in rare if look.truths is not None],
        rare,
        [look for look in two if look.truths is not None],
    )
    return next((looks for looks in likelier if looks), [])


def _is_undecided(look: Look) -> bool:
    """Whether what is named as a label, or has words of fraud, has some values more, such as unknown."""
    is_named = names.says(look.name, names.LABEL) or names.says_fraud(look.name) or _says_fraud(look)
    has_few = 2 <= look.profile.distinct <= MOST_ANSWERS
    return is_named and has_few and not (look.profile.distinct == 2 and look.profile.is_whole)


def _ask_about_several(draft: Draft, looks: list[Look]) -> None:
    look = looks[0]
    values = [f"{text} in {count:,} rows" for text, count in look.profile.counts.items()]
    values += [f"nothing in {look.profile.missing:,}"] if look.profile.missing else []
    draft.ask(
        ROLE,
        f"is {look.name} the label? It holds {', '.join(values)}: a label has two values and says one of them"
        " in each row. Leave the rows out whose label is not known, or write fraud and legit with all the"
        " words of each below.",
        looks,
        "[label] in the schema, or a file without those rows",
    )
    draft.explain(ROLE, "[label]", f"column = {look.name!r}", "fraud = []", "legit = []")
    for each in looks:
        draft.ignore(each, "may be the label: asked about, and no feature until that is said")


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
