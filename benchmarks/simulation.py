"""The lab over a million stored scores: one slider move as a manager meets it, and the cold load.

A real service over a real PostgreSQL; each move is the page's own request, from one browser's session,
with other bounds each time: form, simulation, statement, warnings and the HTML of the answer.
"""

import asyncio
import re
import subprocess
import tempfile
import time
from pathlib import Path

import httpx
import numpy as np
from sqlalchemy import text

from app.database.server.embedded import attach
from app.database.server.session import connect
from benchmarks.service import BIN, served

ROWS = 1_000_000
MOVES = 120
FILLED_WITHIN_MS = 600_000
WARM_UP = 5

# A week of payments like the ones the model learned from: one in 600 a fraud, one in 50 audited and
# known, and every known fraud reported by its holder.
INSERTS = (
    "SELECT setseed(0.5)",
    "SET synchronous_commit = off",
    """
    CREATE TEMPORARY TABLE drawn AS
    SELECT n, payment_base(moment) + nextval('payment_numbers') AS id, moment, fraud,
        sqrt(-2 * ln(1 - a)) * cos(2 * pi() * b) * (CASE WHEN fraud THEN 3 ELSE 2 END)
        + (CASE WHEN fraud THEN 1 ELSE -12 END) AS evidence, c, d, e
    FROM (
        SELECT n, now() - (:rows - n) * interval '6 days' / :rows - interval '1 minute' AS moment,
            random() < 1 / 600.0 AS fraud, random() AS a, random() AS b, random() AS c, random() AS d,
            random() AS e
        FROM generate_series(1, :rows) n
    ) raw
    """,
    """
    INSERT INTO payment_keys (key, payment_id)
    SELECT payment_identity((SELECT min(id) FROM clients), 'bench-' || n), id FROM drawn
    """,
    "INSERT INTO feature_lists (names) VALUES ('{}') ON CONFLICT (names) DO NOTHING",
    """
    INSERT INTO payments (
        id, position, occurred_at, received_at, label_propensity, evidence_fraud, margin, spread,
        interval_low, interval_high, probability, entropy, expected_entropy, mutual_information,
        predictive_variance, novelty, client_id, policy_id, feature_list, transaction_id, body_sha256, amount,
        currency, label, reason, device, features, attributes
    )
    SELECT drawn.id, CASE WHEN decided.label <> 'unknown'
        THEN outcome_position(outcome_epoch(), (pg_current_xact_id()::text)::bigint) END, moment, moment,
        decided.propensity, round(evidence::numeric, 6), round(evidence::numeric, 6), 0.3 + d,
        evidence - 1, evidence + 1,
        1 / (1 + exp(-evidence - 2)), 0, 0, d / 100, 0, 100 * e, (SELECT min(id) FROM clients), p.id,
        (SELECT id FROM feature_lists WHERE names = '{}'), 'bench-' || n, '\\x00',
        round((-88 * ln(1 - c))::numeric, 2), 'EUR', decided.label, decided.reason, 'cpu', '{}', '{}'
    FROM drawn, policies p, LATERAL (
        SELECT 'legit' AS label, 'evidence_legit' AS reason, 0.02 AS propensity
        WHERE evidence <= approve_at_most
        UNION ALL SELECT 'fraud', 'evidence_fraud', 0.02
        WHERE evidence > approve_at_most AND evidence >= decline_at_least
        UNION ALL SELECT 'unknown', 'between_bounds', 1
        WHERE evidence > approve_at_most AND evidence < decline_at_least
    ) decided
    WHERE p.state = 'active'
    """,
    # None has an attribute: there is nothing to index.
    "UPDATE link_progress SET indexed_to = (SELECT max(id) FROM payments)",
    """
    INSERT INTO labels (
        transaction_id, label, source, occurred_at, learned_at, recorded_at, propensity
    )
    SELECT id, CASE WHEN fraud THEN 'fraud' ELSE 'legit' END, 'audit', now(), now(),
        now(), 0.02
    FROM drawn WHERE e < 0.02
    """,
    "ANALYZE payments, labels",
)


def figures() -> dict[str, float]:
    """Return `simulate_1m_ms`, `simulate_1m_p95_ms`, `simulate_1m_worst_ms` and `simulate_1m_cold_ms`."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "data"
        _tertium("key", "add", "bench", "--data-dir", str(folder))
        link = _tertium("user", "add", "bench", "--role", "manager", "--data-dir", str(folder))
        with served(folder) as port, attach(folder) as server:
            asyncio.run(_fill(server.url()))
            moves, cold = _moved(f"http://127.0.0.1:{port}", link.split("/login/")[-1].split()[0])
    return {
        "simulate_1m_ms": float(np.median(moves)),
        "simulate_1m_p95_ms": float(np.quantile(moves, 0.95)),
        "simulate_1m_worst_ms": max(moves),
        "simulate_1m_cold_ms": cold,
    }


def _tertium(*words: str) -> str:
    done = subprocess.run([BIN / "tertium", *words], capture_output=True, text=True, check=True)
    return done.stdout


async def _fill(url: str) -> None:
    # A million rows take longer than any statement of the service may.
    engine = connect(url, statement_timeout_ms=FILLED_WITHIN_MS)
    async with engine.begin() as connection:
        for statement in INSERTS:
            await connection.execute(text(statement), {"rows": ROWS} if ":rows" in statement else {})
    await engine.dispose()


def _moved(url: str, token: str) -> tuple[list[float], float]:
    """Return how long each move took, and the first request of all (milliseconds)."""
    with httpx.Client(base_url=url, timeout=300, follow_redirects=True) as manager:
        manager.post(f"/login/{token}").raise_for_status()
        began = time.perf_counter()
        page = manager.get("/thresholds").raise_for_status().text
        cold = (time.perf_counter() - began) * 1000
        if f"{ROWS:,}".replace(",", "\u202f") not in page:
            raise SystemExit("the lab does not hold what was stored")
        fields = _fields(page)
        fields |= {"set_by": "hand", "deadline_fallback": "wait"}
        bound = float(fields["approve_at_most"])
        bounds = (bound + np.linspace(-3, 3, MOVES + WARM_UP)).tolist()
        took = [_one(manager, fields | {"approve_at_most": f"{each:.4f}"}) for each in bounds]
    return took[WARM_UP:], cold


def _fields(page: str) -> dict[str, str]:
    """Return what the page's inputs would send, but for those that are chosen among several."""
    attributes = [dict(re.findall(r'([\w-]+)="([^"]*)"', tag)) for tag in re.findall(r"<input\b[^>]*>", page)]
    return {
        each["name"]: each["value"]
        for each in attributes
        if {"name", "value"} <= each.keys() and each.get("type") not in {"radio", "checkbox"}
    }


def _one(manager: httpx.Client, fields: dict[str, str]) -> float:
    began = time.perf_counter()
    answer = manager.post("/thresholds/simulate", data=fields, headers={"X-Fragment": "1"})
    took = (time.perf_counter() - began) * 1000
    if answer.status_code != httpx.codes.OK or "figures-table" not in answer.text:
        raise SystemExit(f"a move was refused: {answer.text[:500]}")
    return took
