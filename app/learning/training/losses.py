"""Losses per row on a margin, each a few lines; `fraud` is P(truth is fraud), 0 or 1 unless soft."""

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, logsigmoid, softplus


def likelihood(margin: Tensor, fraud: Tensor) -> Tensor:
    """-ln P(truth), in nats: the only strictly proper one here."""
    return binary_cross_entropy_with_logits(margin, fraud, reduction="none")


def focal(margin: Tensor, fraud: Tensor, *, gamma: float) -> Tensor:
    """-(1 - p_t)^gamma ln p_t (Lin et al. 2017): easy rows count less.

    Not strictly proper (Charoenphakdee et al. 2021): its minimiser is not the probability.
    """
    log_truth = _log_probability_of_truth(margin, fraud)
    return -((1 - log_truth.exp()) ** gamma) * log_truth


def inverse_focal(margin: Tensor, fraud: Tensor, *, gamma: float) -> Tensor:
    """-(1 + p_t)^gamma ln p_t (Wang, Feng and Zhang 2021): easy rows count more."""
    log_truth = _log_probability_of_truth(margin, fraud)
    return -((1 + log_truth.exp()) ** gamma) * log_truth


def logit_norm(margin: Tensor, fraud: Tensor, *, temperature: float) -> Tensor:
    """Cross-entropy of the margin over its own size (Wei et al. 2022), on the pair (0, margin).

    With one logit the norm is |margin|: all that is left is its sign, which is why this is screened
    and not shipped.
    """
    normed = margin / (temperature * margin.abs().clamp_min(1e-7))
    return likelihood(normed, fraud)


def smoothed(fraud: Tensor, *, smoothing: float) -> Tensor:
    """Targets moved towards one half: (1 - eps) y + eps / 2."""
    return (1 - smoothing) * fraud + smoothing / 2


def soft_binned_ece(margin: Tensor, fraud: Tensor, weights: Tensor, *, bins: int = 15) -> Tensor:
    """The differentiable calibration error of a batch (Karandikar et al. 2021), order 2.

    Membership of bin j is softmax_j(-(p - centre_j)^2 / 0.01).
    """
    probability = margin.sigmoid()
    centres = (torch.arange(bins, dtype=margin.dtype) + 0.5) / bins
    membership = torch.softmax(-((probability[:, None] - centres) ** 2) / 0.01, dim=1) * weights[:, None]
    mass = membership.sum(dim=0).clamp_min(1e-12)
    said = (membership * probability[:, None]).sum(dim=0) / mass
    seen = (membership * fraud[:, None]).sum(dim=0) / mass
    return ((mass / weights.sum()) * (said - seen) ** 2).sum().clamp_min(1e-12).sqrt()


def avuc(margin: Tensor, fraud: Tensor, weights: Tensor, *, threshold: float = 0.35) -> Tensor:
    """Accuracy versus uncertainty (Krishnan and Tickoo 2020): ln(1 + (n_AU + n_IC) / (n_AC + n_IU)).

    `threshold`: entropy (nats) from which on a row counts as uncertain.
    """
    probability = margin.sigmoid()
    confidence = torch.maximum(probability, 1 - probability)
    entropy = softplus(margin) - margin * probability
    doubt = entropy.tanh()
    accurate, certain = (margin > 0) == (fraud > 0.5), entropy <= threshold

    def mass(rows: Tensor, share: Tensor) -> Tensor:
        return (weights * share)[rows].sum()

    accurate_certain = mass(accurate & certain, confidence * (1 - doubt))
    accurate_uncertain = mass(accurate & ~certain, confidence * doubt)
    inaccurate_certain = mass(~accurate & certain, (1 - confidence) * (1 - doubt))
    inaccurate_uncertain = mass(~accurate & ~certain, (1 - confidence) * doubt)
    good = (accurate_certain + inaccurate_uncertain).clamp_min(1e-12)
    return torch.log1p((accurate_uncertain + inaccurate_certain) / good)


def _log_probability_of_truth(margin: Tensor, fraud: Tensor) -> Tensor:
    return fraud * logsigmoid(margin) + (1 - fraud) * logsigmoid(-margin)
