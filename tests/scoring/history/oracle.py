"""What a key's history is, worked out from all of its payments each time: slow, and plain to read."""

from dataclasses import dataclass
from math import fsum, sqrt

from app.scoring.history.reading import LEAST_DEVIATION, LEAST_DEVIATION_SHARE
from app.scoring.history.state import HALF_LIVES, LEAST_COUNT, Occurrence
from app.scoring.schema.history_features import WINDOWS

QUARTER = 21_600


@dataclass(frozen=True, kw_only=True)
class Past:
    """A payment of the key that updated it, and whether it is known to be a fraud."""

    payment: Occurrence
    is_fraud: bool = False


def oracle(past: list[Past], now: Occurrence, *, delay_days: int | None) -> list[float | None]:
    """Return what is read before a payment that comes after these, in the order of their updates."""
    moments = [each.payment.seconds for each in past]
    at = max([now.seconds, *moments])
    today = int(at // QUARTER)
    values = [
        *_decayed(past, now, at),
        *_windows(past, today),
        *_known(past, today, delay_days),
        (at - max(moments)) / 3600 if past else None,
        min(max(at - min(moments), 0.0) / 86_400, 7.0) if past else 0.0,
    ]
    for place, partner in enumerate(now.partners):
        lately = [each for each in past if each.payment.seconds // QUARTER > today - 120]
        met = {each.payment.partners[place] for each in lately} - {None}
        values += [float(len(met)), None if partner is None else float(partner not in met)]
    return values


def _decayed(past: list[Past], now: Occurrence, at: float) -> list[float | None]:
    values: list[float | None] = []
    deviations = 0.0
    for half_life in HALF_LIVES:
        weights = [2.0 ** (-(at - each.payment.seconds) / half_life) for each in past]
        count, deviations = fsum(weights), 0.0
        if count < LEAST_COUNT:
            values += [0.0, 0.0]
            continue
        pairs = list(zip(weights, [each.payment.amount for each in past], strict=True))
        mean = fsum(weight * amount for weight, amount in pairs) / count
        variance = fsum(weight * amount * amount for weight, amount in pairs) / count - mean * mean
        least = max(LEAST_DEVIATION_SHARE * mean, LEAST_DEVIATION)
        deviations = (now.amount - mean) / max(sqrt(max(variance, 0.0)), least)
        values += [count, mean]
    return [*values, deviations]


def _windows(past: list[Past], today: int) -> list[float | None]:
    values: list[float | None] = []
    for window in WINDOWS:
        lately = [each for each in past if each.payment.seconds // QUARTER > today - 4 * window]
        amount = fsum(each.payment.amount for each in lately)
        values += [float(len(lately)), amount / len(lately) if lately else 0.0]
    return values


def _known(past: list[Past], today: int, delay_days: int | None) -> list[float | None]:
    if delay_days is None:
        return []
    values: list[float | None] = []
    end = today - 4 * delay_days
    for window in WINDOWS:
        known = [each for each in past if end - 4 * window <= each.payment.seconds // QUARTER < end]
        frauds = sum(each.is_fraud for each in known)
        values += [float(len(known)), float(frauds), (frauds + 0.2) / (len(known) + 20)]
    return values
