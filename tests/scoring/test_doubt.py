"""The arithmetic of doubt, held to its identities."""

from math import log

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from app.scoring.arrays import Floats
from app.scoring.doubt import doubt

SHAPES = array_shapes(min_dims=2, max_dims=2, max_side=70)
PROBABILITIES = arrays(np.float64, SHAPES, elements=st.floats(0, 1))


@given(PROBABILITIES)
def test_entropy_is_expected_entropy_plus_mutual_information(probabilities: Floats) -> None:
    unsure = doubt(probabilities)
    assert np.allclose(
        unsure.entropy, unsure.expected_entropy + unsure.mutual_information, rtol=0, atol=1e-12
    )
    assert (unsure.mutual_information >= -1e-12).all()
    assert (unsure.entropy <= log(2) + 1e-12).all()


@given(PROBABILITIES)
def test_variance_of_the_outcome_is_expected_variance_plus_variance_of_the_mean(
    probabilities: Floats,
) -> None:
    unsure = doubt(probabilities)
    whole = unsure.mean * (1 - unsure.mean)
    assert np.allclose(whole, unsure.expected_variance + unsure.variance, rtol=0, atol=1e-12)
