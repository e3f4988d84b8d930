"""What an entity did before a payment: of a model's history, or of the payments that are stored."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from app.review.story.entity import usual_amounts
from app.review.text import comparable
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

_DAY, _WEEK, _MONTH = WINDOWS
#: Attributes that say in which country a payment was made; the first that a payment has counts.
COUNTRIES = ("country", "ip_country", "merchant_country")


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierPayment:
    """One payment of an entity before the one that is looked at."""

    key: int
    occurred_at: datetime
    amount: float
    currency: str
    attributes: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnersPast:
    """With how many different ones an entity paid in 30 days, and whether this one is among them."""

    different: int
    is_new: bool
    #: Payments of the 30 days with this one; None where no stored payments were looked at.
    payments: int | None = None
    #: There may be more than `payments`.
    is_cut: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityPast:
    """What one entity of a payment did before it; windows end with the payment."""

    entity: str
    #: None: it was never seen before.
    since: timedelta | None
    #: Payments in 1, 7 and 30 days.
    day: int = 0
    week: int = 0
    month: int = 0
    #: Only so many payments were looked at, and all lie in a window: there may be more.
    is_cut: bool = False
    #: Of the stored payments that were looked at, in the payment's currency; None of fewer than four.
    median_amount: float | None = None
    #: In 30 days, of a model's history, which keeps no single amounts; None where there was none.
    mean_amount: float | None = None
    #: By what they are: merchants of a card, cards of a device.
    partners: Mapping[str, PartnersPast] = field(default_factory=dict)
    #: Countries in 7 days, this payment's included, the newest first.
    countries: tuple[str, ...] = ()
    #: Known frauds, and payments, of the 30 days that ended before the label's delay.
    known_frauds: int = 0


def past_of_history(
    history: KeptHistory, values: Mapping[str, Value], attributes: Mapping[str, str]
) -> EntityPast | None:
    """Return what a model read of an entity; None where the payment names none or nothing was read.

    `values`: all that was read of the payment, by name.
    """
    name = history.entity
    if name not in attributes or any(each.name not in values for each in history_features(history)):
        return None
    hours = values[f"{name}: {HOURS_SINCE}"]
    if hours is None:
        return EntityPast(entity=name, since=None)
    month = int(_number(values, in_window(name, PAYMENTS, _MONTH)))
    frauds = 0.0
    if history.delay_days is not None:
        frauds = _number(values, long_ago(name, KNOWN_FRAUDS, _MONTH, history.delay_days))
    return EntityPast(
        entity=name,
        since=timedelta(hours=float(hours)),
        day=int(_number(values, in_window(name, PAYMENTS, _DAY))),
        week=int(_number(values, in_window(name, PAYMENTS, _WEEK))),
        month=month,
        mean_amount=_number(values, in_window(name, MEAN_AMOUNT, _MONTH)) if month else None,
        partners={
            each: PartnersPast(
                different=round(_number(values, different(name, each))),
                is_new=bool(values[is_new(name, each)]),
            )
            for each in history.partners
            if each in attributes
        },
        known_frauds=int(frauds),
    )


def past_of_payments(
    entity: str,
    received: Sequence[EarlierPayment],
    this: EarlierPayment,
    *,
    partners: Iterable[str],
    most: int,
) -> EntityPast | None:
    """Return what an entity did before this payment, by the newest that were received before it.

    At most `most` were looked at. None: all of those occurred later, and what came before is not among them.
    """
    earlier = [each for each in received if each.occurred_at <= this.occurred_at]
    may_be_more = len(received) >= most
    if not earlier:
        return None if may_be_more else EntityPast(entity=entity, since=None)
    month = [each for each in earlier if _age(each, this) <= timedelta(days=_MONTH)]
    is_cut = may_be_more and len(month) == len(earlier)
    week = [each for each in month if _age(each, this) <= timedelta(days=_WEEK)]
    usual = usual_amounts([each.amount for each in earlier if each.currency == this.currency])
    return EntityPast(
        entity=entity,
        since=min(_age(each, this) for each in earlier),
        day=sum(_age(each, this) <= timedelta(days=_DAY) for each in week),
        week=len(week),
        month=len(month),
        is_cut=is_cut,
        median_amount=None if usual is None else usual.median,
        partners={
            each: replace(_partners(each, month, earlier, this), is_cut=is_cut)
            for each in partners
            if each != entity and each in this.attributes
        },
        countries=_countries((this, *week)),
    )


def with_stored(read: EntityPast, stored: EntityPast | None) -> EntityPast:
    """Return what a model read of an entity, with what its stored payments tell and a history does not.

    One large payment, such as an attempt that was declined, draws a mean and leaves a median where it was.
    """
    if stored is None:
        return read
    partners = {
        name: replace(met, payments=stored.partners[name].payments, is_cut=stored.partners[name].is_cut)
        if name in stored.partners
        else met
        for name, met in read.partners.items()
    }
    return replace(read, median_amount=stored.median_amount, partners=partners)


def _partners(
    partner: str, month: Sequence[EarlierPayment], earlier: Sequence[EarlierPayment], this: EarlierPayment
) -> PartnersPast:
    own = comparable(this.attributes[partner])
    met = Counter(comparable(each.attributes[partner]) for each in month if partner in each.attributes)
    known = {comparable(each.attributes[partner]) for each in earlier if partner in each.attributes}
    return PartnersPast(different=len(met), is_new=own not in known, payments=met[own])


def _countries(payments: Iterable[EarlierPayment]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for each in payments:
        named = next((each.attributes[name] for name in COUNTRIES if name in each.attributes), None)
        if named is not None:
            found.setdefault(named)
    return tuple(found)


def _age(earlier: EarlierPayment, this: EarlierPayment) -> timedelta:
    return this.occurred_at - earlier.occurred_at


def _number(values: Mapping[str, Value], name: str) -> float:
    value = values[name]
    return 0.0 if value is None or isinstance(value, str) else float(value)
