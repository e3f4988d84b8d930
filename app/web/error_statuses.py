"""The one table from what went wrong to an HTTP status."""

from app.artifacts import ArtifactRefused
from app.database.access.accounts import AccountNotFound, NameTaken
from app.database.policies.lifecycle import PolicyMoveRefused
from app.database.policies.policies import PolicyNotFound
from app.database.server.copy_binary import CopyUnreadable
from app.database.server.session import DatabaseUnavailable, RowRefused
from app.review.access.administration import (
    AccessChanged,
    AccessUnchanged,
    AccountChanged,
    AdminNoMore,
    KeyNotFound,
    KeyRevoked,
    LastAdmin,
    OverlapImpossible,
    RoleImpossible,
    WhyMissing,
)
from app.review.access.hotkeys import KeyImpossible, KeyTaken
from app.review.access.people import NameImpossible, PasswordImpossible
from app.review.answer import DecisionNotFound, PaymentNotFound, TransactionConflict, TransactionNotFound
from app.review.card_numbers.rule import CardNumberWritten
from app.review.case import (
    CaseAlreadyJudged,
    CaseKept,
    CaseNotFound,
    CaseNotYours,
    ColleagueUnknown,
    FirstVerdictMissing,
    LeaseLost,
    NoteMissing,
    NothingToUndo,
    VerdictReplaced,
)
from app.review.discussion.attachments import AttachmentRefused, TooManyAttachments
from app.review.discussion.comments import CommentUnclear, TooManyComments
from app.review.discussion.messages import TimeZoneUnknown
from app.review.feed_status import FeedNotWrong
from app.review.groups.judgement import (
    GroupChanged,
    GroupGone,
    GroupSizeRefused,
    GroupUnconfirmed,
    OwnProposal,
    ProposalGone,
    ReasonMissing,
    SecondPersonNeeded,
)
from app.review.jobs import JobEnded, JobNotFound, JobNotToBeRetried
from app.review.keeping.assignment import AssignmentChanged, CaseLookedAt, NotAssigned
from app.review.keeping.waiting import NotWaiting, WaitImpossible
from app.review.lists.entry import (
    BlindReviewUnderWay,
    EntityListed,
    EntryNotFound,
    EntryOver,
    ExpiryImpossible,
    ExpiryMissing,
    ListReasonMissing,
    ListValueImpossible,
    OwnListProposal,
)
from app.review.lists.rules import ListingNotAllowed
from app.review.queue.selection import SelectionRefused, SelectionStale
from app.review.queue.views import (
    TooManyViews,
    ViewChanged,
    ViewNameImpossible,
    ViewNameTaken,
    ViewNotFound,
    ViewNotYours,
)
from app.triage.certificate import PromiseInfeasible
from app.triage.guard_rails import WarningsUnanswered
from app.triage.policies.approval import OwnPolicyApproved
from app.triage.policies.document import PolicyNotAsShown
from app.triage.refusal import PolicyImpossible
from app.web.dependencies import (
    FormForged,
    NotAllowed,
    NotLoggedIn,
    OriginUnknown,
    OtherAccount,
    ShutOut,
)
from app.web.pages.typed_moment import MomentUnclear
from app.web.pages.typed_number import NumberUnclear
from app.web.pages.typed_sentence import SentenceUnclear
from app.web.problems import (
    BatchTooLarge,
    BodyUnreadable,
    InvalidTransaction,
    KeyRepeated,
    MediaTypeRefused,
)
from app.workflows.access.accounts import LoginRefused, TokenUnknown, TooManyAttempts
from app.workflows.access.api_keys import KeyUnknown
from app.workflows.cases.discussion.discussions import AttachmentNotFound
from app.workflows.cases.discussion.messages import MessageNotFound, TooManyStreams
from app.workflows.cases.entities import EntityNotFound
from app.workflows.cases.worklists.exports import CaseStillHidden
from app.workflows.jobs.training_files import (
    TrainingFileGone,
    TrainingFileNotKept,
    TrainingFileRefused,
    TrainingFileTooLarge,
    TrainingFolderMissing,
)
from app.workflows.models.installed import ModelNotFound, ReportNotFound
from app.workflows.operations.case_lists import HoldChanged
from app.workflows.operations.queue_monitor import TooManyWatchers
from app.workflows.payments.answering import BacklogFull
from app.workflows.payments.group_commit import ShuttingDown, TooManyWaiting
from app.workflows.payments.intake import IntakeFailed
from app.workflows.payments.transaction_status import CursorUnknown, ModelAway
from app.workflows.policies.lab.trials import WindowUnclear
from app.workflows.policies.proposals import CostsNeedMargin
from app.workflows.policies.refusals import (
    ActivationInThePast,
    GroundChanged,
    ModelUnusable,
    NothingToRollBackTo,
    StatementEmpty,
    StatementMissing,
    StatementOutdated,
    TooManyShadows,
)

