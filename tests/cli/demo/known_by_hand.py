"""What was known of payments at a moment, worked out row by row: an oracle of the training view."""

from collections import Counter, defaultdict
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from tests.builders import rows


async def counted_by_hand(engine: AsyncEngine, moment: datetime) -> Counter[tuple[str, bool]]:
    """Return frauds and legits of each source whose chance is on record."""
    labels, verdicts = defaultdict(list), defaultdict(list)
    for row in await rows(engine, "SELECT * FROM labels ORDER BY learned_at, id"):
        if row.recorded_at <= moment:
            labels[row.transaction_id].append(row)
    said = await rows(
        engine,
        "SELECT v.*, c.transaction_id, c.kind FROM verdicts v JOIN cases c ON c.id = v.case_id"
        " WHERE v.judgement <> 'escalate' ORDER BY v.judged_at, v.id",
    )
    for row in said:
        if row.judged_at <= moment:
            verdicts[row.transaction_id].append(row)
    told = Counter[tuple[str, bool]]()
    for payment in {*labels, *verdicts}:
        if (found := _truth(labels[payment], verdicts[payment])) is not None:
            told[found] += 1
    return told


def _truth(labels: list[Any], verdicts: list[Any]) -> tuple[str, bool] | None:
    standing = dict[str, list[Any]]()
    for row in labels:
        standing[row.source] = [] if row.label == "withdrawn" else [*standing.get(row.source, []), row]
    reports = sorted(
        (row for each in standing.values() for row in each), key=lambda row: (row.learned_at, row.id)
    )
    of_people = _of_people(verdicts)
    if reports:
        has_chance = any(row.kind in {"unknown", "audit"} for row in verdicts)
        if not has_chance and all(row.propensity is None for row in reports):
            return None
        return reports[-1].source, reports[-1].label == "fraud"
    return of_people


def _of_people(verdicts: list[Any]) -> tuple[str, bool] | None:
    own = [row for row in verdicts if row.kind in {"unknown", "audit"}]
    if not own:
        return None
    last = own[-1]
    again = {row.kind: row for row in verdicts if row.kind in {"second", "ruling"} and row.id > last.id}
    if "ruling" in again:
        return "ruling", again["ruling"].judgement == "fraud"
    if "second" in again and again["second"].judgement != last.judgement:
        return None
    return "audit" if last.kind == "audit" else "verdict", last.judgement == "fraud"
