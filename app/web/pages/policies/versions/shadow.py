"""What a version said in shadow, beside what was decided."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.database.payments.shadow_decisions import Disagreement, ShadowComparison
from app.triage.labels import Label
from app.web.languages.sentences import worded
from app.web.pages import formatting
from app.web.pages.policies.lab.figures import TONES, ZONES
from app.web.pages.policies.versions.comparison import ComparisonView, comparison_view
from app.workflows.policies.comparing import ComparisonReport


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowCellView:
    """Payments with one pair of labels."""

    live: str
    shadow: str
    count: int
    is_same: bool
    #: What is known of them; empty where nothing is.
    known: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowLine:
    """All payments that were given one label."""

    name: str
    tone: str
    cells: tuple[ShadowCellView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DisagreementRow:
    """One payment on which both differ."""

    transaction_id: str
    decided: str
    amount: str
    live: str
    live_tone: str
    shadow: str
    shadow_tone: str
    known: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowView:
    """The comparison; without a payment yet it says so."""

    transactions: int
    since: str
    columns: tuple[str, ...]
    lines: tuple[ShadowLine, ...]
    verdict: str
    disagreements: tuple[DisagreementRow, ...]
    #: None: its model was never compared.
    comparison: ComparisonView | None


def shadow_view(
    compared: ShadowComparison,
    disagreements: Sequence[Disagreement],
    report: ComparisonReport | None,
    now: datetime,
) -> ShadowView:
    """Return a shadow's comparison in words."""
    return ShadowView(
        transactions=compared.transactions,
        since=formatting.ago(compared.first_at, now) if compared.first_at is not None else "",
        columns=tuple(ZONES[label] for label in Label),
        lines=tuple(_line(compared, live) for live in Label),
        verdict=_verdict(compared),
        disagreements=tuple(_row(each) for each in disagreements),
        comparison=comparison_view(report),
    )


def _line(compared: ShadowComparison, live: Label) -> ShadowLine:
    return ShadowLine(
        name=ZONES[live], tone=TONES[live], cells=tuple(_cell(compared, live, shadow) for shadow in Label)
    )


def _cell(compared: ShadowComparison, live: Label, shadow: Label) -> ShadowCellView:
    for cell in compared.cells:
        if (cell.live, cell.shadow) == (live, shadow):
            known = [
                formatting.plural(number, one, many)
                for number, one, many in (
                    (cell.known_frauds, worded("known fraud"), worded("known frauds")),
                    (cell.known_legits, worded("known legit"), worded("known legits")),
                )
                if number
            ]
            return ShadowCellView(
                live=live,
                shadow=shadow,
                count=cell.transactions,
                is_same=live is shadow,
                known=", ".join(known),
            )
    return ShadowCellView(live=live, shadow=shadow, count=0, is_same=live is shadow, known="")


def _verdict(compared: ShadowComparison) -> str:
    if not compared.transactions:
        return worded("It has seen no payment yet.")
    apart = sum(cell.transactions for cell in compared.cells if cell.live is not cell.shadow)
    payments = formatting.count(compared.transactions)
    if not apart:
        return worded(
            "It agrees with what was decided on every one of %(payments)s payments.", payments=payments
        )
    share = formatting.percent(apart / compared.transactions)
    differing = formatting.plural(apart, "payment", "payments")
    return worded(
        "It agrees with what was decided on all but %(differing)s (%(share)s) of %(payments)s.",
        differing=differing,
        share=share,
        payments=payments,
    )


def _row(each: Disagreement) -> DisagreementRow:
    return DisagreementRow(
        transaction_id=each.transaction_id,
        decided=formatting.moment(each.decided_at),
        amount=formatting.money(each.amount, each.currency),
        live=ZONES[each.live],
        live_tone=TONES[each.live],
        shadow=ZONES[each.shadow],
        shadow_tone=TONES[each.shadow],
        known=each.truth.value if each.truth is not None else "",
    )
