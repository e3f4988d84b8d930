"""Which payments a draft would label otherwise: a page of them, and the whole list as a file."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from app.triage.labels import LABELS, Label
from app.web.dependencies import Visitor
from app.web.languages.sentences import worded
from app.web.pages import formatting
from app.web.pages.causes import rule_of
from app.web.pages.csv_cells import Cell, heading, line, rounded
from app.web.pages.frame import Frame, frame
from app.web.pages.policies.lab.figures import TONES, ZONES
from app.web.pages.policies.lab.inputs import LabInput, ReadForm
from app.web.services import PolicyServices
from app.workflows.policies.lab.trials import ChangedTransaction

SHOWN = 50
#: Rows of the file read at once.
AT_ONCE = 2000
HEADER = (
    "transaction_id", "client", "occurred_at", "amount", "currency", "evidence", "before", "after", "reason",
    "known",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRow:
    """One payment that would get another label."""

    transaction_id: str
    occurred: str
    amount: str
    evidence: str
    before: str
    before_tone: str
    after: str
    after_tone: str
    rule: str
    known: str
    known_tone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangesPage:
    """A page of the list."""

    frame: Frame
    kind: str
    title: str
    window: str
    total: int
    first: int
    rows: tuple[ChangeRow, ...]
    #: The form, carried on.
    hidden: tuple[tuple[str, str], ...]
    #: Where the pages before and after begin; -1: there is none.
    earlier: int
    later: int


async def changes_page(
    policies: PolicyServices, reader: Visitor, sent: ReadForm, *, kind: str, offset: int
) -> ChangesPage:
    """Return a page of the list; raises what `input_in` raises."""
    policy, span = sent.asked.policy, sent.asked.span
    before, after = kind_of(kind)
    found = await policies.lab.changed(policy, span, before=before, after=after, offset=offset, limit=SHOWN)
    shown = len(found.transactions)
    return ChangesPage(
        frame=frame(
            reader.account,
            reader.csrf_token,
            title=worded("What changes"),
            here="/thresholds",
            notices=reader.notices,
        ),
        kind=kind,
        title=_title(before, after),
        window=worded(
            "%(low)s to %(high)s", low=formatting.moment(span.since), high=formatting.moment(span.until)
        ),
        total=found.total,
        first=offset + 1 if shown else 0,
        rows=tuple(_row(each) for each in found.transactions),
        hidden=sent.form.hidden(),
        earlier=max(offset - SHOWN, 0) if offset else -1,
        later=offset + SHOWN if offset + shown < found.total else -1,
    )


async def csv_lines(policies: PolicyServices, asked: LabInput, *, kind: str) -> AsyncIterator[str]:
    """Return the whole list, line by line: compared with one version, whatever is activated meanwhile."""
    before, after = kind_of(kind)
    comparison = await policies.lab.comparison(asked.policy, asked.span, before=before, after=after)
    yield heading(HEADER)
    for offset in range(0, comparison.rows.size, AT_ONCE):
        found = await policies.lab.page(comparison, offset=offset, limit=AT_ONCE)
        yield "".join(line(_cells(each)) for each in found.transactions)


def kind_of(kind: str) -> tuple[Label | None, Label | None]:
    """Return from which label to which, such as `1-0`; all where that says nothing."""
    before, _, after = kind.partition("-")
    codes = [str(code) for code in range(len(LABELS))]
    if before in codes and after in codes:
        return LABELS[int(before)], LABELS[int(after)]
    return None, None


def _title(before: Label | None, after: Label | None) -> str:
    if before is None or after is None:
        return worded("Payments that change label")
    return worded("Payments %(before)s, then %(after)s", before=ZONES[before], after=ZONES[after])


def _row(each: ChangedTransaction) -> ChangeRow:
    known = {None: "", True: "fraud", False: "legit"}[each.is_fraud]
    told = each.transaction
    return ChangeRow(
        transaction_id=told.transaction_id,
        occurred=formatting.moment(told.occurred_at),
        amount=formatting.money(told.amount, told.currency),
        evidence="" if each.evidence is None else formatting.number(each.evidence),
        before=ZONES[each.before],
        before_tone=TONES[each.before],
        after=ZONES[each.after],
        after_tone=TONES[each.after],
        rule="" if each.reason is None else rule_of(each.reason),
        known=known,
        known_tone=known,
    )


def _cells(each: ChangedTransaction) -> tuple[Cell, ...]:
    told = each.transaction
    known = {None: "", True: "fraud", False: "legit"}[each.is_fraud]
    return (
        told.transaction_id,
        told.client,
        told.occurred_at,
        told.amount,
        told.currency,
        None if each.evidence is None else rounded(each.evidence, 6),
        each.before,
        each.after,
        each.reason,
        known,
    )
