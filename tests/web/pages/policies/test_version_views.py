"""What a version's page offers to whom, what it says of the past, and how differences read."""

import pytest

from app.database.payments.shadow_decisions import ShadowComparison
from app.database.policies.policies import PolicyVersion
from app.review.access.people import Account
from app.triage.betting.paired import Comparison
from app.triage.policies.choices import Fallback
from app.triage.policies.order import differences
from app.triage.policies.policy import AmountBand, Bounds
from app.triage.policies.state import PolicyState
from app.web.pages.policies.diff import diff_rows
from app.web.pages.policies.version_row import version_row
from app.web.pages.policies.versions.comparison import comparison_view
from app.web.pages.policies.versions.history import chapter_rows
from app.web.pages.policies.versions.page import doors, foreseen
from app.web.pages.policies.versions.shadow import shadow_view
from app.workflows.policies.comparing import MOST_PAYMENTS, WhyNotCompared
from tests.web.pages.builders import BARBARA, GRACE, MARGARET, NOON, a_draft, a_policy, a_version
from tests.web.pages.policies.lab_builders import (
    a_chapter,
    a_comparison,
    a_disagreement,
    a_report,
    a_stored_simulation,
)


def opened(version: PolicyVersion, reader: Account) -> set[str]:
    found = doors(version, reader, is_simulated=True)
    names = ("start_shadow", "end_shadow", "approve", "activate", "activate_again", "schedule", "unschedule")
    return {name for name in names if getattr(found, name)}


@pytest.mark.parametrize(
    ("version", "reader", "names"),
    [
        (a_draft(author=GRACE), BARBARA, {"start_shadow", "approve"}),
        (a_draft(author=GRACE), GRACE, {"start_shadow"}),
        (a_draft(author=GRACE), MARGARET, set()),
        (a_draft(author=GRACE, state=PolicyState.SHADOW), BARBARA, {"end_shadow", "approve"}),
        (a_draft(author=GRACE, state=PolicyState.DRAFT), BARBARA, set()),
        (a_draft(state=PolicyState.APPROVED, approved_at=NOON), GRACE, {"activate", "schedule"}),
        (a_draft(state=PolicyState.SCHEDULED, approved_at=NOON), GRACE, {"activate", "unschedule"}),
        (a_version(3, state=PolicyState.RETIRED), GRACE, {"activate_again"}),
        (a_draft(4, state=PolicyState.RETIRED), GRACE, set()),
        (a_version(), GRACE, set()),
    ],
)
def test_everybody_is_offered_what_they_may_do_and_nothing_else(
    version: PolicyVersion, reader: Account, names: set[str]
) -> None:
    assert opened(version, reader) == names


def test_nobody_approves_what_was_never_simulated() -> None:
    assert not doors(a_draft(), BARBARA, is_simulated=False).approve
    assert "another manager" in doors(a_draft(author=GRACE), GRACE, is_simulated=True).why_not


def test_a_version_nobody_signed_was_withdrawn_not_retired() -> None:
    assert version_row(a_draft(4, state=PolicyState.RETIRED)).state == "withdrawn"
    assert version_row(a_version(4, state=PolicyState.RETIRED)).state == "retired"


def test_differences_read_as_values_with_their_units() -> None:
    band = AmountBand(amount_from=1000, bounds=Bounds(approve_at_most=-9, decline_at_least=0.5))
    changed = a_policy(
        approve_at_most=-6.25, audit_share_approved=0.01, spread_at_most=2.4,
        deadline_fallback=Fallback.DECLINE, bands=(band,),
    )  # fmt: skip
    rows = {row.name: (row.before, row.after) for row in diff_rows(differences(a_policy(), changed))}
    assert rows["Approve up to (logit)"] == ("\u22125.2", "\u22126.25")
    assert rows["Of approvals (%)"] == ("0.5", "1")
    assert rows["Spread above (logits)"] == ("no limit", "2.4")
    assert rows["An unknown past its deadline"] == ("goes on waiting", "is declined")
    assert rows["From 1000: approve up to"] == ("no limit", "\u22129")


def test_a_shadow_says_where_it_differs_and_what_is_known_of_it() -> None:
    shown = shadow_view(a_comparison(), [a_disagreement()], a_report(), NOON)
    assert shown.verdict.startswith("It agrees with what was decided on all but 1 payment")
    cell = shown.lines[0].cells[1]
    assert (cell.count, cell.is_same, cell.known) == (1, False, "1 known fraud")
    assert shown.disagreements[0].known == "fraud"
    nothing = shadow_view(ShadowComparison(cells=(), first_at=None, last_at=None), [], None, NOON)
    assert nothing.verdict == "It has seen no payment yet."


def test_a_challenger_reads_as_better_worse_or_neither_with_its_numbers() -> None:
    shown = comparison_view(a_report())
    assert shown is not None
    assert (shown.verdict, shown.tone) == ("better", "legit")
    assert "2026-06-01-job7 beside champion 2026-05-01a" in shown.sentences[0]
    assert "it saves +2.10 of squared error (Brier), between +0.40 and +3.80" in shown.sentences[1]
    assert "210 frauds" in shown.sentences[2]
    assert comparison_view(None) is None
    ended = comparison_view(a_report(payments=MOST_PAYMENTS))
    assert ended is not None
    assert ended.sentences[-1] == "No more enter: it has ended."


@pytest.mark.parametrize("why_not", WhyNotCompared)
def test_where_nothing_is_known_it_says_why(why_not: WhyNotCompared) -> None:
    shown = comparison_view(a_report(verdict=Comparison.NO_DIFFERENCE_YET, why_not=why_not))
    assert shown is not None
    assert shown.verdict == "no difference yet"
    assert not any("Brier" in sentence for sentence in shown.sentences)


def test_a_kept_simulation_shows_what_is_signed() -> None:
    shown = foreseen(a_stored_simulation())
    assert shown is not None
    assert any("Frauds approved unseen" in sentence for sentence in shown.statement)
    assert shown.rows[0][0] == "Automated"
    assert foreseen(None) is None


def test_history_tells_each_move_by_its_own_word() -> None:
    at_six = {"activates_at": "2026-05-02T06:00:00+00:00"}
    rows = chapter_rows(
        [
            a_chapter(a_version(), PolicyState.ACTIVE, details={"rollback": True}),
            a_chapter(a_version(), PolicyState.ACTIVE, details={"scheduled": True}),
            a_chapter(a_version(), PolicyState.SCHEDULED, details=at_six),
            a_chapter(a_draft(state=PolicyState.RETIRED), PolicyState.RETIRED),
            a_chapter(a_draft(), PolicyState.DRAFT),
        ]
    )
    assert [row.verb for row in rows] == [
        "activated again by a rollback",
        "activated as scheduled",
        "scheduled for 2 May 2026, 06:00 UTC",
        "withdrawn",
        "drafted",
    ]
    assert rows[-1].reason
    assert not rows[0].reason
