"""What a model reads of a key's history: how each of it is called, in words with their units."""

from functools import cache

from app.scoring.schema.feature import Feature, Kind, Missing
from app.scoring.schema.history import KeptHistory
from app.scoring.templated_text import THIN, Figure, Templated

#: A key is new for a week; a longer time tells how long history is kept, and of the key little more.
MOST_DAYS_KNOWN = 7.0
#: Of the decayed counters, in their order.
HALF_LIFE_WORDS = ("1 hour", "1 day", "7 days", "30 days")
#: In days of four quarters, that of the payment among them.
WINDOWS = (1, 7, 30)
#: A share of frauds is drawn to this one, as if so many payments more were known.
USUAL_SHARE, USUAL_PAYMENTS = 0.01, 20.0
#: What stands behind an entity's name, before a window or a half-life.
PAYMENTS, MEAN_AMOUNT = "payments", "mean amount"
KNOWN_FRAUDS, FRAUD_SHARE = "known frauds", "fraud share"
#: What stands there alone.
AGAINST_ITS_OWN = "amount against its own"
HOURS_SINCE = "hours since the payment before"
DAYS_KNOWN = "days since the first payment"


def update_name(history: KeptHistory) -> str:
    """Return under which name a payment keeps which update of its key it was: the order of a replay."""
    partners = f" with {', '.join(history.partners)}" if history.partners else ""
    delay = "" if history.delay_days is None else f", frauds after {history.delay_days} days"
    return f"{history.entity}: update{partners}{delay}"


def is_of_history(name: str) -> bool:
    """Whether a stored value was read of some model's history, and not sent.

    >>> is_of_history("card: payments in 7 days"), is_of_history("V1")
    (True, False)
    """
    return ": " in name


def in_window(entity: str, what: str, window: int) -> str:
    """Return how something of an entity's last days is called.

    >>> in_window("card", PAYMENTS, 7)
    'card: payments in 7 days'
    """
    return f"{entity}: {what} in {days_told(window)}"


def long_ago(entity: str, what: str, window: int, delay_days: int) -> str:
    """Return how something is called of a window that ended when the label's delay began.

    >>> long_ago("card", KNOWN_FRAUDS, 30, 7)
    'card: known frauds 7 to 37 days ago'
    """
    return f"{entity}: {what} {delay_days} to {delay_days + window} days ago"


def different(entity: str, partner: str) -> str:
    """Return how the number of an entity's partners is called."""
    return f"{entity}: different {partner} in 30 days"


def is_new(entity: str, partner: str) -> str:
    """Return how it is called that a partner is new to an entity."""
    return f"{entity}: {partner} is new"


@cache
def history_features(history: KeptHistory) -> tuple[Feature, ...]:
    """Return what `read` gives, as features of a model; none of it is ever part of a payload."""
    name = history.entity
    found: list[Feature] = []
    for words in HALF_LIFE_WORDS:
        values = {"entity": Templated(name), "time": Templated(words)}
        count = Templated("Earlier payments of this %(entity)s; one counts half after %(time)s.", **values)
        mean = Templated(
            "Earlier payments of this %(entity)s; one counts half after %(time)s, in the mean.", **values
        )
        found += [
            _count(f"{name}: {PAYMENTS}, half-life {words}", count, digits=2),
            _money(f"{name}: {MEAN_AMOUNT}, half-life {words}", mean),
        ]
    found.append(
        _count(
            f"{name}: {AGAINST_ITS_OWN}",
            Templated(
                "Standard deviations between this amount and the mean of this %(entity)s, half-life 30 days.",
                entity=Templated(name),
            ),
            digits=1,
        )
    )
    for window in WINDOWS:
        days = days_told(window)
        values = {"entity": Templated(name), "days": Templated(days)}
        count = Templated(
            "Earlier payments of this %(entity)s in %(days)s, in quarters of days (UTC).", **values
        )
        mean = Templated(
            "Mean amount of earlier payments of this %(entity)s in %(days)s, in quarters of days (UTC).",
            **values,
        )
        found += [
            _count(in_window(name, PAYMENTS, window), count, digits=0),
            _money(in_window(name, MEAN_AMOUNT, window), mean),
        ]
    if history.delay_days is not None:
        found += [each for window in WINDOWS for each in _known(name, window, history.delay_days)]
    found += [
        Feature(
            name=f"{name}: {HOURS_SINCE}",
            kind=Kind.MONEY,
            digits=1,
            missing=Missing.OWN_VALUE,
            about=Templated("Missing where this %(entity)s was not seen before.", entity=Templated(name)),
        ),
        _count(
            f"{name}: {DAYS_KNOWN}", Templated("%(days)s at most.", days=f"{MOST_DAYS_KNOWN:g}"), digits=1
        ),
    ]
    for partner in history.partners:
        found += [
            _count(
                different(name, partner),
                Templated(
                    "More than %(most)s are an estimate, to some %(share)s.",
                    most="64",
                    share=Figure(f"6{THIN}%"),
                ),
                digits=0,
            ),
            Feature(
                name=is_new(name, partner),
                kind=Kind.BOOLEAN,
                missing=Missing.OWN_VALUE,
                about=Templated(
                    "Not with this %(entity)s in 30 days; missing where the payment names no %(partner)s.",
                    entity=Templated(name),
                    partner=Templated(partner),
                ),
            ),
        ]
    return tuple(found)


@cache
def history_names(history: KeptHistory) -> tuple[str, ...]:
    """Return the names of the features, then that of the update."""
    return (*(each.name for each in history_features(history)), update_name(history))


def days_told(window: int) -> str:
    """Return how a window's days are told."""
    return "1 day" if window == 1 else f"{window} days"


def _count(name: str, about: str, *, digits: int) -> Feature:
    """Return a number that enters as its signed logarithm."""
    return Feature(name=name, kind=Kind.COUNT, digits=digits, about=about)


def _money(name: str, about: str) -> Feature:
    return Feature(name=name, kind=Kind.MONEY, about=about)


def _known(name: str, window: int, delay_days: int) -> tuple[Feature, ...]:
    values = {
        "entity": Templated(name),
        "ago": Templated(
            "%(first)s to %(last)s days ago", first=str(delay_days), last=str(delay_days + window)
        ),
    }
    payments = Templated(
        "Payments of this %(entity)s %(ago)s, as far as what became of them is known.", **values
    )
    frauds = Templated(
        "Frauds among the payments of this %(entity)s %(ago)s, as far as what became of them is known.",
        **values,
    )
    return (
        _count(long_ago(name, PAYMENTS, window, delay_days), payments, digits=0),
        _count(long_ago(name, KNOWN_FRAUDS, window, delay_days), frauds, digits=0),
        Feature(
            name=long_ago(name, FRAUD_SHARE, window, delay_days),
            kind=Kind.NUMERIC,
            digits=3,
            about=Templated(
                "Known frauds among the payments of this %(entity)s %(ago)s, as far as what became of them is"
                " known; drawn to %(share)s as if %(payments)s payments more were known.",
                share=f"{USUAL_SHARE:.0%}",
                payments=f"{USUAL_PAYMENTS:g}",
                **values,
            ),
        ),
    )
