"""What of a payment's past is worth a sentence, and in which order; no words, and nothing of a score."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from app.review.story.past import EntityPast

#: So many sentences are read at a glance.
MOST = 6
#: So many linked frauds are led to; the sentence counts all of them.
MOST_EVIDENCE = 6
#: From so many payments on, a mean says what is usual.
ENOUGH = 3
#: From so many times the usual pace or amount on, or as small a part of it, it stands out.
MANY_TIMES = 3.0
#: Fewer payments in a day are no burst, whatever is usual.
BURST = 3
#: What belongs to one person or a household; a merchant has many payments, and new cards every day.
PERSONAL = frozenset({"card", "device", "ip", "email", "customer"})
#: That the second is new to the first means something: addresses change too often to be told.
NEWS = frozenset(
    {
        *(("card", "merchant"), ("card", "terminal"), ("card", "device"), ("device", "card")),
        *(("customer", "card"), ("customer", "device"), ("email", "card")),
    }
)
#: So many different ones in 30 days are no longer ordinary: people share a device, not ten cards.
SEVERAL = {
    ("device", "card"): 4,
    ("ip", "card"): 6,
    ("email", "card"): 4,
    ("customer", "card"): 4,
    ("card", "device"): 4,
}
_DAYS_OF_MONTH = 30


class Topic(StrEnum):
    """What a sentence is about."""

    LINKED_FRAUDS = "linked_frauds"
    KNOWN_FRAUDS = "known_frauds"
    NEVER_SEEN = "never_seen"
    PACE = "pace"
    AMOUNT = "amount"
    NEW_PARTNER = "new_partner"
    SEVERAL_PARTNERS = "several_partners"
    COUNTRIES = "countries"
    KNOWN_PARTNER = "known_partner"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """One fact of the story, and by what it is shown."""

    topic: Topic
    entity: str
    partner: str = ""
    #: How many: payments, partners, frauds, times the usual amount.
    number: float = 0.0
    #: What is usual: payments a day, or an amount in the payment's currency.
    usual: float | None = None
    #: The usual amount is a mean, for want of a median.
    is_mean: bool = False
    #: There may be more than `number`.
    is_cut: bool = False
    #: It is out of the ordinary, whatever it means.
    stands_out: bool = False
    since: timedelta | None = None
    countries: tuple[str, ...] = ()
    #: Of payments that show it.
    evidence: tuple[int, ...] = ()


def sentences(
    amount: float, pasts: Sequence[EntityPast], *, linked_frauds: Sequence[int] = ()
) -> tuple[Sentence, ...]:
    """Return what to tell, what stands out first; `linked_frauds` are keys of all that are known.

    Of what is ordinary only the pace and the amount of the first entity are told, and last that it knows the
    merchant: an analyst must hear that, too.
    """
    found = list(_frauds(linked_frauds, pasts))
    for place, past in enumerate(pasts):
        told = list(_of_entity(amount, past))
        found += told if place == 0 else [each for each in told if each.stands_out]
    found += _known_merchant(pasts)
    return tuple(sorted(found, key=lambda each: not each.stands_out)[:MOST])


def _frauds(linked: Sequence[int], pasts: Sequence[EntityPast]) -> Iterator[Sentence]:
    if linked:
        yield Sentence(
            topic=Topic.LINKED_FRAUDS,
            entity="",
            number=len(linked),
            stands_out=True,
            evidence=tuple(linked[:MOST_EVIDENCE]),
        )
    for past in pasts:
        if past.known_frauds and past.entity in PERSONAL:
            yield Sentence(
                topic=Topic.KNOWN_FRAUDS, entity=past.entity, number=past.known_frauds, stands_out=True
            )


def _of_entity(amount: float, past: EntityPast) -> Iterator[Sentence]:
    if past.since is None:
        yield Sentence(topic=Topic.NEVER_SEEN, entity=past.entity, stands_out=past.entity in PERSONAL)
        return
    yield _pace(past)
    yield from _amount(amount, past)
    yield from _partners(past)
    if len(past.countries) > 1 and past.entity in PERSONAL:
        yield Sentence(
            topic=Topic.COUNTRIES,
            entity=past.entity,
            number=len(past.countries),
            countries=past.countries,
            stands_out=True,
        )


def _amount(amount: float, past: EntityPast) -> Iterator[Sentence]:
    mean = past.mean_amount if past.month >= ENOUGH else None
    usual = past.median_amount or mean
    # A payment of nothing, such as a check whether a card is valid, is no small part of what is usual.
    if usual and amount:
        times = amount / usual
        yield Sentence(
            topic=Topic.AMOUNT,
            entity=past.entity,
            number=times,
            usual=usual,
            is_mean=not past.median_amount,
            stands_out=times >= MANY_TIMES or times * MANY_TIMES <= 1,
        )


def _known_merchant(pasts: Sequence[EntityPast]) -> Iterator[Sentence]:
    """Yield that the merchant is known to the first of the cardholder's that was seen before, where it is."""
    for past in pasts:
        if past.entity in PERSONAL and "merchant" in past.partners:
            met = past.partners["merchant"]
            is_known = not met.is_new and met.payments is not None
            if is_known and (met.payments or not met.is_cut):
                yield Sentence(
                    topic=Topic.KNOWN_PARTNER,
                    entity=past.entity,
                    partner="merchant",
                    number=met.payments or 0,
                    is_cut=met.is_cut,
                )
            return


def _pace(past: EntityPast) -> Sentence:
    """Return how many payments a day brought, beside the days before it.

    What is cut off says nothing of what is usual.
    """
    usual = None if past.is_cut else (past.month - past.day) / (_DAYS_OF_MONTH - 1)
    stands_out = usual is not None and past.day >= max(BURST, MANY_TIMES * usual)
    return Sentence(
        topic=Topic.PACE,
        entity=past.entity,
        number=past.day,
        usual=usual,
        is_cut=past.is_cut and past.day >= past.month,
        stands_out=stands_out and past.entity in PERSONAL,
        since=past.since,
    )


def _partners(past: EntityPast) -> Iterator[Sentence]:
    for partner, met in past.partners.items():
        pair = (past.entity, partner)
        if met.is_new and pair in NEWS:
            yield Sentence(
                topic=Topic.NEW_PARTNER,
                entity=past.entity,
                partner=partner,
                number=met.different,
                is_cut=past.is_cut,
                stands_out=True,
            )
        if pair in SEVERAL and met.different >= SEVERAL[pair]:
            yield Sentence(
                topic=Topic.SEVERAL_PARTNERS,
                entity=past.entity,
                partner=partner,
                number=met.different,
                is_cut=past.is_cut,
                stands_out=True,
            )
