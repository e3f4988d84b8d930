"""A few weeks of the simulated year, as the benchmark `year` lives it, on the shipped model."""

from datetime import datetime
from pathlib import Path

import pytest

from app.triage.guarantee.standing import Standing
from app.triage.labels import Label
from app.triage.policies.state import PolicyState
from app.workflows.policies.guarantee import WhyNotKnown
from benchmarks.year.life import Life, Plan, life_of
from benchmarks.year.managers import Audits
from benchmarks.year.record import days_on_record, simulated, true_miss
from tests.databases import Databases
from tests.models import shipped_under

#: Everything comes sooner than in the year, and there are fewer payments.
WEEKS = Plan(
    days=32,
    drift_day=6,
    payments_a_day=120,
    audits=Audits(approved=0.06, declined=0.6),
    charged_back_after_days=3,
    age_days=5,
    challenged_after_days=0,
)
WITHOUT_AUDITS = Plan(
    days=18,
    drift_day=6,
    payments_a_day=100,
    charged_back_after_days=3,
    age_days=5,
    audits=Audits(approved=0.0, declined=0.0),
    stated="",
)


@pytest.mark.slow
async def test_the_alarm_comes_and_what_is_estimated_holds_the_truth(
    databases: Databases, tmp_path: Path
) -> None:
    models = shipped_under(tmp_path, "champion")

    async def the_same_again(now: datetime) -> str:
        assert now > datetime(2025, 1, 1 + WEEKS.drift_day, tzinfo=now.tzinfo)
        shipped_under(models, "challenger")
        return "challenger"

    async with (
        databases.borrowed() as url,
        life_of(WEEKS, url, models, train_challenger=the_same_again) as life,
    ):
        await life.live()
        assert life.days.alarm is not None
        assert life.days.alarm >= WEEKS.drift_day + WEEKS.age_days
        await _estimates_hold_the_truth(life)
        # The same model under another name is no better, and stays in shadow.
        assert life.days.challenged is not None
        assert life.days.better is life.days.promoted is None
        await _is_promoted_by_two(life)


async def _estimates_hold_the_truth(life: Life) -> None:
    """Review rates are those of the decisions; the intervals of misses hold what is true of them."""
    for since, until in ((0, WEEKS.drift_day), (WEEKS.drift_day, WEEKS.days)):
        outcome = (await simulated(life, since, until)).after
        paid = [each for day in life.paid[since:until] for each in day]
        assert outcome.labels.total == len(paid)
        assert outcome.labels.unknown == sum(each.label is Label.UNKNOWN for each in paid)
        miss = outcome.risk.miss_rate
        assert miss.value is not None
        assert miss.high is not None
        assert miss.low <= true_miss(life, since, until) <= miss.high
    wrong = [each for each in life.judged if each.said is not life.till.truths[each.transaction_id]]
    assert 0.02 < len(wrong) / len(life.judged) < 0.12


async def _is_promoted_by_two(life: Life) -> None:
    """Red where `Managers` lets one person draft and sign."""
    assert life.shadow_id is not None
    assert await life.managers.promote(life.shadow_id)
    lifecycle = life.services.policies.lifecycle
    newest = (await lifecycle.versions())[0]
    assert (newest.state, newest.policy.model_version) == (PolicyState.ACTIVE, "challenger")
    assert (newest.author, newest.approved_by) == ("Grace", "Barbara")
    assert newest.certificate is not None
    assert newest.policy.audit_share_declined == WEEKS.audits.declined
    assert await life.managers.shadow_id() is None
    alarm, challenged = life.days.alarm, life.days.challenged
    assert await days_on_record(life) == {
        "alarm": alarm,
        "challenged": challenged,
        "promoted": WEEKS.days + WEEKS.age_days + 1,
    }


async def test_without_audits_the_same_frauds_raise_no_alarm_and_nothing_is_known(
    databases: Databases, tmp_path: Path
) -> None:
    models = shipped_under(tmp_path, "champion")
    async with databases.borrowed() as url, life_of(WITHOUT_AUDITS, url, models) as life:
        await life.live()
        assert life.days.alarm is None
        seen = life.services.policies.guarantee.seen
        assert seen is not None
        assert (seen.standing, seen.why_not_known) == (Standing.NOT_KNOWN, WhyNotKnown.DECLINES_NOT_AUDITED)
        risk = (await simulated(life, WITHOUT_AUDITS.drift_day, WITHOUT_AUDITS.days)).after.risk
        assert risk.miss_rate.value is None
        assert set(risk.not_known) == {Label.LEGIT, Label.FRAUD}
        assert true_miss(life, WITHOUT_AUDITS.drift_day, WITHOUT_AUDITS.days) > 2 * seen.promised.miss_rate
