"""Cases, policies and simulations for pages to show."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID

from app.artifacts import Model, load_model, newest_model
from app.database.cases.cases import CaseFile, QueueState
from app.database.cases.claims import Reassignment
from app.database.payments.links.linked import Linked
from app.database.policies.policies import PolicyVersion
from app.review import blindness
from app.review.access.people import Account, Role
from app.review.case import Case, CaseKind, CaseState, Lease
from app.review.neighbours import Known, Nearest, Neighbour
from app.review.outcome import GroundTruth
from app.review.queue.service_level import Timeliness
from app.review.reason_codes import MOST, Code, ReasonCode
from app.scoring.explanation import Explanation
from app.settings import REPOSITORY
from app.triage.certificate import Certificate, Method
from app.triage.labels import Label, Reason
from app.triage.policies.choices import Fallback
from app.triage.policies.policy import Policy
from app.triage.policies.state import PolicyState
from app.web.dependencies import Notices
from app.web.pages.discussion.view import Place
from app.web.pages.frame import Frame, frame
from app.web.pages.review.case import CaseContext, CaseView, ModelView, case_view
from app.web.pages.review.facts import facts_of
from app.web.pages.review.header import Last, Notice, ReviewContext, ReviewPage, Undo, review_page
from app.web.pages.review.linked import linked_view
from app.web.pages.review.screen import blind_read, open_read
from app.web.pages.review.story import SentenceView
from app.web.pages.review.timeline import timeline_view
from app.workflows.cases.explanations import CaseExplanation, values_of
from app.workflows.models.serving import ActivePair
from tests.triage import builders as policies
from tests.web.pages.discussion.discussion_builders import a_discussion

NOON = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
LEASE = timedelta(minutes=3)
TOKEN = UUID(int=7)
ADA = Account(id=1, name="ada", display_name="Ada", role=Role.ANALYST)
GRACE = Account(id=2, name="grace", display_name="Grace", role=Role.MANAGER)
BARBARA = Account(id=3, name="barbara", display_name="Barbara", role=Role.MANAGER)
MARGARET = Account(id=4, name="margaret", display_name="Margaret", role=Role.ADMIN)
#: Two cases of which the first is shown with the machine's opinion and the second without.
SEEN, BLIND = 1, 20


@cache
def the_model() -> Model:
    return load_model(newest_model(REPOSITORY / "models"), device="cpu")


def a_policy(**changes: Any) -> Policy:
    """Return a policy of the shipped model."""
    shipped = {"model_version": the_model().version, "approve_at_most": -5.2, "decline_at_least": 1.9}
    return policies.a_policy(**(shipped | changes))


def a_score(evidence: float = -1.35) -> Mapping[str, float | None]:
    return {
        "evidence_fraud": evidence,
        "evidence_legit": None,
        "margin": evidence,
        "spread": 0.8,
        "interval_low": evidence - 1,
        "interval_high": evidence + 1,
        "probability": 0.2,
        "entropy": 0.5,
        "expected_entropy": 0.4,
        "mutual_information": 0.1,
        "predictive_variance": 0.01,
        "novelty": 80.0,
    }


def a_file(
    case_id: int = SEEN,
    *,
    kind: CaseKind = CaseKind.UNKNOWN,
    state: CaseState = CaseState.OPEN,
    reason: Reason = Reason.BETWEEN_BOUNDS,
    has_lease: bool = True,
    **changes: Any,
) -> CaseFile:
    lease = Lease(holder_id=ADA.id, token=TOKEN, expires_at=NOON + timedelta(seconds=151))
    values: dict[str, Any] = {
        "case": Case(
            id=case_id,
            transaction_key=5,
            kind=kind,
            state=state,
            lease=lease if has_lease else None,
            closed_at=None,
        ),
        "transaction_id": "order-8841",
        "client": "shop",
        "occurred_at": NOON - timedelta(minutes=6),
        "received_at": NOON - timedelta(minutes=6),
        "amount": Decimal("412.60"),
        "currency": "EUR",
        "features": dict.fromkeys(the_model().schema.names, 0.5),
        "attributes": {"device": "first seen today", "card": "8841"},
        "respond_by": NOON + timedelta(minutes=3),
        "fallback": Fallback.DECLINE,
        "opened_at": NOON - timedelta(minutes=6),
        "expected_loss": 86.5,
        "queue_loss": 86.5,
        "queue_rate": 1.0,
        "decision_id": 9,
        "label": Label.UNKNOWN,
        "reason": reason,
        "score": a_score(),
        "model_version": the_model().version,
        "policy_id": 1,
        "drawn_blind": case_id == BLIND,
    }
    return CaseFile(**(values | changes))


def is_blind(file: CaseFile) -> bool:
    """Whether the machine keeps its opinion on a case to itself."""
    return blindness.is_blind(
        file.case.kind, file.label, has_score=file.score is not None, drawn=file.drawn_blind
    )


def an_explanation(file: CaseFile) -> Explanation:
    model = the_model()
    vector = model.schema.vectorize([file.features], [float(file.amount)], [file.occurred_at])[0]
    return model.scorer.explain(vector)


def a_neighbour(label: GroundTruth = GroundTruth.FRAUD, **changes: Any) -> Neighbour:
    known = Known(
        transaction_key=77,
        label=label,
        source="chargeback",
        amount=Decimal("379.00"),
        currency="EUR",
        occurred_at=NOON - timedelta(days=40),
        learned_at=NOON - timedelta(days=2),
    )
    values: dict[str, Any] = {"known": known, "distance": 2.5, "percentile": 1.8}
    return Neighbour(**(values | changes))


def some_neighbours() -> Nearest:
    legit = a_neighbour(GroundTruth.LEGIT)
    return Nearest(
        frauds=(a_neighbour(),) * 3, legits=(legit, legit, a_neighbour(GroundTruth.LEGIT, percentile=None))
    )


#: Numbers of every reason code, as the core gives them.
NUMBERS: Mapping[Code, Mapping[str, float]] = {
    Code.EXTREME_FEATURES: {"V14": -1.0, "V10": 99.5},
    Code.UNUSUAL_AMOUNT: {"percentile": 98.5},
    Code.QUIET_HOUR: {"hour": 2, "share": 0.012, "payments": 2310},
    Code.LIKE_KNOWN_FRAUD: {"distance": 2.5},
    Code.NOVEL: {"novelty": 100.0, "limit": 99.99},
    Code.PASSES_DISAGREE: {"spread": 2.31, "limit": 1.8},
    Code.BETWEEN_BOUNDS: {"evidence": -1.35, "approve": -5.2, "decline": 1.9},
    Code.HIGH_EXPOSURE: {"expected_loss": 123.0},
    Code.RANDOM_AUDIT: {},
}


def a_pair() -> ActivePair:
    return ActivePair(policy_id=2, policy=a_policy(), model=the_model())


def some_grounds(file: CaseFile) -> CaseExplanation:
    is_readable = values_of(file, the_model()) is not None
    codes = tuple(ReasonCode(code=code, numbers=NUMBERS[code]) for code in list(NUMBERS)[:MOST])
    return CaseExplanation(
        explanation=an_explanation(file) if is_readable and file.score is not None else None,
        nearest=some_neighbours() if is_readable else None,
        codes=codes,
    )


def a_read(file: CaseFile, *, is_blind: bool = False) -> ModelView:
    return blind_read(file, the_model()) if is_blind else open_read(file, a_pair(), some_grounds(file))


SOME_STORY = (
    SentenceView(
        words="2 linked payments were confirmed fraud",
        address="/payments/4",
        stands_out=True,
        more=(("2", "/payments/3"),),
    ),
    SentenceView(words="Card: 1 payment in 24 h", address="/search?q=8841", stands_out=False),
)


def a_view(file: CaseFile | None = None, *, is_blind: bool = False) -> CaseView:
    shown = file or a_file()
    read = a_read(shown, is_blind=is_blind)
    beside = CaseContext(
        listings=(),
        story=SOME_STORY,
        facts=facts_of(shown.attributes, shown.features),
        linked=linked_view(Linked(payments=(), counts={}), shown.attributes, beside=NOON, now=NOON),
        timeline=timeline_view((), now=NOON),
        discussion=a_discussion(ADA, place=Place.REVIEW, is_hidden=is_blind),
        due_at=NOON + timedelta(minutes=14),
        timeliness=Timeliness.IN_TIME,
        handed=Reassignment(by_id=2, by_name="Grace", words="you know this shop"),
    )
    return case_view(shown, read, beside=beside, is_blind=is_blind, now=NOON, lease_duration=LEASE)


def a_frame(account: Account = ADA, here: str = "/review") -> Frame:
    return frame(account, "csrf", title="Review", here=here, notices=Notices())


def a_queue(**changes: Any) -> QueueState:
    values: dict[str, Any] = {
        "open": 37,
        "escalated": 2,
        "held": 3,
        "awaiting_customer": 2,
        "assigned_to_others": 1,
        "awaiting_model": 5,
        "oldest_opened_at": NOON - timedelta(minutes=14),
    }
    return QueueState(**(values | changes))


def a_review_page(case: CaseView | None, **changes: Any) -> ReviewPage:
    values: dict[str, Any] = {
        "judged": 12,
        "model_is_out": True,
        "undo_seconds": 10,
        "colleagues": (("grace", "Grace"),),
        "notice": Notice(sentence="It was not recorded.", note="asked the customer"),
        "last": Last(case_id=9, sentence="Case 9 to legit"),
        "undo": Undo(case_id=9, number="9", token=TOKEN, seconds=7, is_last=True),
    }
    now = changes.pop("now", NOON)
    return review_page(a_frame(), a_queue(), case, ReviewContext(**(values | changes)), now=now)


def a_certificate(**changes: Any) -> Certificate:
    """Return a promise of missing at most one fraud in ten."""
    values: dict[str, Any] = {
        "method": Method.NEYMAN_PEARSON,
        "confidence": 0.95,
        "frauds": 88,
        "rows_sha256": "00" * 32,
        "miss_rate_at_most": 0.1,
        "assumption": "all stays",
    }
    return Certificate(**(values | changes))


def a_version(version_id: int = 1, **changes: Any) -> PolicyVersion:
    values: dict[str, Any] = {
        "id": version_id,
        "policy": a_policy(),
        "state": PolicyState.ACTIVE,
        "parent_id": None,
        "certificate": a_certificate(),
        "warnings": (),
        "reason": "Shipped with the model.",
        "author_id": 90,
        "author": "Training",
        "created_at": NOON,
        "approver_id": 91,
        "approved_by": "First start",
        "approved_at": NOON,
        "activates_at": None,
    }
    return PolicyVersion(**(values | changes))


def a_draft(version_id: int = 2, *, author: Account = GRACE, **changes: Any) -> PolicyVersion:
    values: dict[str, Any] = {
        "state": PolicyState.SIMULATED,
        "certificate": None,
        "author_id": author.id,
        "author": author.display_name,
        "approver_id": None,
        "approved_by": None,
        "approved_at": None,
    }
    return a_version(version_id, **(values | changes))
