"""What a model reads of a key's state before a payment."""

from collections.abc import Iterator
from math import exp2, inf, sqrt

from app.scoring.history.ring import QUARTERS_A_DAY, Ring, quarter_of
from app.scoring.history.state import HALF_LIVES, LEAST_COUNT, Occurrence, State
from app.scoring.schema.history_features import MOST_DAYS_KNOWN, USUAL_PAYMENTS, USUAL_SHARE, WINDOWS

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
        min(max(at - state.first, 0.0) / 86_400, MOST_DAYS_KNOWN),
    ]
    for met, fingerprint in zip(state.partners, payment.partners, strict=True):
        values += [
            met.count(quarter_of(at)),
            None if fingerprint is None else float(met.is_new(fingerprint, quarter_of(at))),
        ]
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
