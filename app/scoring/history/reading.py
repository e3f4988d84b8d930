"""What a model reads of a key's state before a payment."""

from bisect import bisect_left
from math import exp2, fsum, inf, sqrt

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
    latest, delay_days = state.latest, state.history.delay_days
    at = max(payment.seconds, latest)
    now = quarter_of(at)
    is_seen = latest > -inf
    values: list[float | None] = []
    _add_decayed(values, state, payment.amount, age=at - latest if is_seen else inf)
    _add_windows(values, state.ring, now)
    if delay_days is not None:
        _add_matured(values, state.ring, now - QUARTERS_A_DAY * delay_days)
    values.append((at - latest) / 3600 if is_seen else None)
    values.append(min(max(at - state.first, 0.0) / 86_400, MOST_DAYS_KNOWN))
    for met, fingerprint in zip(state.partners, payment.partners, strict=True):
        values.append(met.count(now))
        values.append(None if fingerprint is None else float(met.is_new(fingerprint, now)))
    return values


def _add_decayed(values: list[float | None], state: State, amount: float, *, age: float) -> None:
    """Add counts and means of each half-life, and how far the amount is from the longest one's mean."""
    now, mean = 0.0, 0.0
    for count, total, half_life in zip(state.counts, state.sums, HALF_LIVES, strict=True):
        now = count * exp2(-age / half_life)
        if now >= LEAST_COUNT:
            mean = total / count
        else:
            now = mean = 0.0
        values += (now, mean)
    values.append(_deviations(amount, mean, state.squares[-1] / state.counts[-1]) if now else 0.0)


def _deviations(amount: float, mean: float, mean_square: float) -> float:
    """Return how many standard deviations an amount is from a mean."""
    deviation = sqrt(max(mean_square - mean * mean, 0.0))
    return (amount - mean) / max(deviation, LEAST_DEVIATION_SHARE * mean, LEAST_DEVIATION)


def _add_windows(values: list[float | None], ring: Ring, now: int) -> None:
    """Add of each window how many payments there were, and their mean amount."""
    quarters, place, payments, mean = ring.quarters, -1, 0, 0.0
    for length in _LENGTHS:
        begin = bisect_left(quarters, now - length + 1)
        # A longer window often begins at the same payment.
        if begin != place:
            place, payments = begin, sum(ring.payments[begin:])
            mean = fsum(ring.amounts[begin:]) / payments if payments else 0.0
        values += (float(payments), mean)


def _add_matured(values: list[float | None], ring: Ring, end: int) -> None:
    """Add of each window before a quarter of a day payments, known frauds and their share.

    A window ends with the last quarter that was over the label's delay ago: what became of it is known.
    """
    quarters, until = ring.quarters, bisect_left(ring.quarters, end)
    place, payments, frauds = -1, 0, 0
    for length in _LENGTHS:
        begin = bisect_left(quarters, end - length, 0, until)
        if begin != place:
            place, payments, frauds = begin, sum(ring.payments[begin:until]), sum(ring.frauds[begin:until])
        share = (frauds + USUAL_PAYMENTS * USUAL_SHARE) / (payments + USUAL_PAYMENTS)
        values += (float(payments), float(frauds), share)
