"""What a policy would have done, as the API says it: an unknown number is null, never 0."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, computed_field

from app.database.policies.simulations import StoredSimulation
from app.triage.guard_rails import Guard
from app.triage.labels import Label
from app.triage.policies.document import digest_of
from app.triage.policies.policy import Policy
from app.triage.simulation.observed import MINIMUM
from app.workflows.policies.lab.trials import Simulation, Span


class Out(BaseModel):
    """Made of the core's own objects, or of what is kept of them."""

    model_config = ConfigDict(from_attributes=True)


class WindowOut(Out):
    """The window looked back on."""

    since: datetime
    until: datetime


class EstimateOut(Out):
    """A number with its 95 % interval."""

    model_config = ConfigDict(
        from_attributes=True,
        json_schema_extra={"examples": [{"value": 3.4, "low": 0.7, "high": 10.2}]},
    )

    value: float | None = Field(
        description="Null: not known, because nobody looked there. Never read it as 0."
    )
    low: float
    high: float | None = Field(description="Null: nothing bounds it from above.")


OF_A_DAY = f"Null: not known, because less than {MINIMUM} were observed."


class LabelCountsOut(Out):
    """How many transactions carry each label."""

    fraud: int
    legit: int
    unknown: int


class WaitingOut(Out):
    """What the queue comes to."""

    cases: int
    median_wait: float | None = Field(description="Seconds; null: nobody works on the queue.")
    wait_95: float | None = Field(description="All but one case in twenty wait less (seconds).")
    longest_wait: float | None = Field(description="Seconds.")
    longest_queue: int
    left_over: int = Field(description="Cases still waiting when the window ends.")


class RiskOut(Out):
    """What is known of errors, from truths weighted by the probability with which they became known."""

    frauds_approved: EstimateOut
    amount_let_through: EstimateOut = Field(description="Amounts of the frauds approved (currency).")
    miss_rate: EstimateOut = Field(description="Frauds approved / all frauds.")
    legits_declined: EstimateOut
    false_decline_rate: EstimateOut = Field(description="Legits declined / all legits.")
    decline_precision: EstimateOut = Field(description="Frauds declined / all declined.")
    known: int = Field(description="Truths behind all this.")
    known_frauds: int
    known_frauds_approved: int = Field(description="A plain count, no estimate.")
    known_legits_declined: int = Field(description="A plain count, no estimate.")
    not_known: list[Label] = Field(description="Labels under which not one truth counts.")


class PolicyOutcomeOut(Out):
    """What one policy does to the window."""

    labels: LabelCountsOut
    review_rate: float | None = Field(description="Unknowns / all; null of an empty window.")
    coverage: float | None = Field(description="Automated / all; null of an empty window.")
    unknowns_per_day: float | None = Field(description=f"{OF_A_DAY} So is all that follows of a day.")
    audits_per_day: float | None
    analyst_hours_per_day: float | None
    waiting: WaitingOut | None = Field(description=OF_A_DAY)
    risk: RiskOut
    expected_cost_per_day: float | None = Field(description="By the calibrated probabilities (currency).")

    @computed_field
    def reviews_per_day(self) -> float | None:
        """Cases a day, audits included."""
        if self.unknowns_per_day is None or self.audits_per_day is None:
            return None
        return self.unknowns_per_day + self.audits_per_day


class ObservedOut(Out):
    """What rates are of: the decisions of a window, from the first to the last."""

    seconds: float
    decisions: int
    is_enough: bool = Field(description=f"Whether anything is known of a day: it takes {MINIMUM}.")


class CarrierOut(Out):
    """One transaction that carries much of an estimate."""

    transaction_id: str
    client: str
    source: str = Field(description="Who reported its truth; empty where a person decided it.")
    share: float = Field(description="Of `after.risk.frauds_approved`.")


class MoveOut(Out):
    """How many transactions go from one label to another."""

    before: Label
    after: Label
    count: int


class ResidualRiskOut(Out):
    """What signing would mean: let through knowingly, a day."""

    frauds_per_day: EstimateOut
    amount_per_day: EstimateOut = Field(description="Currency.")
    miss_rate: EstimateOut
    legits_declined_per_day: EstimateOut
    sentences: list[str] = Field(description="The statement as it is read and signed.")


class WarningOut(Out):
    """What has to be answered with a reason."""

    guard: Guard = Field(description="The key of its answer in `answers`.")
    sentence: str


class SimulationOut(Out):
    """What a policy would have done to past transactions, beside the active one."""

    window: WindowOut
    model_version: str
    currency: str = Field(description="Of all amounts; empty where the active model takes several.")
    transactions: int = Field(description="Scored by this model in the window.")
    held_since: datetime | None = Field(
        description="Set where the window begins before the oldest score held."
    )
    other_models: int = Field(description="Decisions of the window that another model scored; left out.")
    observed: ObservedOut
    is_signable: bool = Field(
        description="False: a longer window would say enough, so nobody can sign for this one."
    )
    carried_by: CarrierOut | None = Field(description="Null: no single truth carries much.")
    active_version: int
    digest: str = Field(description="Of the policy that was tried; a draft may say that it keeps this one.")
    before: PolicyOutcomeOut = Field(description="Of the active policy, or what was decided then.")
    after: PolicyOutcomeOut
    moves: list[MoveOut]
    statement: ResidualRiskOut
    warnings: list[WarningOut]

    @classmethod
    def of(cls, simulation: Simulation, policy: Policy) -> "SimulationOut":
        """Return what a policy would have done as it goes out."""
        return cls(
            digest=digest_of(policy),
            window=WindowOut.model_validate(simulation.span),
            model_version=simulation.model_version,
            currency=simulation.currency,
            transactions=simulation.transactions,
            held_since=simulation.held_since,
            other_models=simulation.other_models,
            observed=ObservedOut.model_validate(simulation.observed),
            is_signable=simulation.is_signable,
            carried_by=(
                None if simulation.carried_by is None else CarrierOut.model_validate(simulation.carried_by)
            ),
            active_version=simulation.active.id,
            before=PolicyOutcomeOut.model_validate(simulation.before),
            after=PolicyOutcomeOut.model_validate(simulation.after),
            moves=[MoveOut.model_validate(move) for move in simulation.moves],
            statement=ResidualRiskOut.model_validate(simulation.statement),
            warnings=[WarningOut.model_validate(warning) for warning in simulation.warnings],
        )


class StoredSimulationOut(Out):
    """A simulation kept with a version; a signature is given to one of these, by its id."""

    id: int
    window: WindowOut
    transactions: int
    computed_at: datetime
    computed_by: str
    model_version: str | None = Field(description="This and what follows is null in old records.")
    active_version: int | None
    currency: str | None
    observed: ObservedOut | None
    before: PolicyOutcomeOut | None
    after: PolicyOutcomeOut | None
    moves: list[MoveOut]
    statement: ResidualRiskOut | None
    warnings: list[WarningOut]

    @classmethod
    def of(cls, stored: StoredSimulation) -> "StoredSimulationOut":
        """Return a kept simulation as it goes out; records from before there were statements say less."""
        kept = stored.record
        told: dict[str, Any] = kept.result if kept.statement is not None else {}
        return cls.model_validate(
            {
                "id": stored.id,
                "window": Span(since=kept.window_start, until=kept.window_end),
                "transactions": kept.decisions,
                "computed_at": stored.computed_at,
                "computed_by": stored.computed_by,
                "statement": kept.statement,
                "warnings": kept.warnings,
                "moves": told.get("moves", []),
            }
            | {
                name: told.get(name)
                for name in ("model_version", "active_version", "currency", "observed", "before", "after")
            }
        )
