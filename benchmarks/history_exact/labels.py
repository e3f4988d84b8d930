"""What becomes known of payments while others are posted: some were frauds, and some of those were none."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx
import numpy as np

from benchmarks.history_exact.posting import PAUSE_SECONDS, Answered, Body

#: Of payments, and of those reports that prove wrong; each of these is withdrawn some reports later.
FRAUD_SHARE, WRONG_SHARE, WITHDRAWN_EACH_TIME = 0.05, 0.2, 0.3
EVERY_SECONDS = 0.5


@dataclass(kw_only=True)
class Reporter:
    """Reports chargebacks of answered payments, and withdraws some of them later."""

    lines: Sequence[httpx.AsyncClient]
    answered: Answered
    rng: np.random.Generator
    #: By the payment's id: those that stand.
    frauds: dict[str, Body] = field(default_factory=dict)
    withdrawn: int = 0
    _wrong: list[Body] = field(default_factory=list)
    _looked_at: int = 0

    async def run(self, ends: asyncio.Event) -> None:
        """Report every half a second, and a last time at the end."""
        is_last = False
        while not is_last:
            is_last = ends.is_set()
            await self._report()
            await asyncio.sleep(EVERY_SECONDS)

    async def _report(self) -> None:
        taken_back = [each for each in self._wrong if self.rng.random() < WITHDRAWN_EACH_TIME]
        self._wrong = [each for each in self._wrong if each not in taken_back]
        new = self.answered.bodies[self._looked_at :]
        self._looked_at += len(new)
        frauds = [each for each in new if self.rng.random() < FRAUD_SHARE]
        await self._told(frauds, "fraud")
        self.frauds |= {each["transaction_id"]: each for each in frauds}
        self._wrong += [each for each in frauds if self.rng.random() < WRONG_SHARE]
        await self._told(taken_back, "withdrawn")
        for each in taken_back:
            del self.frauds[each["transaction_id"]]
        self.withdrawn += len(taken_back)

    async def _told(self, bodies: Sequence[Body], label: str) -> None:
        """Tell either replica until it is heard."""
        if not bodies:
            return
        labels = [
            {
                "transaction_id": each["transaction_id"],
                "label": label,
                "source": "chargeback",
                "occurred_at": each["occurred_at"],
                "learned_at": datetime.now(UTC).isoformat(),
            }
            for each in bodies
        ]
        while True:
            line = self.lines[int(self.rng.integers(len(self.lines)))]
            try:
                answer = await line.post("/v1/labels", json={"labels": labels})
            except httpx.TransportError:
                await asyncio.sleep(PAUSE_SECONDS)
                continue
            if answer.is_success and answer.json()["accepted"] == len(labels):
                return
            if answer.status_code < httpx.codes.INTERNAL_SERVER_ERROR:
                raise SystemExit(f"labels were refused: {answer.text[:300]}")
            await asyncio.sleep(PAUSE_SECONDS)
