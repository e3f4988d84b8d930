"""Boosted trees and friends: teachers of networks, and what the networks are compared with."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from scipy.special import logit
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from app.scoring.arrays import Flags, Floats

#: Raw rows (transactions, columns) to evidence for fraud (logits), shape (transactions,).
Margins = Callable[[Floats], Floats]
#: (raw rows, is_fraud, weights, seed) to a fitted model.
Fit = Callable[[Floats, Flags, Floats, int], Margins]

# Probabilities of trees that vote can be 0 and 1.
FLOOR = 1e-6

# Three depths: their mean is smoother than any of them. Chosen on the development rows.
TEACHERS = (
    {"n_estimators": 400, "max_depth": 5, "learning_rate": 0.05, "subsample": 0.8, "colsample_bytree": 0.6},
    {"n_estimators": 400, "max_depth": 6, "learning_rate": 0.1},
    {"n_estimators": 300, "max_depth": 4, "learning_rate": 0.08, "subsample": 0.7, "colsample_bytree": 0.5},
)


class LibraryMissing(ImportError):
    """A library of the extra `compare` is not installed."""

    def __init__(self, library: str) -> None:
        super().__init__(
            f"{library} is not installed; it comes with the extra: pip install 'tertium[compare]'"
        )
        self.library = library

    def __reduce__(self) -> tuple[type["LibraryMissing"], tuple[str]]:
        """Come back from a worker process as the same sentence."""
        return type(self), (self.library,)


def boosted(
    raw: Floats, is_fraud: Flags, weights: Floats, seed: int, *, settings: Mapping[str, float]
) -> Margins:
    """Fit XGBoost with these settings. Raises `LibraryMissing`."""
    try:
        from xgboost import XGBClassifier
    except ImportError as missing:
        raise LibraryMissing("xgboost") from missing
    model = XGBClassifier(**settings, tree_method="hist", n_jobs=1, random_state=seed)
    model.fit(raw, is_fraud, sample_weight=weights)
    return lambda rows: np.asarray(model.predict(rows, output_margin=True), dtype=np.float64)


def boosted_teacher(raw: Floats, is_fraud: Flags, weights: Floats, seed: int) -> Margins:
    """Fit the mean logit of three boosted forests. Raises `LibraryMissing`."""
    models = [boosted(raw, is_fraud, weights, seed, settings=settings) for settings in TEACHERS]
    return lambda rows: np.mean([model(rows) for model in models], axis=0)


def light_boosted(
    raw: Floats,
    is_fraud: Flags,
    weights: Floats,
    seed: int,
    *,
    settings: Mapping[str, float] = MappingProxyType({}),
) -> Margins:
    """Fit LightGBM, 400 trees, with these settings besides. Raises `LibraryMissing`."""
    try:
        from lightgbm import LGBMClassifier
    except ImportError as missing:
        raise LibraryMissing("lightgbm") from missing
    # Its usual least weight of a leaf (hessians) leaves no room for frauds that weigh a thousandth of all.
    model = LGBMClassifier(
        n_estimators=400,
        learning_rate=0.05,
        num_leaves=15,
        min_child_weight=0.1,
        reg_lambda=1.0,
        n_jobs=1,
        random_state=seed,
        verbose=-1,
    ).set_params(**settings)
    model.fit(raw, is_fraud, sample_weight=weights / weights.mean())
    return lambda rows: np.asarray(model.predict(rows, raw_score=True), dtype=np.float64)


def logistic(raw: Floats, is_fraud: Flags, weights: Floats, seed: int) -> Margins:  # noqa: ARG001  # a `Fit`
    """Fit a weighted logistic regression on standardised columns."""
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000))
    model.fit(raw, is_fraud, logisticregression__sample_weight=weights)
    return lambda rows: np.asarray(model.decision_function(rows), dtype=np.float64)


def forest(raw: Floats, is_fraud: Flags, weights: Floats, seed: int) -> Margins:
    """Fit a random forest of 300 trees; its logit is that of the share of votes."""
    model = RandomForestClassifier(300, min_samples_leaf=2, n_jobs=1, random_state=seed)
    model.fit(raw, is_fraud, sample_weight=weights)
    return lambda rows: np.asarray(logit(np.clip(model.predict_proba(rows)[:, 1], FLOOR, 1 - FLOOR)))


#: Teachers by the name that recipes use.
NAMED_TEACHERS: dict[str, Fit] = {"xgboost": boosted_teacher, "lightgbm": light_boosted}
