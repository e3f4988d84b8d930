"""What a model reads of a key's state before a payment."""

from collections.abc import Iterator
from math import exp2, inf, sqrt

from app.scoring.history.ring import QUARTERS_A_DAY, Ring, quarter_of
from app.scoring.history.rounding import rounded
from app.scoring.history.state import HALF_LIVES, LEAST_COUNT, Occurrence, State
from app.scoring.schema.history_features import MOST_DAYS_KNOWN, USUAL_PAYMENTS, USUAL_SHARE, WINDOWS

#: Amounts that hardly vary still vary by this share of their mean, or by so much (currency units).
LEAST_DEVIATION_SHARE, LEAST_DEVIATION = 0.1, 1.0
#: Of the windows, in quarters of days.
_LENGTHS = tuple(QUARTERS_A_DAY * days for days in WINDOWS)


def read(state: State, payment: Occurrence) -> list[float | None]:
    """Return what a model reads of a key before a payment, in the order of `history_features`.

    A late payment reads the state as it is: as if it occurred at the state's time. What is no whole number
    has nine significant digits, so that it is the same wherever it is worked out.
    """
    return [None if value is None else rounded(value) for value in read_unrounded(state, payment)]


def read_unrounded(state: State, payment: Occurrence) -> list[float | None]:
    """Return the same with all digits: who reads many payments rounds them together (`rounded_rows`)."""
    if state.is_over(payment.seconds):
        state = State(history=state.history)
    at = max(payment.seconds, state.latest)
    now = quarter_of(at)
    is_seen = state.latest > -inf
    values = _decayed(state, payment.amount, age=at - state.latest if is_seen else inf)
    values += _windows(state.ring, now)
    if state.history.delay_days is not None:
        values += _matured(state.ring, now - QUARTERS_A_DAY * state.history.delay_days)
    values.append((at - state.latest) / 3600 if is_seen else None)
    values.append(min(max(at - state.first, 0.0) / 86_400, MOST_DAYS_KNOWN))
    for met, fingerprint in zip(state.partners, payment.partners, strict=True):
        values.append(met.count(now))
        values.append(None if fingerprint is None else float(met.is_new(fingerprint, now)))
    return values


def _decayed(state: State, amount: float, *, age: float) -> list[float | None]:
    """Return counts and means of each half-life, and how far the amount is from the longest one's mean."""
    values: list[float | None] = []
    counts, sums = state.counts, state.sums
    now, mean = 0.0, 0.0
    for place, half_life in enumerate(HALF_LIVES):
        count = counts[place]
        now = count * exp2(-age / half_life)
        if now >= LEAST_COUNT:
            mean = sums[place] / count
        else:
            now = mean = 0.0
        values.append(now)
        values.append(mean)
    values.append(_deviations(amount, mean, state.squares[-1] / counts[-1]) if now else 0.0)
    return values


def _deviations(amount: float, mean: float, mean_square: float) -> float:
    """Return how many standard deviations an amount is from a mean."""
    deviation = sqrt(max(mean_square - mean * mean, 0.0))
    return (amount - mean) / max(deviation, LEAST_DEVIATION_SHARE * mean, LEAST_DEVIATION)


def _windows(ring: Ring, now: int) -> Iterator[float]:
    """Give of each window how many payments there were, and their mean amount."""
    for payments, amount in ring.sums_since([now - length + 1 for length in _LENGTHS]):
        yield float(payments)
        yield amount / payments if payments else 0.0


def _matured(ring: Ring, end: int) -> Iterator[float]:
    """Give of each window before a quarter of a day payments, known frauds and their share.

    A window ends with the last quarter that was over the label's delay ago: what became of it is known.
    """
    for payments, frauds in ring.frauds_between([end - length for length in _LENGTHS], end):
        yield float(payments)
        yield float(frauds)
        yield (frauds + USUAL_PAYMENTS * USUAL_SHARE) / (payments + USUAL_PAYMENTS)
