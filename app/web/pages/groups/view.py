"""Groups of cases as people see them: what they have in common, what is at stake, and each case in a row."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from app.database.cases.group_candidates import GroupCandidate
from app.database.cases.group_proposals import GroupProposal
from app.review.case import GroupBasis
from app.review.currency_rates import RateTable
from app.review.groups.grouping import MOST_IN_GROUP, Group, GroupKey, told_once
from app.review.groups.judgement import GroupGone, SecondPerson
from app.web.pages import formatting
from app.web.pages.frame import Frame
from app.web.pages.review.case import NAMES, ORDER, REASONS
from app.web.pages.review.review_reasons import BLIND, CAUSES
from app.workflows.cases.grouping import FoundGroups

#: More groups nobody reads through; the next ones come up when these are judged.
SHOWN = 60
#: So many attributes fit a row.
ATTRIBUTES = 4

BASES: Mapping[GroupBasis, str] = {
    GroupBasis.CARD: "Card",
    GroupBasis.DEVICE: "Device",
    GroupBasis.IP: "IP address",
    GroupBasis.MERCHANT: "Merchant",
    GroupBasis.ALIKE: "Nearly alike",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRow:
    """One group of the list."""

    basis: str
    shared: str
    also: tuple[str, ...]
    address: str
    cases: str
    amount: str
    at_risk: str
    waiting_for: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingRow:
    """A word on a large group that waits for a second person."""

    address: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """By what sums are told, and when one person is not enough."""

    rates: RateTable
    second_person: SecondPerson


@dataclass(frozen=True, slots=True, kw_only=True)
class Tab:
    """One basis to see the groups of."""

    address: str
    name: str
    groups: int
    is_here: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A group just judged, and for how long that can be undone."""

    group_id: int
    sentence: str
    undo_seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something that did not go as asked, or went back; a note that came with it is not lost."""

    sentence: str
    details: tuple[str, ...] = ()
    note: str = ""
    is_good: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupsPage:
    """The list of groups."""

    frame: Frame
    rows: tuple[GroupRow, ...]
    tabs: tuple[Tab, ...]
    #: What waits for a second person.
    waiting: tuple[WaitingRow, ...]
    groups: int
    looked_at: int
    is_head_only: bool
    done: Done | None
    notice: Notice | None


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


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupPage:
    """One group, case by case, and the form that judges it."""

    frame: Frame
    group: GroupRow
    address: str
    total: int
    is_cut: bool
    most: int
    rows: tuple[CaseRow, ...]
    written: Written
    since: int
    notice: Notice | None
    #: From when on a second person confirms.
    second_person: str
    #: Cases can be chosen.
    picks: bool = True

    @property
    def reasons(self) -> tuple[tuple[str, str], ...]:
        """The reasons to choose from: the value, and its words."""
        return tuple((reason.value, told) for reason, told in REASONS.items())


def address_of(key: GroupKey) -> str:
    """Return a group's address; a value may hold anything, also what an address may not."""
    is_plain = key.basis is GroupBasis.ALIKE
    value = key.value if is_plain else urlsafe_b64encode(key.value.encode()).decode().rstrip("=")
    return f"/linked-cases/{key.basis.value}/{value}"


def key_of(basis: str, value: str) -> GroupKey:
    """Return the group at an address; raises `GroupGone` when none can be there."""
    try:
        known = GroupBasis(basis)
        if known is GroupBasis.ALIKE:
            return GroupKey(basis=known, value=value)
        padded = value.encode("ascii") + b"=" * (-len(value) % 4)
        return GroupKey(basis=known, value=urlsafe_b64decode(padded).decode())
    except ValueError as error:
        raise GroupGone from error


def shared_words(key: GroupKey) -> str:
    """Return what the cases have in common, as one says it."""
    if key.basis is GroupBasis.ALIKE:
        return (
            f"payments like case {formatting.count(int(key.value))}" if key.value.isdecimal() else "payments"
        )
    name = BASES[key.basis]
    return f"{name if name.startswith('IP') else name.lower()} {key.value}"


def groups_page(
    frame: Frame,
    found: FoundGroups,
    *,
    rules: Rules,
    waiting: Sequence[GroupProposal] = (),
    basis: GroupBasis | None = None,
    done: Done | None = None,
    notice: Notice | None = None,
) -> GroupsPage:
    """Return the list, each set of cases once."""
    told = told_once(found.groups)
    wanted = [each for each in told if basis in {None, each[0].key.basis}]
    tabs = [Tab(address="/linked-cases", name="All", groups=len(told), is_here=basis is None)]
    tabs += [
        Tab(
            address=f"/linked-cases?basis={each.value}",
            name=name,
            groups=sum(group.key.basis is each for group, _ in told),
            is_here=each is basis,
        )
        for each, name in BASES.items()
        if each is not GroupBasis.MERCHANT
    ]
    return GroupsPage(
        frame=frame,
        rows=tuple(_row(group, also, found, rules) for group, also in wanted[:SHOWN]),
        waiting=tuple(_waiting(each, found.now) for each in waiting),
        tabs=tuple(tabs),
        groups=len(wanted),
        looked_at=len(found.candidates),
        is_head_only=found.is_head_only,
        done=done,
        notice=notice,
    )


