"""Each head's likelihood against a formula written again, and what training does to two logits."""

import numpy as np
import pytest
import torch
from scipy.special import expit, log_expit, log_softmax
from torch import Tensor

from app.scoring.arrays import Floats
from app.scoring.network.heads.distance import Distance
from app.scoring.network.heads.head import Head
from app.scoring.network.mlp import HEADS

MEMBERS, ROWS, UNITS = 3, 40, 6
LOG_ODDS = -6.36


def a_head(name: str) -> Head:
    torch.manual_seed(0)
    return HEADS[name](members=MEMBERS, units=UNITS).double()


def some_hidden() -> Tensor:
    return torch.from_numpy(np.random.default_rng(1).exponential(size=(MEMBERS, ROWS, UNITS)))


def some_truth(*, soft: bool) -> Floats:
    drawn = np.random.default_rng(2).random((MEMBERS, ROWS))
    return drawn if soft else (drawn < 0.3).astype(np.float64)


def margin_likelihood(logits: Floats, fraud: Floats) -> Floats:
    s = logits[..., 0]
    return np.asarray(-fraud * log_expit(s) - (1 - fraud) * log_expit(-s))


def one_vs_all_likelihood(logits: Floats, fraud: Floats) -> Floats:
    of_fraud, of_legit = expit(logits[..., 0]), expit(logits[..., 1])
    right, wrong = np.log(of_fraud) + np.log(1 - of_legit), np.log(of_legit) + np.log(1 - of_fraud)
    return np.asarray(-fraud * right - (1 - fraud) * wrong)


def constant_likelihood(logits: Floats, fraud: Floats) -> Floats:
    three = np.concatenate([logits, np.zeros((*logits.shape[:-1], 1))], axis=-1)
    told = log_softmax(three, axis=-1)
    return np.asarray(-fraud * told[..., 0] - (1 - fraud) * told[..., 1])


FORMULAS = {
    "margin": margin_likelihood,
    "one_vs_all": one_vs_all_likelihood,
    "constant_logit": constant_likelihood,
    "distance": one_vs_all_likelihood,
}


@pytest.mark.parametrize("name", sorted(HEADS))
@pytest.mark.parametrize("soft", [False, True])
def test_the_likelihood_is_its_formula(name: str, *, soft: bool) -> None:
    head, fraud = a_head(name), some_truth(soft=soft)
    logits = head(some_hidden()).detach()
    assert logits.shape == (MEMBERS, ROWS, head.classes)
    told = head.negative_log_likelihood(logits, torch.from_numpy(fraud)).numpy()
    assert told == pytest.approx(FORMULAS[name](logits.numpy(), fraud), rel=1e-10)


@pytest.mark.parametrize("name", sorted(HEADS))
def test_the_likelihood_stays_finite_where_a_probability_would_not(name: str) -> None:
    logits = torch.full((1, 2, HEADS[name](members=1, units=2).classes), 800.0, dtype=torch.float64)
    logits[..., 0] = torch.tensor([-800.0, 800.0])
    told = a_head(name).negative_log_likelihood(logits, torch.tensor([[1.0, 0.0]], dtype=torch.float64))
    assert torch.isfinite(told).all()
    assert told[0, 0] >= 800


def test_a_linear_head_is_a_weighted_sum_and_an_offset() -> None:
    for name in ("margin", "one_vs_all", "constant_logit"):
        head, hidden = a_head(name), some_hidden()
        head.start_at(LOG_ODDS)
        state = head.state_dict()
        told = np.einsum("mru,muc->mrc", hidden.numpy(), state["weight"].numpy()) + state["offset"].numpy()
        assert head(hidden).detach().numpy() == pytest.approx(told, abs=1e-12)


def test_distance_logits_are_the_offset_less_the_distance() -> None:
    head, hidden = a_head("distance"), some_hidden()
    head.start_at(LOG_ODDS)
    point, offset = (head.state_dict()[name].numpy() for name in ("point", "offset"))
    logits = head(hidden).detach().numpy()
    for member in range(MEMBERS):
        for row in range(ROWS):
            for kind in range(2):
                away = np.linalg.norm(hidden.numpy()[member, row] - point[member, :, kind])
                assert logits[member, row, kind] == pytest.approx(offset[member, 0, kind] - away, abs=1e-12)


def test_at_its_point_a_distance_has_a_slope_that_is_a_number() -> None:
    head = Distance(members=1, units=4).double()
    hidden = head.point.detach()[:, :, 0][:, None].clone().requires_grad_()
    torch.autograd.backward(head(hidden)[..., 0].sum())
    assert hidden.grad is not None
    assert torch.isfinite(hidden.grad).all()


@pytest.mark.parametrize(("name", "times"), [("margin", 1), ("constant_logit", 1), ("one_vs_all", 2)])
def test_an_untrained_head_says_the_base_rate(name: str, times: int) -> None:
    """Two sigmoids each say it for themselves, so their difference is twice the log odds."""
    head = a_head(name)
    head.start_at(LOG_ODDS)
    logits = head(torch.zeros(MEMBERS, 1, UNITS, dtype=torch.float64)).detach()
    assert head.margin(logits).numpy() == pytest.approx(times * LOG_ODDS, rel=1e-6)
    if name == "one_vs_all":
        assert expit(logits.numpy())[..., 0] == pytest.approx(1 - expit(logits.numpy())[..., 1])


def test_equally_far_from_both_points_a_distance_head_says_the_base_rate() -> None:
    head = Distance(members=1, units=4).double()
    head.start_at(LOG_ODDS)
    midway = head.point.detach().mean(dim=2)[:, None]
    assert head.margin(head(midway)).item() == pytest.approx(2 * LOG_ODDS, rel=1e-6)


def slopes_of_the_two(name: str) -> Tensor:
    """Return d loss / d offset per class, of a loss over rows; shape (classes,)."""
    head = HEADS[name](members=1, units=UNITS).double()
    hidden, fraud = some_hidden()[:1], torch.from_numpy(some_truth(soft=False)[:1])
    torch.autograd.backward(head.negative_log_likelihood(head(hidden), fraud).sum())
    slope = head.get_parameter("offset").grad
    assert slope is not None
    return slope.flatten()


def trained_plain_softmax() -> tuple[float, float]:
    """Return how far 200 steps move the sum and the difference of a plain softmax's two weight rows."""
    torch.manual_seed(0)
    hidden, truth = some_hidden()[0], torch.from_numpy(some_truth(soft=False)[0]).long()
    layer = torch.nn.Linear(UNITS, 2).double()
    before = layer.weight.detach().clone()
    optimizer = torch.optim.Adam(layer.parameters(), lr=1e-2)
    for _ in range(200):
        optimizer.zero_grad()
        torch.autograd.backward(torch.nn.functional.cross_entropy(layer(hidden), truth))
        optimizer.step()
    moved = layer.weight.detach() - before
    return float(moved.sum(dim=0).abs().max()), float((moved[1] - moved[0]).abs().max())


def test_a_plain_softmax_never_trains_the_sum_of_its_logits() -> None:
    """softmax(z + c) = softmax(z): its two logits, one by one, are the margin plus a random projection."""
    total, difference = trained_plain_softmax()
    assert total < 1e-6
    assert difference > 0.1


@pytest.mark.parametrize("name", ["one_vs_all", "constant_logit", "distance"])
def test_our_heads_with_two_logits_train_their_sum_too(name: str) -> None:
    slopes = slopes_of_the_two(name)
    assert slopes.shape == (2,)
    assert abs(float(slopes.sum())) > 0.1 * float(slopes.abs().max())
