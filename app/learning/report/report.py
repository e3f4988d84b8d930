"""The whole report: which sections there are, and why others are not."""

from collections.abc import Callable, Iterator

from app.learning.report.basis import untouched, weighting
from app.learning.report.content import Report, Section
from app.learning.report.material import Material
from app.learning.report.sections.boundary import boundary
from app.learning.report.sections.certificate import certificate
from app.learning.report.sections.comparison import choice, known
from app.learning.report.sections.confusion import confusion
from app.learning.report.sections.curves import precision_recall, risk_coverage
from app.learning.report.sections.figures import figures, headlines
from app.learning.report.sections.histograms import histograms
from app.learning.report.sections.novelty import novelty
from app.learning.report.sections.origin import origin
from app.learning.report.sections.reliability import reliability
from app.learning.report.sections.screening import screening
from app.learning.report.sections.softmax import softmax
from app.learning.report.sections.splits import zero_error
from app.learning.report.sections.uncertainty import uncertainty
from app.learning.report.words import number, percent

#: Sections every report has, in their order.
ALWAYS: tuple[Callable[[Material], Section], ...] = (
    certificate,
    figures,
    confusion,
    softmax,
    histograms,
    reliability,
    precision_recall,
    risk_coverage,
    uncertainty,
)


def report(material: Material) -> Report:
    """Return the page; the same material gives the same page to the byte."""
    told = material.certificate
    sometimes = tuple(_sometimes(material))
    return Report(
        version=material.version,
        summary=(
            "Fraud, legit, or a person decides. Of 100 frauds the machine approves at most"
            f" {number(100 * told.miss_rate_at_most, 0)} ({percent(material.confidence)} confidence,"
            f" {told.frauds} known frauds, if {told.assumption})."
        ),
        basis=f"{untouched(material)} {weighting(material)}",
        headlines=headlines(material),
        sections=(
            *(make(material) for make in ALWAYS),
            *(each for each in sometimes if isinstance(each, Section)),
            origin(material),
        ),
        left_out=tuple(each for each in sometimes if isinstance(each, str)),
    )


def _sometimes(material: Material) -> Iterator[Section | str]:
    """Yield the sections that need more than scores, or why one is missing."""
    if material.boundary is None:
        yield "The decision boundary: no networks were trained on bootstrap samples."
    else:
        yield boundary(material, material.boundary)
    if material.splits is None:
        yield "Zero-error coverage over other splits: no other splits were trained."
    else:
        yield zero_error(material, material.splits)
    yield novelty(material) if material.novelty else "Novelty: nothing strange was scored."
    yield from _compared(material)


def _compared(material: Material) -> Iterator[Section | str]:
    told = material.comparison
    if told is None:
        yield "Screening and comparison: `tertium compare` was not run for this model."
        return
    yield screening(told) if "screening" in told else "Screening: its table was not given."
    yield choice(told) if "choice" in told else "The choice: its table was not given."
    yield known(told) if "models" in told else "The known models: their table was not given."
