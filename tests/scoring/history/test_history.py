"""What is read of a key is what its earlier payments say, in whatever order they came."""

import struct
from array import array
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.scoring.history.folding import Step, fold
from app.scoring.history.packing import packed, unpacked
from app.scoring.history.partners import MOST_EXACT, QUARTERS_REMEMBERED, Partners
from app.scoring.history.reading import read
from app.scoring.history.ring import Ring
from app.scoring.history.rounding import rounded, rounded_rows
from app.scoring.history.state import Occurrence, State
from app.scoring.schema.history import KeptHistory
from app.scoring.schema.history_features import history_features
from tests.scoring.history.oracle import Past, oracle

KEPT = KeptHistory(entity="card", partners=("terminal",), delay_days=2, currency="EUR")
DAY = 86_400.0
BEGIN = 1_530_000_000.0

MOMENTS = st.integers(0, 40 * 86_400).map(lambda seconds: BEGIN + seconds)
AMOUNTS = st.integers(0, 10**6).map(lambda cents: cents / 100)


@st.composite
def pasts(draw: st.DrawFn) -> list[Past]:
    payments = st.builds(
        Occurrence,
        seconds=MOMENTS,
        amount=AMOUNTS,
        partners=st.tuples(st.none() | st.integers(0, 5)),
    )
    return draw(st.lists(st.builds(Past, payment=payments, is_fraud=st.booleans()), max_size=30))


def state_of(past: list[Past]) -> State:
    state = State(history=KEPT)
    for each in past:
        state.add(each.payment)
        if each.is_fraud:
            state.know_fraud(each.payment.seconds, count=1)
    return state


@given(pasts(), MOMENTS, AMOUNTS)
def test_what_is_read_is_what_all_earlier_payments_say(
    past: list[Past], seconds: float, amount: float
) -> None:
    now = Occurrence(seconds=seconds, amount=amount, partners=(3,))
    told = read(state_of(past), now)
    for value, expected in zip(told, oracle(past, now, delay_days=2), strict=True):
        # A difference of squares loses digits; nothing else does.
        assert value == (None if expected is None else pytest.approx(expected, rel=1e-6, abs=1e-6))


@given(pasts())
def test_a_state_is_read_from_bytes_as_it_was_written(past: list[Past]) -> None:
    state = state_of(past)
    assert unpacked(KEPT, packed(state)) == state


@given(pasts())
def test_a_state_that_a_former_release_wrote_is_read_as_it_was(past: list[Past]) -> None:
    """Written out here as format 1 was: each count of a quarter in eight bytes."""
    state = state_of(past)
    ring, counters = state.ring, (*state.counts, *state.sums, *state.squares)
    head = struct.pack(
        "<BQdd12dH", 1, state.updates, state.latest, state.first, *counters, len(ring.quarters)
    )
    columns = (("i", ring.quarters), ("q", ring.payments), ("d", ring.amounts), ("q", ring.frauds))
    met = state.partners[0].exact
    partners = struct.pack(f"<B{len(met)}Q{len(met)}i", len(met), *met, *met.values())
    content = b"".join((head, *(array(kind, values).tobytes() for kind, values in columns), partners))
    assert unpacked(KEPT, content) == state


@pytest.mark.parametrize("many", [255, 256, 70_000])
def test_a_busy_quarter_is_read_from_bytes_as_it_was_written(many: int) -> None:
    ring = Ring(quarters=[7, 9], payments=[1, many], amounts=[0.1, 1e9], frauds=[0, 3])
    state = State(history=KEPT, ring=ring)
    content = packed(state)
    assert unpacked(KEPT, content) == state
    for broken in (content[:-1], content[:40], content + b"x", b"\3" + content[1:]):
        with pytest.raises(ValueError, match="state"):
            unpacked(KEPT, broken)


@given(st.sets(st.integers(0, 2**64 - 1), min_size=MOST_EXACT, max_size=MOST_EXACT))
def test_partners_are_exact_up_to_the_bound(fingerprints: set[int]) -> None:
    partners = Partners()
    for each in fingerprints:
        assert partners.is_new(each, 1000)
        partners.add(each, 1000)
        assert not partners.is_new(each, 1000)
    assert partners.count(1000) == MOST_EXACT
    assert partners.count(1000 + QUARTERS_REMEMBERED) == 0


