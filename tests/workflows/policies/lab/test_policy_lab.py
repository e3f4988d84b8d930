"""What the lab says of really posted payments is what deciding them one by one comes to."""

from collections import Counter
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from types import MappingProxyType

import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine

from app.triage.guard_rails import Guard
from app.triage.labels import Label
from app.triage.policies.policy import Policy
from app.triage.simulation.replay import LabelCounts
from app.workflows.policies.lab.policy_lab import PolicyLab
from app.workflows.policies.lab.trials import Changed, Span, WindowUnclear
from tests.builders import with_policy
from tests.service import Service
from tests.workflows.policies.looked_back import (
    Decided,
    a_lab,
    decided_by,
    post_payments,
    post_unscored,
    spread_over_days,
    tell,
    the_last_days,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass(frozen=True, kw_only=True)
class Looked:
    """A window that was really posted, two policies, and what each makes of every payment in it."""

    lab: PolicyLab
    span: Span
    active: Policy
    draft: Policy
    decided: list[Decided]
    truths: dict[str, bool]

    def labels(self, of: str) -> Counter[str]:
        """Count the labels of `before` or `after`."""
        return Counter(getattr(each, of)[0] for each in self.decided)

    @property
    def changed(self) -> list[Decided]:
        """Payments that get another label, the newest first."""
        return [each for each in reversed(self.decided) if each.before[0] != each.after[0]]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def looked(shared_service: Service, shared_engine: AsyncEngine) -> AsyncIterator[Looked]:
    """Two hundred payments with their truth, and eight nobody could score."""
    truths = await post_payments(shared_service, 200)
    await post_unscored(shared_service)
    await tell(shared_engine, truths)
    await spread_over_days(shared_engine)
    active = shared_service.services.models.serving.pair.policy
    draft = replace(active, approve_at_most=-9.5, decline_at_least=1.0, novelty_at_most=99.0)
    yield Looked(
        lab=a_lab(shared_service, shared_engine),
        span=the_last_days(shared_service),
        active=active,
        draft=draft,
        decided=await decided_by(shared_engine, active, draft),
        truths=truths,
    )


def counted(labels: Counter[str]) -> LabelCounts:
    return LabelCounts(fraud=labels["fraud"], legit=labels["legit"], unknown=labels["unknown"])


async def test_a_simulation_counts_what_deciding_one_by_one_decides(looked: Looked) -> None:
    told = await looked.lab.simulate(looked.draft, looked.span)
    assert told.transactions == len(looked.decided) == 208
    assert told.before.labels == counted(looked.labels("before"))
    assert told.after.labels == counted(looked.labels("after"))
    assert all(looked.labels(of)[label] for of in ("before", "after") for label in Label)
    assert told.after.review_rate == looked.labels("after")["unknown"] / 208
    assert told.after.coverage == pytest.approx(1 - told.after.review_rate)


async def test_moves_are_every_payment_whose_label_changes(looked: Looked) -> None:
    told = await looked.lab.simulate(looked.draft, looked.span)
    pairs = Counter((each.before[0], each.after[0]) for each in looked.changed)
    assert {(move.before, move.after): move.count for move in told.moves} == pairs
    assert len(pairs) > 1


async def test_the_errors_told_are_those_of_the_known_truths(looked: Looked) -> None:
    """Every scored payment's truth is known, so that estimates are plain counts."""
    told = (await looked.lab.simulate(looked.draft, looked.span)).after.risk
    of = [
        (each.after[0], looked.truths[each.name], each)
        for each in looked.decided
        if each.name in looked.truths
    ]
    missed = [each for label, is_fraud, each in of if is_fraud and label == "legit"]
    wronged = sum(label == "fraud" and not is_fraud for label, is_fraud, _ in of)
    stopped = sum(label == "fraud" and is_fraud for label, is_fraud, _ in of)
    frauds = sum(looked.truths.values())
    assert (told.known, told.known_frauds) == (len(looked.truths), frauds)
    assert (told.known_frauds_approved, told.known_legits_declined) == (len(missed), wronged)
    assert told.frauds_approved.value == len(missed) > 0
    assert told.amount_let_through.value == pytest.approx(float(sum(each.amount for each in missed)))
    assert told.legits_declined.value == wronged
    assert told.decline_precision.value == pytest.approx(stopped / (stopped + wronged))
    assert told.not_known == ()


async def test_rates_a_day_count_from_the_first_decision_to_the_last(looked: Looked) -> None:
    """Whatever the window's ends: it ends in the future here, and began before anything was decided."""
    told = await looked.lab.simulate(looked.draft, looked.span)
    first, *_, last = (each.row.decided_at for each in looked.decided)
    days = (last - first) / timedelta(days=1)
    assert told.observed.days == pytest.approx(days)
    assert told.after.unknowns_per_day is not None
    assert told.after.unknowns_per_day == pytest.approx(looked.labels("after")["unknown"] / days)
    shares = {"legit": looked.draft.audit_share_approved, "fraud": looked.draft.audit_share_declined}
    audits = sum(count * shares.get(label, 0.0) for label, count in looked.labels("after").items())
    assert told.after.audits_per_day == pytest.approx(audits / days)
    hours = (told.after.unknowns_per_day + audits / days) * looked.draft.staffing.minutes_per_review / 60
    assert told.after.analyst_hours_per_day == pytest.approx(hours)
    assert told.statement.frauds_per_day.value == pytest.approx(told.after.risk.frauds_approved.value / days)


async def test_a_simulation_changes_nothing_that_is_stored(
    looked: Looked, shared_engine: AsyncEngine
) -> None:
    again = await decided_by(shared_engine, looked.active, looked.draft)
    await looked.lab.simulate(looked.draft, looked.span)
    assert await decided_by(shared_engine, looked.active, looked.draft) == again
    assert (await looked.lab.active()).policy == looked.active


async def test_the_active_policy_beside_itself_changes_nothing(looked: Looked) -> None:
    told = await looked.lab.simulate(looked.active, looked.span)
    assert told.before == told.after
    assert (told.moves, told.active.policy, told.currency) == ((), looked.active, "EUR")
    assert [each.said for each in (each.row for each in looked.decided)] == [
        each.before[0] for each in looked.decided
    ]


async def changed(
    looked: Looked, labels: Mapping[str, Label] = MappingProxyType({}), *, offset: int = 0, limit: int = 1000
) -> Changed:
    return await looked.lab.changed(
        looked.draft,
        looked.span,
        before=labels.get("before"),
        after=labels.get("after"),
        offset=offset,
        limit=limit,
    )


def told_of(page: Changed) -> list[tuple[str, str, str, str | None]]:
    return [
        (each.transaction.transaction_id, each.before, each.after, each.reason) for each in page.transactions
    ]


def expected_of(decided: list[Decided]) -> list[tuple[str, str, str, str]]:
    return [(each.name, each.before[0], *each.after) for each in decided]


async def test_changed_payments_are_listed_newest_first_with_all_that_is_known(looked: Looked) -> None:
    page = await changed(looked)
    assert page.total == len(looked.changed) > 20
    assert told_of(page) == expected_of(looked.changed)
    for each, made in zip(page.transactions, looked.changed, strict=True):
        assert (each.transaction.amount, each.transaction.currency) == (made.amount, "EUR")
        assert each.evidence == made.row.evidence_fraud
        assert each.is_fraud == looked.truths[made.name]


async def test_pages_of_changed_payments_come_to_the_whole_list(looked: Looked) -> None:
    whole = told_of(await changed(looked))
    pages = [await changed(looked, offset=offset, limit=7) for offset in range(0, len(whole) + 7, 7)]
    assert [each for page in pages for each in told_of(page)] == whole
    assert {page.total for page in pages} == {len(whole)}
    assert pages[-1].transactions == () or len(pages[-1].transactions) < 7


@pytest.mark.parametrize(
    "labels",
    [
        {"before": Label.LEGIT},
        {"after": Label.UNKNOWN},
        {"before": Label.UNKNOWN, "after": Label.FRAUD},
        {"before": Label.FRAUD, "after": Label.LEGIT},
    ],
)
async def test_changed_payments_are_chosen_by_what_they_were_and_become(
    looked: Looked, labels: dict[str, Label]
) -> None:
    expected = [
        each for each in looked.changed if all(getattr(each, of)[0] == label for of, label in labels.items())
    ]
    page = await changed(looked, labels, limit=3)
    assert page.total == len(expected)
    assert told_of(page) == expected_of(expected[:3])


async def test_curves_pass_through_what_a_simulation_says(looked: Looked) -> None:
    """At shift 0, and wherever the approve bound is then put."""
    curve = (await looked.lab.curves(looked.draft, looked.span)).miss_rate_by_coverage
    assert any(point.shift == 0 for point in curve)
    for point in [each for each in curve if each.shift == 0] + list(curve[::25]):
        bound = min(round(looked.draft.approve_at_most + point.shift, 6), looked.draft.decline_at_least)
        shifted = replace(looked.draft, approve_at_most=bound)
        told = (await looked.lab.simulate(shifted, looked.span)).after
        assert point.coverage == pytest.approx(told.coverage)
        assert point.miss_rate.value == pytest.approx(told.risk.miss_rate.value)
        assert (point.miss_rate.low, point.miss_rate.high) == pytest.approx(
            (told.risk.miss_rate.low, told.risk.miss_rate.high)
        )


async def test_the_other_pictures_hold_every_payment_once(looked: Looked) -> None:
    told = await looked.lab.simulate(looked.draft, looked.span)
    curves = await looked.lab.curves(looked.draft, looked.span)
    scored = [each for each in looked.decided if each.row.evidence_fraud is not None]
    assert sum(each.unlabelled + each.legit + each.fraud for each in curves.histogram) == len(scored)
    assert sum(each.fraud for each in curves.histogram) == sum(looked.truths.values())
    by_zone = Counter[str]()
    for each in curves.reliability:
        by_zone[each.zone] += each.transactions
    assert by_zone == Counter(each.after[0] for each in scored)
    unknowns, audits = (sum(getattr(hour, name) for hour in curves.hours) for name in ("unknowns", "audits"))
    # Two days end in the hour in which they began: that one was seen for a moment longer than the others.
    assert (unknowns, audits) == pytest.approx(
        (told.after.unknowns_per_day, told.after.audits_per_day), rel=0.05
    )


async def test_a_version_that_was_drafted_from_a_former_one_is_warned_of(looked: Looked) -> None:
    """And one that was drafted from the active version, or from none, is not."""
    active = (await looked.lab.active()).id
    for parent_id, warned in ((active, False), (None, False), (active + 1, True)):
        told = await looked.lab.simulate(looked.draft, looked.span, parent_id=parent_id)
        assert (Guard.SUPERSEDED in {each.guard for each in told.warnings}) is warned
    assert f"version {active}" in told.warnings[-1].sentence


async def test_a_window_without_payments_is_warned_of_and_nothing_is_known_of_it(looked: Looked) -> None:
    before = looked.span.since
    told = await looked.lab.simulate(looked.draft, Span(since=before - timedelta(days=1), until=before))
    assert (told.transactions, told.before.labels.total, told.moves) == (0, 0, ())
    assert Guard.WINDOW_EMPTY in {each.guard for each in told.warnings}
    assert told.after.risk.miss_rate.value is None
    # The history says enough: it is the window that does not, and nobody signs for that.
    assert told.is_signable is False


async def test_a_window_far_in_the_future_says_what_the_past_says(looked: Looked) -> None:
    """Its end lies 73 years ahead: the load stays, and so does the guard that speaks of it."""
    tight = replace(looked.draft, staffing=replace(looked.draft.staffing, analysts=0))
    far = replace(looked.span, until=looked.span.until + timedelta(days=73 * 365))
    now, then = [await looked.lab.simulate(tight, span) for span in (looked.span, far)]
    assert then.after == now.after
    assert Guard.OVER_CAPACITY in {each.guard for each in then.warnings}
    ahead = Span(since=looked.span.until, until=far.until)
    assert Guard.WINDOW_EMPTY in {each.guard for each in (await looked.lab.simulate(tight, ahead)).warnings}


@pytest.mark.parametrize("hours", [0, -1])
async def test_a_window_that_ends_before_it_began_is_none(looked: Looked, hours: int) -> None:
    with pytest.raises(WindowUnclear):
        Span(since=looked.span.since, until=looked.span.since + timedelta(hours=hours))


async def test_the_usual_window_are_the_last_seven_days(looked: Looked) -> None:
    span = looked.lab.usual_span()
    assert span.until - span.since == timedelta(days=7)
    assert abs(span.until - looked.span.until + timedelta(hours=2)) < timedelta(minutes=5)


async def test_a_list_is_compared_with_one_version_throughout(
    looked: Looked, shared_service: Service
) -> None:
    """Whoever activates another version between two pages changes nothing of it."""
    whole = told_of(await changed(looked))
    comparison = await looked.lab.comparison(looked.draft, looked.span, before=None, after=None)
    pages = [told_of(await looked.lab.page(comparison, offset=0, limit=7))]
    await with_policy(shared_service, approve_at_most=-3.0)
    pages += [
        told_of(await looked.lab.page(comparison, offset=offset, limit=7))
        for offset in range(7, len(whole), 7)
    ]
    assert [each for page in pages for each in page] == whole
