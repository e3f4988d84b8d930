"""What a model read of a card's, terminal's or device's history, as an analyst reads it."""

import re
from collections.abc import Callable, Mapping
from datetime import timedelta

from app.scoring.history.partners import MOST_EXACT
from app.scoring.schema.feature import Value
from app.scoring.schema.history_features import (
    AGAINST_ITS_OWN,
    DAYS_KNOWN,
    FRAUD_SHARE,
    HOURS_SINCE,
    KNOWN_FRAUDS,
    MEAN_AMOUNT,
    MOST_DAYS_KNOWN,
    PAYMENTS,
)
from app.web.languages.sentences import capital, marked, worded, worded_many
from app.web.pages import formatting

UNSEEN = marked("never seen before")
#: Of these several are told, in a window or with a half-life.
_SUBJECTS = (PAYMENTS, MEAN_AMOUNT, KNOWN_FRAUDS, FRAUD_SHARE)
_DIFFERENT, _IS_NEW = "different ", " is new"
# How names of history say when: in a window, before the label's delay, with a half-life.
_DAYS = re.compile(r"(?P<within> in )?(?P<number>[0-9]+) days?")
_AGO = re.compile(r" (?P<first>[0-9]+) to (?P<last>[0-9]+) days ago")
_HALF_LIFE = ", half-life "


def spoken_name(name: str) -> str:
    """Return what something read of history is called on pages; any other name as it is.

    >>> spoken_name("card: payments in 7 days"), spoken_name("card: terminal is new")
    ('Payments of this card in 7 days', 'Terminal is new to this card')
    """
    entity, is_there, what = name.partition(": ")
    if not is_there:
        return name
    alone = {
        AGAINST_ITS_OWN: worded("Amount against this %(entity)s's own", entity=worded(entity)),
        HOURS_SINCE: worded("Time since the payment of this %(entity)s before", entity=worded(entity)),
        DAYS_KNOWN: worded("Time since the first payment of this %(entity)s", entity=worded(entity)),
    }
    if what in alone:
        return alone[what]
    if what.endswith(_IS_NEW):
        return worded(
            "%(is_new)s is new to this %(entity)s",
            is_new=capital(worded(what.removesuffix(_IS_NEW))),
            entity=worded(entity),
        )
    if what.startswith(_DIFFERENT):
        partner, _, window = what.removeprefix(_DIFFERENT).partition(" in ")
        return worded(
            "Different %(partner)s of this %(entity)s in %(window)s",
            partner=worded(several(partner)),
            entity=worded(entity),
            window=_when(window),
        )
    for subject in _SUBJECTS:
        if what.startswith(subject):
            return worded(
                "%(subject)s of this %(entity)s%(window)s",
                subject=worded(capital(subject)),
                entity=worded(entity),
                window=_when(what.removeprefix(subject)),
            )
    return name


def told_of_history(name: str, values: Mapping[str, Value], currency: str) -> str:
    """Return one value with its unit; `values`: all that was read of the payment, by name."""
    entity, _, what = name.partition(": ")
    value = values.get(name)
    if what.endswith(_IS_NEW):
        no_partner = worded("no %(is_new)s is named", is_new=worded(what.removesuffix(_IS_NEW)))
        return no_partner if value is None else worded("yes") if value else worded("no")
    is_unseen = values.get(f"{entity}: {HOURS_SINCE}") is None
    if what in _OF_A_SEEN_ONE and is_unseen:
        return UNSEEN
    if value is None or isinstance(value, str):
        return worded("missing")
    if what in _OF_A_SEEN_ONE:
        return _OF_A_SEEN_ONE[what](float(value))
    return _of_window(name, what, float(value), values, currency)


def _known_for(days: float) -> str:
    if days >= MOST_DAYS_KNOWN:
        return worded("%(most_days_known)s days or more", most_days_known=format(MOST_DAYS_KNOWN, "g"))
    return formatting.duration(timedelta(days=days))


def _deviations(number: float) -> str:
    far = formatting.number(abs(number), 1)
    return worded("%(far)s SD above", far=far) if number >= 0 else worded("%(far)s SD below", far=far)


#: What there is only of what was seen before, and how it is written.
_OF_A_SEEN_ONE: Mapping[str, Callable[[float], str]] = {
    HOURS_SINCE: lambda hours: formatting.duration(timedelta(hours=hours)),
    DAYS_KNOWN: _known_for,
    AGAINST_ITS_OWN: _deviations,
}


def _of_window(name: str, what: str, value: float, values: Mapping[str, Value], currency: str) -> str:
    if what.startswith(MEAN_AMOUNT):
        has_none = not values.get(name.replace(MEAN_AMOUNT, PAYMENTS))
        return worded("no payment") if has_none else formatting.money(value, currency)
    if what.startswith(FRAUD_SHARE):
        return formatting.percent(value)
    if what.startswith(_DIFFERENT) and value > MOST_EXACT:
        return worded("about %(value)s", value=formatting.count(value))
    return formatting.number(value, 0 if value.is_integer() else 2)


def _when(words: str) -> str:
    """Return in which window or with which half-life something was counted, in the reader's language."""
    if days := _DAYS.fullmatch(words):
        told = worded_many("%(number)s day", "%(number)s days", int(days["number"]))
        return worded(" in %(days)s", days=told) if days["within"] else told
    if ago := _AGO.fullmatch(words):
        return worded(" %(first)s to %(last)s days ago", first=ago["first"], last=ago["last"])
    half_life = words.removeprefix(_HALF_LIFE)
    return worded(", half-life %(time)s", time=worded(half_life)) if half_life != words else words


def several(entity: str) -> str:
    """Return the name of an entity in the plural.

    >>> several("card"), several("address")
    ('cards', 'addresses')
    """
    return f"{entity}es" if entity.endswith("s") else f"{entity}s"


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
