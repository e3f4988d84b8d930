"""The services of the wings but cases, made of the parts."""

import sys
import time
from dataclasses import replace
from datetime import timedelta

from app.main.parts import Foundation, Parts, a_scorer
from app.review.jobs import JobKind
from app.web.services import (
    AccessServices,
    JobServices,
    ModelServices,
    OperationServices,
    PaymentServices,
    PolicyServices,
)
from app.workflows.access.accounts import Accounts
from app.workflows.access.administration import Administration
from app.workflows.access.api_keys import ApiKeys, KeyAdministration
from app.workflows.access.revocations import AccessChanges
from app.workflows.jobs.challenger import ChallengerWork, NightlyChallenger, ShadowDoor, a_challenger
from app.workflows.jobs.inference import SchemaGuesses
from app.workflows.jobs.jobs import Jobs
from app.workflows.jobs.received_files import ReceivedFiles
from app.workflows.jobs.report import JobWork
from app.workflows.jobs.runner import JobRunner
from app.workflows.jobs.training import TrainingCommand, TrainingWork
from app.workflows.jobs.training_files import TrainingFiles
from app.workflows.models.installed import InstalledModels
from app.workflows.operations.breaches import BreachWatch
from app.workflows.operations.case_lists import CaseLists
from app.workflows.operations.figures import OperatingFigures
from app.workflows.operations.quality import Quality
from app.workflows.operations.queue_monitor import QueueMonitor
from app.workflows.payments.history.maturing import FraudMaturing
from app.workflows.payments.intake import Intake
from app.workflows.payments.shadowing import ShadowScorer
from app.workflows.payments.transaction_status import OutcomeSignal, TransactionStatus
from app.workflows.payments.upkeep import PaymentUpkeep
from app.workflows.policies.challengers import Challengers
from app.workflows.policies.comparing import ShadowComparisons
from app.workflows.policies.drift.watch import DriftWatch
from app.workflows.policies.first_policies import FirstPolicies
from app.workflows.policies.guarantee import EnteringRule, GuaranteeWatch
from app.workflows.policies.lab.policy_lab import PolicyLab
from app.workflows.policies.lab.score_memory import ScoreMemory
from app.workflows.policies.lifecycle import PolicyLifecycle
from app.workflows.policies.proposals import ThresholdProposals


def payments(parts: Parts) -> PaymentServices:
    """Return what takes payments in, and tells what became of them."""
    base = parts.base
    return PaymentServices(
        intake=_intake(parts),
        transaction_status=TransactionStatus(
            engine=base.engine,
            shelf=base.shelf,
            scorer=a_scorer(base),
            news=OutcomeSignal(),
            clock=base.clock,
        ),
        exchange_rates=parts.exchange,
        feed_watch=parts.feeds,
        upkeep=PaymentUpkeep(base.engine, clock=base.clock),
        maturing=FraudMaturing(base.statements, parts.serving, clock=base.clock),
        card_numbers=parts.card_numbers,
        lists_in_force=parts.lists_in_force,
    )


def _intake(parts: Parts) -> Intake:
    base = parts.base
    return Intake(
        base.engine,
        base.statements,
        parts.serving,
        parts.scorer,
        lists_in_force=parts.lists_in_force,
        shadow_scorer=ShadowScorer(
            timeout_seconds=base.settings.scoring_timeout_ms / 1000, monotonic=time.monotonic
        ),
        clock=base.clock,
        opening=parts.opening,
        is_backlog_full=parts.recovery.is_backlog_full,
        wrong_feeds=parts.feeds.wrong_clients,
        metrics=base.metrics,
    )


def operations(parts: Parts) -> OperationServices:
    """Return what supervisors see, and the figures for whoever runs the machine: these are collected."""
    base = parts.base
    engine, clock, levels = base.engine, base.clock, base.settings.service_levels
    figures = OperatingFigures(
        {"transactions": engine, "statements": base.statements},
        parts.serving,
        parts.scorer,
        parts.recovery,
        levels=levels,
        clock=clock,
        monotonic=time.monotonic,
    )
    base.metrics.add_collector(figures)
    return OperationServices(
        queue_monitor=QueueMonitor(
            engine,
            clock=clock,
            monotonic=time.monotonic,
            levels=levels,
            staffing=lambda: parts.serving.pair.policy.staffing,
        ),
        case_lists=CaseLists(engine=engine, clock=clock, levels=levels),
        breaches=BreachWatch(engine=engine, clock=clock, levels=levels),
        quality=_quality(base),
        figures=figures,
        metrics_token=base.settings.metrics_secret,
    )


