"""The cases of a group, one a row, and what was written about them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from app.database.cases.group_candidates import GroupCandidate
from app.review.attribute_kinds import KNOWN, READING_ORDER, kind_of
from app.review.groups.grouping import GroupKey
from app.web.languages.sentences import worded
from app.web.pages import formatting
from app.web.pages.causes import cause_of

#: So many attributes fit a row.
ATTRIBUTES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRow:
    """One case of a group, to be judged with it or left out."""

    number: str
    address: str
    #: The case and the decision that is seen here.
    chosen: str
    amount: str
    occurred: str
    occurred_ago: str
    evidence: str
    probability: str
    cause: str
    attributes: tuple[tuple[str, str], ...]
    is_ticked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What the form holds when the page comes: as it was sent, when it was refused."""

    #: Nothing beforehand.
    ticked: Collection[int] = ()
    reason: str = ""
    note: str = ""
    #: Since when somebody looks at it (milliseconds since 1970); None: from now on.
    since: int | None = None


def case_row(case: GroupCandidate, key: GroupKey, now: datetime, written: Written) -> CaseRow:
    """Return a case of a group, chosen where that was written."""
    others = [name for name in READING_ORDER if name in case.attributes and name != key.basis.value]
    return CaseRow(
        number=formatting.count(case.case_id),
        address=f"/cases/{case.case_id}",
        chosen=f"{case.case_id}-{case.decision_id}",
        amount=formatting.money(case.amount, case.currency),
        occurred=formatting.moment(case.occurred_at),
        occurred_ago=formatting.ago(case.occurred_at, now),
        evidence="" if case.evidence is None else formatting.number(case.evidence),
        probability="" if case.probability is None else formatting.percent(case.probability),
        cause=cause_of(case.reason).tag,
        attributes=tuple((_called(name), case.attributes[name]) for name in others[:ATTRIBUTES]),
        is_ticked=case.case_id in written.ticked,
    )


def _called(name: str) -> str:
    kind = kind_of(name)
    return name if kind is None else worded(KNOWN[kind].called)
