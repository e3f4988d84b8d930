"""Groups of cases as people see them: what they have in common, what is at stake, and each case in a row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from app.database.cases.group_proposals import GroupProposal
from app.review.case import GroupBasis
from app.review.currency_rates import RateTable
from app.review.groups.grouping import MOST_IN_GROUP, Group, GroupKey, told_once
from app.review.groups.judgement import SecondPerson
from app.web.languages.sentences import worded
from app.web.pages import formatting
from app.web.pages.frame import Frame
from app.web.pages.groups.case_rows import CaseRow, Written, case_row
from app.web.pages.groups.naming import BASES, address_of, shared_words
from app.web.pages.review.case import REASONS
from app.workflows.cases.grouping import FoundGroups

#: More groups nobody reads through; the next ones come up when these are judged.
SHOWN = 60


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
    tabs = [Tab(address="/linked-cases", name=worded("All"), groups=len(told), is_here=basis is None)]
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
        shared=worded("like case %(key)s", key=formatting.count(int(group.key.value)))
        if is_alike
        else group.key.value,
        also=(*(shared_words(key) for key in also), *_merchant(group, found)),
        address=address_of(group.key),
        cases=worded("%(some)s of %(all)s", some=several, all=formatting.count(len(group.members)))
        if group.is_cut
        else several,
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
        return worded("%(told)s (no rate)", told=told)
    dated = (
        worded(", rates of %(as_of)s", as_of=formatting.calendar_day(total.as_of))
        if total.as_of is not None
        else ""
    )
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
    return worded(
        "From %(cases)s or %(amount)s in all on, a colleague confirms it before anything is decided.",
        cases=cases,
        amount=amount,
    )


def _waiting(proposal: GroupProposal, now: datetime) -> WaitingRow:
    cases = formatting.plural(len(proposal.chosen), "case", "cases")
    return WaitingRow(
        address=f"/linked-cases/proposals/{proposal.id}",
        sentence=(
            worded(
                "%(cases)s %(judgement)s: %(key)s, by %(author)s %(proposed_at)s",
                cases=cases,
                judgement=proposal.saying.judgement.value,
                key=shared_words(proposal.key),
                author=proposal.author,
                proposed_at=formatting.ago(proposal.proposed_at, now),
            )
        ),
    )
