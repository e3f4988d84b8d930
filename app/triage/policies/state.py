"""The life of a policy version: which state may follow which."""

from enum import StrEnum


class PolicyState(StrEnum):
    """Where a policy version stands."""

    DRAFT = "draft"
    SIMULATED = "simulated"
    SHADOW = "shadow"
    APPROVED = "approved"
    SCHEDULED = "scheduled"
    ACTIVE = "active"
    RETIRED = "retired"


#: Retired may become active again: that is what a rollback is. The database holds the same table.
NEXT_STATES: dict[PolicyState, frozenset[PolicyState]] = {
    PolicyState.DRAFT: frozenset({PolicyState.SIMULATED, PolicyState.RETIRED}),
    PolicyState.SIMULATED: frozenset({PolicyState.SHADOW, PolicyState.APPROVED, PolicyState.RETIRED}),
    PolicyState.SHADOW: frozenset({PolicyState.SIMULATED, PolicyState.APPROVED, PolicyState.RETIRED}),
    PolicyState.APPROVED: frozenset({PolicyState.SCHEDULED, PolicyState.ACTIVE, PolicyState.RETIRED}),
    PolicyState.SCHEDULED: frozenset({PolicyState.APPROVED, PolicyState.ACTIVE, PolicyState.RETIRED}),
    PolicyState.ACTIVE: frozenset({PolicyState.RETIRED}),
    PolicyState.RETIRED: frozenset({PolicyState.ACTIVE}),
}
