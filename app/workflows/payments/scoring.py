"""Scores outside the event loop, and notices when the model fails and when it answers again."""

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from app.artifacts import Model
from app.observability.logs import logger_of
from app.observability.metrics import Metrics
from app.scoring.explanation import Explanation
from app.scoring.network.threads import compute_alone
from app.scoring.transaction import Transaction
from app.scoring.uncertainty import Scores

logger = logger_of(__name__)
Result = TypeVar("Result")
# The time limit is waited for in this many parts. A process that stands still for however long uses up
# one of them, so that its own stall is never taken for the model's.
WAITS = 10


class GuardedScorer:
    """Runs the model in a worker thread under a time limit.

    After a failure or a timeout it answers None at once, until `probe` has seen the model work again.
    """

    def __init__(self, *, timeout_seconds: float, metrics: Metrics | None = None) -> None:
        self._metrics = metrics
        self._timeout_seconds = timeout_seconds
        # One thread scores, the second lets a probe through while a lost call still hangs in the first.
        self._threads = ThreadPoolExecutor(
            max_workers=2, thread_name_prefix="scorer", initializer=compute_alone
        )
        self.is_available = True

    def close(self) -> None:
        """Let the threads go."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def score(self, model: Model, transactions: Sequence[Transaction]) -> Scores | None:
        """Return their scores, or None when the model is not available."""
        if not self.is_available:
            return None
        began = time.perf_counter()
        scores = await self._guarded(lambda: _scored(model, transactions))
        if self._metrics is not None:
            self._metrics.scoring_seconds.observe(time.perf_counter() - began)
        if scores is None:
            self.is_available = False
        # Numbers that are none may be a payment's fault or the model's own: the probe tells.
        elif not np.isfinite(scores.evidence_fraud).all() and not await self.probe(model):
            return None
        return scores

    async def probe(self, model: Model) -> bool:
        """Try the model on the training data's centre; it is available again when that works."""
        centre = np.zeros((1, len(model.schema.columns)))
        scores = await self._guarded(lambda: model.scorer.score(centre))
        self.is_available = scores is not None and bool(np.isfinite(scores.evidence_fraud).all())
        return self.is_available

    async def explain(self, model: Model, vector: NDArray[np.float64]) -> Explanation | None:
        """Return what makes a vector's evidence and spread, or None when the model cannot say just now."""
        return await self._guarded(lambda: model.scorer.explain(vector))

    async def _guarded(self, call: Callable[[], Result]) -> Result | None:
        running = asyncio.wrap_future(self._threads.submit(call))
        try:
            # Not `wait_for`: Python 3.11's can swallow a cancellation.
            for _ in range(WAITS if self._timeout_seconds else 0):
                done, _unfinished = await asyncio.wait({running}, timeout=self._timeout_seconds / WAITS)
                if done:
                    return running.result()
            logger.error("the model did not answer in time", seconds=self._timeout_seconds)
        except Exception:
            # Whatever a model may raise, nothing of it may approve a payment: a person decides.
            logger.exception("the model failed")
        finally:
            running.cancel()
        return None


def _scored(model: Model, transactions: Sequence[Transaction]) -> Scores:
    vectors = model.schema.vectorize(
        [transaction.read for transaction in transactions],
        [float(transaction.amount) for transaction in transactions],
        [transaction.occurred_at for transaction in transactions],
    )
    return model.scorer.score(vectors)
