"""Which column is the amount: money by its values, and by its name."""

import numpy as np

from app.learning.schema_inference import names
from app.learning.schema_inference.draft import Draft
from app.learning.schema_inference.look import Look
from app.learning.schema_inference.sample import AnswerRefused
from app.scoring.schema.own_columns import ENDING

ROLE = "[payment] amount"
OPTION = "--amount COLUMN"
#: No currency has more decimals; a file with more holds something else.
MOST_DECIMALS = 3
#: Nearly all numbers are written so, and at least so many have decimals where no name speaks of money.
NEARLY_ALL, WITH_DECIMALS = 0.99, 0.3


def guess_amount(draft: Draft) -> None:
    """Take the amount out of the columns, or ask. Raises `AnswerRefused` for one that cannot be it."""
    if draft.answers.amount:
        look = draft.said(draft.answers.amount, "the amount")
        if why := _unfit(look):
            raise AnswerRefused(f"{look.name!r} was said to be the amount, and {why}")
        _take(draft, look, "it was said so")
        return
    money = [look for look in draft.left() if looks_like_money(look)]
    fit = [look for look in money if not _unfit(look)]
    named = [look for look in fit if names.says(look.name, names.AMOUNT)]
    for look in money:
        if names.says(look.name, names.AMOUNT) and (why := _unfit(look)):
            draft.explain(ROLE, f"{look.name} is not taken for the amount: it {why}.")
    if len(named) == 1 and not names.says(named[0].name, names.MINOR):
        _take(draft, named[0], "money in each row, and its name says it")
        return
    _ask(draft, named or [look for look in fit if has_cents(look)])


def _ask(draft: Draft, candidates: list[Look]) -> None:
    """Ask which of the candidates is the amount; where there is none, say so, or what may be one."""
    if not candidates:
        _ask_about_signs(draft)
        return
    if len(candidates) == 1 and names.says(candidates[0].name, names.MINOR):
        draft.ask(
            ROLE,
            f"is {candidates[0].name} the amount? Its name speaks of cents, and amounts are read in whole"
            " units of the currency: either divide it by 100 in the file, or every amount is meant in cents.",
            candidates,
            OPTION,
        )
        return
    how = "several columns could be it" if len(candidates) > 1 else "its name does not say so"
    draft.ask(ROLE, f"which column is the payment's amount? {how}.", candidates, OPTION)


def _ask_about_signs(draft: Draft) -> None:
    """Ask about columns named as an amount whose texts are numbers with signs around them."""
    named = (look for look in draft.left() if names.says(look.name, names.AMOUNT))
    signs = [look for look in named if look.has_numbers_inside]
    if not signs:
        draft.explain(ROLE, "No column is money in each row: the model reads no amount.")
        return
    text = next(iter(signs[0].profile.counts))
    draft.ask(
        ROLE,
        f"is {signs[0].name} the amount? Its numbers have signs around them, such as {text!r}, and are not"
        " read.",
        signs,
        "a file with the numbers alone",
    )


def looks_like_money(look: Look) -> bool:
    """Whether a column is money by its values, or may be and its name says it."""
    if look.numbers is None or look.profile.distinct < 3 or look.moments is not None or look.is_row_index:
        return False
    if look.leading_zero or np.mean(look.decimals <= MOST_DECIMALS) < NEARLY_ALL:
        return False
    return names.says_money(look.name) or (has_cents(look) and not names.says(look.name, names.NO_MONEY))


def has_cents(look: Look) -> bool:
    """Whether many numbers have one or two decimals, none has more, and few are far above the rest."""
    decimals, known = look.decimals, look.known
    are_cents = np.mean((decimals >= 1) & (decimals <= 2)) >= WITH_DECIMALS and (decimals <= 2).all()
    return bool(are_cents and (known >= 0).all() and np.max(known) > 4 * np.median(known))


def _unfit(look: Look) -> str:
    """Return why a column can be no payment's amount; empty: it can."""
    if look.numbers is None:
        text = next((each for each in look.profile.counts), "nothing")
        return f"holds what is no number, such as {text!r}"
    if look.profile.missing:
        return f"is missing in {look.profile.missing:,} rows"
    if (look.known < 0).any():
        return f"is negative in {int((look.known < 0).sum()):,} rows, as refunds are"
    return ""


def _take(draft: Draft, look: Look, reason: str) -> None:
    draft.amount = look.name
    draft.explain(ROLE, f"Guessed: {reason}; median {np.median(look.known):g}, most {np.max(look.known):g}.")
    if draft.time and has_cents(look):
        draft.explain(
            "[payment] read_of_amount",
            f'read_of_amount = ["{ENDING}"] lets the model read what amounts end in: 00, 50, 90, 95, 99.',
        )
    codes = _currencies(draft)
    if codes:
        draft.currencies = codes
        draft.explain("[payment] currencies", "As the file's column of currencies has them.")
    else:
        draft.explain(ROLE, "No column tells the currency: EUR until currencies says another.")


def _currencies(draft: Draft) -> tuple[str, ...]:
    for look in draft.looks.values():
        if names.says(look.name, frozenset({"currency", "ccy"})) and look.profile.is_whole:
            codes = tuple(look.profile.counts)
            if all(len(code) == 3 and code.isascii() and code.isalpha() and code.isupper() for code in codes):
                return codes
    return ()
