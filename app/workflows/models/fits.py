"""Running many fits: over processes, each kept as it ends, so that Ctrl-C costs one fit."""

import multiprocessing
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import TypeAlias

import numpy as np

from app.learning.comparison.candidates import Candidate
from app.learning.comparison.sample import FOLDS, Sample
from app.learning.comparison.tasks import LaterTask, Task, pooled, tasks_of
from app.learning.taught.own_comparison import FoldTask
from app.scoring.arrays import Floats, Rows
from app.scoring.network.threads import compute_alone

#: Told after each fit: (fits done, fits in all, candidate's name).
Watch = Callable[[int, int, str], None]

#: One fit: it has a key, and gives evidence.
Fit: TypeAlias = Task | LaterTask | FoldTask

#: The sample of a worker process: sent once, not with every fit.
_sample: list[Sample] = []


class FitStore:
    """Results of fits as small files, named by everything that decides them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def find(self, key: str) -> Floats | None:
        """Return the evidence kept under this key, if any; a damaged file counts as none."""
        try:
            return np.asarray(np.load(self._path(key), allow_pickle=False), dtype=np.float64)
        except (FileNotFoundError, EOFError, ValueError):
            return None

    def keep(self, key: str, evidence: Floats) -> None:
        """Keep a fit's evidence; it appears whole or not at all."""
        partial = self._path(key).with_suffix(".partial")
        with partial.open("wb") as file:
            np.save(file, evidence)
        partial.rename(self._path(key))

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}.npy"


def evidence_of_all(
    candidates: Sequence[Candidate],
    sample: Sample,
    rows: Rows,
    seeds: Sequence[int],
    *,
    store: FitStore,
    jobs: int,
    watch: Watch,
) -> dict[str, list[Floats]]:
    """Return each candidate's pooled out-of-fold evidence, one array of shape (rows,) per seed.

    Fits that the store holds are not repeated. Raises what a fit raises; those that ended are kept.
    """
    tasks = list(tasks_of(candidates, rows, seeds))
    done = run_all(tasks, sample, store=store, jobs=jobs, watch=watch)
    told: dict[str, list[Floats]] = {}
    for start in range(0, len(tasks), FOLDS):
        folds = done[start : start + FOLDS]
        task = tasks[start]
        told.setdefault(task.candidate.name, []).append(pooled(sample, rows, task.fold_seed, folds))
    return told


def run_all(
    tasks: Sequence[Fit], sample: Sample, *, store: FitStore, jobs: int, watch: Watch
) -> list[Floats]:
    """Return every task's evidence, in order; what the store holds is not fitted again."""
    keys = [task.key(sample) for task in tasks]
    done = {key: found for key in keys if (found := store.find(key)) is not None}
    waiting = {key: task for key, task in zip(keys, tasks, strict=True) if key not in done}
    for key, evidence in _run(waiting, sample, jobs=jobs):
        store.keep(key, evidence)
        done[key] = evidence
        watch(len(done), len(keys), waiting[key].candidate.name)
    return [done[key] for key in keys]


def _run(waiting: Mapping[str, Fit], sample: Sample, *, jobs: int) -> Iterator[tuple[str, Floats]]:
    """Yield each fit's evidence as it ends; on an error or Ctrl-C, what has not begun never does."""
    if not waiting:
        return
    # A forked torch may wait for threads that the fork did not copy.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(jobs, mp_context=context, initializer=_begin, initargs=(sample,))
    try:
        running: dict[Future[Floats], str] = {pool.submit(_fit, task): key for key, task in waiting.items()}
        for ended in as_completed(running):
            yield running[ended], ended.result()
    finally:
        pool.shutdown(cancel_futures=True)


def _begin(sample: Sample) -> None:
    compute_alone()
    _sample.append(sample)


def _fit(task: Fit) -> Floats:
    return task.run(_sample[0])
