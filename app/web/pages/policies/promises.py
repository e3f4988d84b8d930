"""What a policy promises, in words a manager can sign."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.scoring.templated_text import recalled
from app.triage.certificate import Certificate, Kind
from app.triage.tuning.staircase import choice_told
from app.web.languages.sentences import marked, said, worded
from app.web.pages import formatting
from app.web.pages.formatting import exact_percent

#: What the frauds of a certificate were to the model.
SCORED_BY: Mapping[Kind, str] = {
    Kind.HELD_OUT: marked("it never learned from"),
    Kind.CROSS_FITTED: marked("scored by the networks that had not seen them"),
}
#: What is not proved about a kind.
CAVEAT: Mapping[Kind, str] = {
    Kind.HELD_OUT: "",
    Kind.CROSS_FITTED: (
        marked(
            " That all networks together miss no more than these few was checked by"
            " simulation; theory alone promises twice the share, on average."
        )
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseView:
    """A certificate in words; without one nothing is promised."""

    is_certified: bool
    short: str
    sentences: tuple[str, ...]
    assumption: str = ""


NOTHING = PromiseView(
    is_certified=False,
    short=marked("no guarantee"),
    sentences=(marked("It gives no guarantee about how many frauds it approves."),),
)


def promise_view(certificate: Certificate | None) -> PromiseView:
    """Return the promise of a certificate; what holds on average is never called certified."""
    if certificate is None:
        return NOTHING
    missed = exact_percent(certificate.miss_rate_at_most)
    frauds = formatting.plural(certificate.frauds, "known fraud", "known frauds")
    basis = worded("measured on %(frauds)s %(kind)s", frauds=frauds, kind=SCORED_BY[certificate.kind])
    of_hundred = formatting.count(round(certificate.miss_rate_at_most * 100, 1))
    if certificate.confidence is None:
        first = worded(
            "On average at most %(of_hundred)s of 100 frauds are approved, %(basis)s. This"
            " one may approve more.",
            of_hundred=of_hundred,
            basis=basis,
        )
        short = worded("misses %(missed)s on average", missed=missed)
    else:
        sure = exact_percent(certificate.confidence)
        first = worded(
            "Of 100 frauds it approves at most %(of_hundred)s, with %(sure)s confidence, %(basis)s.",
            of_hundred=of_hundred,
            sure=sure,
            basis=basis,
        )
        short = worded("misses at most %(missed)s", missed=missed)
    return PromiseView(
        is_certified=certificate.is_certified,
        short=short,
        sentences=(first, *(said(each) for each in choice_told(certificate)), *_of_declines(certificate)),
        assumption=(
            worded(
                "Holds if %(assumption)s. Set on %(source)s (%(kind)s).%(kind2)s",
                assumption=said(recalled(certificate.assumption)),
                source=said(recalled(certificate.source)),
                kind=said(recalled(certificate.kind.value)),
                kind2=CAVEAT[certificate.kind],
            )
        ),
    )


def _of_declines(certificate: Certificate) -> tuple[str, ...]:
    sentences = []
    if certificate.decline_precision_at_least is not None:
        share = exact_percent(certificate.decline_precision_at_least)
        sentences.append(
            worded(
                "Of all it declines, at least %(share)s are frauds, with the same confidence.", share=share
            )
        )
    if certificate.false_decline_rate_at_most is not None:
        share = exact_percent(certificate.false_decline_rate_at_most)
        average = worded("On average at most") if certificate.confidence is None else worded("At most")
        sentences.append(
            worded("%(average)s %(share)s of good customers are declined.", average=average, share=share)
        )
    return tuple(sentences)
