"""What every head has: class logits, their likelihood, and their stored-mask passes."""

from abc import abstractmethod
from collections.abc import Callable

import torch
from torch import Tensor, nn

#: (rows, members * hidden) to logits per class, (rows, passes, classes).
ClassPasses = Callable[[Tensor], Tensor]


class Head(nn.Module):
    """The last layer of `members` networks that are trained side by side.

    Class 0 is fraud; class 1, where a head has it, is legit.
    """

    #: Logits per transaction.
    classes: int

    @abstractmethod
    def forward(self, hidden: Tensor) -> Tensor:
        """Return logits of shape (members, rows, classes) for `hidden` of (members, rows, units)."""

    @abstractmethod
    def negative_log_likelihood(self, logits: Tensor, fraud: Tensor) -> Tensor:
        """Return -ln P(truth) in nats, shape (members, rows).

        `logits` is what `forward` gives; `fraud` holds P(truth is fraud), 0 or 1 unless labels are
        soft, shape (members, rows).
        """

    def margin(self, logits: Tensor) -> Tensor:
        """Return the evidence for fraud against legit, shape (...), for logits of (..., classes)."""
        return logits[..., 0] if self.classes == 1 else logits[..., 0] - logits[..., 1]

    @abstractmethod
    def start_at(self, log_odds: float) -> None:
        """Let the untrained head say the base rate's log odds.

        From zero, the hidden units learn to say "legit" and fall silent on fraud: with ReLU more than
        half of the frauds then share one logit, the offset itself, and have no order and no spread.
        """

    @abstractmethod
    def passes(self, kept: Tensor) -> ClassPasses:
        """Return the passes with stored masks, as few matrix products as the head allows.

        `kept` has shape (passes, units): each unit's factor in each pass, zero where it is dropped.
        Pass t is one of member t modulo members.
        """


def of_own_member(kept: Tensor, members: int) -> Tensor:
    """Return the factors over all members' units, (passes, members, units): zero for other members."""
    passes = len(kept)
    own = torch.zeros(passes, members, 1, dtype=kept.dtype, device=kept.device)
    own[torch.arange(passes), torch.arange(passes) % members] = 1
    return kept[:, None, :] * own
