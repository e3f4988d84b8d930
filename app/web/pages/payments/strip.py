"""An entity's payments over time: each a point, as high as its amount, beside what amounts are usual."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import log10

from app.database.payments.links.entities import EntityPayment
from app.review.currency_rates import RateTable
from app.review.outcome import GroundTruth
from app.review.story.entity import usual_amounts
from app.triage.labels import Label
from app.web.languages.sentences import marked, worded
from app.web.pages import formatting
from app.web.pages.chart_scale import Axis, Tick

#: In pixels, of the picture.
HEIGHT = 130.0
#: Room at the edges for whole points, in percent of the width and in pixels.
_SIDE, _TOP = 1.5, 10.0
#: The least that an axis of amounts or of times spans, so that one payment stands in its middle.
_LEAST_DECADES, _LEAST_SECONDS = 0.3, 60.0
#: Amounts below are drawn as this one, in whatever currency: a logarithm has no zero.
_LEAST_AMOUNT = 0.01
_CONFIRMED = {
    GroundTruth.FRAUD: marked("confirmed fraud"),
    GroundTruth.LEGIT: marked("confirmed legit"),
}
_OUTCOMES = {
    Label.LEGIT: marked("approved"),
    Label.FRAUD: marked("declined"),
    Label.UNKNOWN: marked("reviewed"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One payment: x in percent, y in pixels; how it is drawn, and what it is."""

    x: float
    y: float
    tone: str
    is_confirmed: bool
    told: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StripView:
    """The picture, and the same in words."""

    points: tuple[Point, ...]
    ticks: tuple[Tick, ...]
    #: Of amounts, y in pixels.
    amounts: tuple[Tick, ...]
    #: The middle half of amounts: y and height in pixels; empty of too few.
    usual_at: float
    usual_height: float
    usual: str
    spoken: str
    #: Its currency, where payments of others are left out: no rate of theirs is known.
    only: str
    #: Amounts of other currencies stand as high as they are worth in this one by the rates that hold now.
    is_converted: bool


def strip_view(payments: Sequence[EntityPayment], rates: RateTable) -> StripView:
    """Return the picture of payments in the newest one's currency, the newest first; raises of none."""
    currency = payments[0].currency
    worth = [(each, _worth(each, currency, rates)) for each in payments]
    shown = [each for each, amount in worth if amount is not None]
    amounts = [amount for _, amount in worth if amount is not None]
    heights = [_height(amount) for amount in amounts]
    low, high = _spanned(min(heights), max(heights), _LEAST_DECADES)
    # Pixels count downwards, amounts upwards.
    across = Axis(low=-high, high=-low, length=HEIGHT - 2 * _TOP)
    seconds = [each.occurred_at.timestamp() for each in shown]
    first, last = _spanned(min(seconds), max(seconds), _LEAST_SECONDS)
    along = Axis(low=first, high=last, length=100 - 2 * _SIDE)
    usual = usual_amounts(amounts)
    top = across.at(-_height(usual.high)) + _TOP if usual is not None else 0.0
    return StripView(
        points=tuple(
            _point(each, along.at(at) + _SIDE, across.at(-height) + _TOP)
            for each, at, height in zip(reversed(shown), reversed(seconds), reversed(heights), strict=True)
        ),
        ticks=(
            Tick(
                at=along.at(min(seconds)) + _SIDE,
                label=formatting.moment(min(each.occurred_at for each in shown)),
            ),
            Tick(
                at=along.at(max(seconds)) + _SIDE,
                label=formatting.moment(max(each.occurred_at for each in shown)),
            ),
        ),
        amounts=tuple(
            Tick(at=across.at(-_height(amount)) + _TOP, label=formatting.money(amount, currency))
            for amount in dict.fromkeys((max(amounts), min(amounts)))
        ),
        usual_at=top,
        usual_height=max(2.0, across.at(-_height(usual.low)) + _TOP - top) if usual is not None else 0.0,
        usual=""
        if usual is None
        else worded(
            "%(low)s to %(high)s, median %(median)s",
            low=formatting.money(usual.low, currency),
            high=formatting.money(usual.high, currency),
            median=formatting.money(usual.median, currency),
        ),
        spoken=_spoken(shown, timedelta(seconds=max(seconds) - min(seconds))),
        only=currency if len(shown) < len(payments) else "",
        is_converted=any(each.currency != currency for each in shown),
    )


def _worth(payment: EntityPayment, currency: str, rates: RateTable) -> float | None:
    """Return a payment's amount in a currency; None where a rate is missing."""
    if payment.currency == currency:
        return float(payment.amount)
    factor, of_one = rates.factor(payment.currency), rates.factor(currency)
    return None if factor is None or of_one is None else float(payment.amount) * factor / of_one


def _height(amount: float) -> float:
    return log10(max(amount, _LEAST_AMOUNT))


def _spanned(low: float, high: float, least: float) -> tuple[float, float]:
    """Return bounds that are apart by at least so much, about the same middle."""
    if high - low >= least:
        return low, high
    middle = (low + high) / 2
    return middle - least / 2, middle + least / 2


def _point(payment: EntityPayment, x: float, y: float) -> Point:
    if payment.truth is not None:
        tone, told = payment.truth.value, worded(_CONFIRMED[payment.truth])
    elif payment.decision is None:
        tone, told = "pending", worded("pending review")
    else:
        tone, told = payment.decision.value, worded(_OUTCOMES[payment.decision])
    amount = formatting.money(payment.amount, payment.currency)
    return Point(
        x=round(x, 2),
        y=round(y, 1),
        tone=tone,
        is_confirmed=payment.truth is not None,
        told=f"{amount}, {formatting.moment(payment.occurred_at)}: {told}",
    )


def _spoken(shown: Sequence[EntityPayment], span: timedelta) -> str:
    number = formatting.plural(len(shown), "payment", "payments")
    frauds = sum(each.truth is not None and each.truth.value == "fraud" for each in shown)
    known = (
        formatting.plural(frauds, "confirmed fraud", "confirmed frauds")
        if frauds
        else worded("no confirmed fraud")
    )
    return worded(
        "%(number)s in %(span)s, %(known)s; the table below has the newest",
        number=number,
        span=formatting.duration(span),
        known=known,
    )
