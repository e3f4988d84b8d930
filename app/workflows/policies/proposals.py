"""Thresholds proposed to a manager and never applied automatically: by guarantee, by cost, by capacity."""

import asyncio
from dataclasses import dataclass, replace
from datetime import UTC
from enum import StrEnum

import numpy as np
from sqlalchemy.ext.asyncio import AsyncEngine

from app.artifacts import Model
from app.database.cases import cases
from app.database.policies import policies
from app.database.server.session import transaction
from app.scoring.calibration.calibrator import Calibrator
from app.scoring.templated_text import Templated
from app.triage.certificate import Certificate, Kind, Method, Promise, PromiseInfeasible
from app.triage.labels import STANDINGS, Standing
from app.triage.policies.order import approves_no_more, declines_alike
from app.triage.policies.policy import Policy
from app.triage.simulation.observed import MINIMUM
from app.triage.simulation.replay import ReplayTable, replay
from app.triage.tuning.capacity import propose_by_capacity
from app.triage.tuning.certified import propose_certified
from app.triage.tuning.cost import banding_regret, propose_by_cost
from app.triage.tuning.evidence import LabelledScores
from app.triage.tuning.from_window import labelled_window
from app.triage.tuning.grid import grid_of
from app.triage.tuning.promised_steps import promised_steps
from app.triage.written_numbers import few
from app.workflows.models.serving import LoadedModels
from app.workflows.policies.lab.policy_lab import PolicyLab
from app.workflows.policies.lab.trials import Span
from app.workflows.policies.promise_steps import PricedSteps, priced


class SetBy(StrEnum):
    """How bounds are set."""

    HAND = "hand"
    PROMISE = "promise"
    COST = "cost"
    CAPACITY = "capacity"


class Source(StrEnum):
    """What a promise is set on."""

    CALIBRATION = "calibration"
    LABELS = "labels"


#: What is promised where nobody says.
USUAL_PROMISE = Promise(miss_rate=0.1)


