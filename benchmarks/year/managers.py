"""What the two managers of the year do: set the house's audits, and promote a challenger, never alone."""

from dataclasses import dataclass, replace
from datetime import timedelta

from app.review.access.people import Account
from app.triage.certificate import Certificate
from app.triage.guard_rails import Guard
from app.triage.policies.approval import OwnPolicyApproved
from app.triage.policies.policy import Policy
from app.triage.policies.state import PolicyState
from app.web.services import Services
from app.workflows.policies.drafts import Draft
from app.workflows.policies.ground import Ground
from app.workflows.policies.lab.trials import Span
from app.workflows.policies.proposals import Wish

#: What a draft is simulated on, and signed for.
LOOK_BACK = timedelta(days=28)
ANSWERS = dict.fromkeys(Guard, "Looked at by both of us: it is what the comparison and the alarm say.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Audits:
    """The shares of what the machine decides that people look at all the same."""

    approved: float
    declined: float

    def of(self, policy: Policy) -> Policy:
        """Return a policy with these audits."""
        return replace(policy, audit_share_approved=self.approved, audit_share_declined=self.declined)


@dataclass(frozen=True, slots=True, kw_only=True)
class Managers:
    """One drafts and activates, the other signs."""

    services: Services
    author: Account
    signer: Account
    audits: Audits

    async def set_audits(self) -> None:
        """Let the first policy decide with the house's audits."""
        await self._put_in_force(self.services.models.serving.pair.policy_id, why="The house's audits.")

    async def shadow_id(self) -> int | None:
        """Return the version in shadow, if there is one."""
        versions = await self.services.policies.lifecycle.versions()
        return next((each.id for each in versions if each.state is PolicyState.SHADOW), None)

    async def promote(self, policy_id: int) -> bool:
        """Let the version in shadow decide, with the house's audits; whether its author could not sign."""
        await self.services.policies.lifecycle.end_shadow(self.author, policy_id, self._ground())
        return await self._put_in_force(
            policy_id, why="The challenger is better, and the promise was broken."
        )

    async def _put_in_force(self, parent_id: int, *, why: str) -> bool:
        lifecycle, span = self.services.policies.lifecycle, self._span()
        parent = await lifecycle.version(parent_id)
        policy = self.audits.of(parent.policy)
        draft = Draft(
            policy=policy,
            reason=why,
            parent_id=parent_id,
            certificate=await self._certificate(policy, parent_id),
            answers=ANSWERS,
        )
        policy_id = await lifecycle.draft(self.author, draft, span)
        was_refused = not await self._signed_by(self.author, policy_id)
        await self._signed_by(self.signer, policy_id)
        await lifecycle.activate(self.author, policy_id, self._ground(), reason=why, answers=ANSWERS)
        return was_refused

    async def _certificate(self, policy: Policy, parent_id: int) -> Certificate | None:
        return await self.services.policies.proposals.certificate(
            policy, Wish(), self._span(), parent_id=parent_id
        )

    async def _signed_by(self, manager: Account, policy_id: int) -> bool:
        """Sign the newest statement; False: whoever drafted a version does not sign it."""
        simulation = await self.services.policies.lifecycle.newest_simulation(policy_id)
        if simulation is None:
            raise LookupError(f"version {policy_id} was never simulated")
        try:
            await self.services.policies.lifecycle.approve(
                manager, policy_id, self._ground(), simulation_id=simulation.id, answers=ANSWERS
            )
        except OwnPolicyApproved:
            return False
        return True

    def _span(self) -> Span:
        now = self.services.clock()
        return Span(since=now - LOOK_BACK, until=now)

    def _ground(self) -> Ground:
        return Ground(active_id=self.services.models.serving.pair.policy_id)
