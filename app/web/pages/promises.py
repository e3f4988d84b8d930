"""What a policy promises, in words a manager can sign."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.web.pages import words


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """A certificate in words; without one nothing is promised."""

    is_certified: bool
    short: str
    sentence: str
    assumption: str


NOTHING = Promise(
    is_certified=False,
    short="promises nothing",
    sentence="Set by hand: it promises nothing about how many frauds it approves.",
    assumption="",
)


def promise(certificate: Mapping[str, object] | None) -> Promise:
    """Return the promise of a stored certificate."""
    if certificate is None:
        return NOTHING
    miss_rate = _number(certificate, "miss_rate_at_most")
    confidence = words.percent(_number(certificate, "confidence"))
    frauds = int(_number(certificate, "frauds"))
    return Promise(
        is_certified=True,
        short=f"misses at most {words.percent(miss_rate)}",
        sentence=(
            f"Of 100 frauds it approves at most {words.count(round(miss_rate * 100, 1))}, with {confidence}"
            f" confidence, measured on {words.plural(frauds, 'known fraud', 'known frauds')} it never"
            " learned from."
        ),
        assumption=f"Holds if {certificate.get('assumption', 'the coming weeks resemble that data')}.",
    )


def _number(certificate: Mapping[str, object], name: str) -> float:
    value = certificate[name]
    if not isinstance(value, (int, float)):
        raise TypeError(f"a certificate's {name} is a number, not {value!r}")
    return float(value)
