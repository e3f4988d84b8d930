"""Many fits over processes: each kept as it ends, none done twice."""

from pathlib import Path

import numpy as np
import pytest

from app.learning.comparison.candidates import Candidate
from app.learning.comparison.sample import FOLDS
from app.learning.comparison.tasks import LaterTask, Task, tasks_of
from app.learning.training.recipe import Objective, RecipeRefused
from app.workflows.models.fits import FitStore, evidence_of_all, run_all
from tests.learning.comparison.builders import LOGISTIC, a_candidate, a_sample

SAMPLE = a_sample(rows=400, frauds=80, copies=4)
ROWS, _ = SAMPLE.parts(seed=1)
CANDIDATES: tuple[Candidate, ...] = (LOGISTIC, a_candidate())
IMPOSSIBLE = a_candidate("impossible", objective=Objective(loss="hinge"))


class ProgressLog:
    """Who watches, and what was told."""

    def __init__(self) -> None:
        self.fits: list[tuple[int, int, str]] = []

    def __call__(self, done: int, whole: int, name: str) -> None:
        self.fits.append((done, whole, name))


def nobody(done: int, whole: int, name: str) -> None:
    """Watch nothing."""


def by_hand(candidate: Candidate, seed: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return the pooled evidence from a plain loop over the folds, in this process."""
    whole = np.full(400, np.nan)
    for fold, held_out in enumerate(SAMPLE.folds(ROWS, seed=seed)):
        whole[held_out] = Task(candidate, ROWS, seed, fold).run(SAMPLE)
    return whole[ROWS]


def test_one_process_or_two_give_the_evidence_of_a_plain_loop_and_a_second_run_fits_nothing(
    tmp_path: Path,
) -> None:
    told = ProgressLog()
    expected = {(each.name, seed): by_hand(each, seed) for each in CANDIDATES for seed in (0, 1)}
    for jobs in (1, 2):
        store = FitStore(tmp_path / str(jobs))
        evidence = evidence_of_all(CANDIDATES, SAMPLE, ROWS, (0, 1), store=store, jobs=jobs, watch=told)
        assert list(evidence) == ["logistic", "small"]
        for candidate in CANDIDATES:
            for seed in (0, 1):
                assert np.array_equal(evidence[candidate.name][seed], expected[candidate.name, seed])
    assert [each[:2] for each in told.fits] == [(done, 16) for done in range(1, 17)] * 2
    told.fits.clear()
    again = evidence_of_all(CANDIDATES, SAMPLE, ROWS, (0, 1), store=store, jobs=2, watch=told)
    assert told.fits == []
    assert np.array_equal(again["small"], evidence["small"])


def test_an_interrupted_run_fits_only_what_is_missing(tmp_path: Path) -> None:
    store, told = FitStore(tmp_path), ProgressLog()
    tasks = list(tasks_of([LOGISTIC], ROWS, (0,)))
    whole = run_all(tasks, SAMPLE, store=store, jobs=1, watch=nobody)
    keys = [task.key(SAMPLE) for task in tasks]
    # One fit was never begun, one was being written when the power failed, one lies half on the disk.
    (tmp_path / f"{keys[1]}.npy").rename(tmp_path / f"{keys[1]}.partial")
    (tmp_path / f"{keys[2]}.npy").write_bytes(b"")
    (tmp_path / f"{keys[3]}.npy").write_bytes((tmp_path / f"{keys[3]}.npy").read_bytes()[:200])
    assert [store.find(key) is None for key in keys] == [False, True, True, True]
    again = run_all(tasks, SAMPLE, store=store, jobs=1, watch=told)
    assert [done for done, _, _ in told.fits] == [2, 3, 4]
    assert all(np.array_equal(one, other) for one, other in zip(whole, again, strict=True))


def test_a_fit_that_fails_is_told_and_those_that_ended_are_kept(tmp_path: Path) -> None:
    store, told = FitStore(tmp_path), ProgressLog()
    candidates: tuple[Candidate, ...] = (LOGISTIC, IMPOSSIBLE)
    with pytest.raises(RecipeRefused, match="no loss is called 'hinge'"):
        evidence_of_all(candidates, SAMPLE, ROWS, (0,), store=store, jobs=1, watch=told)
    assert [name for _, _, name in told.fits] == ["logistic"] * FOLDS
    assert len(list(tmp_path.glob("logistic-*.npy"))) == FOLDS
    assert not list(tmp_path.glob("impossible*"))


def test_the_store_tells_keys_apart_and_leaves_nothing_half_written(tmp_path: Path) -> None:
    store = FitStore(tmp_path / "a" / "b")
    assert store.find("one") is None
    store.keep("one", np.array([1.0, 2.0]))
    store.keep("one", np.array([3.0]))
    found = store.find("one")
    assert found is not None
    assert found.tolist() == [3.0]
    assert store.find("two") is None
    assert [path.name for path in (tmp_path / "a" / "b").iterdir()] == ["one.npy"]


def test_later_tasks_run_too(tmp_path: Path) -> None:
    (told,) = run_all([LaterTask(LOGISTIC, 5)], SAMPLE, store=FitStore(tmp_path), jobs=1, watch=nobody)
    assert np.array_equal(told, LaterTask(LOGISTIC, 5).run(SAMPLE))
