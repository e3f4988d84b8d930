"""Which entry speaks on a payment, held against a look at every entry."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.review.lists.in_force import Hit, InForce, Print, hit
from app.triage.labels import Listed
from tests.builders import NOON

PRINTS = st.tuples(st.integers(1, 2), st.integers(0, 3))
ENDS = st.none() | st.sampled_from([-1, 0, 1]).map(lambda seconds: NOON + timedelta(seconds=seconds))
ENTRIES = st.dictionaries(
    PRINTS,
    st.builds(InForce, entry_id=st.integers(1, 99), effect=st.sampled_from(Listed), expires_at=ENDS),
)


@given(st.lists(PRINTS), ENTRIES)
def test_a_block_speaks_before_an_allow_and_what_has_run_out_not_at_all(
    prints: list[Print], entries: dict[Print, InForce]
) -> None:
    spoken = [
        entry
        for place, entry in entries.items()
        if place in prints and (entry.expires_at is None or entry.expires_at > NOON)
    ]
    said = hit(prints, entries, NOON)
    blocks = [each.entry_id for each in spoken if each.effect is Listed.BLOCK]
    allows = [each.entry_id for each in spoken if each.effect is Listed.ALLOW]
    if blocks:
        assert said == Hit(entry_id=min(blocks), effect=Listed.BLOCK)
    elif allows:
        assert said == Hit(entry_id=min(allows), effect=Listed.ALLOW)
    else:
        assert said is None
