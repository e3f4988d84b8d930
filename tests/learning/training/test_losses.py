"""Each loss against its formula, written again in numpy."""

from typing import Any

import numpy as np
import pytest
import torch
from scipy.special import expit, log_softmax

from app.learning.training import losses
from app.scoring.arrays import Floats
from tests.learning.oracles import soft_binned_ece

MARGIN: Floats = np.random.default_rng(0).normal(scale=3, size=200)
FRAUD: Floats = (np.random.default_rng(1).random(200) < 0.4).astype(np.float64)
WEIGHTS: Floats = np.random.default_rng(2).uniform(0.1, 3, size=200)
PROBABILITY: Floats = expit(MARGIN)
OF_TRUTH: Floats = np.where(FRAUD > 0, PROBABILITY, 1 - PROBABILITY)


def per_row(name: str, **settings: Any) -> Floats:
    told = getattr(losses, name)(torch.from_numpy(MARGIN), torch.from_numpy(FRAUD), **settings)
    return np.asarray(told.numpy())


def of_batch(name: str, **settings: Any) -> float:
    columns = (torch.from_numpy(each) for each in (MARGIN, FRAUD, WEIGHTS))
    return float(getattr(losses, name)(*columns, **settings))


def test_the_likelihood_is_minus_the_logarithm_of_the_truth() -> None:
    assert per_row("likelihood") == pytest.approx(-np.log(OF_TRUTH), rel=1e-9)


@pytest.mark.parametrize("gamma", [0.5, 1.0, 2.0, 5.0])
def test_focal_counts_easy_rows_less_and_inverse_focal_more(gamma: float) -> None:
    easy = -np.log(OF_TRUTH)
    assert per_row("focal", gamma=gamma) == pytest.approx((1 - OF_TRUTH) ** gamma * easy, rel=1e-6)
    assert per_row("inverse_focal", gamma=gamma) == pytest.approx((1 + OF_TRUTH) ** gamma * easy, rel=1e-9)


@pytest.mark.parametrize("name", ["focal", "inverse_focal"])
def test_without_gamma_both_are_the_likelihood(name: str) -> None:
    assert per_row(name, gamma=0.0) == pytest.approx(per_row("likelihood"), rel=1e-9)


def test_logit_norm_divides_the_pair_of_logits_by_its_length() -> None:
    pair = np.column_stack([np.zeros(200), MARGIN])
    normed = pair / (0.5 * np.linalg.norm(pair, axis=1, keepdims=True))
    told = log_softmax(normed, axis=1)[np.arange(200), FRAUD.astype(np.intp)]
    assert per_row("logit_norm", temperature=0.5) == pytest.approx(-told, rel=1e-9)


def test_logit_norm_of_one_logit_knows_its_sign_alone() -> None:
    margin, fraud = torch.tensor([0.1, 5.0, -0.1, -5.0]), torch.ones(4)
    told = losses.logit_norm(margin, fraud, temperature=0.5)
    assert told[0] == told[1]
    assert told[2] == told[3]
    assert told[0] < told[2]


def test_logit_norm_of_one_logit_has_no_slope_to_learn_by() -> None:
    margin = torch.from_numpy(MARGIN).requires_grad_()
    told = losses.logit_norm(margin, torch.from_numpy(FRAUD), temperature=0.04)
    (slope,) = torch.autograd.grad(told.sum(), margin)
    assert slope.abs().max() < 1e-9


def test_smoothing_moves_targets_towards_one_half() -> None:
    told = losses.smoothed(torch.tensor([0.0, 0.5, 1.0]), smoothing=0.1)
    assert told.numpy() == pytest.approx([0.05, 0.5, 0.95])


@pytest.mark.parametrize("bins", [5, 15])
def test_soft_binned_ece_is_that_of_the_metrics(bins: int) -> None:
    metric = soft_binned_ece(PROBABILITY, FRAUD > 0, WEIGHTS, bins, temperature=0.01, order=2)
    assert of_batch("soft_binned_ece", bins=bins) == pytest.approx(metric, rel=1e-9)


@pytest.mark.parametrize("threshold", [0.2, 0.35, 0.6])
def test_avuc_is_a_direct_count(threshold: float) -> None:
    """n_AU and n_IC over n_AC and n_IU, each row counted softly (Krishnan and Tickoo 2020)."""
    count = {"AC": 0.0, "AU": 0.0, "IC": 0.0, "IU": 0.0}
    for p, fraud, weight in zip(PROBABILITY, FRAUD, WEIGHTS, strict=True):
        doubt = float(-p * np.log(p) - (1 - p) * np.log(1 - p))
        accurate, certain, sure = (p > 0.5) == (fraud > 0), doubt <= threshold, max(p, 1 - p)
        share = (sure if accurate else 1 - sure) * ((1 - np.tanh(doubt)) if certain else np.tanh(doubt))
        count[("A" if accurate else "I") + ("C" if certain else "U")] += weight * share
    assert min(count.values()) > 0
    expected = np.log(1 + (count["AU"] + count["IC"]) / (count["AC"] + count["IU"]))
    assert of_batch("avuc", threshold=threshold) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("likelihood", {}),
        ("focal", {"gamma": 2.0}),
        ("inverse_focal", {"gamma": 2.0}),
        ("logit_norm", {"temperature": 0.04}),
    ],
)
def test_the_slope_stays_a_number_however_sure_the_margin(name: str, settings: dict[str, float]) -> None:
    margin = torch.tensor([-200.0, -1.0, 0.0, 1.0, 200.0], requires_grad=True)
    for fraud in (torch.zeros(5), torch.ones(5)):
        (slope,) = torch.autograd.grad(getattr(losses, name)(margin, fraud, **settings).sum(), margin)
        assert torch.isfinite(slope).all()


@pytest.mark.parametrize("name", ["soft_binned_ece", "avuc"])
def test_the_auxiliary_losses_have_slopes(name: str) -> None:
    margin = torch.from_numpy(MARGIN).requires_grad_()
    told = getattr(losses, name)(margin, torch.from_numpy(FRAUD), torch.from_numpy(WEIGHTS))
    (slope,) = torch.autograd.grad(told, margin)
    assert torch.isfinite(slope).all()
    assert slope.abs().max() > 0
