"""Maps from a margin to P(fraud): each rises, survives its way through tensors, and knows its formula."""

from math import exp, log

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit

from app.scoring.arrays import Floats
from app.scoring.calibration.calibrator import Calibrator, calibrator_from, described, tensors_of
from app.scoring.calibration.curves import Beta, Platt, Temperature
from app.scoring.calibration.steps import Isotonic, VennAbers

ISOTONIC = Isotonic(evidence=np.array([-3.0, 0.0, 2.0]), probability_at=np.array([0.1, 0.1, 0.9]))
VENN_ABERS = VennAbers(evidence=np.array([-1.0, 1.0]), low=np.array([0.1, 0.5]), high=np.array([0.2, 0.75]))
EVERY_KIND: list[Calibrator] = [
    Platt(slope=2.0, offset=-1.0),
    Beta(a=0.5, b=3.0, offset=0.25),
    Temperature(temperature=1.5),
    ISOTONIC,
    VENN_ABERS,
]


def rising(size: int) -> st.SearchStrategy[Floats]:
    """Probabilities that never fall."""
    shares = st.lists(st.floats(0, 1), min_size=size, max_size=size)
    return shares.map(lambda values: np.sort(np.array(values)))


@st.composite
def tables(draw: st.DrawFn) -> tuple[Floats, Floats, Floats]:
    """Evidence, and two rising columns of probabilities, the second nowhere below the first."""
    evidence = np.cumsum(draw(st.lists(st.floats(0.01, 5), min_size=1, max_size=6))) - 5
    one, other = draw(rising(evidence.size)), draw(rising(evidence.size))
    return evidence, np.minimum(one, other), np.maximum(one, other)


def venn_abers(table: tuple[Floats, Floats, Floats]) -> VennAbers:
    evidence, low, high = table
    return VennAbers(evidence=evidence, low=low, high=high)


SLOPES, OFFSETS = st.floats(1e-3, 50), st.floats(-20, 20)
CALIBRATORS: st.SearchStrategy[Calibrator] = st.one_of(
    st.builds(Platt, slope=SLOPES, offset=OFFSETS),
    st.builds(Temperature, temperature=SLOPES),
    st.builds(Beta, a=SLOPES, b=st.just(0.0), offset=OFFSETS),
    st.builds(Beta, a=st.floats(0, 50), b=SLOPES, offset=OFFSETS),
    tables().map(lambda table: Isotonic(evidence=table[0], probability_at=table[1])),
    tables().map(venn_abers),
)


@given(CALIBRATORS, st.lists(st.floats(-800, 800), min_size=2, max_size=30))
def test_a_likelier_fraud_never_has_the_lower_probability(
    calibrator: Calibrator, margins: list[float]
) -> None:
    told = calibrator.probability(np.sort(margins))
    assert (np.diff(told) >= -1e-15).all()
    assert ((told >= 0) & (told <= 1)).all()


@given(CALIBRATORS)
def test_a_calibrator_comes_back_from_its_tensors_as_it_was(calibrator: Calibrator) -> None:
    stored = safetensors.numpy.load(safetensors.numpy.save(tensors_of(calibrator)))
    again = calibrator_from(calibrator.kind, stored | {"masks": np.zeros(3)})
    margins = np.linspace(-9, 9, 200)
    assert type(again) is type(calibrator)
    assert np.array_equal(again.probability(margins), calibrator.probability(margins))


@pytest.mark.parametrize("calibrator", EVERY_KIND, ids=lambda each: each.kind)
def test_margins_of_any_shape_have_a_probability_each(calibrator: Calibrator) -> None:
    margins = np.linspace(-4, 4, 24).reshape(2, 3, 4)
    told = calibrator.probability(margins)
    assert told.shape == (2, 3, 4)
    assert told[1, 2, 3] == calibrator.probability(margins[1, 2, 3])
    assert calibrator.probability(np.empty((0, 4))).shape == (0, 4)


def test_a_card_tells_parameters_and_leaves_tables_out() -> None:
    assert described(Platt(slope=2.0, offset=-1.0)) == {"kind": "platt", "slope": 2.0, "offset": -1.0}
    assert described(VENN_ABERS) == {"kind": "venn_abers"}


def test_an_unknown_kind_and_numbers_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="no calibrator is called 'magic'; there are platt"):
        calibrator_from("magic", {})
    with pytest.raises(KeyError, match="offset"):
        calibrator_from("platt", {"slope": np.array(1.0)})
    with pytest.raises(ValueError, match="size 1"):
        calibrator_from("temperature", {"temperature": np.ones(2)})


