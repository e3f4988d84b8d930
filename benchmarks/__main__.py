"""`make bench`: prints each figure as a line `figure NAME VALUE` and writes them to figures.json."""

import json
import sys
from pathlib import Path

from benchmarks import (
    certificates,
    challenger,
    claim,
    copies,
    demo,
    dropout,
    entity_page,
    failover,
    feed,
    freeze,
    growth,
    history,
    history_exact,
    history_intake,
    history_rebuild,
    intake,
    logs,
    next_case,
    own_payments,
    own_schema,
    populations,
    queue_page,
    restore,
    sequential,
    shut_out,
    simulation,
    workers,
    year,
)

BENCHMARKS = {
    "dropout": dropout.figures,
    "feed": feed.figures,
    "intake": intake.figures,
    "growth": growth.figures,
    "simulation": simulation.figures,
    "challenger": challenger.figures,
    "claim": claim.figures,
    "copies": copies.figures,
    "demo": demo.figures,
    "next-case": next_case.figures,
    "entity-page": entity_page.figures,
    "certificates": certificates.figures,
    "own-payments": own_payments.figures,
    "own-schema": own_schema.figures,
    "populations": populations.figures,
    "queue-page": queue_page.figures,
    "history-exact": history_exact.figures,
    "history-rebuild": history_rebuild.figures,
    "history-intake": history_intake.history_intake,
    "history-10m": history_intake.history_10m,
    "payments-history": history.payments_history,
    "freeze": freeze.figures,
    "restore": restore.figures,
    "sequential": sequential.figures,
    "failover": failover.figures,
    "logs": logs.figures,
    "shut-out": shut_out.figures,
    "workers": workers.figures,
    "year": year.figures,
}


def main() -> None:
    """Run all benchmarks, or those named on the command line."""
    unknown = [name for name in sys.argv[1:] if name not in BENCHMARKS]
    if unknown:
        sys.exit(f"There is no benchmark {', '.join(unknown)}. There are: {', '.join(BENCHMARKS)}.")
    measured: dict[str, float] = {}
    for name in sys.argv[1:] or BENCHMARKS:
        found = BENCHMARKS[name]()
        measured |= found
        for figure, value in found.items():
            print(f"figure {figure} {value:.4g}", flush=True)
    Path("figures.json").write_text(json.dumps(measured, indent=2) + "\n")


if __name__ == "__main__":
    main()
