"""How a promise stands: certified again, not known yet, or broken."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.triage.guarantee.counted import log_evidence_kept
from app.triage.guarantee.standing import (
    GuaranteeRun,
    Matured,
    Promised,
    SeenFraud,
    Standing,
    advanced,
    evidence,
)
from app.triage.guarantee.truths import Chances, Gap

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
PROMISED = Promised(miss_rate=0.1)
CERTAIN = Chances(approved=1.0, not_approved=1.0)
BY_AUDITS = Chances(approved=1.0, not_approved=0.02)


def frauds(rng: np.random.Generator, count: int, *, miss_rate: float) -> tuple[SeenFraud, ...]:
    return tuple(
        SeenFraud(is_missed=bool(missed), chance=1.0, matured_at=BEGAN + timedelta(hours=number))
        for number, missed in enumerate(rng.random(count) < miss_rate)
    )


def run_of(seen: tuple[SeenFraud, ...], chances: Chances = CERTAIN, **drawn: int) -> GuaranteeRun:
    return advanced(GuaranteeRun(), Matured(frauds=seen, **drawn), PROMISED, chances)


def test_nothing_seen_is_not_known() -> None:
    run = GuaranteeRun()
    assert run.standing is Standing.NOT_KNOWN
    assert evidence(run, PROMISED, CERTAIN) == (0.0, 0.0)


@pytest.mark.parametrize("chances", [CERTAIN, BY_AUDITS])
def test_a_promise_that_holds_is_certified_and_one_that_does_not_is_broken(chances: Chances) -> None:
    rng = np.random.default_rng(1)
    good, bad = (run_of(frauds(rng, 1_000, miss_rate=rate), chances) for rate in (0.02, 0.4))
    assert good.standing is Standing.CERTIFIED
    assert bad.standing is Standing.BROKEN
    assert good.certified is not None
    assert good.certified.at == BEGAN + timedelta(hours=good.certified.frauds - 1)


def test_it_is_certified_by_the_fraud_whose_evidence_is_enough() -> None:
    run = run_of(frauds(np.random.default_rng(1), 500, miss_rate=0.03))
    assert run.certified is not None
    seen = frauds(np.random.default_rng(1), 500, miss_rate=0.03)
    missed = np.cumsum([each.is_missed for each in seen]).astype(np.float64)
    logs = log_evidence_kept(missed, np.arange(1.0, 501.0), 0.1)
    assert run.certified.frauds == 1 + int(np.argmax(logs >= log(20)))


@settings(max_examples=10, deadline=None)
@given(st.lists(st.integers(0, 400), max_size=6), st.sampled_from([CERTAIN, BY_AUDITS]))
def test_it_is_the_same_however_it_is_cut(cuts: list[int], chances: Chances) -> None:
    seen = frauds(np.random.default_rng(5), 400, miss_rate=0.3)
    whole = run_of(seen, chances)
    run, ends = GuaranteeRun(), [0, *sorted(cuts), 400]
    for start, end in pairwise(ends):
        run = advanced(run, Matured(frauds=seen[start:end]), PROMISED, chances)
    assert (run.frauds, run.missed, run.certified, run.alarmed) == (
        whole.frauds,
        whole.missed,
        whole.certified,
        whole.alarmed,
    )
    assert (run.kept == whole.kept).all()
    assert (run.broken == whole.broken).all()


def test_what_broke_after_it_was_certified_is_broken_and_stays_so() -> None:
    rng = np.random.default_rng(2)
    run = run_of(frauds(rng, 300, miss_rate=0.02), BY_AUDITS)
    assert run.standing is Standing.CERTIFIED
    worse = frauds(rng, 900, miss_rate=0.6)
    run = advanced(run, Matured(frauds=worse), PROMISED, BY_AUDITS)
    assert run.standing is Standing.BROKEN
    better = frauds(rng, 1_000, miss_rate=0.0)
    run = advanced(run, Matured(frauds=better), PROMISED, BY_AUDITS)
    assert run.standing is Standing.BROKEN


def test_without_audits_of_declines_there_is_neither_certificate_nor_alarm() -> None:
    rng = np.random.default_rng(3)
    unaudited = Chances(approved=1.0, not_approved=0.001, gap=Gap.DECLINES)
    for rate in (0.0, 0.9):
        assert run_of(frauds(rng, 2_000, miss_rate=rate), unaudited).standing is Standing.NOT_KNOWN


def test_no_verdict_while_drawn_payments_lack_their_answer() -> None:
    seen = frauds(np.random.default_rng(3), 1_000, miss_rate=0.0)
    assert run_of(seen, drawn=100, unanswered=3).standing is Standing.NOT_KNOWN
    assert run_of(seen, drawn=100, unanswered=2).standing is Standing.CERTIFIED