#: Every domain error there is; a test walks the code and finds each of them here. The sentence that
#: people and programs read is the error's own docstring.
STATUS: dict[type[Exception], int] = {
    AccessChanged: 409,
    AccessUnchanged: 409,
    AccountChanged: 403,
    AccountNotFound: 404,
    ActivationInThePast: 422,
    AdminNoMore: 403,
    ArtifactRefused: 503,
    AssignmentChanged: 409,
    AttachmentNotFound: 404,
    AttachmentRefused: 422,
    BacklogFull: 503,
    BatchTooLarge: 413,
    BlindReviewUnderWay: 409,
    BodyUnreadable: 400,
    CardNumberWritten: 422,
    CaseAlreadyJudged: 409,
    CaseKept: 409,
    CaseLookedAt: 409,
    CaseNotFound: 404,
    CaseNotYours: 403,
    CaseStillHidden: 409,
    ColleagueUnknown: 404,
    CommentUnclear: 422,
    CopyUnreadable: 503,
    CostsNeedMargin: 422,
    CursorUnknown: 410,
    DatabaseUnavailable: 503,
    DecisionNotFound: 404,
    EntityListed: 409,
    EntityNotFound: 404,
    EntryNotFound: 404,
    EntryOver: 409,
    ExpiryImpossible: 422,
    ExpiryMissing: 422,
    FeedNotWrong: 409,
    FirstVerdictMissing: 409,
    FormForged: 403,
    GroundChanged: 409,
    GroupChanged: 409,
    GroupGone: 404,
    GroupSizeRefused: 422,
    GroupUnconfirmed: 422,
    ReasonMissing: 422,
    HoldChanged: 409,
    IntakeFailed: 500,
    InvalidTransaction: 422,
    JobEnded: 409,
    JobNotFound: 404,
    JobNotToBeRetried: 409,
    KeyRepeated: 422,
    KeyImpossible: 422,
    KeyNotFound: 404,
    KeyRevoked: 409,
    KeyTaken: 409,
    KeyUnknown: 401,
    LastAdmin: 409,
    LeaseLost: 409,
    NoteMissing: 422,
    NothingToUndo: 409,
    ListReasonMissing: 422,
    ListValueImpossible: 422,
    ListingNotAllowed: 403,
    LoginRefused: 401,
    MediaTypeRefused: 415,
    MessageNotFound: 404,
    SelectionRefused: 422,
    SelectionStale: 409,
    TooManyViews: 409,
    ViewChanged: 409,
    ViewNameImpossible: 422,
    ViewNameTaken: 409,
    ViewNotFound: 404,
    ViewNotYours: 403,
    ModelAway: 503,
    ModelNotFound: 404,
    NameImpossible: 422,
    MomentUnclear: 422,
    NameTaken: 409,
    NotAllowed: 403,
    NotAssigned: 409,
    NotWaiting: 409,
    NotLoggedIn: 401,
    ModelUnusable: 409,
    NothingToRollBackTo: 409,
    OriginUnknown: 403,
    OtherAccount: 409,
    OverlapImpossible: 422,
    NumberUnclear: 422,
    OwnListProposal: 409,
    OwnPolicyApproved: 409,
    OwnProposal: 409,
    PasswordImpossible: 422,
    PaymentNotFound: 404,
    PolicyImpossible: 422,
    PolicyMoveRefused: 409,
    PolicyNotAsShown: 409,
    PolicyNotFound: 404,
    PromiseInfeasible: 422,
    ProposalGone: 409,
    ReportNotFound: 404,
    RoleImpossible: 422,
    RowRefused: 422,
    ShutOut: 401,
    ShuttingDown: 503,
    SecondPersonNeeded: 409,
    SentenceUnclear: 422,
    StatementEmpty: 409,
    StatementMissing: 409,
    StatementOutdated: 409,
    TimeZoneUnknown: 422,
    TokenUnknown: 401,
    TooManyAttempts: 429,
    TooManyAttachments: 409,
    TooManyComments: 409,
    TooManyShadows: 409,
    TooManyStreams: 503,
    TooManyWaiting: 503,
    TooManyWatchers: 503,
    TrainingFileGone: 404,
    TrainingFileNotKept: 503,
    TrainingFileRefused: 422,
    TrainingFileTooLarge: 413,
    TrainingFolderMissing: 409,
    TransactionConflict: 409,
    TransactionNotFound: 404,
    VerdictReplaced: 409,
    WaitImpossible: 422,
    WarningsUnanswered: 409,
    WhyMissing: 422,
    WindowUnclear: 422,
}
