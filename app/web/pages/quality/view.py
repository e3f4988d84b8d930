"""The page of quality: a table of analysts, second reviews, control cases and blind reviews."""

from dataclasses import dataclass
from urllib.parse import urlencode

from app.database.operations.verdict_lists import Listing
from app.review.quality.agreement import Agreement
from app.review.quality.people import PersonQuality
from app.review.quality.rates import ENOUGH
from app.review.quality.team import Gold, SecondReviews
from app.web.languages.sentences import worded, worded_many
from app.web.pages import formatting
from app.web.pages.frame import Frame
from app.web.pages.quality.beside_model import ModelPanel, model_panel
from app.web.pages.quality.blind_review import BlindPanel, blind_panel
from app.web.pages.quality.wording import (
    QualityFigure,
    half,
    kappa,
    nine_in_ten,
    share,
    told_kappa,
    told_rate,
)
from app.workflows.operations.quality import QualityReport

WINDOWS = (7, 30, 90)


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowLink:
    """A window to choose."""

    address: str
    name: str
    is_here: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRow:
    """One analyst."""

    name: str
    role: str
    judgements: QualityFigure
    per_day: str
    half: QualityFigure
    nine_in_ten: QualityFigure
    escalated: QualityFigure
    overturned: QualityFigure
    agreement: QualityFigure
    gold: QualityFigure
    gold_half: QualityFigure


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureRow:
    """A line of a panel: a name, how many, and figures beside it."""

    name: str
    counted: str
    figures: tuple[QualityFigure, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondPanel:
    """The results of second reviews."""

    rows: tuple[FigureRow, ...]
    apart: str
    apart_address: str
    rulings: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldPanel:
    """How right people are where the truth is known."""

    rows: tuple[FigureRow, ...]
    time: str
    wrong: str
    wrong_address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityPage:
    """The whole page."""

    frame: Frame
    windows: tuple[WindowLink, ...]
    since: str
    until: str
    file: str
    people: tuple[PersonRow, ...]
    blind: BlindPanel
    seconds: SecondPanel
    gold: GoldPanel
    model: ModelPanel
    enough: int


def address(listing: Listing, days: int, account_id: int | None = None, before_id: int | None = None) -> str:
    """Return the address of a list of verdicts."""
    asked: dict[str, object] = {"kind": listing.value, "days": days}
    asked |= {} if account_id is None else {"analyst": account_id}
    asked |= {} if before_id is None else {"before": before_id}
    return f"/quality/cases?{urlencode(asked)}"


def quality_page(frame: Frame, report: QualityReport, days: int) -> QualityPage:
    """Return the page of a report."""
    return QualityPage(
        frame=frame,
        windows=tuple(
            WindowLink(
                address=f"/quality?days={each}", name=worded("%(each)s days", each=each), is_here=each == days
            )
            for each in WINDOWS
        ),
        since=formatting.day(report.span.since),
        until=formatting.day(report.span.until),
        file=f"/quality.csv?days={days}",
        people=tuple(_person(each, days) for each in report.people),
        blind=blind_panel(report.blind_first, address(Listing.CHANGED, days)),
        seconds=_seconds(report.second_looks, days),
        gold=_gold(report.gold, days),
        model=model_panel(report.beside_model, report.measured),
        enough=ENOUGH,
    )


def _person(each: PersonQuality, days: int) -> PersonRow:
    def to(listing: Listing) -> str:
        return address(listing, days, each.account_id)

    in_groups = (
        worded("%(cases)s cases", cases=formatting.count(each.cases)) if each.cases != each.judgements else ""
    )
    return PersonRow(
        name=each.name,
        role=worded(each.role.value),
        judgements=QualityFigure(
            value=formatting.count(each.judgements), detail=in_groups, address=to(Listing.JUDGED)
        ),
        per_day=formatting.count(round(each.per_day, 1)),
        half=half(each.pace),
        nine_in_ten=nine_in_ten(each.pace),
        escalated=QualityFigure(
            value=formatting.count(each.escalated), address=to(Listing.ESCALATED) if each.escalated else ""
        ),
        overturned=told_rate(each.overturned, to(Listing.OVERTURNED) if each.overturned.hits else ""),
        agreement=told_kappa(each.agreement, to(Listing.LOOKED_TWICE)),
        gold=told_rate(each.gold, to(Listing.GOLD)),
        gold_half=half(each.gold_pace),
    )


def _seconds(found: SecondReviews, days: int) -> SecondPanel:
    apart = found.all.pairs - found.all.same.hits
    waiting = found.sent - found.ruled
    rulings = worded("%(sent)s went to a senior colleague", sent=formatting.count(found.sent))
    if found.ruled:
        upheld, ruled = formatting.count(found.first_upheld), formatting.count(found.ruled)
        rulings += worded(", who ruled %(upheld)s of %(ruled)s for the first", upheld=upheld, ruled=ruled)
    if waiting:
        rulings += worded_many("; %(number)s waits", "; %(number)s wait", waiting)
    return SecondPanel(
        rows=(
            _pairs(worded("All"), found.all),
            _pairs(worded("Drawn by chance"), found.by_chance),
            _pairs(worded("High exposure"), found.by_exposure),
        ),
        apart=formatting.plural(apart, "disagreement", "disagreements"),
        apart_address=address(Listing.DISAGREED, days) if apart else "",
        rulings=f"{rulings}.",
    )


def _pairs(name: str, agreement: Agreement) -> FigureRow:
    figures = (share(agreement.same), kappa(agreement))
    return FigureRow(name=name, counted=formatting.count(agreement.pairs), figures=figures)


def _gold(found: Gold, days: int) -> GoldPanel:
    rows = (
        (worded("All"), found.all),
        (worded("No slower than own median"), found.quick),
        (worded("Slower"), found.slow),
    )
    time = half(found.pace)
    wrong = found.all.trials - found.all.hits
    return GoldPanel(
        rows=tuple(
            FigureRow(name=name, counted=formatting.count(rate.trials), figures=(share(rate),))
            for name, rate in rows
        ),
        time=worded("Half are answered within %(time)s.", time=time.value) if time.is_known else "",
        wrong=worded("%(wrong)s wrong", wrong=formatting.count(wrong)) if wrong else "",
        wrong_address=address(Listing.GOLD_WRONG, days) if wrong else "",
    )
