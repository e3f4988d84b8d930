"""What assignments and waits may do to a case, in any order: whoever holds it may, and nothing is stuck."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from app.review.access.people import Account, Role
from app.review.case import (
    Case,
    CaseAlreadyJudged,
    CaseKind,
    CaseState,
    ColleagueUnknown,
    Judgement,
    may_judge,
)
from app.review.keeping.assignment import KEPT_FOR, CaseLookedAt, assigned, unassigned
from app.review.keeping.hold import hold_of
from app.review.keeping.waiting import LONGEST_WAIT, NotWaiting, WaitImpossible, brought_back, waiting

NOON = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
LEASE, OFFER = timedelta(minutes=3), timedelta(minutes=15)
PEOPLE = tuple(
    Account(id=place, name=role.value, display_name=role.value, role=role)
    for place, role in enumerate((Role.ANALYST, Role.ANALYST, Role.SENIOR, Role.AUDITOR), start=1)
)
SENIOR = PEOPLE[2]
people = st.sampled_from(PEOPLE)
spans = st.timedeltas(min_value=timedelta(), max_value=2 * LONGEST_WAIT)


class CaseMoves(RuleBasedStateMachine):
    """One case, four people and a clock."""

    @initialize(is_escalated=st.booleans())
    def opens(self, *, is_escalated: bool) -> None:
        state = CaseState.ESCALATED if is_escalated else CaseState.OPEN
        self.case = Case(
            id=1, transaction_key=1, kind=CaseKind.UNKNOWN, state=state, lease=None, closed_at=None
        )
        self.now, self.tokens = NOON, 0
        self.was_escalated = is_escalated

    @rule(span=st.one_of(st.just(LEASE), st.just(OFFER), st.just(KEPT_FOR), spans))
    def time_passes(self, span: timedelta) -> None:
        self.now += span

    @rule(account=people)
    def is_claimed(self, account: Account) -> None:
        """By anybody whom the rules let: they hold it, and it waits no more."""
        hold = hold_of(self.case)
        if not hold.lets_take(account, self.case.state, self.now):
            return
        assert self.case.assigned_to in {None, account.id} or self.case.assigned_until is not None
        if self.case.assigned_to not in {None, account.id}:
            assert self.case.assigned_until is not None
            assert self.case.assigned_until <= self.now
            self.case = unassigned(self.case)
        self.tokens += 1
        self.case = self.case.leased(account, UUID(int=self.tokens), self.now, LEASE)
        assert not hold_of(self.case).waits(self.now)

    @rule(to=people, by=st.sampled_from((SENIOR, PEOPLE[0])))
    def is_assigned(self, to: Account, by: Account) -> None:
        before = self.case
        try:
            self.case = assigned(before, to=to, by=by, now=self.now)
        except CaseAlreadyJudged:
            assert before.is_over
        except ColleagueUnknown:
            assert not may_judge(to, before.state)
        except CaseLookedAt:
            assert before.lease is not None
            assert before.lease.holder_id not in {to.id, by.id}
            assert before.lease.expires_at > self.now
        else:
            hold = hold_of(self.case)
            assert hold.waits(self.now) == hold_of(before).waits(self.now)
            others = [each for each in PEOPLE if each.id != to.id]
            assert not any(hold.lets_take(each, self.case.state, self.now) for each in others)

    @rule()
    def is_lifted(self) -> None:
        self.case = unassigned(self.case)

    @rule(account=people, span=st.timedeltas(min_value=-LEASE, max_value=LONGEST_WAIT + LEASE))
    def waits(self, account: Account, span: timedelta) -> None:
        if not self._is_held_by(account):
            return
        assert self.case.lease is not None
        until = self.now + span
        try:
            self.case = waiting(
                self.case, self.case.lease.token, account, self.now, until=until, asked_first=OFFER
            )
        except WaitImpossible:
            assert not timedelta() < span <= LONGEST_WAIT
            return
        back = hold_of(self.case)
        assert not any(back.lets_take(each, self.case.state, self.now) for each in PEOPLE)
        # At just its moment it is there for who let it wait, and for nobody else; later for all.
        assert back.lets_take(account, self.case.state, until)
        others = [each for each in PEOPLE if each.id != account.id]
        assert not any(back.lets_take(each, self.case.state, until) for each in others)
        assert back.lets_take(SENIOR, self.case.state, until + max(OFFER, KEPT_FOR))

    @rule(account=people)
    def is_brought_back(self, account: Account) -> None:
        before = self.case
        try:
            self.case = brought_back(before, account, self.now, asked_first=OFFER)
        except CaseAlreadyJudged:
            assert before.is_over
        except NotWaiting:
            assert not hold_of(before).waits(self.now)
        else:
            assert not hold_of(self.case).waits(self.now)

    @rule(account=people, judgement=st.sampled_from(Judgement))
    def is_judged(self, account: Account, judgement: Judgement) -> None:
        if not self._is_held_by(account) or not may_judge(account, self.case.state):
            return
        self.was_escalated = self.case.is_escalated
        if judgement is not Judgement.ESCALATE or not self.case.is_escalated:
            self.judgement, self.case = judgement, self.case.given(account)

    @precondition(lambda self: self.case.state is CaseState.GIVEN)
    @rule(is_undone=st.booleans())
    def grace_ends(self, *, is_undone: bool) -> None:
        if is_undone:
            self.case = self.case.undone(was_escalated=self.was_escalated)
        else:
            self.case = self.case.settled(self.judgement, self.now)

    @precondition(lambda self: self.case.is_free(self.now))
    @rule(is_meant=st.booleans())
    def is_closed(self, *, is_meant: bool) -> None:
        """By the model, now and then."""
        if is_meant:
            self.case = self.case.closed(self.now)

    @invariant()
    def the_database_would_keep_it(self) -> None:
        """The same constraints as on the table of cases."""
        case = self.case
        assert (case.assigned_to is None) == (case.assigned_until is None)
        assert (case.offered_to is None) == (case.offered_until is None)
        assert case.assigned_to is None or case.state not in {CaseState.JUDGED, CaseState.CLOSED}
        assert case.waits_until is None or (not case.is_over and case.lease is None)
        assert case.lease is None or not case.is_over

    @invariant()
    def nothing_is_stuck(self) -> None:
        """Whatever was done: a case that is not over is for every senior colleague one day."""
        later = self.now + LONGEST_WAIT + KEPT_FOR + OFFER
        if not self.case.is_over:
            assert hold_of(replace(self.case, lease=None)).lets_take(SENIOR, self.case.state, later)

    def _is_held_by(self, account: Account) -> bool:
        lease = self.case.lease
        return lease is not None and lease.holder_id == account.id and lease.expires_at > self.now


TestCaseMoves = CaseMoves.TestCase