def group_page(
    frame: Frame,
    found: FoundGroups,
    group: Group,
    *,
    written: Written,
    rules: Rules,
    notice: Notice | None = None,
) -> GroupPage:
    """Return a group's page."""
    also = next((also for same, also in told_once(found.groups) if same.key == group.key), ())
    return GroupPage(
        frame=frame,
        group=_row(group, also, found, rules),
        address=address_of(group.key),
        total=len(group.members),
        is_cut=group.is_cut,
        most=MOST_IN_GROUP,
        rows=tuple(
            case_row(found.candidates[case_id], group.key, found.now, written) for case_id in group.case_ids
        ),
        written=written,
        since=int(found.now.timestamp() * 1000) if written.since is None else written.since,
        notice=notice,
        second_person=_second_person(rules),
    )


def _row(group: Group, also: tuple[GroupKey, ...], found: FoundGroups, rules: Rules) -> GroupRow:
    several = formatting.count(len(group.case_ids))
    is_alike = group.key.basis is GroupBasis.ALIKE
    return GroupRow(
        basis=BASES[group.key.basis],
        shared=f"like case {formatting.count(int(group.key.value))}" if is_alike else group.key.value,
        also=(*(shared_words(key) for key in also), *_merchant(group, found)),
        address=address_of(group.key),
        cases=f"{several} of {formatting.count(len(group.members))}" if group.is_cut else several,
        amount=_sum({total.currency: total.amount for total in group.totals}, rules.rates),
        at_risk=" + ".join(formatting.money(total.expected_loss, total.currency) for total in group.totals),
        waiting_for=formatting.duration(found.now - group.oldest_opened_at),
    )


def _sum(amounts: Mapping[str, Decimal], rates: RateTable) -> str:
    """Return amounts by currency; of several, or of a foreign one, also what they come to in the base."""
    told = " + ".join(formatting.money(amount, currency) for currency, amount in amounts.items())
    if set(amounts) <= {rates.base}:
        return told
    total = rates.total(amounts)
    if total is None:
        return f"{told} (no rate)"
    dated = f", rates of {total.as_of:%-d %B %Y}" if total.as_of is not None else ""
    return f"{told} ({formatting.money(total.amount, total.currency)}{dated})"


def _merchant(group: Group, found: FoundGroups) -> tuple[str, ...]:
    """Return the merchant all of a group were paid at, which alone would make none."""
    paid_at = {found.candidates[case_id].attributes.get("merchant", "") for case_id in group.case_ids}
    shop = paid_at.pop() if len(paid_at) == 1 else ""
    return (shared_words(GroupKey(basis=GroupBasis.MERCHANT, value=shop)),) if shop.strip() else ()


def _second_person(rules: Rules) -> str:
    """Return from when on one person is not enough."""
    cases = formatting.plural(rules.second_person.from_cases, "case", "cases")
    amount = formatting.money(rules.second_person.from_amount, rules.rates.base)
    return f"From {cases} or {amount} in all on, a colleague confirms it before anything is decided."


def _waiting(proposal: GroupProposal, now: datetime) -> WaitingRow:
    cases = formatting.plural(len(proposal.chosen), "case", "cases")
    return WaitingRow(
        address=f"/linked-cases/proposals/{proposal.id}",
        sentence=(
            f"{cases} {proposal.saying.judgement.value}: {shared_words(proposal.key)},"
            f" by {proposal.author} {formatting.ago(proposal.proposed_at, now)}"
        ),
    )


def case_row(case: GroupCandidate, key: GroupKey, now: datetime, written: Written) -> CaseRow:
    """Return a case of a group, chosen where that was written."""
    others = [name for name in ORDER if name in case.attributes and name != key.basis.value]
    return CaseRow(
        number=formatting.count(case.case_id),
        address=f"/cases/{case.case_id}",
        chosen=f"{case.case_id}-{case.decision_id}",
        amount=formatting.money(case.amount, case.currency),
        occurred=formatting.moment(case.occurred_at),
        occurred_ago=formatting.ago(case.occurred_at, now),
        evidence="" if case.evidence is None else formatting.number(case.evidence),
        probability="" if case.probability is None else formatting.percent(case.probability),
        cause=CAUSES.get(case.reason, BLIND).tag,
        attributes=tuple((NAMES.get(name, name), case.attributes[name]) for name in others[:ATTRIBUTES]),
        is_ticked=case.case_id in written.ticked,
    )
