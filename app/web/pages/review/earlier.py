"""What the entities of a payment did before it: one line each, of what its model read."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from app.scoring.schema.feature import Value
from app.scoring.schema.history import KeptHistory
from app.scoring.schema.history_features import (
    HOURS_SINCE,
    KNOWN_FRAUDS,
    MEAN_AMOUNT,
    PAYMENTS,
    WINDOWS,
    different,
    history_features,
    in_window,
    is_new,
    long_ago,
)
from app.web.pages import formatting
from app.web.pages.review.history_values import UNSEEN, several, told_of_history

SHORT, USUAL, LONG = WINDOWS


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """A card, a terminal, a device, and what is known of it."""

    entity: str
    told: tuple[str, ...]


def earlier(
    kept: tuple[KeptHistory, ...],
    values: Mapping[str, Value],
    attributes: Mapping[str, str],
    currency: str,
) -> tuple[Earlier, ...]:
    """Return a line for each entity that the payment names and whose history was read; `values` by name."""
    return tuple(
        Earlier(entity=each.entity, told=tuple(_told(each, values, currency)))
        for each in kept
        if each.entity in attributes and all(one.name in values for one in history_features(each))
    )


def _told(history: KeptHistory, values: Mapping[str, Value], currency: str) -> Iterator[str]:
    name = history.entity
    since = values[f"{name}: {HOURS_SINCE}"]
    if since is None:
        yield UNSEEN
        return
    usual, short, long = (_number(values, in_window(name, PAYMENTS, days)) for days in (USUAL, SHORT, LONG))
    in_week = formatting.plural(int(usual), "payment", "payments")
    others = f"{formatting.count(short)} in {SHORT} day, {formatting.count(long)} in {LONG} days"
    yield f"{in_week} in {USUAL} days ({others})"
    if usual:
        yield f"mean {told_of_history(in_window(name, MEAN_AMOUNT, USUAL), values, currency)}"
    yield f"last {formatting.duration(timedelta(hours=float(since)))} before"
    for partner in history.partners:
        met = told_of_history(different(name, partner), values, currency)
        new = f", this {partner} is new" if values[is_new(name, partner)] else ""
        yield f"{met} {partner if met == '1' else several(partner)} in {LONG} days{new}"
    if history.delay_days is not None:
        yield _frauds(history, history.delay_days, values)


def _frauds(history: KeptHistory, delay_days: int, values: Mapping[str, Value]) -> str:
    frauds, payments = (
        _number(values, long_ago(history.entity, what, LONG, delay_days)) for what in (KNOWN_FRAUDS, PAYMENTS)
    )
    known = formatting.plural(int(frauds), "known fraud", "known frauds") if frauds else "no known fraud"
    of_them = formatting.plural(int(payments), "payment", "payments")
    return f"{known} of {of_them} {delay_days} to {delay_days + LONG} days ago"


def _number(values: Mapping[str, Value], name: str) -> float:
    value = values[name]
    return 0.0 if value is None or isinstance(value, str) else float(value)
