"""People beside the model, in words: by band of probability, overturned, and on the same cases."""

from dataclasses import dataclass

from app.review.quality.analysts_and_model import AnalystsAndModel, BandAgreement
from app.review.quality.blind_first import ENOUGH_TRUTHS
from app.triage.measured_rates import BASES, MeasuredRate, MeasuredRates
from app.web.languages.sentences import capital, said, worded
from app.web.pages import formatting
from app.web.pages.formatting import exact_percent
from app.web.pages.quality.blind_review import Gain, one_gain, probability
from app.web.pages.quality.wording import QualityFigure, counts, told_rate


@dataclass(frozen=True, slots=True, kw_only=True)
class BandRow:
    """One band of the model's probability."""

    name: str
    verdicts: str
    expected: str
    said_fraud: QualityFigure


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredRow:
    """A kind of truth, and both rates of people by it."""

    name: str
    detection: str
    false_declines: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelPanel:
    """All that is said of people beside the model."""

    same: QualityFigure
    overturned: tuple[tuple[str, QualityFigure], ...]
    bands: tuple[BandRow, ...]
    gain: Gain
    #: In points, of its drawing.
    end: int
    measured: tuple[MeasuredRow, ...]


def model_panel(found: AnalystsAndModel, measured: MeasuredRates) -> ModelPanel:
    """Return the panel."""
    paired = found.paired
    gain = paired.gain if paired.cases >= ENOUGH_TRUTHS else None
    shown, end = one_gain(worded("Blind first verdict against the score"), gain, _paired(found))
    return ModelPanel(
        same=told_rate(found.same),
        overturned=(
            (worded("First said fraud"), told_rate(found.frauds_overturned)),
            (worded("First said legit"), told_rate(found.legits_overturned)),
        ),
        bands=tuple(_band(each) for each in found.bands),
        gain=shown,
        end=end,
        measured=tuple(
            _measured(*each)
            for each in zip(measured.detection_rate, measured.analyst_false_decline_rate, strict=True)
        ),
    )


def _band(band: BandAgreement) -> BandRow:
    lowest = exact_percent(band.lowest).removesuffix(formatting.PERCENT)
    return BandRow(
        name=worded("%(low)s to %(high)s", low=lowest, high=exact_percent(band.highest)),
        verdicts=formatting.count(band.said_fraud.trials),
        expected=formatting.fine_percent(band.expected),
        said_fraud=told_rate(band.said_fraud),
    )


def _measured(detection: MeasuredRate, false_declines: MeasuredRate) -> MeasuredRow:
    return MeasuredRow(
        name=capital(said(BASES[detection.basis])),
        detection=said(detection.told),
        false_declines=said(false_declines.told),
    )


def _paired(found: AnalystsAndModel) -> str:
    paired = found.paired
    controls = formatting.plural(found.controls, "control case", "control cases")
    known = worded("%(cases)s known (%(controls)s)", cases=formatting.count(paired.cases), controls=controls)
    if paired.cases < ENOUGH_TRUTHS:
        return worded(
            "%(known)s, %(enough_truths)s needed.", known=known, enough_truths=formatting.count(ENOUGH_TRUTHS)
        )
    rates = worded(
        "Right: the score at 50 %% %(before)s, the person %(after)s.",
        before=counts(paired.before),
        after=counts(paired.after),
    )
    return worded(
        "%(rates)s Of %(known)s; McNemar: %(chance)s.",
        rates=rates,
        known=known,
        chance=probability(paired.chance),
    )
