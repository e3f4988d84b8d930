"""However frauds are copied or interpolated, no guarantee counts more than there were."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.cli.training.sample import default_data
from app.datasets import read_labelled
from app.learning.comparison.sample import Sample
from app.learning.copies.origins import Origins, origins_of
from app.learning.copies.told import different_frauds, findings
from app.learning.enough_rows import learning_faults
from app.learning.splits import row_hashes
from tests.copied import WORLDS, Payments, interpolated, repeated

SEEDS = st.integers(0, 2**32 - 1)
KINDS = st.sampled_from(sorted(WORLDS))


def origins_in(payments: Payments) -> Origins:
    hashes = row_hashes(payments.features, payments.amounts)
    return origins_of(payments.features, payments.amounts, payments.is_fraud, hashes)


def said(payments: Payments) -> list[str]:
    return [finding.sentence for finding in findings(origins_in(payments), payments.is_fraud)]


def faults(payments: Payments) -> list[str]:
    origins = origins_in(payments)
    return list(learning_faults(origins, payments.is_fraud, miss_rate=0.15, confidence=0.95))


@settings(max_examples=5, deadline=None)
@given(SEEDS, KINDS, st.integers(20, 60), st.integers(2, 10), st.sampled_from([0, 1e-6, 1e-4, 1e-2]))
def test_copies_count_as_what_they_are_of(
    seed: int, world: str, different: int, times: int, noise: float
) -> None:
    rng = np.random.default_rng(seed)
    payments = repeated(WORLDS[world](rng, frauds=different), times=times, noise=noise, rng=rng)
    origins = origins_in(payments)
    assert different_frauds(origins, payments.is_fraud) == different
    keys = origins.keys[payments.is_fraud].reshape(times, different)
    assert (keys == keys[0]).all()


@settings(max_examples=5, deadline=None)
@given(SEEDS, KINDS, st.integers(20, 40), st.integers(5, 8))
def test_interpolated_frauds_beside_their_originals_are_left_out(
    seed: int, world: str, different: int, times: int
) -> None:
    rng = np.random.default_rng(seed)
    count = times * different
    payments = interpolated(WORLDS[world](rng, frauds=different), count=count, with_originals=True, rng=rng)
    origins = origins_in(payments)
    assert different_frauds(origins, payments.is_fraud) <= different + 1
    is_told = origins.is_interpolated | origins.is_near_copy
    assert origins.is_unsure or is_told[different : different + count].mean() > 0.95


@settings(max_examples=5, deadline=None)
@given(SEEDS, KINDS, st.integers(20, 40), st.integers(5, 8), st.integers(2, 3))
def test_without_their_originals_nothing_is_guaranteed(
    seed: int, world: str, different: int, times: int, between: int
) -> None:
    rng = np.random.default_rng(seed)
    originals = WORLDS[world](rng, frauds=different)
    payments = interpolated(
        originals, count=times * different, with_originals=False, between=between, rng=rng
    )
    assert origins_in(payments).is_unsure
    (fault,) = faults(payments)
    assert fault.startswith("holds frauds interpolated between others that are missing, as SMOTE makes them")
    assert said(payments) == [f"The file {fault}"]


def test_a_few_interpolated_among_many_different_are_refused_with_them() -> None:
    rng = np.random.default_rng(0)
    honest = WORLDS["gaussian"](rng, frauds=150)
    made = interpolated(WORLDS["gaussian"](rng, frauds=20), count=100, with_originals=False, rng=rng)
    mixed = Payments(np.vstack([honest.frauds, made.frauds]), honest.legits)
    assert origins_in(mixed).is_unsure


@settings(max_examples=5, deadline=None)
@given(SEEDS, KINDS, st.integers(2, 300))
def test_different_frauds_are_not_suspected(seed: int, world: str, different: int) -> None:
    payments = WORLDS[world](np.random.default_rng(seed), frauds=different)
    origins = origins_in(payments)
    assert np.array_equal(origins.keys, row_hashes(payments.features, payments.amounts))
    assert said(payments) == []


@pytest.mark.parametrize("seed", range(3))
def test_no_origin_stands_on_both_sides_of_a_split(seed: int) -> None:
    rng = np.random.default_rng(seed)
    payments = repeated(WORLDS["gaussian"](rng, frauds=90), times=4, noise=1e-3, rng=rng)
    payments = interpolated(payments, count=400, with_originals=True, rng=rng)
    sample = Sample.of(
        payments.features,
        payments.amounts,
        payments.is_fraud,
        legit_weight=1.0,
        seconds=np.arange(payments.amounts.size, dtype=np.float64),
    )
    development, calibration = sample.parts(seed=seed)
    for parts in ((development, calibration), sample.folds(development, seed=seed), sample.by_time()):
        keys = [set(sample.origins.keys[part].tolist()) for part in parts]
        assert sum(map(len, keys)) == len(set.union(*keys))
        assert not sample.origins.is_interpolated[np.concatenate(parts)].any()


def test_what_was_found_is_said() -> None:
    rng = np.random.default_rng(0)
    few = WORLDS["generated"](rng, frauds=18)
    (near,) = said(repeated(few, times=10, noise=1e-3, rng=rng))
    assert near.startswith("180 frauds are near-copies of 18 different ones, as of oversampling")
    (between,) = said(interpolated(few, count=100, with_originals=True, rng=rng))
    assert between.startswith("100 frauds lie exactly between two others, as SMOTE makes them")
    (fault,) = faults(repeated(few, times=10, noise=1e-3, rng=rng))
    assert fault.startswith("holds too few frauds (18 different ones in 180 rows): a miss rate")


def test_a_legit_that_equals_a_fraud_stays_beside_it() -> None:
    rng = np.random.default_rng(0)
    payments = repeated(WORLDS["gaussian"](rng, frauds=30), times=3, noise=1e-5, rng=rng)
    payments.legits[0] = payments.frauds[0]
    origins = origins_in(payments)
    assert origins.keys[90] == origins.keys[0]
    assert not origins.is_near_copy[90]


@pytest.mark.skipif(
    not default_data().is_file(), reason=f"the sample is not at {default_data()}: set TERTIUM_DATA to use it"
)
def test_the_sample_is_parted_as_by_its_exact_copies() -> None:
    file, is_fraud = read_labelled(default_data())
    hashes = row_hashes(file.features, file.amounts)
    origins = origins_of(file.features, file.amounts, is_fraud, hashes)
    assert np.array_equal(origins.keys, hashes)
    assert not any(findings(origins, is_fraud))
