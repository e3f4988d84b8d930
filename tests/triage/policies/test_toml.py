"""The file a policy is reviewed in says every value, what it is, and loads to the same policy."""

import tomllib
from dataclasses import asdict, replace

from hypothesis import given
from hypothesis import strategies as st

from app.triage.costs import Costs
from app.triage.policies.document import policy_of
from app.triage.policies.fields import BAND_FIELDS, FIELDS, field_of
from app.triage.policies.policy import AmountBand, Policy
from app.triage.policies.toml import toml_of
from app.triage.staffing import Staffing
from tests.triage.builders import a_policy
from tests.triage.test_deciding import policies

#: Text that can be sent at all: no lone surrogates.
NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)
RATES = st.floats(0, 1)
PRICES = st.floats(0, 1e12)
ANY_COSTS = st.builds(
    Costs,
    review=PRICES,
    overhead=PRICES,
    friction=PRICES,
    detection_rate=RATES,
    analyst_false_decline_rate=RATES,
)
ANY_STAFFING = st.builds(
    Staffing,
    analysts=st.integers(0, 10_000),
    minutes_per_review=st.floats(1e-6, 1e6),
    opens_hour=st.integers(0, 24),
    closes_hour=st.integers(0, 24),
)


@given(policies(), NAMES, ANY_COSTS, ANY_STAFFING, st.floats(-1e12, 1e12))
def test_a_policy_comes_back_from_its_file(
    policy: Policy, name: str, costs: Costs, staffing: Staffing, bound: float
) -> None:
    policy = replace(policy, model_version=name, costs=costs, staffing=staffing, approve_at_most=bound)
    assert policy_of(tomllib.loads(toml_of(policy))) == policy


def test_every_value_stands_below_what_it_means() -> None:
    band = AmountBand(amount_from=500.0, bounds=a_policy().base_bounds)
    full = a_policy(
        approve_legit_at_least=1.0,
        decline_legit_at_most=2.0,
        spread_at_most=3.0,
        mutual_information_at_most=0.1,
        novelty_at_most=99.0,
        expected_loss_at_most=5.0,
        allow_amount_at_most=250.0,
        bands=(band,),
    )
    lines = toml_of(full).splitlines()
    for each in (*FIELDS, BAND_FIELDS[0]):
        below = lines[lines.index(f"# {each.meaning.description}") + 1]
        assert below.startswith(f"{each.name} = "), each.path


def test_every_value_of_a_policy_is_described() -> None:
    """A value without a `Meaning` in its type would be read by no door."""
    band = AmountBand(amount_from=500.0, bounds=a_policy().base_bounds)
    whole = asdict(a_policy(bands=(band,)))
    parts = {f"{name}.{part}" for name in ("costs", "staffing") for part in whole.pop(name)}
    (of_band,) = whole.pop("bands")
    assert {each.path for each in FIELDS} == set(whole) | parts
    assert {each.path for each in BAND_FIELDS} == {"amount_from", *of_band["bounds"]}
    assert len({each.meaning.label for each in FIELDS}) == len(FIELDS)


def test_a_value_of_a_band_is_found_by_its_path() -> None:
    assert field_of("bands.0.5.decline_at_least") == field_of("decline_at_least")
    assert field_of("bands.2.amount_from") == BAND_FIELDS[0]
    assert field_of("costs.colour") is None


def test_what_has_no_limit_is_said_to_have_none() -> None:
    text = toml_of(a_policy(novelty_at_most=99.5))
    assert "# spread_at_most: no limit\n" in text
    assert "\nnovelty_at_most = 99.5\n" in text
    assert "# There are none: the bounds above hold for every amount." in text
    assert "[[bands]]" not in text


def test_bands_hold_their_own_bounds_alone() -> None:
    bounds = replace(a_policy().base_bounds, approve_at_most=-6.0, decline_legit_at_most=0.5)
    read = tomllib.loads(toml_of(a_policy(bands=(AmountBand(amount_from=500.0, bounds=bounds),))))
    told = {name: value for name, value in asdict(bounds).items() if value is not None}
    assert read["bands"] == [{"amount_from": 500.0, **told}]
