"""What a model reads of a key's state, and what each of it is called."""

from collections.abc import Iterator
from functools import cache
from math import exp2, inf, sqrt

from app.scoring.history.declared import KeptHistory
from app.scoring.history.ring import QUARTERS_A_DAY, Ring, quarter_of
from app.scoring.history.state import HALF_LIVES, LEAST_COUNT, Occurrence, State
from app.scoring.schema.feature import Feature, Kind, Missing

HALF_LIFE_WORDS = ("1 hour", "1 day", "7 days", "30 days")
#: In days of four quarters, that of the payment among them.
WINDOWS = (1, 7, 30)
#: A share of frauds is drawn to this one, as if so many payments more were known.
USUAL_SHARE, USUAL_PAYMENTS = 0.01, 20.0
#: Amounts that hardly vary still vary by this share of their mean, or by so much (currency units).
LEAST_DEVIATION_SHARE, LEAST_DEVIATION = 0.1, 1.0


def read(state: State, payment: Occurrence) -> list[float | None]:
    """Return what a model reads of a key before a payment, in the order of `history_features`.

    A late payment reads the state as it is: as if it occurred at the state's time. What is no whole number
    has nine significant digits, so that it is the same wherever it is worked out.
    """
    if state.is_over(payment.seconds):
        state = State(history=state.history)
    at = max(payment.seconds, state.latest)
    values = [
        *_decayed(state, payment.amount, age=at - state.latest if state.latest > -inf else inf),
        *_windows(state.ring, quarter_of(at)),
        *_matured(state.ring, quarter_of(at), state.history.delay_days),
        (at - state.latest) / 3600 if state.latest > -inf else None,
        max(at - state.first, 0.0) / 86_400,
    ]
    for met, fingerprint in zip(state.partners, payment.partners, strict=True):
        values += [met.count, None if fingerprint is None else float(met.is_new(fingerprint))]
    return [None if value is None else rounded(value) for value in values]


def rounded(value: float) -> float:
    """Return a number with nine significant digits.

    >>> rounded(2 / 3), rounded(12345678901.0)
    (0.666666667, 12345678901.0)
    """
    return value if value.is_integer() else float(f"{value:.9g}")


def _decayed(state: State, amount: float, *, age: float) -> list[float | None]:
    """Return counts and means of each half-life, and how far the amount is from the longest one's mean."""
    values: list[float | None] = []
    mean, deviations = 0.0, 0.0
    for count, total, square, half_life in zip(
        state.counts, state.sums, state.squares, HALF_LIVES, strict=True
    ):
        now = count * exp2(-age / half_life)
        mean, deviations = 0.0, 0.0
        if now >= LEAST_COUNT:
            mean = total / count
            deviation = sqrt(max(square / count - mean * mean, 0.0))
            least = max(LEAST_DEVIATION_SHARE * mean, LEAST_DEVIATION)
            deviations = (amount - mean) / max(deviation, least)
        else:
            now = 0.0
        values += [now, mean]
    return [*values, deviations]


def _windows(ring: Ring, now: int) -> Iterator[float]:
    """Give of each window how many payments there were, and their mean amount."""
    for window in WINDOWS:
        payments, amount = ring.payments_since(now - QUARTERS_A_DAY * window + 1)
        yield float(payments)
        yield amount / payments if payments else 0.0


def _matured(ring: Ring, now: int, delay_days: int | None) -> Iterator[float]:
    """Give of each window that ended `delay_days` ago payments, known frauds and their share.

    A window ends with the last quarter of a day that was over by then: what became of it is known.
    """
    if delay_days is None:
        return
    end = now - QUARTERS_A_DAY * delay_days
    for window in WINDOWS:
        payments, frauds = ring.frauds_between(end - QUARTERS_A_DAY * window, end)
        yield float(payments)
        yield float(frauds)
        yield (frauds + USUAL_PAYMENTS * USUAL_SHARE) / (payments + USUAL_PAYMENTS)


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
        _count(f"{name}: days since the first payment", f"How long this {name} is known.", digits=1),
    ]
    for partner in history.partners:
        found += [
            _count(f"{name}: different {partner}", "More than 64 are an estimate, to some 6 %.", digits=0),
            Feature(
                name=f"{name}: first time with this {partner}",
                kind=Kind.BOOLEAN,
                missing=Missing.OWN_VALUE,
                about=f"Missing where the payment names no {partner}.",
            ),
        ]
    return tuple(found)


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
