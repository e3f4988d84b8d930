"""The story's facts in words, each with the address of what shows it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from app.review.story.sentences import Sentence, Topic
from app.web.pages import formatting
from app.web.pages.entity_address import entity_address
from app.web.pages.formatting import few
from app.web.pages.review.history_values import several

#: How an entity is called in the middle of a sentence.
_CALLED: Mapping[str, str] = {"ip": "IP address"}


@dataclass(frozen=True, slots=True, kw_only=True)
class SentenceView:
    """One sentence of the story; `address` leads to what shows it."""

    words: str
    address: str
    stands_out: bool
    #: Further evidence: what it is called, and where it is.
    more: tuple[tuple[str, str], ...] = ()


def story_view(
    told: tuple[Sentence, ...], attributes: Mapping[str, str], currency: str
) -> tuple[SentenceView, ...]:
    """Return the sentences in their order."""
    return tuple(_view(each, attributes, currency) for each in told)


def called(entity: str) -> str:
    """Return how an entity is called in a sentence.

    >>> called("ip"), called("card")
    ('IP address', 'card')
    """
    return _CALLED.get(entity, entity.replace("_", " "))


def _view(sentence: Sentence, attributes: Mapping[str, str], currency: str) -> SentenceView:
    first, *others = [f"/payments/{key}" for key in sentence.evidence] or [
        entity_address(sentence.entity, attributes.get(sentence.entity, ""))
    ]
    return SentenceView(
        words=_WORDS[sentence.topic](sentence, currency),
        address=first,
        stands_out=sentence.stands_out,
        more=tuple((formatting.count(place), each) for place, each in enumerate(others, start=2)),
    )


def _linked_frauds(sentence: Sentence, _: str) -> str:
    number = int(sentence.number)
    was = "was" if number == 1 else "were"
    return f"{formatting.plural(number, 'linked payment', 'linked payments')} {was} confirmed fraud"


def _known_frauds(sentence: Sentence, _: str) -> str:
    frauds = formatting.plural(int(sentence.number), "earlier fraud", "earlier frauds")
    return f"{frauds} of this {called(sentence.entity)} known"


def _pace(sentence: Sentence, _: str) -> str:
    number = f"more than {formatting.count(sentence.number)}" if sentence.is_cut else None
    payments = formatting.plural(int(sentence.number), "payment", "payments")
    if number is not None:
        payments = f"{number} payments"
    usual = ""
    if sentence.usual is not None:
        usual = f", usual {few(sentence.usual)} a day"
    last = f"; the last {formatting.duration(sentence.since)} before" if sentence.since is not None else ""
    return f"{_the(sentence.entity)}: {payments} in 24{formatting.THIN}h{usual}{last}"


def _amount(sentence: Sentence, currency: str) -> str:
    usual = formatting.money(sentence.usual or 0.0, currency)
    if 0.8 <= sentence.number <= 1.25:
        return f"About the usual amount of this {called(sentence.entity)}, {usual}"
    digits = 0 if sentence.number >= 3 else 1 if sentence.number >= 0.1 else 2
    times = formatting.number(sentence.number, digits)
    return f"{times}{formatting.THIN}\u00d7 the usual amount of this {called(sentence.entity)}, {usual}"


def _new_partner(sentence: Sentence, _: str) -> str:
    others = formatting.plural(
        int(sentence.number),
        f"other {called(sentence.partner)}",
        f"other {several(called(sentence.partner))}",
    )
    known = f"; {others} in 30 days" if sentence.number else ""
    return f"First time of this {called(sentence.entity)} with this {called(sentence.partner)}{known}"


def _several_partners(sentence: Sentence, _: str) -> str:
    number = formatting.count(sentence.number)
    partners = several(called(sentence.partner))
    more = "more than " if sentence.is_cut else ""
    return f"This {called(sentence.entity)} was used with {more}{number} {partners} in 30 days"


def _countries(sentence: Sentence, _: str) -> str:
    countries = ", ".join(sentence.countries[:4])
    number = formatting.count(sentence.number)
    return f"This {called(sentence.entity)} was seen in {number} countries this week: {countries}"


def _the(entity: str) -> str:
    name = called(entity)
    return name[:1].upper() + name[1:]


_WORDS: Mapping[Topic, Callable[[Sentence, str], str]] = {
    Topic.LINKED_FRAUDS: _linked_frauds,
    Topic.KNOWN_FRAUDS: _known_frauds,
    Topic.NEVER_SEEN: lambda each, _: f"This {called(each.entity)} was never seen before",
    Topic.PACE: _pace,
    Topic.AMOUNT: _amount,
    Topic.NEW_PARTNER: _new_partner,
    Topic.SEVERAL_PARTNERS: _several_partners,
    Topic.COUNTRIES: _countries,
}
