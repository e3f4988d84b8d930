"""What an entity did before a payment, worked out of stored payments: against plain counting."""

from collections.abc import Sequence
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.review.story.entity import usual_amounts
from app.review.story.past import EarlierPayment, EntityPast, PartnersPast, past_of_payments, with_stored
from tests.builders import NOON

MOST = 100


def paid(hours: float = 0.0, *, amount: float = 20.0, currency: str = "EUR", **named: str) -> EarlierPayment:
    """Return a payment so many hours before noon."""
    return EarlierPayment(
        key=1,
        occurred_at=NOON - timedelta(hours=hours),
        amount=amount,
        currency=currency,
        attributes={"card": "c", **named},
    )


def past(earlier: Sequence[EarlierPayment], this: EarlierPayment, *, most: int = MOST) -> EntityPast:
    found = past_of_payments("card", earlier, this, partners=("card", "merchant", "device"), most=most)
    assert found is not None
    return found


ages = st.lists(st.floats(min_value=0, max_value=24 * 60, allow_nan=False), min_size=1, max_size=MOST)


@given(ages)
def test_windows_end_with_the_payment_and_lie_within_each_other(hours: list[float]) -> None:
    found = past([paid(each) for each in hours], paid())
    for days, counted in ((1, found.day), (7, found.week), (30, found.month)):
        assert counted == sum(timedelta(hours=each) <= timedelta(days=days) for each in hours)
    assert found.since == min(timedelta(hours=each) for each in hours)


@given(st.integers(min_value=1, max_value=10), st.integers(min_value=1, max_value=10))
def test_what_was_cut_off_is_said_only_where_a_window_goes_on(looked_at: int, most: int) -> None:
    found = past([paid(1.0)] * looked_at, paid(), most=most)
    assert found.is_cut == (looked_at >= most)
    assert not past([paid(24 * 40.0)] * looked_at, paid(), most=most).is_cut, "older ones are in no window"


@given(st.integers(min_value=0, max_value=10), st.integers(min_value=0, max_value=10))
def test_what_occurred_later_takes_no_part_but_its_place(before: int, later: int) -> None:
    received = [paid(-1.0)] * later + [paid(1.0)] * before
    found = past_of_payments("card", received, paid(), partners=(), most=10)
    if found is None:
        assert (before, later >= 10) == (0, True), "what came before is not known"
        return
    assert found.day == before
    assert (found.since is None) == (before == 0)
    assert found.is_cut == (before > 0 and before + later >= 10)


def test_one_large_payment_does_not_draw_what_is_usual() -> None:
    amounts = (18.0, 21.0, 784.6, 20.0, 24.0, 21.5, 22.0, 19.0)
    told = past([paid(place, amount=each) for place, each in enumerate(amounts)], paid())
    assert (told.median_amount, told.mean_amount) == (21.25, None)


@given(st.lists(st.floats(min_value=0.01, max_value=1e6), max_size=20))
def test_a_median_is_the_entitys_pages_and_of_the_payments_currency_alone(amounts: list[float]) -> None:
    earlier = [paid(place, amount=each) for place, each in enumerate(amounts, start=1)]
    elsewhere = [paid(24 * 40.0, amount=9e6, currency="JPY")] * 5
    usual = usual_amounts(amounts)
    assert past(earlier + elsewhere, paid()).median_amount == (None if usual is None else usual.median)


def test_what_a_model_read_is_told_with_what_stored_payments_say_better() -> None:
    read = EntityPast(
        entity="card",
        since=timedelta(hours=1),
        month=8,
        mean_amount=121.19,
        known_frauds=1,
        partners={"merchant": PartnersPast(different=3, is_new=False)},
    )
    stored = past([paid(each, merchant="m") for each in range(1, 5)], paid(merchant="m"))
    told = with_stored(read, stored)
    assert (told.median_amount, told.mean_amount, told.known_frauds) == (20.0, 121.19, 1)
    assert told.partners == {"merchant": PartnersPast(different=3, is_new=False, payments=4)}
    assert with_stored(read, None) == read


def test_a_partner_is_new_where_no_earlier_payment_has_it_however_it_is_written() -> None:
    earlier = [paid(1, merchant="Shop A"), paid(2, merchant="Shop B"), paid(3, merchant="Shop B")]
    known = past(earlier, paid(merchant="Shop\u200b A")).partners["merchant"]
    assert (known.different, known.is_new, known.payments) == (2, False, 1)
    assert past(earlier, paid(merchant="Shop C")).partners["merchant"].is_new
    assert past(earlier, paid()).partners == {}, "of what the payment does not name nothing is told"


def test_payments_with_a_known_partner_are_those_of_30_days_and_more_where_they_were_cut_off() -> None:
    earlier = [*(paid(each, merchant="A") for each in (1, 2, 24 * 40)), paid(3, merchant="B")]
    met = past(earlier, paid(merchant="A")).partners["merchant"]
    assert (met.payments, met.is_cut) == (2, False)
    assert past(earlier[:2], paid(merchant="A"), most=2).partners["merchant"].is_cut


def test_countries_are_those_of_a_week_and_the_payments_own_comes_first() -> None:
    earlier = [paid(1, ip_country="FR"), paid(2, country="AT", ip_country="FR"), paid(24 * 9, country="US")]
    assert past(earlier, paid(country="DE")).countries == ("DE", "FR", "AT")


def test_what_was_never_seen_is_said_so() -> None:
    assert past([], paid()) == EntityPast(entity="card", since=None)
