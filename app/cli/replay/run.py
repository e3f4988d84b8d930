"""One replay from the first check to the last figure."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

from app.artifacts.feed import feed_from
from app.cli.feed_check import feed_problem, refusal
from app.cli.posting import LiveModel, Reply, Service, ServiceRefused
from app.cli.printing import bar, complain
from app.cli.replay.file_rows import checked_moments, rows_of
from app.cli.replay.rows import Plan, Row, rows_in
from app.cli.replay.tally import Tally
from app.datasets import DatasetRefused
from app.datasets.payment_files.file import PaymentFile, read_payments
from app.scoring.feed.columns import watched_names, watched_values
from app.scoring.schema.encoding import Encoding

# Labels are small and nobody waits for them: few requests, each quickly done.
LABELS_AT_ONCE = 500

# Exit codes: rows were refused or the service went away; nothing was posted; a person stopped it.
INCOMPLETE, NOTHING_POSTED, INTERRUPTED = 1, 2, 130


async def replay_file(path: Path, service: Service, plan: Plan) -> int:
    """Replay, tell, and return the exit code."""
    tally = Tally()
    began = perf_counter()
    code, sentence, total = 0, "", 0
    try:
        async with service:
            rows, total, plan = await _prepared(path, service, plan)
            began = perf_counter()
            with _progress() as progress:
                await Run(service, plan, tally, progress, total=total).all(rows)
    except (ServiceRefused, DatasetRefused) as refused:
        code, sentence = INCOMPLETE if tally.posted else NOTHING_POSTED, str(refused)
    except asyncio.CancelledError:
        code, sentence = INTERRUPTED, "stopped"
    if sentence:
        complain(sentence)
    if code != NOTHING_POSTED:
        _tell(tally, perf_counter() - began)
        _tell_rest(tally, plan, total)
    return code or (INCOMPLETE if tally.errors else 0)


def _tell(tally: Tally, seconds: float) -> None:
    tally.tell(Console(), seconds)
    for name, value in tally.figures(seconds).items():
        print(f"figure {name} {value}")


def _tell_rest(tally: Tally, plan: Plan, total: int) -> None:
    """Say what became of the file as a whole, and how to go on."""
    rest = tally.totals(total)
    if rest and plan.start is not None:
        # By default rows end at the last midnight: on another day the repeat must name the same start.
        start = plan.start.isoformat()
        complain(f"{rest}. The same command with --start {start} goes on where this one ended, on any day")


async def _prepared(path: Path, service: Service, plan: Plan) -> tuple[Iterator[Row], int, Plan]:
    """Return the rows, every one of which the service would take, how many, and the plan with its start.

    Raises `ServiceRefused` or `DatasetRefused`: nothing has been posted then.
    """
    live, schema = await service.model(), await service.schema()
    file = await asyncio.to_thread(read_payments, path, schema)
    if plan.with_labels and file.is_fraud is None:
        column = f"column {schema.label.column}" if schema.label else "labels by the model's schema"
        raise DatasetRefused(f"{file.name} has no {column}, which --with-labels would post")
    if not plan.accept_feed:
        await _refuse_another_feed(file, live, await service.feed())
    moments = await asyncio.to_thread(checked_moments, file, plan, now=datetime.now(tz=UTC))
    if file.note:
        complain(file.note, style="yellow")
    return rows_of(file, plan, moments), rows_in(file.rows, plan), replace(plan, start=moments.start)


async def _refuse_another_feed(file: PaymentFile, live: LiveModel, feed: bytes | None) -> None:
    """Compare the file with what the live model learned. Raises `DatasetRefused` when it is another feed."""
    if feed is None:
        return
    encoding = Encoding(schema=file.schema)
    reference = feed_from(feed, watched_names(encoding))
    columns = (watched_values(encoding, file.columns), file.amounts, file.is_fraud)
    problem = await asyncio.to_thread(feed_problem, *columns, reference)
    if problem:
        raise DatasetRefused(refusal(file.name, live.version, problem))


def _progress() -> Progress:
    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return bar(*columns)


class Run:
    """One pass over the rows: workers that take the next row as soon as they are free."""

    def __init__(self, service: Service, plan: Plan, tally: Tally, progress: Progress, *, total: int) -> None:
        self._service = service
        self._plan = plan
        self._tally = tally
        self._progress = progress
        self._task = progress.add_task("replay", total=total)
        self._labels: list[dict[str, Any]] = []

    async def all(self, rows: Iterator[Row]) -> None:
        """Post every row, then the labels that are left."""
        began = perf_counter()
        await self._first(next(rows))
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(self._plan.concurrency):
                    group.create_task(self._work(rows, began))
        except ExceptionGroup as failures:
            # The workers meet the same refusal together: one sentence says it.
            raise failures.exceptions[0] from None
        await self._post_labels()

    async def _first(self, row: Row) -> None:
        """Post the first row alone: it tells whether the file was replayed before, but at other times."""
        reply = await self._service.post("/v1/transactions", row.body)
        if reply.status == 409:
            raise ServiceRefused(
                "rows of this file were posted before with another --start:"
                " repeat that one, or give a new --id-prefix to post them again"
            )
        await self._count(row, reply)

    async def _work(self, rows: Iterator[Row], began: float) -> None:
        for row in rows:
            if self._plan.speed:
                await asyncio.sleep(began + row.due_seconds / self._plan.speed - perf_counter())
            await self._count(row, await self._service.post("/v1/transactions", row.body))

    async def _count(self, row: Row, reply: Reply) -> None:
        self._progress.advance(self._task)
        if not reply.is_answer:
            self._tally.refused(f"{row.place}, {row.transaction_id}", reply.problem)
            return
        self._tally.answered(reply.body, row.truth, reply)
        if self._plan.with_labels and row.truth is not None:
            self._labels.append(_label(row, row.truth, self._plan.label_delay))
            if len(self._labels) >= LABELS_AT_ONCE:
                await self._post_labels()

    async def _post_labels(self) -> None:
        labels, self._labels = self._labels, []
        if not labels:
            return
        reply = await self._service.post("/v1/labels", {"labels": labels})
        if not reply.is_answer:
            self._tally.refused(f"{len(labels)} labels", reply.problem, labels=len(labels))
            return
        self._tally.labels_accepted += int(reply.body["accepted"])
        for result in reply.body["results"]:
            if not result["accepted"]:
                self._tally.refused(f"label of {result['transaction_id']}", str(result["detail"]), labels=1)


def _label(row: Row, truth: str, delay: timedelta) -> dict[str, Any]:
    return {
        "transaction_id": row.transaction_id,
        "label": truth,
        "source": "replay",
        "occurred_at": row.occurred_at.isoformat(),
        "learned_at": (row.occurred_at + delay).isoformat(),
        # The file has a class for every row, whichever it is.
        "propensity": 1,
    }
