"""The state of a client's feed, and what a manager may answer when it is found wrong."""

from enum import StrEnum


class FeedStatus(StrEnum):
    """The state of one client's payments beside the training data."""

    #: Nothing speaks against it so far.
    WATCHED = "watched"
    #: It cannot be right as a whole: the policy says what becomes of its payments.
    WRONG = "wrong"
    #: A manager takes it as it is, until another model decides.
    ACCEPTED = "accepted"


class FeedAnswer(StrEnum):
    """What a manager does about a wrong feed."""

    #: The client mended it: the test begins anew.
    MENDED = "mended"
    #: It is as it should be: the client is left alone until another model decides.
    ACCEPTED = "accepted"


class FeedNotWrong(Exception):
    """This feed is no longer reported as wrong; somebody answered before you, or another model is active."""


STATUS_AFTER: dict[FeedAnswer, FeedStatus] = {
    FeedAnswer.MENDED: FeedStatus.WATCHED,
    FeedAnswer.ACCEPTED: FeedStatus.ACCEPTED,
}