class CostsNeedMargin(ValueError):
    """Costs set bounds on models with one margin only: this model has its own evidence for legit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """How a manager wants the bounds to be set."""

    set_by: SetBy = SetBy.HAND
    #: What is to be promised; needed where a promise sets the bounds.
    promise: Promise | None = None
    method: Method = Method.NEYMAN_PEARSON
    source: Source = Source.CALIBRATION


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """Proposed thresholds with their certificate and warnings."""

    policy: Policy
    certificate: Certificate | None = None
    notes: tuple[str, ...] = ()
    #: What one more review, and one more hour of an analyst, would save (currency); None where not asked.
    price_per_review: float | None = None
    price_per_analyst_hour: float | None = None


class ThresholdProposals:
    """Works out bounds from a wish; nothing is stored."""

    def __init__(self, engine: AsyncEngine, shelf: LoadedModels, lab: PolicyLab) -> None:
        self._engine = engine
        self._shelf = shelf
        self._lab = lab

    async def propose(self, base: Policy, wish: Wish, span: Span) -> Proposed:
        """Return the base policy with other bounds; its gates, costs and staffing stay.

        Raises `PromiseInfeasible`, `PolicyImpossible`, `CostsNeedMargin` and `ArtifactRefused`.
        """
        laid = await self._lab.windows.laid(base.model_version, span)
        bench = laid.bench
        if wish.set_by is SetBy.PROMISE:
            policy, certificate = await self._certified(base, wish, bench, span)
            return Proposed(policy=policy, certificate=certificate)
        if wish.set_by is SetBy.COST:
            calibrator = self._calibrator(base.model_version, bench)
            policy = await asyncio.to_thread(propose_by_cost, base, calibrator)
            return Proposed(policy=policy, notes=await asyncio.to_thread(_regret, bench, policy))
        if wish.set_by is SetBy.CAPACITY:
            calibrator = self._calibrator(base.model_version, bench)
            found = await asyncio.to_thread(propose_by_capacity, bench, base, calibrator)
            return Proposed(
                policy=found.policy,
                price_per_review=found.price_per_review,
                price_per_analyst_hour=found.price_per_analyst_hour,
                notes=await asyncio.to_thread(_regret, bench, found.policy),
            )
        return Proposed(policy=base)

    async def steps(self, base: Policy, wish: Wish, span: Span) -> PricedSteps:
        """Return what other promises on the base policy would cost, worked out to be chosen from.

        Confidence, what is promised of declines, and the source are those of the wish. Raises what
        `propose` raises.
        """
        laid = await self._lab.windows.laid(base.model_version, span)
        evidence = await self._evidence(base.model_version, wish.source, laid.bench, span)
        promise = replace(wish.promise or USUAL_PROMISE, false_decline_rate=None)
        steps = await asyncio.to_thread(promised_steps, base, evidence, promise)
        card = self._shelf.model(base.model_version).card
        return await asyncio.to_thread(priced, steps, laid.bench.window, card)

    async def certificate(
        self, policy: Policy, wish: Wish, span: Span, *, parent_id: int
    ) -> Certificate | None:
        """Return what a policy may promise when it is kept: what is wished, or what its parent promised.

        The wish is worked out anew: its certificate holds for every policy that approves no more. So
        does the parent's. A precision is promised only of the very same declines.

        Raises `PolicyNotFound` (the parent), and `PromiseInfeasible` for a wish that cannot be kept.
        """
        if wish.set_by is SetBy.PROMISE:
            laid = await self._lab.windows.laid(policy.model_version, span)
            proposed, certificate = await self._certified(policy, wish, laid.bench, span)
            return _kept(certificate, policy, proposed)
        async with transaction(self._engine) as connection:
            parent = await policies.by_id(connection, parent_id)
        return _kept(parent.certificate, policy, parent.policy)

    async def _certified(
        self, base: Policy, wish: Wish, bench: ReplayTable, span: Span
    ) -> tuple[Policy, Certificate]:
        if wish.promise is None:
            raise PromiseInfeasible(Templated("say what is to be promised"))
        evidence = await self._evidence(base.model_version, wish.source, bench, span)
        grid = await asyncio.to_thread(grid_of, bench, base)
        return await asyncio.to_thread(
            propose_certified, base, evidence, wish.promise, wish.method, grid=grid
        )

    async def _evidence(
        self, model_version: str, source: Source, bench: ReplayTable, span: Span
    ) -> LabelledScores:
        if source is Source.CALIBRATION:
            return _calibration_part(self._shelf.model(model_version))
        async with transaction(self._engine) as connection:
            waiting = await cases.waiting_since(connection, span.since, span.until)
        # The same window gives the same sample, so that a certificate can be worked out again.
        generator = np.random.Generator(np.random.PCG64(int(span.since.timestamp())))
        return await asyncio.to_thread(
            labelled_window, bench, waiting_cases=waiting, source=_named(span), generator=generator
        )

    def _calibrator(self, model_version: str, bench: ReplayTable) -> Calibrator:
        if bench.window.scores.evidence_legit is not None:
            raise CostsNeedMargin
        return self._shelf.model(model_version).scorer.calibrator


def _kept(certificate: Certificate | None, policy: Policy, certified: Policy) -> Certificate | None:
    """Return a certificate as far as it holds for another policy than the one it was given for."""
    if certificate is None or not approves_no_more(policy, certified):
        return None
    if declines_alike(policy, certified):
        return certificate
    return replace(certificate, decline_precision_at_least=None, false_decline_rate_at_most=None)


def _calibration_part(model: Model) -> LabelledScores:
    part = model.calibration
    if part is None:
        raise PromiseInfeasible(
            Templated(
                "model %(version)s does not hold its calibration part; set the promise on labels",
                version=model.version,
            )
        )
    return LabelledScores(
        scores=part.scores,
        standings=np.full(part.is_fraud.size, STANDINGS.index(Standing.SCORED), dtype=np.int8),
        amounts=None,
        is_fraud=part.is_fraud,
        legits=part.legits,
        legit_floor=part.legit_floor,
        base_rate=model.base_rate,
        rows_sha256=part.rows_sha256,
        source=Templated("the model's calibration part")
        if part.folds is None
        else Templated("the rows that taught the model"),
        kind=Kind.HELD_OUT if part.folds is None else Kind.CROSS_FITTED,
        chosen_among=model.certificate.chosen_among,
    )


def _regret(bench: ReplayTable, policy: Policy) -> tuple[str, ...]:
    """Say what the bands cost against bounds for every single amount."""
    window = bench.window
    labels = replay(bench, policy).labels
    regret = window.observed.per_day(banding_regret(labels, bench.probability, window.amounts, policy.costs))
    if regret is None:
        return (
            Templated(
                "What it would cost in a day is not known: %(observed)s, and it takes %(minimum)s.",
                observed=window.observed.told,
                minimum=MINIMUM,
            ),
        )
    return (
        Templated(
            "Against the cheapest decision for every single amount, these bands and gates cost about"
            " %(money)s more a day.",
            money=few(regret),
        ),
    )


def _named(span: Span) -> Templated:
    since, until = (f"{moment.astimezone(UTC):%d %b %Y %H:%M}" for moment in (span.since, span.until))
    return Templated("the labels of %(since)s to %(until)s UTC", since=since, until=until)