def _quality(base: Foundation) -> Quality:
    return Quality(
        engine=base.engine, clock=base.clock, report_age=timedelta(days=base.settings.guarantee_age_days)
    )


def policies(parts: Parts) -> PolicyServices:
    """Return what managers work with."""
    base = parts.base
    lab = PolicyLab(
        base.engine,
        parts.serving,
        ScoreMemory(base.engine, clock=base.clock),
        clock=base.clock,
        measured=_quality(base).measured,
    )
    rule = EnteringRule(
        age=timedelta(days=base.settings.guarantee_age_days), stated=base.settings.guarantee_sources
    )
    first = FirstPolicies(base.engine, lab, clock=base.clock)
    lifecycle = PolicyLifecycle(base.engine, parts.serving, lab, clock=base.clock)
    return PolicyServices(
        lab=lab,
        lifecycle=lifecycle,
        proposals=ThresholdProposals(base.engine, base.shelf, lab),
        first=first,
        guarantee=GuaranteeWatch(base.engine, rule=rule, clock=base.clock),
        challengers=Challengers(base.engine, base.shelf, lab=lab, lifecycle=lifecycle, first=first),
        comparisons=ShadowComparisons(base.engine, rule=rule, clock=base.clock),
        drift=DriftWatch(base.engine, parts.serving, rule=rule, clock=base.clock),
    )


def models(parts: Parts) -> ModelServices:
    """Return the model in force, and those that could be."""
    base = parts.base
    return ModelServices(
        serving=parts.serving,
        scorer=parts.scorer,
        installed=InstalledModels(base.engine, base.shelf),
    )


#: The command, called by the interpreter that serves: what is beside it on the path is not looked at.
COMMAND = (sys.executable, "-P", "-c", "from app.cli.commands import tertium; tertium()")
MEGABYTE = 1_000_000


def jobs(base: Foundation, challengers: Challengers) -> JobServices:
    """Return what runs beside requests because somebody asked for it."""
    settings, engine, clock = base.settings, base.engine, base.clock
    files = TrainingFiles(settings.training_files_dir, most_bytes=settings.training_upload_mb * MEGABYTE)
    training = TrainingCommand(words=COMMAND, models_dir=settings.models_dir, recipe=settings.training_recipe)
    door = ShadowDoor(refusal=challengers.refusal, enter=challengers.enter)
    challenger = ChallengerWork(
        replace(training, split=settings.challenger_split),
        door,
        database_url=base.url,
        stated=settings.guarantee_sources,
    )
    works: dict[JobKind, JobWork] = {
        JobKind.TRAINING: TrainingWork(files, training),
        JobKind.CHALLENGER: challenger,
    }
    wanted = a_challenger(settings.challenger_days)
    return JobServices(
        jobs=Jobs(engine, clock=clock),
        runner=JobRunner(engine, base.statements, works, clock=clock),
        files=files,
        guesses=SchemaGuesses(files, COMMAND),
        challenger=wanted,
        nightly=NightlyChallenger(
            engine,
            wanted,
            hour=settings.challenger_hour,
            is_one_in_shadow=challengers.is_one_in_shadow,
            clock=clock,
        ),
        received=ReceivedFiles(engine, files, clock=clock),
    )


def access(base: Foundation) -> AccessServices:
    """Return by what people and programs come in."""
    engine, clock = base.engine, base.clock
    accounts = Accounts(engine, clock=clock, session_lasts=timedelta(hours=base.settings.session_hours))
    return AccessServices(
        accounts=accounts,
        api_keys=ApiKeys(engine, monotonic=time.monotonic),
        administration=Administration(engine=engine, clock=clock, people=accounts),
        key_administration=KeyAdministration(engine=engine, clock=clock),
        revocations=AccessChanges(),
    )
