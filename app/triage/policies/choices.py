"""What a policy chooses among, by the names under which it is written."""

from enum import StrEnum


class Fallback(StrEnum):
    """What becomes of an unknown nobody judged by its deadline."""

    WAIT = "wait"
    APPROVE = "approve"
    DECLINE = "decline"


class WrongFeed(StrEnum):
    """What becomes of the payments of a client whose feed is wrong as a whole."""

    REVIEW = "review"
    DECIDE = "decide"


class ListsInForce(StrEnum):
    """Which lists of entities decide payments."""

    BOTH = "both"
    BLOCK = "block"
    NONE = "none"


class AboveDecline(StrEnum):
    """What becomes of an allowed entity's payment that the bounds would decline."""

    DECLINE = "decline"
    APPROVE = "approve"
