"""A simulation as it is kept with a version: plain values, readable for as long as the record is."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from app.database.policies.simulations import SimulationRecord
from app.triage.guard_rails import AnsweredWarning
from app.triage.simulation.observed import Observed
from app.workflows.policies.trials import Simulation


def record_of(simulation: Simulation) -> SimulationRecord:
    """Return what both policies did to the window, what moved, and what signing would mean."""
    return SimulationRecord(
        window_start=simulation.span.since,
        window_end=simulation.span.until,
        decisions=simulation.transactions,
        result={
            "active_version": simulation.active.id,
            "model_version": simulation.model_version,
            "currency": simulation.currency,
            "other_models": simulation.other_models,
            "observed": _observed(simulation.observed),
            "is_signable": simulation.is_signable,
            "before": asdict(simulation.before),
            "after": asdict(simulation.after),
            "moves": [asdict(move) for move in simulation.moves],
        },
        statement=asdict(simulation.statement),
        warnings=simulation.warnings,
    )


def _observed(observed: Observed) -> dict[str, Any]:
    return {"seconds": observed.seconds, "decisions": observed.decisions, "is_enough": observed.is_enough}


def answers_of(given: Sequence[AnsweredWarning]) -> list[dict[str, Any]]:
    """Return answered warnings as an event keeps them."""
    return [asdict(each) for each in given]
