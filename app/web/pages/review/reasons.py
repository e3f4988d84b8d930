"""Reason codes in plain words, each with its numbers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from app.review.reason_codes import Code, ReasonCode
from app.triage.labels import Reason
from app.web.languages.sentences import marked, worded
from app.web.pages import formatting
from app.web.pages.causes import TAGS
from app.web.pages.review.feature_values import page_name

Numbers = Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonView:
    """One reason: its code, its words, and the numbers behind it."""

    code: str
    words: str
    numbers: str
    #: Numbers on the scale of the model: shown on demand.
    is_technical: bool


#: Codes whose numbers are logits or distances, not amounts and shares.
TECHNICAL = frozenset({Code.NOVEL, Code.PASSES_DISAGREE, Code.BETWEEN_BOUNDS})
WORDS: Mapping[Code, str] = {
    Code.EXTREME_FEATURES: marked("Extreme features"),
    Code.UNUSUAL_AMOUNT: marked("Unusual amount"),
    Code.QUIET_HOUR: marked("Quiet hour"),
    Code.LIKE_KNOWN_FRAUD: marked("Like a confirmed fraud"),
    Code.NOVEL: TAGS[Reason.NOVEL],
    Code.PASSES_DISAGREE: TAGS[Reason.PASSES_DISAGREE],
    Code.BETWEEN_BOUNDS: TAGS[Reason.BETWEEN_BOUNDS],
    Code.HIGH_EXPOSURE: TAGS[Reason.LARGE_EXPOSURE],
    Code.RANDOM_AUDIT: marked("Random audit"),
}


def reason_views(codes: tuple[ReasonCode, ...], currency: str) -> tuple[ReasonView, ...]:
    """Return the codes as a person reads them; `currency` is that of the payment."""
    return tuple(
        ReasonView(
            code=each.code.value,
            words=WORDS[each.code],
            numbers=TOLD[each.code](each.numbers, currency),
            is_technical=each.code in TECHNICAL,
        )
        for each in codes
    )


def _features(numbers: Numbers, _: str) -> str:
    return ", ".join(f"{page_name(name)} {_beyond(percentile)}" for name, percentile in numbers.items())


def _amount(numbers: Numbers, _: str) -> str:
    return worded("%(percentile)s of legit payments", percentile=_beyond(numbers["percentile"]))


def _hour(numbers: Numbers, _: str) -> str:
    payments = formatting.count(numbers["payments"])
    share = formatting.percent(numbers["share"])
    return worded(
        "%(hour)s:00 UTC: %(share)s of %(payments)s confirmed legit payments",
        hour=format(int(numbers["hour"]), "02d"),
        share=share,
        payments=payments,
    )


def _alike(numbers: Numbers, _: str) -> str:
    return worded(
        "distance %(distance)s; no legit is closer", distance=formatting.number(numbers["distance"])
    )


def _novel(numbers: Numbers, _: str) -> str:
    return worded(
        "percentile %(novelty)s, limit %(limit)s",
        novelty=formatting.number(numbers["novelty"]),
        limit=formatting.number(numbers["limit"]),
    )


def _spread(numbers: Numbers, _: str) -> str:
    spread = worded("spread %(spread)s", spread=formatting.number(numbers["spread"]))
    if "limit" not in numbers:
        return worded(
            "%(spread)s, usual up to %(level)s, no policy limit",
            spread=spread,
            level=formatting.number(numbers["level"]),
        )
    return worded("%(spread)s, limit %(limit)s", spread=spread, limit=formatting.number(numbers["limit"]))


def _bounds(numbers: Numbers, _: str) -> str:
    evidence, approve, decline = (
        formatting.number(numbers[name]) for name in ("evidence", "approve", "decline")
    )
    return worded(
        "%(evidence)s lies between %(approve)s and %(decline)s",
        evidence=evidence,
        approve=approve,
        decline=decline,
    )


def _exposure(numbers: Numbers, currency: str) -> str:
    return worded(
        "expected loss %(expected_loss)s", expected_loss=formatting.money(numbers["expected_loss"], currency)
    )


def _audit(_: Numbers, __: str) -> str:
    return worded("drawn from automated decisions")


TOLD: Mapping[Code, Callable[[Numbers, str], str]] = {
    Code.EXTREME_FEATURES: _features,
    Code.UNUSUAL_AMOUNT: _amount,
    Code.QUIET_HOUR: _hour,
    Code.LIKE_KNOWN_FRAUD: _alike,
    Code.NOVEL: _novel,
    Code.PASSES_DISAGREE: _spread,
    Code.BETWEEN_BOUNDS: _bounds,
    Code.HIGH_EXPOSURE: _exposure,
    Code.RANDOM_AUDIT: _audit,
}


def _beyond(percentile: float) -> str:
    """Return a percentile as what it is beyond of; 99 % at most, unless it is beyond all."""
    if percentile < 0:
        return worded("below all")
    if percentile > 100:
        return worded("above all")
    share = formatting.percent(min(max(percentile, 100 - percentile), 99.0) / 100)
    return (
        worded("above %(share)s", share=share) if percentile >= 50 else worded("below %(share)s", share=share)
    )
