"""The model's time limit is the model's: what holds this process up does not count."""

import asyncio
import threading
import time

from app.workflows.payments.scoring import GuardedScorer


async def test_a_process_that_stood_still_does_not_take_the_model_for_dead() -> None:
    scorer = GuardedScorer(timeout_seconds=0.2)
    has_begun = threading.Event()

    def call() -> str:
        has_begun.set()
        return "a score"

    async def stand_still() -> None:
        has_begun.wait()
        time.sleep(1)  # noqa: ASYNC251  # the stall itself, five times the limit

    try:
        scored, _ = await asyncio.gather(scorer._guarded(call), stand_still())
    finally:
        scorer.close()
    assert scored == "a score"


async def test_a_model_that_hangs_is_given_up_while_the_process_lives() -> None:
    scorer = GuardedScorer(timeout_seconds=0.2)
    is_over = threading.Event()
    try:
        assert await scorer._guarded(is_over.wait) is None
    finally:
        is_over.set()
        scorer.close()