def test_platt_is_the_sigmoid_of_slope_and_offset() -> None:
    probability = Platt(slope=2.0, offset=-1.0).probability(np.array([0.0, 0.5, 3.0]))
    assert probability == pytest.approx([1 / (1 + exp(1)), 0.5, 1 / (1 + exp(-5))])


def test_beta_with_equal_slopes_is_platt() -> None:
    margins = np.linspace(-30, 30, 121)
    beta, platt = Beta(a=1.3, b=1.3, offset=-0.4), Platt(slope=1.3, offset=-0.4)
    assert beta.probability(margins) == pytest.approx(platt.probability(margins), rel=1e-12)


def test_beta_is_its_formula_and_stays_finite_where_the_formula_does_not() -> None:
    beta, p0 = Beta(a=0.7, b=2.0, offset=0.3), 0.2
    expected = expit(0.7 * log(p0) - 2.0 * log(1 - p0) + 0.3)
    assert beta.probability(np.array(log(p0 / (1 - p0)))) == pytest.approx(expected)
    assert beta.probability(np.array([-1e4, 1e4])).tolist() == [0.0, 1.0]


def test_isotonic_interpolates_between_its_steps_and_holds_beyond_them() -> None:
    told = ISOTONIC.probability(np.array([-99.0, -1.0, 1.0, 2.0, 99.0]))
    assert told == pytest.approx([0.1, 0.1, 0.5, 0.9, 0.9])


def test_venn_abers_bounds_step_at_the_evidence_and_close_nothing_beyond_it() -> None:
    low, high = VENN_ABERS.interval(np.array([-2.0, -1.0, 0.0, 1.0, 2.0]))
    assert low.tolist() == [0.0, 0.1, 0.1, 0.5, 0.5]
    assert high.tolist() == [0.2, 0.2, 0.75, 0.75, 1.0]
    assert VENN_ABERS.probability(np.array([0.0])) == pytest.approx(0.75 / (1 - 0.1 + 0.75))


@given(tables().map(venn_abers), st.floats(-50, 50))
def test_venn_abers_says_a_probability_between_its_bounds(calibrator: VennAbers, margin: float) -> None:
    low, high = calibrator.interval(np.array(margin))
    assert low - 1e-12 <= calibrator.probability(np.array(margin)) <= high + 1e-12


@pytest.mark.parametrize("slope", [0.0, -1.0, float("nan"), float("inf")])
def test_a_curve_that_does_not_rise_is_refused(slope: float) -> None:
    for refused in (
        lambda: Platt(slope=slope, offset=0.0),
        lambda: Temperature(temperature=slope),
        lambda: Beta(a=slope, b=0.0, offset=0.0),
        lambda: Beta(a=0.0, b=slope, offset=0.0),
    ):
        with pytest.raises(ValueError, match="higher probability"):
            refused()


@pytest.mark.parametrize("offset", [float("nan"), float("-inf")])
def test_an_offset_that_is_no_logit_is_refused(offset: float) -> None:
    with pytest.raises(ValueError, match="finite logit"):
        Platt(slope=1.0, offset=offset)
    with pytest.raises(ValueError, match="finite logit"):
        Beta(a=1.0, b=1.0, offset=offset)


@pytest.mark.parametrize(
    ("evidence", "probability", "why"),
    [
        ([0.0, 1.0], [0.5, 0.4], "higher probability"),
        ([0.0, 1.0], [0.5, 1.1], "between 0 and 1"),
        ([0.0, 1.0], [float("nan"), 0.5], "between 0 and 1"),
        ([1.0, 1.0], [0.4, 0.5], "evidence must rise"),
        ([0.0, float("nan")], [0.4, 0.5], "evidence must rise"),
        ([0.0, 1.0], [0.5], r"expected \(steps,\)"),
        ([], [], r"expected \(steps,\)"),
    ],
)
def test_a_table_that_does_not_rise_is_refused(
    evidence: list[float], probability: list[float], why: str
) -> None:
    steps, values = np.array(evidence), np.array(probability)
    with pytest.raises(ValueError, match=why):
        Isotonic(evidence=steps, probability_at=values)
    with pytest.raises(ValueError, match=why):
        VennAbers(evidence=steps, low=values, high=np.ones_like(steps))
    with pytest.raises(ValueError, match=why):
        VennAbers(evidence=steps, low=np.zeros_like(steps), high=values)


def test_bounds_that_cross_are_refused() -> None:
    with pytest.raises(ValueError, match="must not exceed"):
        VennAbers(evidence=np.array([0.0]), low=np.array([0.6]), high=np.array([0.5]))
