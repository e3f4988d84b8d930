"""The services that requests are handed: a container for each wing, and all of them together."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import Depends, Request

from app.observability.metrics import Metrics
from app.workflows.access.accounts import Accounts
from app.workflows.access.administration import Administration
from app.workflows.access.api_keys import ApiKeys, KeyAdministration
from app.workflows.access.revocations import AccessChanges
from app.workflows.background import BackgroundWork
from app.workflows.cases.case_groups import CaseGroups
from app.workflows.cases.claims import Claims
from app.workflows.cases.explanations import CaseExplainer
from app.workflows.cases.linked_payments import LinkedPayments
from app.workflows.cases.lookup import CaseLookup
from app.workflows.cases.verdicts import Verdicts
from app.workflows.models.serving import Serving
from app.workflows.operations.case_lists import CaseLists
from app.workflows.operations.figures import OperatingFigures
from app.workflows.operations.quality import Quality
from app.workflows.operations.queue_monitor import QueueMonitor
from app.workflows.payments.exchange_rates import ExchangeRates
from app.workflows.payments.feed_watch import FeedMonitor
from app.workflows.payments.intake import Intake
from app.workflows.payments.scoring import GuardedScorer
from app.workflows.payments.transaction_status import TransactionStatus
from app.workflows.policies.lab import PolicyLab
from app.workflows.policies.lifecycle import PolicyLifecycle
from app.workflows.policies.proposals import ThresholdProposals


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentServices:
    """Payments: taking them in, telling what became of them."""

    intake: Intake
    transaction_status: TransactionStatus
    exchange_rates: ExchangeRates
    feed_watch: FeedMonitor


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseServices:
    """Cases: who holds them, what is known of them, what is judged."""

    claims: Claims
    verdicts: Verdicts
    groups: CaseGroups
    lookup: CaseLookup
    linked_payments: LinkedPayments
    explanations: CaseExplainer
    #: How long somebody without scripts may hold a case: no heartbeat renews it.
    plain_lease: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationServices:
    """What supervisors, and whoever runs the machine, see."""

    queue_monitor: QueueMonitor
    case_lists: CaseLists
    quality: Quality
    figures: OperatingFigures
    #: What other machines have to know to read the metrics; None: they cannot.
    metrics_token: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyServices:
    """Policies: tried, proposed, put into force."""

    lab: PolicyLab
    lifecycle: PolicyLifecycle
    proposals: ThresholdProposals


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelServices:
    """The model in force, and what scores by it."""

    serving: Serving
    scorer: GuardedScorer


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessServices:
    """Who comes in, and by what."""

    accounts: Accounts
    api_keys: ApiKeys
    administration: Administration
    key_administration: KeyAdministration
    revocations: AccessChanges


ClockReading = Callable[[], datetime]


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
    access: AccessServices
    pulse: BackgroundWork
    metrics: Metrics

    async def exposition(self) -> bytes:
        """Return what this process counts, with what it reads of the database now and then."""
        await self.operations.figures.refresh()
        return self.metrics.exposition()


def services_of(request: Request) -> Services:
    """Return the services of this application."""
    services: Services = request.app.state.services
    return services


# Each as a coroutine: FastAPI would send a plain function to a thread of its own.
async def all_services(request: Request) -> Services:
    """Hand a request all services: what concerns more than two wings."""
    return services_of(request)


async def payment_services(request: Request) -> PaymentServices:
    """Hand a request those of payments."""
    return services_of(request).payments


async def case_services(request: Request) -> CaseServices:
    """Hand a request those of cases."""
    return services_of(request).cases


async def operation_services(request: Request) -> OperationServices:
    """Hand a request those of operations."""
    return services_of(request).operations


async def policy_services(request: Request) -> PolicyServices:
    """Hand a request those of policies."""
    return services_of(request).policies


async def model_services(request: Request) -> ModelServices:
    """Hand a request those of models."""
    return services_of(request).models


async def access_services(request: Request) -> AccessServices:
    """Hand a request those of access."""
    return services_of(request).access


async def clock_reading(request: Request) -> ClockReading:
    """Hand a request the clock."""
    return services_of(request).clock


AllServices = Annotated[Services, Depends(all_services)]
Payments = Annotated[PaymentServices, Depends(payment_services)]
Cases = Annotated[CaseServices, Depends(case_services)]
Operations = Annotated[OperationServices, Depends(operation_services)]
Policies = Annotated[PolicyServices, Depends(policy_services)]
Models = Annotated[ModelServices, Depends(model_services)]
Access = Annotated[AccessServices, Depends(access_services)]
Clock = Annotated[ClockReading, Depends(clock_reading)]
