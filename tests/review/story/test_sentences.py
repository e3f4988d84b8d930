"""What of a past is told: what stands out first, a burst as one, and nothing that was not looked at."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.review.story.past import EntityPast, PartnersPast
from app.review.story.sentences import MOST, MOST_EVIDENCE, PERSONAL, Sentence, Topic, sentences

counts = st.integers(min_value=0, max_value=500)


def a_past(entity: str = "card", **changes: Any) -> EntityPast:
    values: dict[str, Any] = {
        "since": timedelta(hours=2),
        "day": 1,
        "week": 7,
        "month": 30,
        "median_amount": 20.0,
    }
    return EntityPast(entity=entity, **(values | changes))


def of(topic: Topic, *pasts: EntityPast, amount: float = 20.0) -> list[Sentence]:
    return [each for each in sentences(amount, pasts) if each.topic is topic]


pasts = st.lists(
    st.builds(
        EntityPast,
        entity=st.sampled_from(["card", "device", "merchant", "ip"]),
        since=st.none() | st.timedeltas(min_value=timedelta(), max_value=timedelta(days=90)),
        day=counts,
        week=counts,
        month=counts,
        is_cut=st.booleans(),
        median_amount=st.none() | st.floats(min_value=0.01, max_value=1e6),
        mean_amount=st.none() | st.floats(min_value=0.01, max_value=1e6),
        partners=st.dictionaries(
            st.sampled_from(["card", "device", "merchant", "ip"]),
            st.builds(
                PartnersPast,
                different=counts,
                is_new=st.booleans(),
                payments=st.none() | counts,
                is_cut=st.booleans(),
            ),
        ),
        countries=st.lists(st.sampled_from(["AT", "DE", "FR"]), unique=True).map(tuple),
        known_frauds=counts,
    ),
    max_size=4,
    unique_by=lambda each: each.entity,
)


@given(pasts, st.floats(min_value=0.01, max_value=1e6), st.lists(st.integers(1, 9), unique=True))
def test_few_are_told_and_what_stands_out_comes_first(
    found: list[EntityPast], amount: float, frauds: list[int]
) -> None:
    told = sentences(amount, found, linked_frauds=frauds)
    assert len(told) <= MOST
    places = [each.stands_out for each in told]
    assert places == sorted(places, reverse=True)
    assert [each.topic for each in told].count(Topic.LINKED_FRAUDS) == bool(frauds)
    if frauds:
        assert (told[0].topic, told[0].number) == (Topic.LINKED_FRAUDS, len(frauds))
        assert told[0].evidence == tuple(frauds[:MOST_EVIDENCE])
    for each in told:
        if not each.stands_out and each.topic is not Topic.KNOWN_PARTNER:
            assert each.entity == found[0].entity, "what is ordinary is told of the first alone"


def test_a_burst_stands_out_beside_what_was_usual_before_it() -> None:
    (burst,) = of(Topic.PACE, a_past(day=14, month=72))
    assert (burst.number, burst.usual, burst.stands_out) == (14, 2.0, True)
    (calm,) = of(Topic.PACE, a_past(day=2, month=60))
    assert not calm.stands_out
    (two,) = of(Topic.PACE, a_past(day=2, month=2))
    assert not two.stands_out, "two payments are no burst"


def test_what_is_usual_is_not_told_of_what_was_cut_off() -> None:
    (cut,) = of(Topic.PACE, a_past(day=100, week=100, month=100, is_cut=True))
    assert (cut.usual, cut.is_cut, cut.stands_out) == (None, True, False)
    (day,) = of(Topic.PACE, a_past(day=40, week=100, month=100, is_cut=True))
    assert not day.is_cut, "the day itself was seen as a whole"


def test_an_amount_stands_out_from_three_times_the_usual_on() -> None:
    for amount, stands_out in ((60.0, True), (59.0, False), (6.0, True), (7.0, False)):
        (told,) = of(Topic.AMOUNT, a_past(), amount=amount)
        assert (told.stands_out, told.is_mean) == (stands_out, False), amount
    assert of(Topic.AMOUNT, a_past(), amount=0.0) == [], "a check of the card is no small payment"


def test_a_mean_is_told_as_one_where_no_median_is_known_and_needs_three_payments() -> None:
    (told,) = of(Topic.AMOUNT, a_past(mean_amount=90.0), amount=20.0)
    assert (told.usual, told.is_mean) == (20.0, False)
    (told,) = of(Topic.AMOUNT, a_past(median_amount=None, mean_amount=90.0, month=3), amount=20.0)
    assert (told.usual, told.is_mean) == (90.0, True)
    assert of(Topic.AMOUNT, a_past(median_amount=None, mean_amount=90.0, month=2), amount=1e6) == []


def test_a_new_card_at_a_merchant_is_no_news_and_a_new_merchant_of_a_card_is() -> None:
    new = PartnersPast(different=3, is_new=True)
    (told,) = of(Topic.NEW_PARTNER, a_past(partners={"merchant": new, "ip": new}))
    assert (told.partner, told.number) == ("merchant", 3)
    assert of(Topic.NEW_PARTNER, a_past("merchant", partners={"card": new})) == []


def test_a_merchant_that_is_known_is_said_last_of_whom_it_is_known_to() -> None:
    known = {"merchant": PartnersPast(different=3, is_new=False, payments=6)}
    shop = a_past("merchant", partners={"card": PartnersPast(different=3, is_new=False, payments=6)})
    told = sentences(20.0, [a_past(partners=known), a_past("device", partners=known), shop])
    assert [each for each in told if each.topic is Topic.KNOWN_PARTNER] == [told[-1]]
    assert (told[-1].entity, told[-1].partner, told[-1].number) == ("card", "merchant", 6)
    assert not told[-1].stands_out
    (rarely,) = of(Topic.KNOWN_PARTNER, a_past(partners={"merchant": replace(known["merchant"], payments=0)}))
    assert rarely.number == 0, "it is known, and not of these 30 days"


def test_what_is_new_to_the_card_is_not_called_known_by_its_device() -> None:
    new, known = PartnersPast(different=3, is_new=True), PartnersPast(different=3, is_new=False, payments=6)
    pasts = [a_past(partners={"merchant": new}), a_past("device", partners={"merchant": known})]
    assert of(Topic.KNOWN_PARTNER, *pasts) == []


def test_how_often_is_not_told_where_nobody_looked() -> None:
    for each in (
        PartnersPast(different=3, is_new=False),
        PartnersPast(different=3, is_new=False, payments=0, is_cut=True),
    ):
        assert of(Topic.KNOWN_PARTNER, a_past(partners={"merchant": each})) == []


def test_many_cards_at_one_device_stand_out_and_at_a_merchant_do_not() -> None:
    many = {"card": PartnersPast(different=9, is_new=False)}
    assert [each.number for each in of(Topic.SEVERAL_PARTNERS, a_past("device", partners=many))] == [9]
    assert of(Topic.SEVERAL_PARTNERS, a_past("merchant", partners=many)) == []


def test_what_was_never_seen_says_nothing_else() -> None:
    (only,) = sentences(20.0, [EntityPast(entity="card", since=None)])
    assert (only.topic, only.stands_out) == (Topic.NEVER_SEEN, "card" in PERSONAL)
