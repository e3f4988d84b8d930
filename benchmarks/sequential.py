"""How often a guarantee is wrongly judged in a year, how soon rightly, and whether intervals of audits hold.

A promise of 10 %, four frauds a day; reviews are known at once, chargebacks after 30 days, and of the
caught frauds 70 % are declined and known by an audit of 2 % alone. Frauds enter by arrival at an age of 45
days. Medians count all frauds that arrived, seen or not.
"""

from collections.abc import Iterator

import numpy as np

from tests.audited_months import audited_months
from tests.simulated_years import (
    AUDIT_SHARE,
    PROMISED,
    counted_evidence,
    median_reached,
    share_reached,
    weighted_evidence,
    years_of,
)

TYPE_I_YEARS, MEDIAN_YEARS, MONTHS = 2_000, 400, 400
KEPT_AT, BROKEN_AT = (0.03, 0.05, 0.07), (0.15, 0.20, 0.30)
#: What the figures without a rate in their name are of: half of the promise, and twice.
USUAL_KEPT, USUAL_BROKEN = 0.05, 0.20


def figures() -> dict[str, float]:
    """Return error rates over 2,000 years, median frauds to a verdict, and `aipw_coverage`."""
    rng = np.random.default_rng(2026)
    return dict(_type_i(rng)) | dict(_medians(rng)) | _audits(rng)


def _type_i(rng: np.random.Generator) -> Iterator[tuple[str, float]]:
    years = years_of(rng, TYPE_I_YEARS, miss_rate=PROMISED, audit_share=AUDIT_SHARE)
    kept, broken = map(share_reached, weighted_evidence(years, audit_share=AUDIT_SHARE))
    yield "sequential_type_i", kept
    yield "sequential_type_i_alarm", broken
    kept, broken = map(share_reached, counted_evidence(years))
    yield "sequential_type_i_all_known", kept
    yield "sequential_type_i_alarm_all_known", broken


def _medians(rng: np.random.Generator) -> Iterator[tuple[str, float]]:
    for rates, place, name, usual in (
        (KEPT_AT, 0, "certify", USUAL_KEPT),
        (BROKEN_AT, 1, "alarm", USUAL_BROKEN),
    ):
        for rate in rates:
            years = years_of(rng, MEDIAN_YEARS, miss_rate=rate, audit_share=AUDIT_SHARE)
            audited = median_reached(weighted_evidence(years, audit_share=AUDIT_SHARE)[place])
            figure = f"sequential_median_frauds_to_{name}"
            if rate == usual:
                yield figure, audited
            yield f"{figure}_at_{rate * 100:.0f}", audited
            yield f"{figure}_at_{rate * 100:.0f}_all_known", median_reached(counted_evidence(years)[place])


def _audits(rng: np.random.Generator) -> dict[str, float]:
    found = audited_months(rng, MONTHS)
    return {
        "aipw_coverage": found.coverage,
        "aipw_normal_interval_coverage": found.normal_coverage,
        "aipw_root_mean_square_error": found.aipw_error,
        "hajek_root_mean_square_error": found.hajek_error,
    }