@pytest.mark.parametrize("many", [65, 1000, 30_000])
def test_beyond_the_bound_partners_are_an_estimate(many: int) -> None:
    partners = Partners()
    for each in np.random.default_rng(0).integers(0, 2**63, size=many).tolist():
        partners.add(2 * each, 1000)
    assert partners.count(1000) == pytest.approx(many, rel=0.2)
    assert partners.count(1000 + QUARTERS_REMEMBERED) == 0
    state = State(history=KEPT, partners=[partners])
    assert unpacked(KEPT, packed(state)) == state


def steps(count: int, seed: int) -> list[Step]:
    rng = np.random.default_rng(seed)
    moments = np.sort(rng.uniform(0, 40 * DAY, count)) + BEGIN
    return [
        Step(
            key=f"card-{rng.integers(5)}",
            payment=Occurrence(
                seconds=float(moment), amount=float(rng.gamma(2, 20)), partners=(int(rng.integers(9)),)
            ),
            is_fraud=bool(rng.random() < 0.2),
        )
        for moment in moments
    ]


@given(st.integers(1, 199), st.sampled_from([0, 1]))
def test_a_future_payment_changes_nothing_before_it(place: int, fraud: int) -> None:
    before, after = steps(200, 1), steps(200, 1)
    after[place] = Step(
        key="card-0",
        payment=replace(after[place].payment, amount=1e6, partners=(77,)),
        is_fraud=bool(fraud),
    )
    assert np.array_equal(fold(KEPT, before)[:place], fold(KEPT, after)[:place], equal_nan=True)


def test_no_fraud_is_read_before_its_delay_is_over() -> None:
    names = [each.name for each in history_features(KEPT)]
    place = names.index("card: known frauds 2 to 32 days ago")
    for hours in np.arange(0, 72, 0.5).tolist():
        fraud = Occurrence(seconds=BEGIN, amount=1.0, partners=(None,))
        later = replace(fraud, seconds=BEGIN + hours * 3600)
        both = [Step(key="a", payment=fraud, is_fraud=True), Step(key="a", payment=later)]
        told = fold(KEPT, both)[1, place]
        assert told == 0 or hours > 48
        assert told == 1 or hours < 54


def test_a_late_payment_counts_at_its_own_time_and_leaves_the_states_time() -> None:
    state = State(history=KEPT)
    now, late = (Occurrence(seconds=BEGIN - hours * 3600, amount=8.0, partners=(1,)) for hours in (0, 1))
    state.add(now)
    state.add(late)
    assert state.latest == BEGIN
    assert state.counts[0] == 1.5
    assert read(state, now)[0] == 1.5
    assert read(state, late)[0] == 1.5


def test_a_key_that_was_not_seen_for_years_is_as_unseen() -> None:
    state = State(history=KEPT)
    state.add(Occurrence(seconds=BEGIN, amount=8.0, partners=(1,)))
    later = Occurrence(seconds=BEGIN + 900 * DAY, amount=9.0, partners=(1,))
    assert read(state, later) == read(State(history=KEPT), later)
    state.add(later)
    assert state.first == later.seconds
    assert state.updates == 2


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_values_have_nine_significant_digits(value: float) -> None:
    assert rounded(value) == pytest.approx(value, rel=5e-9)
    assert value.is_integer() or float(f"{rounded(value):.9g}") == rounded(value)


NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
# Nine digits and a half: which side it is drawn to is told by the float's own last bits.
HALVES = st.builds(
    lambda whole, power, ulps: (whole + 0.5) / 10.0**power * (1 + ulps * 2.0**-52),
    st.integers(10**8, 10**9),
    st.integers(-3, 25),
    st.integers(-2, 2),
)
POWERS = st.builds(
    lambda power, ulps: 10.0**power * (1 + ulps * 2.0**-52), st.integers(-20, 20), st.integers(-9, 9)
)


@given(st.lists(st.one_of(st.none(), NUMBERS, HALVES, POWERS), min_size=1, max_size=20))
def test_many_numbers_are_rounded_bit_by_bit_as_one_is(values: list[float | None]) -> None:
    """Red where a half is rounded by the scaled value alone."""
    expected = [[np.nan if each is None else rounded(each) for each in values]]
    assert rounded_rows([values]).tobytes() == np.array(expected).tobytes()
