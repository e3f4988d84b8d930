"""The public sample that Tertium's own model learned from: where it lies, and what is known of it."""

import os
from pathlib import Path

#: Where the sample lies next to a checkout, when TERTIUM_DATA says nothing else.
SAMPLE = Path("../shared/data/creditcard-sample.csv")

# Frauds among card payments in the whole Kaggle file without exact copies: 473 of 283,726.
BASE_RATE = 0.00167

SAMPLE_SHA256 = "ec3511e269f88d7c65cef4a8497a32616f9cca4f15a2169d5e8ad9b9b14c4dc2"
SOURCE = (
    "a sample of the ULB / Worldline credit card fraud data (Dal Pozzolo et al., IEEE SSCI 2015), Database"
    " Contents Licence 1.0; no row of it is part of this model"
)
SAMPLE_LIMITS = (
    "learned from two days of European card payments of September 2013, amounts in euros only",
    "V1..V28 are principal components of undisclosed features, so an explanation by them names no cause",
    "a payment service cannot compute V1..V28 for its own transactions",
    "a demonstration: train on your own transactions before deciding about anybody's money",
)
#: Parts the rows that `tertium compare` chooses by from those that only its report looks at.
SAMPLE_SEED = 20130901
#: Of folds, weights and masks: of the partings by 1, 2 and 20130901 that with fewest reviews ships.
SHIPPED_SEED, SHIPPED_AMONG = 1, 3
SAMPLE_CHOICES = (
    "recipe, calibrator and XGBoost's settings were chosen on three quarters of these rows by"
    " `tertium compare`; of three partings into folds that with fewest reviews at its promise was taken, and"
    " its certificate pays for the choice"
)

# Each legit row of the sample stands for this many of the whole file.
LEGIT_WEIGHT = 5.41


def default_data() -> Path:
    """Return the file TERTIUM_DATA names, else the sample next to the checkout."""
    return Path(os.environ.get("TERTIUM_DATA") or SAMPLE)
