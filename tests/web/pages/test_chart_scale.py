"""Places on an axis: ends, middle and beyond."""

from math import log10

import pytest

from app.web.pages.chart_scale import Axis


@pytest.mark.parametrize(("value", "place"), [(-2.0, 0.0), (0.0, 50.0), (1.0, 75.0), (4.0, 150.0)])
def test_an_axis_is_straight_and_goes_on_beyond_its_ends(value: float, place: float) -> None:
    assert Axis(low=-2.0, high=2.0).at(value) == place


@pytest.mark.parametrize(("value", "place"), [(-1.0, 0.0), (0.25, 250.0), (9.0, 1000.0)])
def test_what_lies_beyond_is_held_at_the_end(value: float, place: float) -> None:
    assert Axis(high=1.0, length=1000.0).held(value) == place


def test_each_decade_of_a_logarithmic_axis_is_as_long() -> None:
    axis = Axis(low=-5.0, high=0.0)
    assert [axis.at(log10(share)) for share in (1e-5, 1e-4, 1e-3, 1.0)] == [0.0, 20.0, 40.0, 100.0]
