"""The services that requests are handed: a container for each wing, and all of them together."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, TypeVar

from fastapi import Depends, Request

from app.observability.metrics import Metrics
from app.review.card_issuers import CardIssuers
from app.review.card_numbers.rule import CardNumberRule
from app.review.jobs import Asking
from app.workflows.access.accounts import Accounts
from app.workflows.access.administration import Administration
from app.workflows.access.api_keys import ApiKeys, KeyAdministration
from app.workflows.access.revocations import AccessChanges
from app.workflows.background import BackgroundWork
from app.workflows.cases.case_groups import CaseGroups
from app.workflows.cases.claims import Claims
from app.workflows.cases.discussion.discussions import Discussions
from app.workflows.cases.discussion.forgetting import MessageForgetting
from app.workflows.cases.discussion.messages import Messages
from app.workflows.cases.entities import EntityRecords
from app.workflows.cases.entity_lists import EntityLists
from app.workflows.cases.explanations import CaseExplainer
from app.workflows.cases.keeping.assigning import Assigning
from app.workflows.cases.keeping.returns import ReturnWatch
from app.workflows.cases.keeping.waiting import Waiting
from app.workflows.cases.linked_payments import LinkedPayments
from app.workflows.cases.lookup import CaseLookup
from app.workflows.cases.payment_records import PaymentRecords
from app.workflows.cases.story import StoryReader
from app.workflows.cases.verdicts import Verdicts
from app.workflows.cases.worklists.exports import CaseExports
from app.workflows.cases.worklists.queue_views import QueueViews
from app.workflows.cases.worklists.selections import Selections
from app.workflows.jobs.challenger import NightlyChallenger
from app.workflows.jobs.inference import SchemaGuesses
from app.workflows.jobs.jobs import Jobs
from app.workflows.jobs.received_files import ReceivedFiles
from app.workflows.jobs.runner import JobRunner
from app.workflows.jobs.training_files import TrainingFiles
from app.workflows.models.installed import InstalledModels
from app.workflows.models.serving import Serving
from app.workflows.operations.breaches import BreachWatch
from app.workflows.operations.case_lists import CaseLists
from app.workflows.operations.figures import OperatingFigures
from app.workflows.operations.quality import Quality
from app.workflows.operations.queue_monitor import QueueMonitor
from app.workflows.payments.exchange_rates import ExchangeRates
from app.workflows.payments.feed_watch import FeedMonitor
from app.workflows.payments.history.maturing import FraudMaturing
from app.workflows.payments.intake import Intake
from app.workflows.payments.lists_in_force import ListsInForce
from app.workflows.payments.scoring import GuardedScorer
from app.workflows.payments.transaction_status import TransactionStatus
from app.workflows.payments.upkeep import PaymentUpkeep
from app.workflows.policies.challengers import Challengers
from app.workflows.policies.comparing import ShadowComparisons
from app.workflows.policies.drift.watch import DriftWatch
from app.workflows.policies.first_policies import FirstPolicies
from app.workflows.policies.guarantee import GuaranteeWatch
from app.workflows.policies.lab.policy_lab import PolicyLab
from app.workflows.policies.lifecycle import PolicyLifecycle
from app.workflows.policies.proposals import ThresholdProposals


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentServices:
    """Payments: taking them in, telling what became of them."""

    intake: Intake
    transaction_status: TransactionStatus
    exchange_rates: ExchangeRates
    feed_watch: FeedMonitor
    upkeep: PaymentUpkeep
    maturing: FraudMaturing
    card_numbers: CardNumberRule
    lists_in_force: ListsInForce


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseServices:
    """Cases: who holds them, what is known of them, what is judged."""

    claims: Claims
    verdicts: Verdicts
    groups: CaseGroups
    lookup: CaseLookup
    views: QueueViews
    selections: Selections
    linked_payments: LinkedPayments
    story: StoryReader
    entities: EntityRecords
    issuers: CardIssuers
    payment_records: PaymentRecords
    explanations: CaseExplainer
    assigning: Assigning
    waiting: Waiting
    returns: ReturnWatch
    discussions: Discussions
    messages: Messages
    forgetting: MessageForgetting
    entity_lists: EntityLists
    exports: CaseExports
    #: How long somebody without scripts may hold a case: no heartbeat renews it.
    plain_lease: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationServices:
    """What supervisors, and whoever runs the machine, see."""

    queue_monitor: QueueMonitor
    case_lists: CaseLists
    quality: Quality
    figures: OperatingFigures
    breaches: BreachWatch
    #: What other machines have to know to read the metrics; None: they cannot.
    metrics_token: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyServices:
    """Policies: tried, proposed, put into force."""

    lab: PolicyLab
    lifecycle: PolicyLifecycle
    proposals: ThresholdProposals
    first: FirstPolicies
    guarantee: GuaranteeWatch
    challengers: Challengers
    comparisons: ShadowComparisons
    drift: DriftWatch


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelServices:
    """The model in force, what scores by it, and the models that are there."""

    serving: Serving
    scorer: GuardedScorer
    installed: InstalledModels


@dataclass(frozen=True, slots=True, kw_only=True)
class JobServices:
    """Work beside the requests: asked for, run, and what trainings are made of."""

    jobs: Jobs
    runner: JobRunner
    files: TrainingFiles
    guesses: SchemaGuesses
    received: ReceivedFiles
    #: What is asked for where somebody, or the night, wants a challenger.
    challenger: Asking
    nightly: NightlyChallenger


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessServices:
    """Who comes in, and by what."""

    accounts: Accounts
    api_keys: ApiKeys
    administration: Administration
    key_administration: KeyAdministration
    revocations: AccessChanges


ClockReading = Callable[[], datetime]
Service = TypeVar("Service")


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """All wings, wired once by `create_app`."""

    clock: ClockReading
    #: Which one this is: other installations on the same host have cookies of their own.
    installation: str
    payments: PaymentServices
    cases: CaseServices
    operations: OperationServices
    policies: PolicyServices
    models: ModelServices
    jobs: JobServices
    access: AccessServices
    pulse: BackgroundWork
    metrics: Metrics

    def notices(self) -> tuple[str, ...]:
        """Return what everybody must know now, one sentence each, for every page."""
        return (*self.payments.feed_watch.notices(), *self.policies.guarantee.notices())

    def warnings(self) -> tuple[str, ...]:
        """Return what somebody must look at, one sentence each."""
        watched = (self.policies.guarantee, self.policies.drift)
        return (*self.payments.feed_watch.warnings(), *(told for each in watched for told in each.notices()))

    async def exposition(self) -> bytes:
        """Return what this process counts, with what it reads of the database now and then."""
        await self.operations.figures.refresh()
        return self.metrics.exposition()


def services_of(request: Request) -> Services:
    """Return the services of this application."""
    services: Services = request.app.state.services
    return services


def _given(read: Callable[[Services], Service]) -> Callable[[Request], Awaitable[Service]]:
    """Return a dependency: a coroutine, for FastAPI sends a plain function to a thread of its own."""

    async def given(request: Request) -> Service:
        return read(services_of(request))

    return given


AllServices = Annotated[Services, Depends(_given(lambda services: services))]
Payments = Annotated[PaymentServices, Depends(_given(lambda services: services.payments))]
Cases = Annotated[CaseServices, Depends(_given(lambda services: services.cases))]
Operations = Annotated[OperationServices, Depends(_given(lambda services: services.operations))]
Policies = Annotated[PolicyServices, Depends(_given(lambda services: services.policies))]
Models = Annotated[ModelServices, Depends(_given(lambda services: services.models))]
Jobbing = Annotated[JobServices, Depends(_given(lambda services: services.jobs))]
Access = Annotated[AccessServices, Depends(_given(lambda services: services.access))]
Clock = Annotated[ClockReading, Depends(_given(lambda services: services.clock))]
