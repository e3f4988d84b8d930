"""The story's facts in words, each with the address of what shows it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from app.review.story.sentences import Sentence, Topic
from app.web.languages.sentences import marked, worded, worded_many
from app.web.pages import formatting
from app.web.pages.entity_address import entity_address
from app.web.pages.formatting import few
from app.web.pages.review.history_values import several

#: How an entity is called in the middle of a sentence.
_CALLED: Mapping[str, str] = {
    "card": marked("card"),
    "merchant": marked("merchant"),
    "device": marked("device"),
    "ip": marked("IP address"),
    "email": marked("email"),
    "customer": marked("customer"),
    "terminal": marked("terminal"),
    "country": marked("country"),
}
#: Several of them.
_SEVERAL: Mapping[str, str] = {
    "card": marked("cards"),
    "merchant": marked("merchants"),
    "device": marked("devices"),
    "ip": marked("IP addresses"),
    "email": marked("emails"),
    "customer": marked("customers"),
    "terminal": marked("terminals"),
    "country": marked("countries"),
}
#: So many are named, the newest first; of the others it is said how many they are.
NAMED_COUNTRIES = 4


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
    return str(_CALLED.get(entity, entity.replace("_", " ")))


def called_several(entity: str) -> str:
    """Return how several entities of one kind are called in a sentence."""
    return str(_SEVERAL.get(entity, several(entity.replace("_", " "))))


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
    return worded_many(
        "%(number)s linked payment was confirmed fraud",
        "%(number)s linked payments were confirmed fraud",
        number,
    )


def _known_frauds(sentence: Sentence, _: str) -> str:
    return worded_many(
        "%(number)s earlier fraud of this %(entity)s known",
        "%(number)s earlier frauds of this %(entity)s known",
        int(sentence.number),
        entity=called(sentence.entity),
    )


def _pace(sentence: Sentence, _: str) -> str:
    number = (
        worded("more than %(number)s", number=formatting.count(sentence.number)) if sentence.is_cut else None
    )
    payments = formatting.plural(int(sentence.number), "payment", "payments")
    if number is not None:
        payments = worded("%(number)s payments", number=number)
    usual = ""
    if sentence.usual is not None:
        usual = worded(", usual %(usual)s a day", usual=few(sentence.usual))
    last = (
        worded("; the last %(since)s before", since=formatting.duration(sentence.since))
        if sentence.since is not None
        else ""
    )
    return worded(
        "%(entity)s: %(payments)s in 24%(thin)sh%(usual)s%(last)s",
        entity=_the(sentence.entity),
        payments=payments,
        thin=formatting.THIN,
        usual=usual,
        last=last,
    )


def _amount(sentence: Sentence, currency: str) -> str:
    usual, entity = formatting.money(sentence.usual or 0.0, currency), called(sentence.entity)
    if 0.8 <= sentence.number <= 1.25:
        if sentence.is_mean:
            return worded("About the mean amount of this %(entity)s, %(usual)s", entity=entity, usual=usual)
        return worded("About the median amount of this %(entity)s, %(usual)s", entity=entity, usual=usual)
    digits = 0 if sentence.number >= 3 else 1 if sentence.number >= 0.1 else 2
    times = f"{formatting.number(sentence.number, digits)}{formatting.THIN}\u00d7"
    if sentence.is_mean:
        return worded(
            "%(times)s the mean amount of this %(entity)s, %(usual)s", times=times, entity=entity, usual=usual
        )
    return worded(
        "%(times)s the median amount of this %(entity)s, %(usual)s", times=times, entity=entity, usual=usual
    )


def _new_partner(sentence: Sentence, _: str) -> str:
    number = int(sentence.number)
    others = worded(
        "%(number)s other %(partners)s",
        number=formatting.count(number),
        partners=called(sentence.partner) if number == 1 else called_several(sentence.partner),
    )
    known = worded("; %(others)s in 30 days", others=others) if sentence.number else ""
    return worded(
        "First time of this %(entity)s with this %(partner)s%(known)s",
        entity=called(sentence.entity),
        partner=called(sentence.partner),
        known=known,
    )


def _known_partner(sentence: Sentence, _: str) -> str:
    partner, entity, number = _the(sentence.partner), called(sentence.entity), int(sentence.number)
    if number == 0:
        return worded(
            "%(partner)s known: no payment of this %(entity)s in 30 days, but before",
            partner=partner,
            entity=entity,
        )
    if sentence.is_cut:
        return worded_many(
            "%(partner)s known: at least %(number)s payment of this %(entity)s in 30 days",
            "%(partner)s known: at least %(number)s payments of this %(entity)s in 30 days",
            number,
            partner=partner,
            entity=entity,
        )
    return worded_many(
        "%(partner)s known: %(number)s payment of this %(entity)s in 30 days",
        "%(partner)s known: %(number)s payments of this %(entity)s in 30 days",
        number,
        partner=partner,
        entity=entity,
    )


def _several_partners(sentence: Sentence, _: str) -> str:
    number = formatting.count(sentence.number)
    partners = called_several(sentence.partner)
    if sentence.is_cut:
        number = worded("more than %(number)s", number=number)
    return worded(
        "This %(entity)s was used with %(number)s %(partners)s in 30 days",
        entity=called(sentence.entity),
        number=number,
        partners=partners,
    )


def _countries(sentence: Sentence, _: str) -> str:
    countries = ", ".join(sentence.countries[:NAMED_COUNTRIES])
    number, more = formatting.count(sentence.number), len(sentence.countries) - NAMED_COUNTRIES
    if more > 0:
        return worded_many(
            "This %(entity)s was seen in %(countries)s countries this week: %(named)s and %(number)s more",
            "This %(entity)s was seen in %(countries)s countries this week: %(named)s and %(number)s more",
            more,
            entity=called(sentence.entity),
            countries=number,
            named=countries,
        )
    return worded(
        "This %(entity)s was seen in %(number)s countries this week: %(countries)s",
        entity=called(sentence.entity),
        number=number,
        countries=countries,
    )


def _the(entity: str) -> str:
    name = called(entity)
    return name[:1].upper() + name[1:]


_WORDS: Mapping[Topic, Callable[[Sentence, str], str]] = {
    Topic.LINKED_FRAUDS: _linked_frauds,
    Topic.KNOWN_FRAUDS: _known_frauds,
    Topic.NEVER_SEEN: lambda each, _: worded(
        "This %(entity)s was never seen before", entity=called(each.entity)
    ),
    Topic.PACE: _pace,
    Topic.AMOUNT: _amount,
    Topic.NEW_PARTNER: _new_partner,
    Topic.SEVERAL_PARTNERS: _several_partners,
    Topic.COUNTRIES: _countries,
    Topic.KNOWN_PARTNER: _known_partner,
}
