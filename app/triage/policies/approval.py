"""Who may approve a policy version: a second person. `APPROVE_POLICIES` says of which role."""


class OwnPolicyApproved(Exception):
    """A policy needs the approval of a second person, not of its author."""


def is_second_person(account_id: int, *, author_id: int) -> bool:
    """Whether somebody else than the author would approve; the database holds the same rule."""
    return account_id != author_id
