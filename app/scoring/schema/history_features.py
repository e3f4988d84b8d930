"""What a model reads of a key's history: how each of it is called, in words with their units."""

from functools import cache

from app.scoring.schema.feature import Feature, Kind, Missing
from app.scoring.schema.history import KeptHistory

#: A key is new for a week; a longer time tells how long history is kept, and of the key little more.
MOST_DAYS_KNOWN = 7.0
#: Of the decayed counters, in their order.
HALF_LIFE_WORDS = ("1 hour", "1 day", "7 days", "30 days")
#: In days of four quarters, that of the payment among them.
WINDOWS = (1, 7, 30)
#: A share of frauds is drawn to this one, as if so many payments more were known.
USUAL_SHARE, USUAL_PAYMENTS = 0.01, 20.0


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


@cache
def history_features(history: KeptHistory) -> tuple[Feature, ...]:
    """Return what `read` gives, as features of a model; none of it is ever part of a payload."""
    name = history.entity
    found: list[Feature] = []
    for words in HALF_LIFE_WORDS:
        about = f"Earlier payments of this {name}; one counts half after {words}"
        found += [
            _count(f"{name}: payments, half-life {words}", f"{about}.", digits=2),
            _money(f"{name}: mean amount, half-life {words}", f"{about}, in the mean."),
        ]
    found.append(
        _count(
            f"{name}: amount against its own",
            f"Standard deviations between this amount and the mean of this {name}, half-life 30 days.",
            digits=1,
        )
    )
    for window in WINDOWS:
        days = _days(window)
        about = f"of this {name} in {days}, in quarters of days (UTC)"
        found += [
            _count(f"{name}: payments in {days}", f"Earlier payments {about}.", digits=0),
            _money(f"{name}: mean amount in {days}", f"Mean amount of earlier payments {about}."),
        ]
    if history.delay_days is not None:
        found += [each for window in WINDOWS for each in _known(name, window, history.delay_days)]
    found += [
        Feature(
            name=f"{name}: hours since the payment before",
            kind=Kind.MONEY,
            digits=1,
            missing=Missing.OWN_VALUE,
            about=f"Missing where this {name} was not seen before.",
        ),
        _count(f"{name}: days since the first payment", f"{MOST_DAYS_KNOWN:g} at most.", digits=1),
    ]
    for partner in history.partners:
        found += [
            _count(
                f"{name}: different {partner} in 30 days",
                "More than 64 are an estimate, to some 6 %.",
                digits=0,
            ),
            Feature(
                name=f"{name}: {partner} is new",
                kind=Kind.BOOLEAN,
                missing=Missing.OWN_VALUE,
                about=f"Not with this {name} in 30 days; missing where the payment names no {partner}.",
            ),
        ]
    return tuple(found)


@cache
def history_names(history: KeptHistory) -> tuple[str, ...]:
    """Return the names of the features, then that of the update."""
    return (*(each.name for each in history_features(history)), update_name(history))


def _days(window: int) -> str:
    return "1 day" if window == 1 else f"{window} days"


def _count(name: str, about: str, *, digits: int) -> Feature:
    """Return a number that enters as its signed logarithm."""
    return Feature(name=name, kind=Kind.COUNT, digits=digits, about=about)


def _money(name: str, about: str) -> Feature:
    return Feature(name=name, kind=Kind.MONEY, about=about)


def _known(name: str, window: int, delay_days: int) -> tuple[Feature, ...]:
    ago = f"{delay_days} to {delay_days + window} days ago"
    about = f"of this {name} {ago}, as far as what became of them is known"
    return (
        _count(f"{name}: payments {ago}", f"Payments {about}.", digits=0),
        _count(f"{name}: known frauds {ago}", f"Frauds among the payments {about}.", digits=0),
        Feature(
            name=f"{name}: fraud share {ago}",
            kind=Kind.NUMERIC,
            digits=3,
            about=f"Known frauds among the payments {about}; drawn to {USUAL_SHARE:.0%} as if"
            f" {USUAL_PAYMENTS:g} payments more were known.",
        ),
    )
