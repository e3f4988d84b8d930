"""A policy change of the past and its rollback, by two managers: nobody signs their own draft."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.review.access.people import Account
from app.triage.guard_rails import Guard
from app.web.services import ModelServices, PolicyServices
from app.workflows.policies.drafts import Draft
from app.workflows.policies.ground import Ground

#: Logits by which the change lets more payments through.
WIDENED_BY = 2.0
WHY = "Too many cases for three people: approve more of what looks ordinary."
ANSWER = "Known, and looked at again in two days."
AGREED = "Two days in shadow showed fewer cases."
WHY_BACK = "It lets more through than we want to answer for; the old thresholds decide again."

Move = Callable[[], Awaitable[None]]


@dataclass(kw_only=True)
class PolicyChange:
    """One version's way: drafted and in shadow, signed and active, rolled back."""

    policies: PolicyServices
    models: ModelServices
    author: Account
    approver: Account
    policy_id: int = 0

    def moves(self, ends_at: datetime) -> list[tuple[datetime, Move]]:
        """Return what is done when, in order."""
        return [
            (_day(ends_at, 8).replace(hour=10, minute=12), self.draft),
            (_day(ends_at, 6).replace(hour=14, minute=35), self.activate),
            (_day(ends_at, 4).replace(hour=9, minute=5), self.roll_back),
        ]

    async def draft(self) -> None:
        """Draft wider bounds, simulated on the days before, and let them look on from the shadow."""
        pair, lifecycle = self.models.serving.pair, self.policies.lifecycle
        wider = replace(pair.policy, approve_at_most=pair.policy.approve_at_most + WIDENED_BY)
        draft = Draft(
            policy=wider,
            reason=WHY,
            parent_id=pair.policy_id,
            certificate=None,
            answers=dict.fromkeys(Guard, ANSWER),
        )
        self.policy_id = await lifecycle.draft(self.author, draft, self.policies.lab.usual_span())
        await lifecycle.start_shadow(self.author, self.policy_id, self._ground())

    async def activate(self) -> None:
        """Simulate again, let the other manager sign what that shows, and activate."""
        lifecycle = self.policies.lifecycle
        span = self.policies.lab.usual_span()
        simulation_id = await lifecycle.simulate(self.author, self.policy_id, span)
        answers = dict.fromkeys(Guard, ANSWER)
        await lifecycle.approve(
            self.approver, self.policy_id, self._ground(), simulation_id=simulation_id, answers=answers
        )
        await lifecycle.activate(self.author, self.policy_id, self._ground(), reason=AGREED, answers=answers)

    async def roll_back(self) -> None:
        """Let the version before decide again."""
        await self.policies.lifecycle.roll_back(self.approver, self._ground(), reason=WHY_BACK)

    def _ground(self) -> Ground:
        return Ground(active_id=self.models.serving.pair.policy_id)


def _day(ends_at: datetime, ago: int) -> datetime:
    return (ends_at - timedelta(days=ago)).replace(second=0, microsecond=0)
