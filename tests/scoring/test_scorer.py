"""The scorer as the service uses it: from threads, in chunks, with explanations."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from app.scoring.scorer import ROWS_AT_ONCE
from app.scoring.uncertainty import Scores
from tests.scoring.builders import a_scorer, vectors


def equal(one: Scores, other: Scores) -> bool:
    names = ("evidence_fraud", "spread", "interval_high", "probability", "mutual_information", "novelty")
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in names)


def test_a_batch_beyond_one_chunk_scores_as_its_parts_do() -> None:
    scorer, rows = a_scorer(), vectors(ROWS_AT_ONCE + 50, columns=4)
    whole = scorer.score(rows)
    assert len(whole.evidence_fraud) == ROWS_AT_ONCE + 50
    assert equal(whole.selected(slice(ROWS_AT_ONCE - 10, None)), scorer.score(rows[ROWS_AT_ONCE - 10 :]))


def test_many_threads_get_the_scores_one_would() -> None:
    scorer, batches = a_scorer(), [vectors(17, columns=4, seed=seed) for seed in range(40)]
    alone = [scorer.score(batch) for batch in batches]
    with ThreadPoolExecutor(max_workers=4) as threads:
        together = list(threads.map(scorer.score, batches))
    assert all(equal(one, other) for one, other in zip(alone, together, strict=True))


def test_no_rows_score_as_no_rows() -> None:
    assert a_scorer().score(np.empty((0, 4))).evidence_fraud.shape == (0,)


def test_scoring_leaves_the_vectors_as_they_were_even_read_only_or_strided_ones() -> None:
    scorer, rows = a_scorer(), vectors(6, columns=4)
    expected, before = scorer.score(rows), rows.copy()
    assert np.array_equal(rows, before)
    rows.setflags(write=False)
    assert equal(scorer.score(rows), expected)
    assert equal(scorer.score(np.asfortranarray(before)), expected)


def test_vectors_of_another_width_are_refused() -> None:
    with pytest.raises(ValueError, match=r"expected \(transactions, 4\)"):
        a_scorer().score(np.zeros((2, 5)))
